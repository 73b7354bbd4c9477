// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Bad input is refused at plan time, before anything is sent.
func TestAccUserToken_badInput(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	with := func(address, appID, rest string) string {
		return fmt.Sprintf("address = %q\nappid = %q\n%s", address, appID, rest)
	}
	tests := map[string]struct{ attributes, message string }{
		"no address":                 {`appid = "a"`, `"address" is required`},
		"no App ID":                  {`address = "a"`, `"appid" is required`},
		"comma in the address":       {with("a,b", "a", ""), `must hold no , and no \*`},
		"blank behind the address":   {with("a ", "a", ""), `must not begin or end with a blank`},
		"empty App ID":               {with("a", "", ""), `string length must be at least 1`},
		"numeric App ID":             {with("a", "123", ""), `must not be all digits`},
		"expiry of zero":             {with("a", "a", "expiry = 0"), `Invalid token life`},
		"negative window":            {with("a", "a", "early_renewal_minutes = -1"), `must be at least 0`},
		"window as long as the life": {with("a", "a", "expiry = 60\nearly_renewal_minutes = 60"), `Renewal window longer than the token's life`},
		"window beyond the default":  {with("a", "a", "early_renewal_minutes = 525600"), `Renewal window longer than the token's life`},
		"a token of one's own":       {with("a", "a", `token = "x"`), `(?i)read-only|can't be set|cannot be set|invalid configuration for read-only`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:      b.Config("resource \"mesibo_user_token\" \"web\" {\n" + tt.attributes + "\n}\n"),
				PlanOnly:    true,
				ExpectError: regexp.MustCompile(tt.message),
			}}})
			if sent := b.Count(""); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
}

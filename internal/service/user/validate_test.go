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
func TestAccUser_badInput(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	address := func(s string) string { return fmt.Sprintf("address = %q\n", s) }
	ok := address(alice)
	tests := map[string]struct{ attributes, message string }{
		"no address":                     {"", `"address" is required`},
		"empty address":                  {address(""), `string length must be at least 1`},
		"blank before the address":       {address(" a"), `must not begin or end with a blank`},
		"blank behind the address":       {address("a\t"), `must not begin or end with a blank`},
		"no-break space":                 {address("a\u00a0"), `must not begin or end with a blank`},
		"only a blank":                   {address(" "), `must not begin or end with a blank`},
		"comma in the address":           {address("a,b"), `must hold no , and no \*`},
		"asterisk in the address":        {address("a*"), `must hold no , and no \*`},
		"empty App ID":                   {ok + `appid = ""`, `string length must be at least 1`},
		"numeric App ID":                 {ok + `appid = "12345"`, `must not be all digits`},
		"expiry of zero":                 {ok + android + `expiry = 0`, `(?s)Invalid token life.*0\s+is\s+not\s+documented`},
		"negative expiry":                {ok + android + `expiry = -5`, `(?s)Invalid token life.*got -5`},
		"expiry beyond any number":       {ok + android + `expiry = 1e30`, `(?s)expiry`},
		"expiry without App ID":          {ok + `expiry = 60`, `"appid" must be specified when "expiry" is\s+specified`},
		"empty name":                     {ok + `name = ""`, `string length must be at least 1`},
		"negative window":                {ok + android + `early_renewal_minutes = -1`, `must be at least 0`},
		"window as long as the life":     {ok + android + "expiry = 60\nearly_renewal_minutes = 60", `Renewal window longer than the token's life`},
		"window beyond the default":      {ok + android + `early_renewal_minutes = 525600`, `Renewal window longer than the token's life`},
		"timeout that is not a duration": {ok + `timeouts { create = "soon" }`, `soon`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:      b.Config("resource \"mesibo_user\" \"test\" {\n" + tt.attributes + "\n}\n"),
				PlanOnly:    true,
				ExpectError: regexp.MustCompile(tt.message),
			}}})
			if n := b.Count(""); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// The same mistakes are found when the values become known only while applying.
func TestAccUser_badInputFoundLate(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(`
resource "terraform_data" "later" {
  input = 60
}
` + userConfig(android+"expiry = terraform_data.later.output\nearly_renewal_minutes = 60")),
		ExpectError: regexp.MustCompile(`Renewal window longer than the token's life`),
	}}})
	if n := b.Count("useradd"); n != 0 {
		t.Errorf("useradd was sent %d times", n)
	}
}

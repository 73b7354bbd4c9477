// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestAccExpiryMinutes(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	b := acctest.NewBackend(t)
	var step resource.TestStep
	for duration, minutes := range map[string]int64{
		"1m": 1, "12h": 720, "30d": 43_200, "2w3d": 24_480, "1h30m": 90,
		"9007199254740993m": 9_007_199_254_740_993, // a float64 cannot contain it
	} {
		step.Config += fmt.Sprintf("output \"in_%s\" {\n  value = provider::mesibo::expiry_minutes(%q)\n}\n", duration, duration)
		step.ConfigStateChecks = append(step.ConfigStateChecks,
			statecheck.ExpectKnownOutputValue("in_"+duration, knownvalue.Int64Exact(minutes)))
	}
	runSince(t, b, tfversion.Version1_8_0, step)
	if n := b.Count(""); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// The same life in another notation changes nothing.
func TestAccExpiryMinutes_asExpiry(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	step := func(duration string) resource.TestStep {
		return resource.TestStep{
			Config: userConfig(android + "expiry = provider::mesibo::expiry_minutes(\"" + duration + "\")"),
			ConfigStateChecks: append(userSubject.hasToken(b, androidApp, 1), userSubject.has("expiry", knownvalue.Int64Exact(43_200)),
				userSubject.has("token_expires_at", knownvalue.StringExact("2026-01-31T00:00:00Z"))),
		}
	}
	again := step("720h")
	again.ConfigPlanChecks = noChange
	runSince(t, b, tfversion.Version1_8_0, step("30d"), again)
}

// The error shows what was given, what is wrong and what to write instead.
func TestAccExpiryMinutes_invalid(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	tests := map[string]struct{ argument, message string }{
		"no unit":  {`"1h30"`, `"1h30" is not a duration: "30" has no unit: write one after the number, such as "30m". A duration is,`},
		"number":   {"30", `"30" is not a duration`},
		"ISO 8601": {`"P30D"`, `"P30D" is not a duration: it is an ISO 8601 duration, which is not accepted: write "30d"`},
		"empty":    {`""`, `"" is not a duration: it is empty`},
		"null":     {"null", "argument must not be null"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			runSince(t, acctest.NewBackend(t), tfversion.Version1_8_0, resource.TestStep{
				Config:      "output \"minutes\" {\n  value = provider::mesibo::expiry_minutes(" + tt.argument + ")\n}\n",
				PlanOnly:    true,
				ExpectError: matches(`"duration" parameter`, tt.message),
			})
		})
	}
}

// An argument may be known only during apply.
func TestAccExpiryMinutes_unknownDuringPlan(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	for duration, step := range map[string]resource.TestStep{
		"12h": {ConfigStateChecks: []statecheck.StateCheck{userSubject.has("expiry", knownvalue.Int64Exact(720))}},
		"12":  {ExpectError: matches(`"12" is not a duration`)},
	} {
		t.Run(duration, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			step.Config = "resource \"terraform_data\" \"later\" {\n  input = \"" + duration + "\"\n}\n" +
				userConfig(android+"expiry = provider::mesibo::expiry_minutes(terraform_data.later.output)")
			runSince(t, b, tfversion.Version1_8_0, step)
			if step.ExpectError != nil && b.Count("useradd") > 0 {
				t.Error("a user was created")
			}
		})
	}
}

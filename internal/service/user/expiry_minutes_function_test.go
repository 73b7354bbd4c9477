// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestAccExpiryMinutes(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	var outputs step
	for duration, minutes := range map[string]int64{
		"1m": 1, "12h": 720, "30d": 43_200, "2w3d": 24_480, "1h30m": 90,
		"9007199254740993m": 9_007_199_254_740_993, // a float64 cannot contain it
	} {
		outputs.Config += fmt.Sprintf("output \"in_%s\" {\n  value = provider::mesibo::expiry_minutes(%q)\n}\n", duration, duration)
		outputs.ConfigStateChecks = append(outputs.ConfigStateChecks,
			statecheck.ExpectKnownOutputValue("in_"+duration, knownvalue.Int64Exact(minutes)))
	}
	const expiry = android + "expiry = provider::mesibo::expiry_minutes(terraform_data.later.output)"
	runSince(t, b, tfversion.Version1_8_0, outputs,
		apply(later("12h")+userConfig(expiry), anyPlan, userSubject.has("expiry", knownvalue.Int64Exact(720))))
}

// The error shows what was given, what is wrong and what to write instead.
func TestAccExpiryMinutes_invalid(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	for name, tt := range map[string]struct{ argument, message string }{
		"no unit":  {`"1h30"`, `"1h30" is not a duration: "30" has no unit: write one after the number, such as "30m". A duration is,`},
		"number":   {"30", `"30" is not a duration`},
		"ISO 8601": {`"P30D"`, `"P30D" is not a duration: it is an ISO 8601 duration, which is not accepted: write "30d"`},
		"empty":    {`""`, `"" is not a duration: it is empty`},
		"null":     {"null", "argument must not be null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			invalid := fails("output \"minutes\" {\n  value = provider::mesibo::expiry_minutes("+tt.argument+")\n}\n",
				`"duration" parameter`, tt.message)
			invalid.PlanOnly = true
			runSince(t, acctest.NewBackend(t), tfversion.Version1_8_0, invalid)
		})
	}
}

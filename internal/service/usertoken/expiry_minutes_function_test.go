// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/usertoken"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// functionsNeed skips a CLI that knows no functions of providers. OpenTofu has them since 1.7; its 1.7 is skipped
// for the sake of one rule.
var functionsNeed = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)}

func TestExpiryMinutes(t *testing.T) {
	t.Parallel()

	tests := map[string]int64{
		"30d":                  43_200,
		"2w3d":                 24_480,
		"9223372036854775807m": math.MaxInt64,
	}
	for duration, want := range tests {
		t.Run(duration, func(t *testing.T) {
			t.Parallel()

			got, err := runExpiryMinutes(t, duration)
			if err != nil || !got.Equal(types.Int64Value(want)) {
				t.Errorf("expiry_minutes(%q) = %s, %v, want %d", duration, got, err, want)
			}
		})
	}
}

// The CLI shows the text behind the name of the argument and ends it with a full stop.
func TestExpiryMinutesError(t *testing.T) {
	t.Parallel()

	got, err := runExpiryMinutes(t, "1h30")
	if err == nil {
		t.Fatalf("the result is %s, want an error", got)
	}
	if err.FunctionArgument == nil || *err.FunctionArgument != 0 {
		t.Error("the error does not point at the argument")
	}
	const want = `"1h30" is not a token life: "30" has no unit: write one after the number, such as "30m". ` +
		`A token life is, for example, "30d", "1h30m" or "PT12H"`
	if err.Text != want {
		t.Errorf("the error is\n%s\nwant\n%s", err.Text, want)
	}
}

// runExpiryMinutes calls the function as the framework does.
func runExpiryMinutes(t *testing.T, duration string) (attr.Value, *function.FuncError) {
	t.Helper()

	resp := function.RunResponse{Result: function.NewResultData(types.Int64Unknown())}
	usertoken.NewExpiryMinutesFunction().Run(t.Context(), function.RunRequest{
		Arguments: function.NewArgumentsData([]attr.Value{types.StringValue(duration)}),
	}, &resp)

	return resp.Result.Value(), resp.Error
}

func TestExpiryMinutesDefinition(t *testing.T) {
	t.Parallel()

	var resp function.DefinitionResponse
	f := usertoken.NewExpiryMinutesFunction()
	f.Definition(t.Context(), function.DefinitionRequest{}, &resp)

	var valid function.DefinitionValidateResponse
	resp.Definition.ValidateImplementation(t.Context(), function.DefinitionValidateRequest{FuncName: "expiry_minutes"}, &valid)
	for _, problem := range append(resp.Diagnostics, valid.Diagnostics...) {
		t.Errorf("%s: %s", problem.Summary(), problem.Detail())
	}
}

func TestAccExpiryMinutes_values(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	tests := []struct {
		duration string
		want     int64
	}{
		{"1m", 1},
		{"30d", 43_200},
		{"2w3d", 24_480},
		{"1h30m", 90},
		{"9007199254740993m", 9_007_199_254_740_993}, // no float64 holds it
	}
	var outputs strings.Builder
	var checks []statecheck.StateCheck
	for _, tt := range tests {
		fmt.Fprintf(&outputs, "output \"life_%s\" {\n  value = provider::mesibo::expiry_minutes(%q)\n}\n", tt.duration, tt.duration)
		checks = append(checks, statecheck.ExpectKnownOutputValue("life_"+tt.duration, knownvalue.Int64Exact(tt.want)))
	}

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: functionsNeed,
		Steps:                  []resource.TestStep{{Config: b.Config(outputs.String()), ConfigStateChecks: checks}},
	})
	if n := b.Count(""); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// The result goes where minutes go, and the same life in another form changes nothing.
func TestAccExpiryMinutes_asExpiry(t *testing.T) {
	t.Parallel()

	const address = "alice@example.com"
	config := func(duration string) string {
		return fmt.Sprintf(`
resource "mesibo_user" "test" {
  address = %q
  appid   = "com.example.app"
  expiry  = provider::mesibo::expiry_minutes(%q)
}
`, address, duration)
	}
	b := acctest.NewBackend(t)
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("mesibo_user.test", tfjsonpath.New("expiry"), knownvalue.Int64Exact(43_200)),
		statecheck.ExpectKnownValue("mesibo_user.test", tfjsonpath.New("token_expires_at"), knownvalue.StringExact("2026-01-31T00:00:00Z")),
		b.ExpectMinted(address, 1),
	}
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: functionsNeed,
		Steps: []resource.TestStep{
			{Config: b.Config(config("30d")), ConfigStateChecks: checks},
			{
				Config:            b.Config(config("4w2d")),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				ConfigStateChecks: checks,
			},
		},
	})
}

// An argument may be known only while applying.
func TestAccExpiryMinutes_knownLate(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	config := func(duration string) string {
		return fmt.Sprintf(`
resource "terraform_data" "later" {
  input = %q
}

resource "mesibo_user" "test" {
  address = "alice@example.com"
  appid   = "com.example.app"
  expiry  = provider::mesibo::expiry_minutes(terraform_data.later.output)
}
`, duration)
	}
	tests := map[string]resource.TestStep{
		"12h": {ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("mesibo_user.test", tfjsonpath.New("expiry"), knownvalue.Int64Exact(720)),
		}},
		"12": {ExpectError: regexp.MustCompile(`"12"\s+is\s+not\s+a\s+token\s+life`)},
	}
	for duration, step := range tests {
		t.Run(duration, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			step.Config = b.Config(config(duration))
			b.Run(t, resource.TestCase{TerraformVersionChecks: functionsNeed, Steps: []resource.TestStep{step}})
			if step.ExpectError != nil && b.Count("useradd") != 0 {
				t.Error("a user was added")
			}
		})
	}
}

// A bad argument is shown at plan time, with what was given, what is wrong and what to write.
func TestAccExpiryMinutes_badArgument(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	tests := map[string]struct{ argument, message string }{
		"no unit":  {`"30"`, `"30" is not a token life: "30" has no unit.*such as "30m".*for example, "30d"`},
		"a number": {`30`, `"30" is not a token life`},
		"years":    {`"1y"`, `"1y" is not a token life: "1y": years and months have no fixed length.*"365d"`},
		"ISO 8601": {`"P30D"`, `"P30D" is not a token life: it is an ISO 8601 duration.*write "30d"`},
		"empty":    {`""`, `"" is not a token life: it is empty.*such as "30d"`},
		"null":     {`null`, `argument must not be null`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{
				TerraformVersionChecks: functionsNeed,
				Steps: []resource.TestStep{{
					Config:   b.Config("output \"life\" {\n  value = provider::mesibo::expiry_minutes(" + tt.argument + ")\n}\n"),
					PlanOnly: true,
					// The CLI breaks its lines where it likes.
					ExpectError: regexp.MustCompile(`(?s)"duration"\s+parameter.*` + strings.ReplaceAll(tt.message, " ", `\s+`)),
				}},
			})
		})
	}
}

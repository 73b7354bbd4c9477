// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package livetest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

const (
	theUser    = "mesibo_user.test"
	androidApp = "com.example.android"
	iosApp     = "com.example.ios"
	webApp     = "com.example.web"
)

// address is that of a user of this run.
func address(name string) string { return app.Prefix() + name }

// userConfig is a user with the given attributes beside its address.
func userConfig(name, attributes string) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

provider "mesibo" {}

resource "mesibo_user" "test" {
  address = %q
  %s
}
`, address(name), attributes)
}

// tokenConfig is a token of the user for one more App ID.
func tokenConfig(name, appID, attributes string) string {
	return fmt.Sprintf("resource \"mesibo_user_token\" %q {\n  address = mesibo_user.test.address\n  appid = %q\n  %s\n}\n", name, appID, attributes)
}

// holds checks an attribute of the user.
func holds(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(theUser, tfjsonpath.New(attribute), check)
}

// nothingToDo is a plan in which nothing is to be done.
var nothingToDo = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// inPlace is a plan that updates.
func inPlace(name string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(name, plancheck.ResourceActionUpdate)},
		PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
}

// A token stays the same until something about it changes; the user stays the same all its life.
func TestAccLiveUser_life(t *testing.T) { //nolint:paralleltest // A real service is asked one thing at a time.
	uid := statecheck.CompareValue(compare.ValuesSame())
	same := statecheck.CompareValue(compare.ValuesSame())
	other := statecheck.CompareValue(compare.ValuesDiffer())
	token := func(checks ...comparison) []statecheck.StateCheck {
		all := []statecheck.StateCheck{
			uid.AddStateValue(theUser, tfjsonpath.New("uid")),
			holds("token", knownvalue.NotNull()), holds("ready_for_renewal", knownvalue.Bool(false)),
		}
		for _, check := range checks {
			all = append(all, check.AddStateValue(theUser, tfjsonpath.New("token")))
		}

		return all
	}
	life := func(attributes string) string { return userConfig("life", attributes) }
	android := fmt.Sprintf("appid = %q\n", androidApp)
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: life(android), ConfigStateChecks: token(same, other)},
		{Config: life(android), ConfigPlanChecks: nothingToDo},
		{Config: life(android + `name = "Alice"`), ConfigPlanChecks: inPlace(theUser), ConfigStateChecks: token(same)},
		{Config: life(android + "name = \"Alice\"\nactive = false"), ConfigPlanChecks: inPlace(theUser), ConfigStateChecks: token(same)},
		{Config: life(android + "token_keepers = { n = 1 }"), ConfigPlanChecks: inPlace(theUser), ConfigStateChecks: token(other)},
		{Config: life(android + "expiry = 60\ntoken_keepers = { n = 1 }"), ConfigPlanChecks: inPlace(theUser), ConfigStateChecks: token(other)},
		{Config: life(fmt.Sprintf("appid = %q", iosApp)), ConfigPlanChecks: inPlace(theUser), ConfigStateChecks: token(other)},
		{Config: life(""), ConfigPlanChecks: inPlace(theUser), ConfigStateChecks: []statecheck.StateCheck{holds("token", knownvalue.Null())}},
	}})
}

// A comparison is of a value with that of the steps before.
type comparison interface {
	AddStateValue(string, tfjsonpath.Path) statecheck.StateCheck
}

// A new address is a new user.
func TestAccLiveUser_replaced(t *testing.T) { //nolint:paralleltest // As above.
	uid := statecheck.CompareValue(compare.ValuesDiffer())
	step := func(name string, action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			Config:            userConfig(name, fmt.Sprintf("appid = %q", webApp)),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(theUser, action)}},
			ConfigStateChecks: []statecheck.StateCheck{uid.AddStateValue(theUser, tfjsonpath.New("uid")), holds("token", knownvalue.NotNull())},
		}
	}
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{
		step("first", plancheck.ResourceActionCreate), step("second", plancheck.ResourceActionReplace),
	}})
}

// exists adds a user by other means.
func exists(t *testing.T, name string) {
	t.Helper()

	reply, err := app.Call(t.Context(), "useradd", sandbox.Object{"user": sandbox.Object{"address": address(name)}})
	if err != nil || !reply.OK() {
		t.Fatalf("%v, %v", reply.Symbol(), err)
	}
}

// A user that is there is taken over when that is said, with a token of its own.
func TestAccLiveUser_adopted(t *testing.T) { //nolint:paralleltest // As above.
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{
		{
			PreConfig: func() { exists(t, "adopted") },
			Config:    userConfig("adopted", fmt.Sprintf("appid = %q\nname = \"Adopted\"\nadopt_existing = true", androidApp)),
			ConfigStateChecks: []statecheck.StateCheck{
				holds("token", knownvalue.NotNull()), holds("uid", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9]+$`))),
			},
		},
	}})
}

// Else it is an error, where look-ups show the user.
func TestAccLiveUser_existing(t *testing.T) { //nolint:paralleltest // As above.
	needsLookups(t)
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{{
		PreConfig:   func() { exists(t, "existing") },
		Config:      userConfig("existing", ""),
		ExpectError: regexp.MustCompile(`(?s)User exists already.*terraform import`),
	}}})
}

func needsLookups(t *testing.T) {
	t.Helper()

	if !app.Lookups {
		t.Skip("this server does not offer usersget")
	}
}

// An import mints nothing. Afterwards the configuration may ask for a token.
func TestAccLiveUser_imported(t *testing.T) { //nolint:paralleltest // As above.
	config := userConfig("imported", fmt.Sprintf("appid = %q\nadopt_existing = true", androidApp))
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{
		{
			PreConfig:          func() { exists(t, "imported") },
			Config:             config,
			ResourceName:       theUser,
			ImportState:        true,
			ImportStateId:      address("imported"),
			ImportStatePersist: true,
		},
		{Config: config, ConfigPlanChecks: inPlace(theUser), ConfigStateChecks: []statecheck.StateCheck{holds("token", knownvalue.NotNull())}},
	}})
}

// Nobody is added by a plan.
func TestAccLiveUser_planAddsNobody(t *testing.T) { //nolint:paralleltest // As above.
	needsLookups(t)
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: userConfig("planned", fmt.Sprintf("appid = %q", androidApp)), PlanOnly: true, ExpectNonEmptyPlan: true},
	}})
	reply, err := app.Call(t.Context(), "usersget", sandbox.Object{"user": sandbox.Object{"address": address("planned")}})
	users, listed := reply.Rows("users")
	if err != nil || !listed {
		t.Errorf("users are not listed: %v", err)
	}
	for _, user := range users { // It may be everybody.
		if user["address"] == address("planned") {
			t.Error("the user is there")
		}
	}
}

// The data source shows what the resource has made, where look-ups work.
func TestAccLiveUser_lookedUp(t *testing.T) { //nolint:paralleltest // As above.
	needsLookups(t)
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: userConfig("found", "") + "data \"mesibo_user\" \"found\" {\n  address = mesibo_user.test.address\n  depends_on = [mesibo_user.test]\n}\n",
		ConfigStateChecks: []statecheck.StateCheck{statecheck.CompareValuePairs(theUser, tfjsonpath.New("uid"),
			"data.mesibo_user.found", tfjsonpath.New("uid"), compare.ValuesSame())},
	}}})
}

// Each App ID has a token of its own. One is rotated, and goes, without a change of the other in the state.
func TestAccLiveUserToken_life(t *testing.T) { //nolint:paralleltest // As above.
	const webToken, iosToken = "mesibo_user_token.web", "mesibo_user_token.ios"
	different := statecheck.CompareValue(compare.ValuesDiffer())
	rotated := statecheck.CompareValue(compare.ValuesDiffer())
	kept := statecheck.CompareValue(compare.ValuesSame())
	value := tfjsonpath.New("token")
	config := func(tokens ...string) string { return userConfig("tokens", "") + strings.Join(tokens, "") }
	ios := tokenConfig("ios", iosApp, "")
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: config(tokenConfig("web", webApp, ""), ios),
			ConfigStateChecks: []statecheck.StateCheck{
				different.AddStateValue(webToken, value), different.AddStateValue(iosToken, value),
				rotated.AddStateValue(webToken, value), kept.AddStateValue(iosToken, value),
				statecheck.CompareValuePairs(theUser, tfjsonpath.New("uid"), webToken, tfjsonpath.New("uid"), compare.ValuesSame()),
			},
			ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		{
			Config:            config(tokenConfig("web", webApp, "token_keepers = { n = 1 }"), ios),
			ConfigPlanChecks:  inPlace(webToken),
			ConfigStateChecks: []statecheck.StateCheck{rotated.AddStateValue(webToken, value), kept.AddStateValue(iosToken, value)},
		},
		// Whether the server revokes more than was asked for is not for this test to say: the probe does.
		{Config: config(tokenConfig("web", webApp, "token_keepers = { n = 1 }\nrevoke_on_destroy = false"), ios), ConfigPlanChecks: inPlace(webToken)},
		{Config: config(ios), ConfigStateChecks: []statecheck.StateCheck{kept.AddStateValue(iosToken, value)}},
	}})
}

// A token is revoked when its resource goes.
func TestAccLiveUserToken_revoked(t *testing.T) { //nolint:paralleltest // As above.
	acctest.RunNow(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: userConfig("revoked", "") + tokenConfig("web", webApp, "")},
		{Config: userConfig("revoked", ""), ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction("mesibo_user_token.web", plancheck.ResourceActionDestroy)},
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		}},
	}})
}

// A token for one run is minted for a user that is known, and is in no state.
func TestAccLiveUserToken_ephemeral(t *testing.T) { //nolint:paralleltest // As above.
	config := strings.Replace(userConfig("ephemeral", ""), "required_providers {", "required_providers {\n    echo = { source = \"mesibo-community/echo\" }", 1) +
		fmt.Sprintf(`
ephemeral "mesibo_user_token" "job" {
  address = mesibo_user.test.address
  uid     = mesibo_user.test.uid
  appid   = %q
}

provider "echo" {
  data = ephemeral.mesibo_user_token.job
}

resource "echo" "job" {}
`, webApp)
	acctest.RunNow(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"echo": echoprovider.NewProviderServer()},
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.job", tfjsonpath.New("data").AtMapKey("token"), knownvalue.NotNull()),
			},
		}},
	})
}

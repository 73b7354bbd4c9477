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
	theUser  = "mesibo_user.test"
	webToken = "mesibo_user_token.web"
	iosToken = "mesibo_user_token.ios"

	androidApp = `appid = "com.example.android"` + "\n"
	iosApp     = `appid = "com.example.ios"` + "\n"
	webApp     = `appid = "com.example.web"` + "\n"
)

var uid, token = tfjsonpath.New("uid"), tfjsonpath.New("token")

func address(name string) string { return app.Prefix() + name }

// userConfig is a user with attributes besides its address, and further blocks.
func userConfig(name, attributes string, blocks ...string) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
    echo   = { source = "mesibo-community/echo" }
  }
}

provider "mesibo" {}

resource "mesibo_user" "test" {
  address = %q
  %s
}
%s`, address(name), attributes, strings.Join(blocks, "\n"))
}

// tokenConfig is a token of the user for one more App ID.
func tokenConfig(name, attributes string) string {
	return fmt.Sprintf("resource \"mesibo_user_token\" %q {\n  address = mesibo_user.test.address\n  %s\n}\n", name, attributes)
}

// apply runs the steps. The plan after each of them must be empty.
func apply(t *testing.T, steps ...resource.TestStep) {
	t.Helper()

	acctest.OncePerCLI(t)
	acctest.RunNow(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"echo": echoprovider.NewProviderServer()},
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)}, // for ephemeral resources
		Steps:                    steps,
	})
}

// step applies a configuration whose plan does one thing.
func step(config, name string, action plancheck.ResourceActionType, checks ...statecheck.StateCheck) resource.TestStep {
	return resource.TestStep{
		Config:            config,
		ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(name, action)}},
		ConfigStateChecks: checks,
	}
}

// compared returns checks that compare an attribute in consecutive steps.
func compared(name string, attribute tfjsonpath.Path, comparer compare.ValueComparer) func() statecheck.StateCheck {
	comparison := statecheck.CompareValue(comparer)

	return func() statecheck.StateCheck { return comparison.AddStateValue(name, attribute) }
}

// addUser adds a user by other means than the provider.
func addUser(t *testing.T, name string) {
	t.Helper()

	reply, err := app.Call(t.Context(), "useradd", sandbox.Object{"user": sandbox.Object{"address": address(name)}})
	if err != nil || !reply.OK() {
		t.Fatalf("%v, %v", reply.Symbol(), err)
	}
}

// The token stays until something about it changes, and the user until its address does.
func TestAccLiveUser_lifecycle(t *testing.T) { //nolint:paralleltest // A real server gets one request at a time.
	sameUID, sameToken := compared(theUser, uid, compare.ValuesSame()), compared(theUser, token, compare.ValuesSame())
	newUID, newToken := compared(theUser, uid, compare.ValuesDiffer()), compared(theUser, token, compare.ValuesDiffer())
	change := func(attributes string, checks ...statecheck.StateCheck) resource.TestStep {
		return step(userConfig("lifecycle", attributes), theUser, plancheck.ResourceActionUpdate, append(checks, sameUID())...)
	}
	apply(t,
		step(userConfig("lifecycle", androidApp), theUser, plancheck.ResourceActionCreate, sameUID(), sameToken(), newToken(),
			statecheck.ExpectKnownValue(theUser, token, knownvalue.NotNull()),
			statecheck.ExpectKnownValue(theUser, tfjsonpath.New("ready_for_renewal"), knownvalue.Bool(false))),
		change(androidApp+`name = "Alice"`, sameToken()),
		change(androidApp+"name = \"Alice\"\nactive = false", sameToken()),
		change(androidApp+"token_keepers = { n = 1 }", newToken()),
		change(androidApp+"expiry = 60\ntoken_keepers = { n = 1 }", newToken()),
		change(iosApp, newToken(), newUID()),
		change("", statecheck.ExpectKnownValue(theUser, token, knownvalue.Null())),
		step(userConfig("replaced", webApp), theUser, plancheck.ResourceActionReplace, newToken(), newUID()),
	)
}

// A user that exists is an error where lookups show it, unless it is adopted. The data source then shows the same user.
func TestAccLiveUser_existing(t *testing.T) { //nolint:paralleltest // As above.
	addUser(t, "existing")
	adopted := userConfig("existing", androidApp+"name = \"Adopted\"\nadopt_existing = true")
	steps := []resource.TestStep{step(adopted, theUser, plancheck.ResourceActionCreate,
		statecheck.ExpectKnownValue(theUser, token, knownvalue.NotNull()),
		statecheck.ExpectKnownValue(theUser, uid, knownvalue.StringRegexp(regexp.MustCompile(`^[0-9]+$`))))}
	if app.Lookups {
		refused := resource.TestStep{Config: userConfig("existing", ""), ExpectError: regexp.MustCompile(`terraform import`)}
		found := resource.TestStep{
			Config: adopted + "data \"mesibo_user\" \"test\" {\n  address = mesibo_user.test.address\n}\n",
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.CompareValuePairs(theUser, uid, "data.mesibo_user.test", uid, compare.ValuesSame()),
			},
		}
		steps = append(append([]resource.TestStep{refused}, steps...), found)
	}
	apply(t, steps...)
}

// An import mints nothing. Afterwards the configuration may ask for a token.
func TestAccLiveUser_import(t *testing.T) { //nolint:paralleltest // As above.
	addUser(t, "imported")
	config := userConfig("imported", androidApp+"adopt_existing = true")
	apply(t,
		resource.TestStep{
			Config: config, ResourceName: theUser, ImportState: true, ImportStateId: address("imported"), ImportStatePersist: true,
		},
		step(config, theUser, plancheck.ResourceActionUpdate, statecheck.ExpectKnownValue(theUser, token, knownvalue.NotNull())),
	)
}

// Each App ID has a token of its own, which is rotated, revoked or left alone without a change of the other in state.
// Whether the server revokes more than that is a question of the probe.
func TestAccLiveUserToken_lifecycle(t *testing.T) { //nolint:paralleltest // As above.
	sameIOS, newWeb := compared(iosToken, token, compare.ValuesSame()), compared(webToken, token, compare.ValuesDiffer())
	config := func(tokens ...string) string { return userConfig("tokens", "", tokens...) }
	ios, rotated := tokenConfig("ios", iosApp), webApp+"token_keepers = { n = 1 }\n"
	apply(t,
		step(config(tokenConfig("web", webApp), ios), webToken, plancheck.ResourceActionCreate, sameIOS(), newWeb(),
			statecheck.CompareValuePairs(theUser, uid, webToken, uid, compare.ValuesSame()),
			statecheck.CompareValuePairs(webToken, token, iosToken, token, compare.ValuesDiffer())),
		step(config(tokenConfig("web", rotated), ios), webToken, plancheck.ResourceActionUpdate, sameIOS(), newWeb()),
		step(config(tokenConfig("web", rotated+"revoke_on_destroy = false"), ios), webToken, plancheck.ResourceActionUpdate, sameIOS()),
		step(config(ios), webToken, plancheck.ResourceActionDestroy, sameIOS()),
		step(config(), iosToken, plancheck.ResourceActionDestroy),
	)
}

// An ephemeral token is minted for a known user.
func TestAccLiveUserToken_ephemeral(t *testing.T) { //nolint:paralleltest // As above.
	config := userConfig("ephemeral", "", fmt.Sprintf(`
ephemeral "mesibo_user_token" "test" {
  address = mesibo_user.test.address
  uid     = mesibo_user.test.uid
  %s
}

provider "echo" {
  data = ephemeral.mesibo_user_token.test
}

resource "echo" "test" {}
`, webApp))
	minted := statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey("token"), knownvalue.NotNull())
	apply(t, resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{minted}})
}

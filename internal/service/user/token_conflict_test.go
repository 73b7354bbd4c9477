// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

var managedTwice = regexp.MustCompile(`App ID managed twice`)

// An App ID that two resources manage is refused before anything is sent.
func TestAccUserToken_appIDManagedTwice(t *testing.T) {
	t.Parallel()

	second := strings.ReplaceAll(webToken(""), `"web"`, `"second"`)
	tests := map[string]string{
		"by two tokens":           aliceWith(webToken("") + second),
		"by the user and a token": aliceWith(strings.ReplaceAll(webToken(""), webApp, androidApp)),
		"by one of many": aliceWith(webToken("") + `
resource "mesibo_user_token" "many" {
  for_each = toset(["ios", "web"])
  address  = mesibo_user.alice.address
  appid    = "com.example.${each.key}"
}`),
	}
	for name, config := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: b.Config(config), PlanOnly: true, ExpectError: managedTwice},
			}})
			if sent := b.Count(""); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
}

// A new resource for the App ID of one that is there already is refused as well, and ends no token.
func TestAccUserToken_appIDManagedAlready(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(aliceWith(webToken("")))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			Config:      b.Config(aliceWith(webToken("") + strings.ReplaceAll(webToken(""), `"web"`, `"second"`))),
			ExpectError: managedTwice,
		},
		{Config: config, ConfigPlanChecks: nothingToDo, ConfigStateChecks: holdsLiveTokens(b, 2)},
	}})
}

// What is known only while applying is refused then: the second of the two mints nothing.
func TestAccUserToken_appIDManagedTwiceFoundLate(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	later := strings.ReplaceAll(strings.ReplaceAll(webToken(""), `"web"`, `"second"`), `"`+webApp+`"`, "terraform_data.later.output")
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:      b.Config(aliceWith(webToken("") + later + "\nresource \"terraform_data\" \"later\" {\n  input = \"" + webApp + "\"\n}\n")),
		ExpectError: managedTwice,
	}}})
	if minted := b.MintedTokens(); len(minted) != 2 {
		t.Errorf("%d tokens were minted, want those of the user and of one resource", len(minted))
	}
}

// Whatever a plan does with one resource, it is not taken for two.
func TestAccUserToken_oneResourceIsNotTwo(t *testing.T) {
	t.Parallel()

	createFirst := "lifecycle { create_before_destroy = true }"
	moved := strings.ReplaceAll(webToken(""), `"web"`, `"moved"`) + `
moved {
  from = mesibo_user_token.web
  to   = mesibo_user_token.moved
}`
	tests := map[string][]resource.TestStep{
		"unchanged":               {{Config: aliceWith(webToken(""))}},
		"updated":                 {{Config: aliceWith(webToken("expiry = 60"))}},
		"tainted":                 {{Config: aliceWith(webToken("")), Taint: []string{tokenName}}},
		"tainted, created first":  {{Config: aliceWith(webToken(createFirst)), Taint: []string{tokenName}}},
		"tainted user":            {{Config: aliceWith(webToken("")), Taint: []string{"mesibo_user.alice"}, ExpectNonEmptyPlan: true}, {Config: aliceWith(webToken(""))}},
		"replaced by a trigger":   {{Config: aliceWith(webToken(`lifecycle { replace_triggered_by = [mesibo_user.alice.uid] }`)), Taint: []string{"mesibo_user.alice"}}},
		"other App ID":            {{Config: aliceWith(strings.ReplaceAll(webToken(""), webApp, "com.example.web2"))}},
		"other App ID, first":     {{Config: aliceWith(strings.ReplaceAll(webToken(createFirst), webApp, "com.example.web2"))}},
		"moved":                   {{Config: aliceWith(moved)}},
		"given back and forth":    {{Config: aliceWith("")}, {Config: aliceWith(webToken(""))}},
		"removed from the config": {{Config: aliceWith("")}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "tainted user" {
				acctest.Needs(t, acctest.Lookups, acctest.NewUIDs)
			}

			b := acctest.NewBackend(t)
			all := []resource.TestStep{{Config: b.Config(aliceWith(webToken("")))}}
			for _, step := range steps {
				step.Config = b.Config(step.Config)
				all = append(all, step)
			}
			b.Run(t, resource.TestCase{Steps: all})
			b.ExpectNoUsers(t)
		})
	}
}

// With the user's replacement as a trigger, its tokens are minted anew in the same run.
func TestAccUserToken_replacedWithItsUser(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(aliceWith(webToken(`lifecycle { replace_triggered_by = [mesibo_user.alice.uid] }`)))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config, ConfigStateChecks: holdsLiveTokens(b, 2)},
		{
			Taint:             []string{"mesibo_user.alice"},
			Config:            config,
			ConfigStateChecks: holdsLiveTokens(b, 2),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(tokenName, plancheck.ResourceActionReplace),
				},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
		},
	}})
}

// Two users may have the same App ID, and each its own token.
func TestAccUserToken_sameAppIDOfTwoUsers(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(aliceWith(webToken("") + `
resource "mesibo_user" "bob" {
  address = "bob@example.com"
  appid   = "com.example.web"
}`)),
		ConfigStateChecks: append(holdsLiveTokens(b, 2), []statecheck.StateCheck{
			statecheck.ExpectKnownValue("mesibo_user.bob", tfjsonpath.New("token"), b.LiveToken("bob@example.com", webApp)),
		}...),
	}}})
}

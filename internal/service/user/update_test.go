// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Only a change of the token mints one, and in place. Each step starts from the one before.
func TestAccUser_mintsInPlace(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	type step struct {
		attributes string
		mints      bool
	}
	common := []step{
		{"expiry = 525600", false}, // the default
		{"expiry = 60", true},
		{"", true},
		{"token_keepers = { a = 1 }", true},
		{"token_keepers = { a = 2 }", true},
		{"", true},
		{"early_renewal_minutes = 60", false},
		{"early_renewal_minutes = 525599", false}, // one minute less than the token has left
		{"timeouts { update = \"1m\" }", false},
	}
	own := map[subject][]step{
		userSubject: {
			{"adopt_existing = true", false},
			{"name = \"A\"", false},
			{"name = \"B\"\ntoken_keepers = { a = 1 }", true},
		},
		tokenSubject: {{"revoke_on_destroy = false", false}, {"", false}},
	}
	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		minted := 1
		steps := []resource.TestStep{{Config: s.config(""), ConfigStateChecks: s.hasToken(b, androidApp, minted)}}
		for i, step := range append(common, own[s]...) {
			plan := s.updates(step.mints)
			if i == 0 {
				plan = noChange
			}
			if step.mints {
				minted++
			}
			steps = append(steps, resource.TestStep{
				Config: s.config(step.attributes), ConfigPlanChecks: plan, ConfigStateChecks: s.hasToken(b, androidApp, minted),
			})
		}
		s.run(t, b, steps...)
	})
}

func TestAccUser_nameAndStatus(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	step := func(attributes, name string, active bool) resource.TestStep {
		return resource.TestStep{
			Config: userConfig(android + attributes),
			ConfigStateChecks: []statecheck.StateCheck{
				expectUser(b, name, active), b.ExpectMinted(alice, 1), userSubject.has("token", knownvalue.NotNull()),
			},
		}
	}
	run(t, b,
		step("name = \"A\"", "A", true), step("name = \"B\"", "B", true),
		step("name = \"B\"\nactive = false", "B", false), step("", "", true),
	)
}

func TestAccUser_changeAppID(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	s := userSubject
	run(t, b,
		resource.TestStep{Config: userConfig(""), ConfigStateChecks: append(s.hasNoToken(), s.has("expiry", knownvalue.Null()))},
		resource.TestStep{
			Config: userConfig(android),
			ConfigPlanChecks: planned(plancheck.ExpectUnknownValue(s.name(), tfjsonpath.New("token")),
				plancheck.ExpectKnownValue(s.name(), tfjsonpath.New("uid"), knownvalue.NotNull())),
			ConfigStateChecks: s.hasToken(b, androidApp, 1),
		},
		resource.TestStep{
			Config:            userConfig(web),
			ConfigPlanChecks:  s.updates(true),
			ConfigStateChecks: append(s.hasToken(b, webApp, 2), b.ExpectTokens(alice, webApp)),
		},
		resource.TestStep{
			Config:            userConfig(""),
			ConfigPlanChecks:  s.plans(plancheck.ResourceActionUpdate),
			ConfigStateChecks: append(s.hasNoToken(), s.has("expiry", knownvalue.Null()), b.ExpectTokens(alice), b.ExpectMinted(alice, 2)),
		},
	)
}

func TestAccUser_unknownDuringPlan(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := func(input string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = %q\n}\n", input) + userConfig(`
  appid         = "com.example.${terraform_data.later.output}"
  token_keepers = { release = terraform_data.later.output }`)
	}
	run(t, b,
		resource.TestStep{Config: config("android"), ConfigStateChecks: userSubject.hasToken(b, androidApp, 1)},
		resource.TestStep{
			Config:            config("web"),
			ConfigStateChecks: append(userSubject.hasToken(b, webApp, 2), b.ExpectTokens(alice, webApp)),
		},
	)
}

func TestAccUser_changeAddress(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	step := func(address string, action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			Config:           block("mesibo_user", address, android),
			ConfigPlanChecks: userSubject.plans(action),
			ConfigStateChecks: []statecheck.StateCheck{
				userSubject.has("token", b.LiveToken(address, androidApp)),
				statecheck.ExpectIdentity(userSubject.name(), map[string]knownvalue.Check{"address": knownvalue.StringExact(address)}),
			},
		}
	}
	runSince(t, b, tfversion.Version1_12_0,
		step(alice, plancheck.ResourceActionCreate), step(bob, plancheck.ResourceActionReplace))
	b.ExpectNoUsers(t)
}

// A user that is replaced by itself, created first, is not deleted: there is one user at an address.
func TestAccUser_createBeforeDestroy(t *testing.T) {
	t.Parallel()

	config := userConfig(android + "adopt_existing = true\nlifecycle { create_before_destroy = true }")
	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		run(t, b,
			resource.TestStep{Config: config},
			resource.TestStep{
				Taint: []string{userSubject.name()}, Config: config, ConfigStateChecks: userSubject.hasToken(b, androidApp, 2),
			},
		)
		b.ExpectNoUsers(t)
	})
}

// Replacing, moving or handing over a token leaves exactly the tokens that the configuration describes. A destroy never
// revokes what the same run has minted for the same App ID.
func TestAccUserToken_replace(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.RevokesAppID)

	const (
		createFirst = "lifecycle { create_before_destroy = true }"
		trigger     = "lifecycle { replace_triggered_by = [mesibo_user.test.uid] }"
		keeper      = "token_keepers = { uid = mesibo_user.test.uid }"
		renamed     = "resource \"mesibo_user_token\" \"web\" {\n  address = mesibo_user.test.address\n  " + web + "}\n"
		moved       = renamed + "moved {\n  from = mesibo_user_token.test\n  to = mesibo_user_token.web\n}\n"
		otherUser   = "resource \"mesibo_user\" \"bob\" {\n  address = \"" + bob + "\"\n}\n"
		token       = "mesibo_user_token.test"
		user        = "mesibo_user.test"
	)
	owner := userConfig("")
	ofBob := func(attributes string) string {
		return block("mesibo_user_token", bob, attributes+"depends_on = [mesibo_user.bob]\n")
	}
	tests := map[string]struct {
		before, after, taint string
		resource, address    string // where the token is afterwards
		appID                string
		minted               int // for the address
	}{
		"tainted":                     {owner + tokenConfig(web), owner + tokenConfig(web), token, token, alice, webApp, 2},
		"tainted, create first":       {owner + tokenConfig(web+createFirst), owner + tokenConfig(web+createFirst), token, token, alice, webApp, 2},
		"other App ID":                {owner + tokenConfig(web), owner + tokenConfig(android), "", token, alice, androidApp, 2},
		"other App ID, create first":  {owner + tokenConfig(web+createFirst), owner + tokenConfig(android+createFirst), "", token, alice, androidApp, 2},
		"other user":                  {otherUser + owner + tokenConfig(web), otherUser + owner + ofBob(web), "", token, bob, webApp, 1},
		"other user, create first":    {otherUser + owner + tokenConfig(web+createFirst), otherUser + owner + ofBob(web+createFirst), "", token, bob, webApp, 1},
		"moved":                       {owner + tokenConfig(web), owner + moved, "", "mesibo_user_token.web", alice, webApp, 1},
		"renamed without moved block": {owner + tokenConfig(web), owner + renamed, "", "mesibo_user_token.web", alice, webApp, 2},
		"handed to the user":          {owner + tokenConfig(web), userConfig(web), "", user, alice, webApp, 2},
		"taken from the user":         {userConfig(web), owner + tokenConfig(web), "", token, alice, webApp, 2},
		"user tainted, trigger":       {owner + tokenConfig(web+trigger), owner + tokenConfig(web+trigger), user, token, alice, webApp, 1},
		"user tainted, uid as keeper": {owner + tokenConfig(web+keeper), owner + tokenConfig(web+keeper), user, token, alice, webApp, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.after == owner+tokenConfig(web+keeper) {
				acctest.Needs(t, acctest.NewUIDs)
			}

			b := acctest.NewBackend(t)
			after := resource.TestStep{
				Config: tt.after,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(tt.resource, tfjsonpath.New("token"), b.LiveToken(tt.address, tt.appID)),
					b.ExpectTokens(tt.address, tt.appID), b.ExpectMinted(tt.address, tt.minted),
				},
			}
			if tt.taint != "" {
				after.Taint = []string{tt.taint}
			}
			if tt.address == bob {
				after.ConfigStateChecks = append(after.ConfigStateChecks, b.ExpectTokens(alice))
			}
			run(t, b, resource.TestStep{Config: tt.before}, after)
			b.ExpectNoUsers(t)
		})
	}
}

// A replaced user has lost its tokens. Without a keeper or a trigger, the next apply mints them again.
func TestAccUserToken_userReplaced(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.NewUIDs)

	b := acctest.NewBackend(t)
	config := userConfig("") + tokenConfig(web)
	run(t, b,
		resource.TestStep{Config: config},
		resource.TestStep{Taint: []string{userSubject.name()}, Config: config, ExpectNonEmptyPlan: true},
		resource.TestStep{Config: config, ConfigPlanChecks: tokenSubject.updates(true), ConfigStateChecks: tokenSubject.hasToken(b, webApp, 1)},
	)
}

func TestAccUserToken_revokeOnDestroy(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.RevokesAppID)

	for value, left := range map[string][]string{"true": {androidApp}, "false": {androidApp, webApp}} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			run(t, b,
				resource.TestStep{Config: userConfig(android) + tokenConfig(web+"revoke_on_destroy = "+value)},
				resource.TestStep{Config: userConfig(android), ConfigStateChecks: []statecheck.StateCheck{b.ExpectTokens(alice, left...)}},
			)
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

const android = "appid = \"com.example.android\"\n"

// Only what is about the token mints one. Nothing but a new address replaces the user.
func TestAccUser_whatMints(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	tests := map[string]struct {
		before, after string
		mints         bool
	}{
		"name added":                {android, android + `name = "A"`, false},
		"name changed":              {android + `name = "A"`, android + `name = "B"`, false},
		"name removed":              {android + `name = "A"`, android, false},
		"disabled":                  {android, android + `active = false`, false},
		"enabled":                   {android + `active = false`, android, false},
		"adopt_existing":            {android, android + `adopt_existing = true`, false},
		"window added":              {android, android + `early_renewal_minutes = 60`, false},
		"window short of the token": {android, android + `early_renewal_minutes = 525599`, false},
		"timeouts":                  {android, android + `timeouts { update = "1m" }`, false},
		"default expiry spelt out":  {android, android + `expiry = 525600`, false},
		"expiry changed":            {android, android + `expiry = 60`, true},
		"expiry removed":            {android + `expiry = 60`, android, true},
		"keepers added":             {android, android + `token_keepers = { a = 1 }`, true},
		"keeper changed":            {android + `token_keepers = { a = 1 }`, android + `token_keepers = { a = 2 }`, true},
		"keepers removed":           {android + `token_keepers = { a = 1 }`, android, true},
		"name and keepers":          {android, android + "name = \"A\"\ntoken_keepers = { a = 1 }", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "disabled" {
				acctest.Needs(t, acctest.KeepsTokens)
			}

			b := acctest.NewBackend(t)
			token, minted := statecheck.CompareValue(compare.ValuesSame()), 1
			if tt.mints {
				token, minted = statecheck.CompareValue(compare.ValuesDiffer()), 2
			}
			uid := statecheck.CompareValue(compare.ValuesSame())
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config: b.Config(userConfig(tt.before)),
					ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1),
						token.AddStateValue(resourceName, tfjsonpath.New("token")),
						uid.AddStateValue(resourceName, tfjsonpath.New("uid"))),
				},
				{
					Config: b.Config(userConfig(tt.after)),
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PreApply:             []plancheck.PlanCheck{expectInPlace{}},
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
					ConfigStateChecks: append(holdsLiveToken(b, androidApp, minted),
						token.AddStateValue(resourceName, tfjsonpath.New("token")),
						uid.AddStateValue(resourceName, tfjsonpath.New("uid"))),
				},
			}})
		})
	}
}

// The plan says beforehand whether a token will be minted, and leaves the uid known.
func TestAccUser_planTellsOfMinting(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(userConfig(android))},
		{
			Config: b.Config(userConfig(android + `name = "A"`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("token"), knownvalue.NotNull()),
				plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("token_expires_at"), knownvalue.NotNull()),
			}},
		},
		{
			Config: b.Config(userConfig(android + "name = \"A\"\nexpiry = 60")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("token")),
				plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("token_expires_at")),
				plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("uid"), knownvalue.NotNull()),
			}},
		},
	}})
}

func TestAccUser_nameAndStatusReachTheServer(t *testing.T) {
	t.Parallel()

	expect := func(b *acctest.Backend, name string, active bool) []statecheck.StateCheck {
		return []statecheck.StateCheck{b.ExpectUser(alice, func(u emulator.User) error {
			if u.Name != name || u.Active != active {
				return fmt.Errorf("the back end has the name %q and active %t", u.Name, u.Active)
			}

			return nil
		})}
	}

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(userConfig(`name = "A"`)), ConfigStateChecks: expect(b, "A", true)},
		{Config: b.Config(userConfig(`name = "B"`)), ConfigStateChecks: expect(b, "B", true)},
		{Config: b.Config(userConfig("name = \"B\"\nactive = false")), ConfigStateChecks: expect(b, "B", false)},
		{Config: b.Config(userConfig("")), ConfigStateChecks: expect(b, "", true)},
	}})
}

func TestAccUser_appIDComesAndGoes(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config:            b.Config(userConfig("")),
			ConfigStateChecks: holdsNoToken(b, androidApp),
		},
		{
			Config:            b.Config(userConfig(android)),
			ConfigPlanChecks:  updates,
			ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
		},
		{
			Config:            b.Config(userConfig(`appid = "com.example.web"`)),
			ConfigPlanChecks:  updates,
			ConfigStateChecks: append(holdsLiveToken(b, webApp, 2), b.ExpectNoToken(alice, androidApp)),
		},
		{
			Config:            b.Config(userConfig("")),
			ConfigPlanChecks:  updates,
			ConfigStateChecks: append(holdsNoToken(b, webApp), holds("expiry", knownvalue.Null()), b.ExpectMinted(alice, 2)),
		},
	}})
}

func TestAccUser_addressReplaces(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(userConfig(android))},
		{
			Config: b.Config(`
resource "mesibo_user" "test" {
  address = "bob@example.com"
  appid   = "com.example.android"
}`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionReplace),
			}},
			ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken("bob@example.com", androidApp))},
		},
	}})
}

// A user that is replaced by itself, created first, is not deleted: there is one user at an address.
func TestAccUser_createBeforeDestroy(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, lookupModes) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			config := b.Config(userConfig(android + "adopt_existing = true\nlifecycle { create_before_destroy = true }"))
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					Taint:             []string{resourceName},
					Config:            config,
					ConfigStateChecks: holdsLiveToken(b, androidApp, 2),
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
				},
			}})
			b.ExpectNoUsers(t)
		})
	}
}

// Values that are known only while applying: the plan must leave room for whatever they turn out to be.
func TestAccUser_unknownAtPlan(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := func(input string) string {
		return b.Config(fmt.Sprintf(`
resource "terraform_data" "later" {
  input = %q
}
`, input) + userConfig(`
  appid         = "com.example.${terraform_data.later.output}"
  token_keepers = { release = terraform_data.later.output }`))
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config("android"), ConfigStateChecks: holdsLiveToken(b, androidApp, 1)},
		{Config: config("web"), ConfigStateChecks: append(holdsLiveToken(b, webApp, 2), b.ExpectNoToken(alice, androidApp))},
	}})
}

// updates expects the user to be updated in place.
var updates = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
	plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate),
}}

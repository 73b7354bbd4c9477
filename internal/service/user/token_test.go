// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"context"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// The token of most tests: the second one of a user who has one for Android already.
const tokenName = "mesibo_user_token.web"

// aliceWith is a user with a token for Android, and whatever else is given.
func aliceWith(rest string) string {
	return `
resource "mesibo_user" "alice" {
  address = "` + alice + `"
  appid   = "` + androidApp + `"
}
` + rest
}

// webToken is the user's token for the web, with further attributes.
func webToken(attributes string) string {
	return `
resource "mesibo_user_token" "web" {
  address = mesibo_user.alice.address
  appid   = "` + webApp + `"
  ` + attributes + `
}
`
}

// holds checks an attribute of the token in the state.
func tokenHolds(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(tokenName, tfjsonpath.New(attribute), check)
}

// holdsLiveTokens checks that the state holds the live tokens of both App IDs, and that the user has no others, of so
// many that were ever minted.
func holdsLiveTokens(b *acctest.Backend, minted int) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		tokenHolds("token", b.LiveToken(alice, webApp)),
		tokenHolds("ready_for_renewal", knownvalue.Bool(false)),
		statecheck.ExpectKnownValue("mesibo_user.alice", tfjsonpath.New("token"), b.LiveToken(alice, androidApp)),
		b.ExpectTokens(alice, androidApp, webApp),
		b.ExpectMinted(alice, minted),
	}
}

// What servers may differ in. Tokens have to live by the same rules on all of them.
var servers = map[string]acctest.Server{
	"a row for each user":                   func(*profile.Profile) {},
	"a row for each App ID":                 func(p *profile.Profile) { p.RowsPerAppID = true },
	"tokens not shown":                      func(p *profile.Profile) { p.HideTokens = true },
	"no look-ups":                           func(p *profile.Profile) { p.SetLookups(false) },
	"new tokens do not end the old":         func(p *profile.Profile) { p.MintEndsEarlier = false },
	"a missing user is no error to userset": func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) },
}

var (
	// mintsInPlace expects an update in place that mints, and a plan that says so.
	mintsInPlace = resource.ConfigPlanChecks{
		PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(tokenName, plancheck.ResourceActionUpdate),
			plancheck.ExpectUnknownValue(tokenName, tfjsonpath.New("token")),
			plancheck.ExpectUnknownValue(tokenName, tfjsonpath.New("token_expires_at")),
		},
		PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
)

// stateCheck is a state check that looks elsewhere.
type stateCheck func() error

// CheckState implements statecheck.StateCheck.
func (f stateCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = f()
}

// planCheck is a plan check that looks elsewhere, or does something between a plan and its apply.
type planCheck func() error

// CheckPlan implements plancheck.PlanCheck.
func (f planCheck) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = f()
}

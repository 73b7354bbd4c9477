// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

// The user of most tests.
const (
	resourceName = "mesibo_user.test"
	alice        = "alice@example.com"
	androidApp   = "com.example.android"
	webApp       = "com.example.web"
)

// userConfig is a user with the given attributes beside its address.
func userConfig(attributes string) string {
	return "resource \"mesibo_user\" \"test\" {\n  address = \"" + alice + "\"\n" + attributes + "\n}\n"
}

// holds checks an attribute of the user in the state.
func holds(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(resourceName, tfjsonpath.New(attribute), check)
}

// holdsLiveToken checks that the state holds the token that the App ID has, of so many that were ever minted.
func holdsLiveToken(b *acctest.Backend, appID string, minted int) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		holds("token", b.LiveToken(alice, appID)),
		holds("ready_for_renewal", knownvalue.Bool(false)),
		b.ExpectMinted(alice, minted),
	}
}

// holdsNoToken checks that neither the state nor the back end has a token of the App ID.
func holdsNoToken(b *acctest.Backend, appID string) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		holds("token", knownvalue.Null()),
		holds("token_expires_at", knownvalue.Null()),
		holds("ready_for_renewal", knownvalue.Bool(false)),
		b.ExpectNoToken(alice, appID),
	}
}

// Look-up modes of the server. Whatever the server offers, the main job has to work.
var lookupModes = map[string]acctest.Server{
	"a row for each user":   func(p *profile.Profile) { p.SetLookups(true); p.RowsPerAppID = false },
	"a row for each App ID": func(p *profile.Profile) { p.SetLookups(true); p.RowsPerAppID = true },
	"tokens not shown":      func(p *profile.Profile) { p.SetLookups(true); p.HideTokens = true },
	"no look-ups":           func(p *profile.Profile) { p.SetLookups(false) },
}

// expectInPlace checks that the user is updated in place or left alone.
type expectInPlace struct{}

// CheckPlan implements plancheck.PlanCheck.
func (expectInPlace) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if !change.Change.Actions.Update() && !change.Change.Actions.NoOp() {
			resp.Error = fmt.Errorf("%s: planned %v, want an update in place", change.Address, change.Change.Actions)
		}
	}
}

// afterPlan does something between a plan and its apply.
type afterPlan func()

// CheckPlan implements plancheck.PlanCheck.
func (f afterPlan) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	f()
}

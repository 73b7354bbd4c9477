// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// nothingToDo expects an empty plan.
var nothingToDo = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// A token is renewed in place once less than the window is left, on every kind of server.
func TestAccUser_renewsInsideTheWindow(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, lookupModes) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			config := b.Config(userConfig(android + "expiry = 60\nearly_renewal_minutes = 10"))
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config:            config,
					ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
				},
				{
					PreConfig:         func() { b.Clock.Advance(50 * time.Minute) }, // Ten minutes left: not less.
					Config:            config,
					ConfigPlanChecks:  nothingToDo,
					ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
				},
				{
					PreConfig: func() { b.Clock.Advance(time.Second) },
					Config:    config,
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate),
							plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("token")),
						},
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
					ConfigStateChecks: append(holdsLiveToken(b, androidApp, 2),
						holds("token_expires_at", knownvalue.StringExact("2026-01-01T01:50:01Z"))),
				},
			}})
		})
	}
}

// An expired token stays in the state, marked, until an apply renews it.
func TestAccUser_expiredTokenStays(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android + "expiry = 60"))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:          func() { b.Clock.Advance(time.Hour) },
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate),
			}},
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(resourceName, "ready_for_renewal", "true"),
				resource.TestCheckResourceAttrSet(resourceName, "token"),
			),
		},
		{Config: config, ConfigStateChecks: holdsLiveToken(b, androidApp, 2)},
	}})
}

// A wider window that the token is already in mints at once; a narrower one that it is not yet in does not.
func TestAccUser_windowChanges(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(userConfig(android + "expiry = 60\nearly_renewal_minutes = 30"))},
		{
			PreConfig:         func() { b.Clock.Advance(40 * time.Minute) },
			Config:            b.Config(userConfig(android + "expiry = 60\nearly_renewal_minutes = 10")),
			ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
		},
		{
			Config:            b.Config(userConfig(android + "expiry = 60\nearly_renewal_minutes = 30")),
			ConfigStateChecks: holdsLiveToken(b, androidApp, 2),
		},
	}})
}

// A token's time may come between a plan and its apply. What was approved is applied; the next run renews.
func TestAccUser_windowOpensWhileApplying(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android + "expiry = 60\nname = \"A\""))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(userConfig(android + "expiry = 60"))},
		{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("token"), knownvalue.NotNull()),
				afterPlan(func() { b.Clock.Advance(2 * time.Hour) }),
			}},
			ExpectNonEmptyPlan: true,
			ConfigStateChecks:  []statecheck.StateCheck{b.ExpectMinted(alice, 1)},
		},
		{Config: config, ConfigStateChecks: holdsLiveToken(b, androidApp, 2)},
	}})
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// A token is renewed in place once less than early_renewal_minutes are left.
func TestAccUser_renewal(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		onEachServer(t, func(t *testing.T, server acctest.Server) {
			b := s.newBackend(t, server)
			config := s.config("expiry = 60\nearly_renewal_minutes = 10")
			s.run(t, b,
				apply(config, anyPlan, s.hasToken(b, androidApp, 1)...),
				after(func() { b.Clock.Advance(50 * time.Minute) }, // ten minutes are left, not less
					apply(config, noChange, s.hasToken(b, androidApp, 1)...)),
				after(func() { b.Clock.Advance(time.Second) },
					apply(config, s.updates(true), append(s.hasToken(b, androidApp, 2),
						s.has("token_expires_at", knownvalue.StringExact("2026-01-01T01:50:01Z")))...)),
			)
		})
	})
}

// An expired token stays in the state until an apply renews it.
func TestAccUser_expiredToken(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		s.run(t, b,
			step{Config: s.config("expiry = 60")},
			step{
				PreConfig:          func() { b.Clock.Advance(time.Hour) },
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				RefreshPlanChecks:  resource.RefreshPlanChecks{PostRefresh: s.updates(true).PreApply},
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr(s.name(), "ready_for_renewal", "true"),
					resource.TestCheckResourceAttrSet(s.name(), "token"),
				),
			},
			apply(s.config("expiry = 60"), anyPlan, s.hasToken(b, androidApp, 2)...),
		)
	})
}

// Only a change to a window that the token is already in mints.
func TestAccUser_changeRenewalWindow(t *testing.T) {
	t.Parallel()

	const narrow, wide = "expiry = 60\nearly_renewal_minutes = 10", "expiry = 60\nearly_renewal_minutes = 30"
	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		s.run(t, b,
			step{Config: s.config(wide)},
			after(func() { b.Clock.Advance(40 * time.Minute) },
				apply(s.config(narrow), s.updates(false), s.hasToken(b, androidApp, 1)...)),
			apply(s.config(wide), s.updates(true), s.hasToken(b, androidApp, 2)...),
		)
	})
}

// A token that becomes due between a plan and its apply is renewed by the next run, because the plan showed no mint.
func TestAccUser_dueDuringApply(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		config := s.config("expiry = 60\ntimeouts { update = \"1m\" }")
		passesTime := afterPlan(func() { b.Clock.Advance(2 * time.Hour) })
		late := apply(config, planned(append(s.updates(false).PreApply, passesTime)...), b.ExpectMinted(alice, 1))
		late.ExpectNonEmptyPlan = true
		s.run(t, b, step{Config: s.config("expiry = 60")}, late, apply(config, anyPlan, s.hasToken(b, androidApp, 2)...))
	})
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
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
	acctest.Once(t)

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
	acctest.Once(t)

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

// A renewal window that is changed, and opens between the plan and its apply, does not change the approved plan. The next
// run renews the token.
func TestAccUser_windowOpensDuringApply(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		const before, window = "expiry = 3", "expiry = 3\nearly_renewal_minutes = 2"
		passesTime := afterPlan(func() { b.Clock.Advance(22 * time.Second) })
		late := after(func() { b.Clock.Advance(45 * time.Second) },
			apply(s.config(window), planned(append(s.updates(false).PreApply, passesTime)...), b.ExpectMinted(alice, 1)))
		late.ExpectNonEmptyPlan = true
		s.run(t, b, step{Config: s.config(before)}, late, apply(s.config(window), s.updates(true), s.hasToken(b, androidApp, 2)...))
	})
}

// A provider that is killed during a mint cannot say what it has minted. The state follows the server's token, which is
// renewed when the one before would have been. The CLI drops the private state, and a destroy still knows what is its own.
func TestAccUser_killedDuringMint(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	const hour = "expiry = 60\nearly_renewal_minutes = 30\n"
	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t, rowPerAppID)
		var killed atomic.Bool
		factory := func() (tfprotov6.ProviderServer, error) { return isKilled{b.NewProvider(), &killed}, nil }
		steps := []step{
			{Config: s.config(hour)},
			after(func() { killed.Store(true) }, fails(s.config(hour+"token_keepers = { a = 1 }"), "killed")),
			after(func() { killed.Store(false); b.Clock.Advance(29 * time.Minute) },
				apply(s.config(hour), noChange, append(s.hasToken(b, androidApp, 2), s.has("token_expires_at", knownvalue.Null()))...)),
			after(func() { b.Clock.Advance(2 * time.Minute) },
				apply(s.config(hour), s.updates(true), s.hasToken(b, androidApp, 3)...)),
			after(func() { killed.Store(true) }, fails(s.config(hour+"timeouts { update = \"1m\" }"), "killed")),
			after(func() { killed.Store(false) }, step{Config: s.config(hour), Destroy: true}),
		}
		for i := range steps {
			steps[i].Config = withProvider(b, steps[i].Config)
		}
		b.Run(t, resource.TestCase{
			ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"mesibo": factory}, Steps: steps,
		})
		s.expectDestroyed(t, b)
	})
}

// isKilled is a provider that may be killed while it applies: the work is done, and the CLI gets no answer.
type isKilled struct {
	tfprotov6.ProviderServer

	killed *atomic.Bool
}

func (s isKilled) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.ProviderServer.ApplyResourceChange(ctx, req)
	if s.killed.Load() {
		return nil, errors.New("killed")
	}

	return resp, err
}

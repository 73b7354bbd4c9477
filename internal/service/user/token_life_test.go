// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// An hour's token is renewed in its last half hour, also when its expiry is no longer known: after the reply of a renewal
// was lost, after a rotation elsewhere, or after a run was killed during a mint.
func TestRenewalAfterReplacement(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	hour := map[string]any{"expiry": 60, "early_renewal_minutes": 30}
	kept := map[string]any{"expiry": 60, "early_renewal_minutes": 30, "token_keepers": map[string]any{"a": "b"}}
	forBoth(t, func(t *testing.T, s subject) {
		plain := config{managedWith(s.kind, "test", alice, androidApp, hour)}
		changed := config{managedWith(s.kind, "test", alice, androidApp, kept)}
		for name, tt := range map[string]struct {
			config  config
			replace func(*testing.T, *acctest.Backend, func(config) error)
			after   time.Duration // since the first mint; the token is not due before
		}{
			"rotation elsewhere": {plain, func(_ *testing.T, b *acctest.Backend, _ func(config) error) {
				b.MintToken(acctest.AppToken, alice, androidApp)
			}, 31 * time.Minute},
			"reply of a mint lost": {changed, func(t *testing.T, b *acctest.Backend, apply func(config) error) {
				b.Fail("useradd", 1, emulator.DropAfterCommit())
				if apply(changed) == nil {
					t.Error("the mint does not fail")
				}
			}, 31 * time.Minute},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				b := s.newBackend(t)
				w := newWorkspace(b)
				mustApply(t, w, plain)
				tt.replace(t, b, func(config config) error { return w.Apply(t.Context(), config) })
				mustApply(t, w, tt.config)
				before := b.Minted(alice)
				b.Clock.Advance(tt.after)
				mustApply(t, w, tt.config)
				if minted := b.Minted(alice) - before; minted != 1 {
					t.Errorf("%d tokens were minted, want 1", minted)
				}
				mustHave(t, b, w, tt.config, alice, w.Text(s.name(), "token"))
			})
		}
	})
}

// The reply of a renewal is lost: the state follows the server's token, which is renewed at once, because it counts as old
// as the one before.
func TestRenewalAfterLostRenewal(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		w := newWorkspace(b)
		hour := config{managedWith(s.kind, "test", alice, androidApp, map[string]any{"expiry": 60, "early_renewal_minutes": 30})}
		mustApply(t, w, hour)
		b.Clock.Advance(31 * time.Minute)
		b.Fail("useradd", 1, emulator.DropAfterCommit())
		mustFail(t, w, hour)
		mustApply(t, w, hour)
		mustHave(t, b, w, hour, alice, w.Text(s.name(), "token"))
		if w.Text(s.name(), "token_expires_at") != "2026-01-01T01:31:00Z" || b.Minted(alice) != 3 {
			t.Errorf("%d tokens were minted, and the last expires at %s", b.Minted(alice), w.Text(s.name(), "token_expires_at"))
		}
	})
}

// A window that can have no effect, because the expiry of an imported token is unknown, is a standing warning.
func TestRenewalWindowWithoutEffect(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		b := acctest.NewBackend(t, servers["a row for each user"])
		addAlice(b)
		token := b.MintToken(acctest.AppToken, alice, androidApp)
		w := newWorkspace(b)
		window := config{managedWith(s.kind, "test", alice, androidApp, map[string]any{
			"expiry": 60, "early_renewal_minutes": 30, "token_keepers": map[string]any{"a": "b"},
		})}
		if err := w.Import(t.Context(), window[0], s.importID); err != nil {
			t.Fatal(err)
		}
		mustApply(t, w, window)
		mustHave(t, b, w, window, alice, token) // The first plan records the keepers and the expiry, and mints nothing.
		for range 2 {
			w.Diagnostics = nil
			b.Clock.Advance(24 * time.Hour)
			mustHave(t, b, w, window, alice, token)
			if !warns(w, "Renewal window has no effect") {
				t.Error("nothing says that the token is not renewed")
			}
		}
		window[0].Attributes["token_keepers"] = map[string]any{"a": "c"}
		mustApply(t, w, window)
		mustHave(t, b, w, window, alice, w.Text(s.name(), "token"))
		if b.Minted(alice) != 2 {
			t.Errorf("a changed keeper has minted %d tokens, want 1", b.Minted(alice)-1)
		}
	})
}

// A token that a lookup has shown once is missed when a later one shows none, also where a server shows one row.
func TestTokenRevokedElsewhere(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		for _, server := range []string{"a row for each user", "a row for each App ID"} {
			b := s.newBackend(t, servers[server])
			w := newWorkspace(b)
			token := config{managed(s.kind, "test", alice, androidApp)}
			mustApply(t, w, token, token)
			b.EndToken(acctest.AppToken, alice, androidApp)
			mustApply(t, w, token)
			mustHave(t, b, w, token, alice, w.Text(s.name(), "token"))
			if b.Minted(alice) != 2 || !warns(w, "Token revoked outside of Terraform") {
				t.Errorf("%s: %d tokens were minted", server, b.Minted(alice))
			}
		}
	})
}

// token_keepers that say the same mint nothing.
func TestSameKeepers(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		w := newWorkspace(b)
		for _, keepers := range []any{nil, map[string]any{}, map[string]any{"a": nil}, nil, map[string]any{"a": nil}, map[string]any{}} {
			mustApply(t, w, config{managedWith(s.kind, "test", alice, androidApp, map[string]any{"token_keepers": keepers})})
		}
		if b.Minted(alice) != 1 {
			t.Errorf("%d tokens were minted", b.Minted(alice))
		}
	})
}

// A renewal window that is changed, and opens between the plan and its apply, does not change the approved plan. The next
// run renews the token.
func TestWindowOpensDuringApply(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		onEachServer(t, func(t *testing.T, server acctest.Server) {
			b := s.newBackend(t, server)
			w := newWorkspace(b)
			minutes := func(early int) config {
				return config{managedWith(s.kind, "test", alice, androidApp, map[string]any{"expiry": 3, "early_renewal_minutes": early})}
			}
			mustApply(t, w, minutes(0))
			b.Clock.Advance(45 * time.Second)
			w.AfterPlan = func() { b.Clock.Advance(22 * time.Second) }
			mustApply(t, w, minutes(2))
			if b.Minted(alice) != 1 {
				t.Errorf("%d tokens were minted by a plan that shows no mint", b.Minted(alice))
			}
			w.AfterPlan = nil
			mustApply(t, w, minutes(2))
			mustHave(t, b, w, minutes(2), alice, w.Text(s.name(), "token"))
			if b.Minted(alice) != 2 {
				t.Errorf("%d tokens were minted, want 2", b.Minted(alice))
			}
		})
	})
}

// A create that was not answered is replaced by the next apply, except with create_before_destroy. There the error says
// what to do.
func TestUnansweredCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	w := newWorkspace(b)
	user := managed("mesibo_user", "test", alice, androidApp)
	user.CreateBeforeDestroy = true
	b.Fail("useradd", 1, emulator.DropAfterCommit())
	mustFail(t, w, config{user})
	if err := w.Apply(t.Context(), config{user}); err == nil || !strings.Contains(err.Error(), "terraform untaint") {
		t.Errorf("the next apply fails: %v", err)
	}
	w.Untaint(user.Address())
	mustApply(t, w, config{user})
	mustHave(t, b, w, config{user}, alice, w.Text(user.Address(), "token"))
	mustApply(t, w, nil)
	b.ExpectNoUsers(t)
}

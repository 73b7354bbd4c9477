// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// A renewal waits for a refresh. When its reply is lost, the state follows the server's token, which is renewed at once,
// because it counts as old as the one before.
func TestRenewalAfterLostRenewal(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		w := newWorkspace(b)
		hour := config{managedWith(s.kind, "test", alice, androidApp, map[string]any{"expiry": 60, "early_renewal_minutes": 30})}
		mustApply(t, w, hour)
		b.Clock.Advance(31 * time.Minute)
		w.SkipRefresh = true
		mustApply(t, w, hour)
		if b.Minted(alice) != 1 {
			t.Error("a plan without a refresh has renewed the token")
		}
		w.SkipRefresh = false
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

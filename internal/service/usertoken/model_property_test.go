// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
)

// drawModel draws a token of which each attribute is null, unknown or known.
func drawModel(t *rapid.T, of string) model {
	return model{
		HeldToken: service.HeldToken{
			AppID:               gen.OneOf(t, of+" appid", "a", "b"),
			Expiry:              gen.Int64(t, of+" expiry"),
			TokenKeepers:        gen.Map(t, of+" keepers"),
			EarlyRenewalMinutes: gen.Int64(t, of+" early"),
			Token:               gen.OneOf(t, of+" token", "token", "other"),
			TokenExpiresAt:      gen.OneOf(t, of+" expires at", "2026-01-01T01:00:00Z", "2025-01-01T01:00:00Z", "never"),
			ReadyForRenewal:     gen.Bool(t, of+" ready"),
		},
		Address:         gen.String(t, of+" address"),
		RevokeOnDestroy: gen.Bool(t, of+" revoke"),
		UID:             gen.OneOf(t, of+" uid", "1", "2"),
	}
}

// wantRequest is the useradd that mints a token, as far as it is known.
func wantRequest(address, appID types.String, expiry types.Int64) mesibo.CreateUserRequest {
	var request mesibo.CreateUserRequest
	if known := gen.Text(address); known != nil {
		request.Address = *known
	}
	if known := gen.Text(appID); known != nil {
		request.Token = &mesibo.TokenRequest{AppID: *known}
		if minutes := gen.Number(expiry); minutes != nil {
			request.Token.ExpiryMinutes = *minutes
		}
	}

	return request
}

// Whatever is null or unknown: a request says what is known, and states keep what is configured.
func TestModelConversions(t *testing.T) {
	t.Parallel()

	reply := mesibo.User{UID: "5302", Token: mesibo.NewSecret("new")}
	rapid.Check(t, func(t *rapid.T) {
		config, plan, state := drawModel(t, "config"), drawModel(t, "plan"), drawModel(t, "state")
		configured := func(m model) model {
			m.UID, m.Token, m.TokenExpiresAt, m.ReadyForRenewal = types.String{}, types.String{}, types.String{}, types.Bool{}

			return m
		}

		want := wantRequest(plan.Address, plan.AppID, plan.Expiry)
		if diff := cmp.Diff(want, plan.mintRequest()); diff != "" {
			t.Fatalf("to mint (-want +got):\n%s", diff)
		}

		minted := plan.minted(plan, reply, now)
		if diff := cmp.Diff(configured(plan), configured(minted)); diff != "" {
			t.Fatalf("minted (-want +got):\n%s", diff)
		}
		if minted.Token.IsUnknown() || minted.TokenExpiresAt.IsUnknown() || minted.UID.ValueString() != "5302" || minted.Token.IsNull() == (want.Token != nil) {
			t.Fatalf("minted: %+v", minted)
		}
		if diff := cmp.Diff(configured(plan), configured(state.changed(plan))); diff != "" {
			t.Fatalf("changed (-want +got):\n%s", diff)
		}

		next := plan.plannedNext(config, state, now)
		if next.MintsNow() != next.UID.IsUnknown() && !state.UID.IsUnknown() {
			t.Fatalf("mints: %t, and the uid is %s", next.MintsNow(), next.UID)
		}
		if !next.MintsNow() && !next.AppID.IsNull() && !next.Token.Equal(state.Token) {
			t.Fatalf("no mint, and yet another token: %s", next.Token)
		}

		row := mesibo.UserRow{
			UID: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "shown uid"), Address: "alice",
			AppID: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "shown appid"),
			Token: mesibo.NewSecret(rapid.SampledFrom([]string{"", "token", "new"}).Draw(t, "shown token")),
		}
		seen := state.refreshed(mesibo.Lookup{Rows: []mesibo.UserRow{row}}, now)
		if diff := cmp.Diff(configured(state), configured(seen)); diff != "" {
			t.Fatalf("refreshed (-want +got):\n%s", diff)
		}
		if row.UID == "" && !seen.UID.Equal(state.UID) || row.UID != "" && seen.UID.ValueString() != row.UID {
			t.Fatalf("uid %s becomes %s, shown is %q", state.UID, seen.UID, row.UID)
		}
		_ = state.withImportDefaults().Validate("alice")
	})
}

// The same for the ephemeral resource, which always has an App ID.
func TestEphemeralRequest(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		config := ephemeralModel{
			Address: gen.String(t, "address"), AppID: gen.OneOf(t, "appid", "a", "b"), Expiry: gen.Int64(t, "expiry"),
		}
		if diff := cmp.Diff(wantRequest(config.Address, config.AppID, config.Expiry), config.mintRequest()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

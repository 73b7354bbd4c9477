// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
)

// drawModel draws a user of which each attribute is null, unknown or known.
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
		Address:       gen.String(t, of+" address"),
		Name:          gen.OneOf(t, of+" name", "Alice", "Bob", ""),
		Active:        gen.Bool(t, of+" active"),
		AdoptExisting: gen.Bool(t, of+" adopt"),
		UID:           gen.OneOf(t, of+" uid", "1", "2"),
	}
}

// drawLookup draws what a look-up shows of one user.
func drawLookup(t *rapid.T) mesibo.Lookup {
	uid := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "shown uid")
	active := rapid.SampledFrom([]*bool{nil, new(true), new(false)}).Draw(t, "shown active")
	lookup := mesibo.Lookup{Truncated: rapid.Bool().Draw(t, "truncated")}
	for range rapid.IntRange(1, 3).Draw(t, "rows") {
		lookup.Rows = append(lookup.Rows, mesibo.UserRow{
			UID: uid, Address: "alice", Active: active,
			AppID: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "shown appid"),
			Token: mesibo.NewSecret(rapid.SampledFrom([]string{"", "token", "new"}).Draw(t, "shown token")),
		})
	}

	return lookup
}

// wantToken is what a request has to say of the token of a user.
func wantToken(m service.HeldToken) *mesibo.TokenRequest {
	appID := gen.Text(m.AppID)
	if appID == nil {
		return nil
	}
	request := &mesibo.TokenRequest{AppID: *appID}
	if minutes := gen.Number(m.Expiry); minutes != nil {
		request.ExpiryMinutes = *minutes
	}

	return request
}

// Whatever is null or unknown: requests say what is known, and nothing else.
func TestRequestsSayWhatIsKnown(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		plan, state := drawModel(t, "plan"), drawModel(t, "state")
		address := ""
		if known := gen.Text(plan.Address); known != nil {
			address = *known
		}

		want := mesibo.CreateUserRequest{Address: address, Name: gen.Text(plan.Name), Token: wantToken(plan.HeldToken)}
		if active := gen.Switch(plan.Active); active != nil && !*active {
			want.Active = active // The server enables a new user by itself.
		}
		if diff := cmp.Diff(want, plan.addRequest()); diff != "" {
			t.Fatalf("to add (-want +got):\n%s", diff)
		}

		set := mesibo.UpdateUserRequest{Address: address}
		renamed := !plan.Name.Equal(state.Name) && !plan.Name.IsUnknown()
		switched := !plan.Active.Equal(state.Active) && !plan.Active.IsUnknown()
		if renamed || switched {
			set.Name, set.Active = gen.Text(plan.Name), gen.Switch(plan.Active)
		}
		if renamed && plan.Name.IsNull() {
			set.Name = new("") // which clears it
		}
		if !switched && set.Active != nil && *set.Active {
			set.Active = nil // The server enables a new user by itself.
		}
		got, needed := plan.setRequest(state)
		if diff := cmp.Diff(set, got); diff != "" || needed != (set.Name != nil || set.Active != nil) {
			t.Fatalf("to change, needed %t (-want +got):\n%s", needed, diff)
		}
		if _, needed := state.setRequest(state); needed {
			t.Fatal("what is as it is planned is changed")
		}
	})
}

// Whatever is null or unknown: what has been configured stays as it was, null is not made up, and after an apply
// nothing that the server decides is unknown.
func TestStatesKeepWhatIsConfigured(t *testing.T) {
	t.Parallel()

	reply := mesibo.User{UID: "5302", Token: mesibo.NewSecret("new")}
	rapid.Check(t, func(t *rapid.T) {
		config, plan, state := drawModel(t, "config"), drawModel(t, "plan"), drawModel(t, "state")
		lookup := drawLookup(t)
		configured := func(m model) model {
			m.UID, m.Token, m.TokenExpiresAt, m.ReadyForRenewal = types.String{}, types.String{}, types.String{}, types.Bool{}

			return m
		}

		for name, after := range map[string]model{
			"created": plan.created(reply, now), "unanswered": plan.unanswered(), "changed": state.changed(plan),
		} {
			if name != "changed" && (after.UID.IsUnknown() || after.Token.IsUnknown() || after.TokenExpiresAt.IsUnknown() || after.ReadyForRenewal.IsUnknown()) {
				t.Fatalf("%s: something is not known: %+v", name, after)
			}
			if diff := cmp.Diff(configured(plan), configured(after)); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", name, diff)
			}
			if name == "created" && (after.Token.IsNull() == (wantToken(plan.HeldToken) != nil)) {
				t.Fatalf("%s: App ID %s, token %s", name, plan.AppID, after.Token)
			}
		}
		if after := state.minted(plan, reply, now); !after.AppID.Equal(plan.AppID) || !after.Expiry.Equal(plan.Expiry) ||
			!after.TokenKeepers.Equal(plan.TokenKeepers) || !after.Address.Equal(state.Address) || after.UID.ValueString() != "5302" {
			t.Fatalf("minted: %+v", after)
		}

		// Plans keep what is configured, and never promise a token that will be another one.
		first, next := planCreate(config, plan), planUpdate(config, plan, state, now)
		for name, planned := range map[string]model{"create": first, "update": next} {
			planned.Expiry, plan.Expiry = types.Int64{}, types.Int64{}
			if diff := cmp.Diff(configured(plan), configured(planned)); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", name, diff)
			}
		}
		if !next.MintsNow() && !next.AppID.IsNull() && !next.Token.Equal(state.Token) {
			t.Fatalf("no mint, and yet another token: %s", next.Token)
		}

		// A refresh leaves alone what no look-up shows.
		seen := state.refreshed(lookup, now)
		seen.AppID, seen.Active, seen.Name = state.AppID, state.Active, state.Name
		if diff := cmp.Diff(configured(state), configured(seen)); diff != "" {
			t.Fatalf("refreshed (-want +got):\n%s", diff)
		}
		seen = state.refreshed(lookup, now)
		if active := lookup.Rows[0].Active; active == nil && !seen.Active.Equal(state.Active) {
			t.Fatalf("refreshed: nobody says that it is active, and it becomes %s", seen.Active)
		}
		if uid := lookup.Rows[0].UID; uid == "" && (!seen.UID.Equal(state.UID) || !seen.Name.Equal(state.Name)) {
			t.Fatalf("refreshed: no uid is shown, and uid %s becomes %s", state.UID, seen.UID)
		}
		_ = state.withImportDefaults().Validate("alice")
	})
}

// A data source shows what the rows show, and makes up nothing.
func TestShownIsWhatRowsShow(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		lookup := drawLookup(t)
		include := rapid.Bool().Draw(t, "include tokens")
		got, diags := shown(lookup.Rows, include)
		if diags.HasError() {
			t.Fatal(diags)
		}
		row := lookup.Rows[0]
		if got.UID.IsNull() != (row.UID == "") || got.UID.ValueString() != row.UID {
			t.Fatalf("uid %s, want %q", got.UID, row.UID)
		}
		if got.Active.IsNull() != (row.Active == nil) || got.Tokens.IsNull() == include {
			t.Fatalf("%+v of %+v", got, row)
		}
		appIDs := 0
		for _, row := range lookup.Rows {
			if row.AppID != "" {
				appIDs++
			}
		}
		var listed []string
		if diags := got.AppIDs.ElementsAs(t.Context(), &listed, false); diags.HasError() || !slices.IsSorted(listed) {
			t.Fatalf("%v, %v", listed, diags)
		}
		if len(listed) != appIDs || len(got.Tokens.Elements()) > appIDs {
			t.Fatalf("%s and %d tokens of %+v", got.AppIDs, len(got.Tokens.Elements()), lookup.Rows)
		}
	})
}

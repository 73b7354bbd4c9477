// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

func TestAddRequest(t *testing.T) {
	t.Parallel()

	name, disabled := "Alice", false
	tests := map[string]struct {
		plan model
		want mesibo.CreateUserRequest
	}{
		"what the server does by itself is left out": {
			with(held(), func(m *model) {}),
			mesibo.CreateUserRequest{Address: "alice", Token: &mesibo.TokenRequest{AppID: "com.example.app", ExpiryMinutes: 60}},
		},
		"no token without an App ID": {
			with(held(), func(m *model) { m.AppID = types.StringNull() }),
			mesibo.CreateUserRequest{Address: "alice"},
		},
		"name and status": {
			with(held(), func(m *model) {
				m.AppID, m.Name, m.Active = types.StringNull(), types.StringValue(name), types.BoolValue(disabled)
			}),
			mesibo.CreateUserRequest{Address: "alice", Name: &name, Active: &disabled},
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()

			if diff := cmp.Diff(tt.want, tt.plan.addRequest()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetRequest(t *testing.T) {
	t.Parallel()

	empty, alice, disabled := "", "Alice", false
	tests := map[string]struct {
		plan, prior func(*model)
		want        mesibo.UpdateUserRequest
		needed      bool
	}{
		"nothing": {
			func(*model) {}, func(*model) {},
			mesibo.UpdateUserRequest{Address: "alice"}, false,
		},
		"a name": {
			func(m *model) { m.Name = types.StringValue(alice) }, func(*model) {},
			mesibo.UpdateUserRequest{Address: "alice", Name: &alice}, true,
		},
		"a name that is no longer configured is cleared": {
			func(*model) {}, func(m *model) { m.Name = types.StringValue(alice) },
			mesibo.UpdateUserRequest{Address: "alice", Name: &empty}, true,
		},
		"a name of a user that stays disabled": {
			func(m *model) { m.Name, m.Active = types.StringValue(alice), types.BoolValue(false) },
			func(m *model) { m.Active = types.BoolValue(false) },
			mesibo.UpdateUserRequest{Address: "alice", Name: &alice, Active: &disabled}, true,
		},
		"a status of a user that keeps its name": {
			func(m *model) { m.Name, m.Active = types.StringValue(alice), types.BoolValue(false) },
			func(m *model) { m.Name = types.StringValue(alice) },
			mesibo.UpdateUserRequest{Address: "alice", Name: &alice, Active: &disabled}, true,
		},
		"false is sent": {
			func(m *model) { m.Active = types.BoolValue(false) }, func(*model) {},
			mesibo.UpdateUserRequest{Address: "alice", Active: &disabled}, true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, needed := with(held(), tt.plan).setRequest(with(held(), tt.prior))
			if diff := cmp.Diff(tt.want, got); diff != "" || needed != tt.needed {
				t.Errorf("needed %t, want %t (-want +got):\n%s", needed, tt.needed, diff)
			}
		})
	}
}

// After each call of an update the state is fully known and says what has been done, no more and no less.
func TestStateBetweenCalls(t *testing.T) {
	t.Parallel()

	plan := with(held(), func(m *model) {
		m.AppID, m.Expiry, m.Name = types.StringValue("com.example.web"), types.Int64Value(120), types.StringValue("Alice")
		m.Token, m.TokenExpiresAt = types.StringUnknown(), types.StringUnknown()
	})
	reply := mesibo.User{UID: "5302", Token: mesibo.NewSecret("new")}

	revoked := held().withoutAppID(plan)
	minted := revoked.minted(plan, reply, now)
	changed := minted.changed(plan)

	without := func(m *model) {
		m.Token, m.TokenExpiresAt = types.StringNull(), types.StringNull()
		m.AppID, m.Expiry = plan.AppID, types.Int64Null()
	}
	with2 := func(m *model) {
		m.AppID, m.Expiry = plan.AppID, plan.Expiry
		m.Token, m.TokenExpiresAt = types.StringValue("new"), types.StringValue("2026-01-01T02:00:00Z")
	}
	for name, states := range map[string]struct{ got, want model }{
		"after revoking": {revoked, with(held(), without)},
		"after minting":  {minted, with(held(), with2)},
		"at the end":     {changed, with(with(held(), with2), func(m *model) { m.Name = plan.Name })},
	} {
		if diff := cmp.Diff(states.want, states.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := planUpdate(revoked, revoked, revoked, now); !got.MintsNow() {
		t.Error("a state without its token does not ask for one")
	}
	if revoked.revokes(revoked) {
		t.Error("a token that was revoked is revoked again")
	}
}

// A new uid means a new user, of which only the token has been set.
func TestMintedRecreates(t *testing.T) {
	t.Parallel()

	prior := with(held(), func(m *model) { m.Name = types.StringValue("Alice") })
	got := prior.minted(prior, mesibo.User{UID: "5303", Token: mesibo.NewSecret("new")}, now)
	if !got.Name.IsNull() || !got.Active.IsNull() || got.UID.ValueString() != "5303" {
		t.Errorf("name %s, active %s, uid %s", got.Name, got.Active, got.UID)
	}
	if !got.recreated(prior).HasError() {
		t.Error("a user that was deleted meanwhile is not reported")
	}
}

func TestRefreshed(t *testing.T) {
	t.Parallel()

	yes, no := true, false
	row := func(appID, token string) mesibo.UserRow {
		return mesibo.UserRow{UID: "5302", Address: "alice", AppID: appID, Token: mesibo.NewSecret(token), Active: &yes}
	}
	lookup := func(rows ...mesibo.UserRow) mesibo.Lookup { return mesibo.Lookup{Rows: rows} }
	same := func(*model) {}
	noToken := func(m *model) { m.Token, m.TokenExpiresAt = types.StringNull(), types.StringNull() }
	tests := map[string]struct {
		state  func(*model)
		lookup mesibo.Lookup
		want   func(*model)
	}{
		"as it was":             {same, lookup(row("com.example.app", "token")), same},
		"no uid is shown":       {same, lookup(mesibo.UserRow{Address: "alice", AppID: "com.example.app"}), same},
		"the token was revoked": {same, lookup(row("a", "1"), row("b", "2")), noToken},
		"another token": {same, lookup(row("com.example.app", "other")), func(m *model) {
			m.Token, m.TokenExpiresAt = types.StringValue("other"), types.StringNull()
		}},
		"disabled":         {same, lookup(mesibo.UserRow{UID: "5302", Active: &no}), func(m *model) { m.Active = types.BoolValue(false) }},
		"status not shown": {same, lookup(mesibo.UserRow{UID: "5302"}), same},
		"another user at the address": {
			func(m *model) { m.Name = types.StringValue("Alice") },
			lookup(mesibo.UserRow{UID: "5303", Active: &yes}),
			func(m *model) { noToken(m); m.UID = types.StringValue("5303") },
		},
		"without an App ID nobody's token is taken": {
			func(m *model) { noToken(m); m.AppID = types.StringNull() },
			lookup(row("com.example.web", "other")),
			func(m *model) { noToken(m); m.AppID = types.StringNull() },
		},
		"an import takes the only token": {
			func(m *model) {
				noToken(m)
				m.AppID, m.Active, m.UID = types.StringNull(), types.BoolNull(), types.StringNull()
			},
			lookup(row("com.example.web", "other")),
			func(m *model) {
				noToken(m)
				m.AppID, m.Token = types.StringValue("com.example.web"), types.StringValue("other")
			},
		},
		"an import takes none of several": {
			func(m *model) { noToken(m); m.AppID, m.Active = types.StringNull(), types.BoolNull() },
			lookup(row("a", "1"), row("b", "2")),
			func(m *model) { noToken(m); m.AppID = types.StringNull() },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := with(held(), tt.state).refreshed(tt.lookup, now)
			if diff := cmp.Diff(with(held(), tt.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuoting(t *testing.T) {
	t.Parallel()

	tests := map[string]struct{ shell, hcl string }{
		"alice@example.com": {`'alice@example.com'`, `"alice@example.com"`},
		"o'brien":           {`'o'\''brien'`, `"o'brien"`},
		`a"b\c`:             {`'a"b\c'`, `"a\"b\\c"`},
		"${a}%{b}&<>":       {"'${a}%{b}&<>'", `"$${a}%%{b}&<>"`},
	}
	for address, want := range tests {
		if got := shellQuote(address); got != want.shell {
			t.Errorf("for a shell %s, want %s", got, want.shell)
		}
		if got := hclQuote(address); got != want.hcl {
			t.Errorf("for a configuration %s, want %s", got, want.hcl)
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// texts is a map of strings; "?" is unknown, and an empty string is null.
func texts(elements map[string]string) types.Map {
	values := map[string]attr.Value{}
	for key, text := range elements {
		switch text {
		case "?":
			values[key] = types.StringUnknown()
		case "":
			values[key] = types.StringNull()
		default:
			values[key] = types.StringValue(text)
		}
	}

	return types.MapValueMust(types.StringType, values)
}

// twoUsers are users in the state, with tokens that were minted now and live for an hour.
func twoUsers() usersModel {
	return usersModel{
		Users:  texts(map[string]string{"alice": "Alice", "bob": ""}),
		Active: types.BoolValue(true), AppID: types.StringValue("com.example.app"), Expiry: types.Int64Value(60),
		TokenVersion: types.Int64Value(1), TokenKeepers: types.MapNull(types.StringType), EarlyRenewalMinutes: types.Int64Value(0),
		UIDs: texts(map[string]string{"alice": "1", "bob": "2"}), Tokens: texts(map[string]string{"alice": "a", "bob": "b"}),
		TokenExpiresAt:  texts(map[string]string{"alice": "2026-01-01T01:00:00Z", "bob": "2026-01-01T01:00:00Z"}),
		ReadyForRenewal: types.BoolValue(false),
	}
}

// privateState is the private state of a resource, in memory.
type privateState map[string][]byte

func (p privateState) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return p[key], nil
}

func (p privateState) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value

	return nil
}

// Only what changes is unknown in a plan, and a change of one user is no change of another.
func TestUsersPlan(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		change               func(*usersModel)
		tokens, uids         map[string]string
		removed, new, update string // the addresses
	}{
		"nothing": {func(*usersModel) {}, map[string]string{"alice": "a", "bob": "b"}, map[string]string{"alice": "1", "bob": "2"}, "", "", ""},
		"one more": {
			func(m *usersModel) { m.Users = texts(map[string]string{"alice": "Alice", "bob": "", "carol": ""}) },
			map[string]string{"alice": "a", "bob": "b", "carol": "?"}, map[string]string{"alice": "1", "bob": "2", "carol": "?"}, "", "carol", "",
		},
		"one other": {
			func(m *usersModel) { m.Users = texts(map[string]string{"alice": "Alice", "carol": ""}) },
			map[string]string{"alice": "a", "carol": "?"}, map[string]string{"alice": "1", "carol": "?"}, "bob", "carol", "",
		},
		"a name": {
			func(m *usersModel) { m.Users = texts(map[string]string{"alice": "Alice", "bob": "Bob"}) },
			map[string]string{"alice": "a", "bob": "b"}, map[string]string{"alice": "1", "bob": "2"}, "", "", "bob",
		},
		"expiry": {
			func(m *usersModel) { m.Expiry = types.Int64Value(120) },
			map[string]string{"alice": "?", "bob": "?"}, map[string]string{"alice": "1", "bob": "2"}, "", "", "alice bob",
		},
		"unknown App ID": {
			func(m *usersModel) { m.AppID = types.StringUnknown() },
			map[string]string{"alice": "?", "bob": "?"}, map[string]string{"alice": "1", "bob": "2"}, "", "", "alice bob",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			state, plan := twoUsers(), twoUsers()
			tt.change(&plan)
			plan, _ = plan.plan(usersModel{Expiry: plan.Expiry}, state.users())
			if difference := cmp.Diff([]types.Map{texts(tt.tokens), texts(tt.uids)}, []types.Map{plan.Tokens, plan.UIDs}); difference != "" {
				t.Errorf("tokens and uids (-want +got):\n%s", difference)
			}
			var removed, created, updated []string
			for _, c := range changesTo(plan.users(), state.users()) {
				switch {
				case c.plan == nil:
					removed = append(removed, c.address)
				case c.before == nil:
					created = append(created, c.address)
				case c.sends():
					updated = append(updated, c.address)
				}
			}
			got := []string{strings.Join(removed, " "), strings.Join(created, " "), strings.Join(updated, " ")}
			if difference := cmp.Diff([]string{tt.removed, tt.new, tt.update}, got); difference != "" {
				t.Errorf("removed, created and updated (-want +got):\n%s", difference)
			}
		})
	}
}

// What users differ in is null in the state, and the private state has it.
func TestUsersDiffer(t *testing.T) {
	t.Parallel()

	state := twoUsers()
	users := state.users()
	bob := users["bob"]
	bob.Active, bob.AppID, bob.Expiry = types.BoolValue(false), types.StringValue("other"), types.Int64Value(90)
	bob.TokenVersion, bob.TokenKeepers = types.Int64Value(2), texts(map[string]string{"incident": "7"})
	bob.record = tokenRecord{Minted: digest("b"), Shown: digest("b"), RefreshedAt: now, ExpiresAt: now.Add(time.Hour)}
	alice := users["alice"]
	alice.record = tokenRecord{Minted: digest("a"), RefreshedAt: now, ExpiresAt: now.Add(time.Hour)}
	users = map[string]managedUser{"alice": alice, "bob": bob}

	state = state.withUsers(users)
	for name, value := range map[string]attr.Value{
		"active": state.Active, "appid": state.AppID, "expiry": state.Expiry, "token_version": state.TokenVersion, "token_keepers": state.TokenKeepers,
	} {
		if !value.IsNull() {
			t.Errorf("%s is %s, want null", name, value)
		}
	}
	private := privateState{}
	var diags diag.Diagnostics
	state.saveRecord(t.Context(), private, users)
	loaded := state.loadUsers(t.Context(), private, &diags)
	if difference := cmp.Diff(users, loaded, cmp.AllowUnexported(managedUser{}, userModel{})); difference != "" || diags.HasError() {
		t.Errorf("loaded: %v (-want +got):\n%s", diags, difference)
	}
	if strings.Contains(string(private[usersRecordKey]), `"a"`) {
		t.Error("a token is in the private state")
	}
}

// OpenTofu 1.12 crashes when a plan makes a null element unknown, as after an import without lookups.
func TestUsersHaveNoNullElements(t *testing.T) {
	t.Parallel()

	alice := usersModel{
		Users: types.MapValueMust(types.StringType, map[string]attr.Value{"alice": types.StringNull()}), AppID: types.StringValue("com.example.app"),
	}
	alice = alice.withUsers(alice.users())
	if len(alice.Users.Elements()) != 1 {
		t.Errorf("a user without a name is lost: %s", alice.Users)
	}
	for _, computed := range []types.Map{alice.UIDs, alice.Tokens, alice.TokenExpiresAt} {
		if computed.IsNull() || len(computed.Elements()) > 0 {
			t.Errorf("want no element, got %s", computed)
		}
	}
}

// One title is one diagnostic, which names ten users and counts the rest.
func TestReport(t *testing.T) {
	t.Parallel()

	var found report
	for i := range 12 {
		address := fmt.Sprintf("user-%02d", 11-i)
		found.add(address, diag.NewAttributeErrorDiagnostic(path.Root("address"), "Refused", "It was "+address+"."))
	}
	found.add("user-03", diag.NewWarningDiagnostic("Odd", "It is odd."))
	diags := found.diagnostics()
	if len(diags) != 2 || diags.WarningsCount() != 1 {
		t.Fatalf("%v", diags)
	}
	detail := diags.Errors()[0].Detail()
	for text, want := range map[string]bool{"It was user-00.": true, `12 users: "user-00"`: true, `"user-09" and 2 more.`: true, "user-10": false} {
		if strings.Contains(detail, text) != want {
			t.Errorf("the error has %q: %t\n%s", text, !want, detail)
		}
	}
	if at, _ := diags.Errors()[0].(diag.DiagnosticWithPath); at == nil || !at.Path().Equal(path.Root("users")) {
		t.Error("the error is not about the users")
	}
}

// An error that every other request would end with too ends the work; another one does so on request.
func TestWorkStops(t *testing.T) {
	t.Parallel()

	changes := make([]*userChange, 50)
	for i := range changes {
		changes[i] = &userChange{address: fmt.Sprint(i)}
	}
	for title, tt := range map[string]struct {
		stopAtError bool
		want        int
	}{"App token rejected": {false, 1}, "User not created": {false, 50}, "User not deleted": {true, 1}} {
		done := 0
		work{"Testing", 1, tt.stopAtError}.each(t.Context(), changes, func(context.Context, *userChange) diag.Diagnostics {
			done++

			return diag.Diagnostics{diag.NewErrorDiagnostic(title, "")}
		})
		if done != tt.want {
			t.Errorf("%s: %d users, want %d", title, done, tt.want)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	found := work{"Testing", 1, false}.each(ctx, changes, func(context.Context, *userChange) diag.Diagnostics {
		done++
		cancel()

		return nil
	})
	if diags := found.diagnostics(); done != 1 || !diags.HasError() || !strings.Contains(diags[0].Detail(), "before 49 of 50 users") || service.IsHopeless(diags) {
		t.Errorf("after %d users: %v", done, diags)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var now = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// held is a token of an hour in the state that was minted just now.
func held() service.HeldToken {
	return service.HeldToken{
		AppID:               types.StringValue("com.example.app"),
		Expiry:              types.Int64Value(60),
		TokenKeepers:        types.MapNull(types.StringType),
		EarlyRenewalMinutes: types.Int64Value(0),
		Token:               types.StringValue("token"),
		TokenExpiresAt:      types.StringValue("2026-01-01T01:00:00Z"),
		ReadyForRenewal:     types.BoolValue(false),
	}
}

// with returns the token after a change.
func with(t service.HeldToken, change func(*service.HeldToken)) service.HeldToken {
	change(&t)

	return t
}

func TestPlannedNext(t *testing.T) {
	t.Parallel()

	keepers := types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringValue("1")})
	unset := func(*service.HeldToken) {}
	tests := map[string]struct {
		state  func(*service.HeldToken)
		config func(*service.HeldToken) // from a configuration that says what the state holds
		mints  bool
		expiry types.Int64
	}{
		"nothing changes":               {unset, unset, false, types.Int64Value(60)},
		"expiry":                        {unset, func(m *service.HeldToken) { m.Expiry = types.Int64Value(61) }, true, types.Int64Value(61)},
		"expiry left to the default":    {unset, func(m *service.HeldToken) { m.Expiry = types.Int64Null() }, true, types.Int64Value(525600)},
		"expiry not yet known":          {unset, func(m *service.HeldToken) { m.Expiry = types.Int64Unknown() }, true, types.Int64Unknown()},
		"keepers":                       {unset, func(m *service.HeldToken) { m.TokenKeepers = keepers }, true, types.Int64Value(60)},
		"keepers not yet known":         {unset, func(m *service.HeldToken) { m.TokenKeepers = types.MapUnknown(types.StringType) }, true, types.Int64Value(60)},
		"App ID":                        {unset, func(m *service.HeldToken) { m.AppID = types.StringValue("b") }, true, types.Int64Value(60)},
		"App ID not yet known":          {unset, func(m *service.HeldToken) { m.AppID = types.StringUnknown() }, true, types.Int64Value(60)},
		"window opens":                  {unset, func(m *service.HeldToken) { m.EarlyRenewalMinutes = types.Int64Value(61) }, true, types.Int64Value(60)},
		"window stays closed":           {unset, func(m *service.HeldToken) { m.EarlyRenewalMinutes = types.Int64Value(59) }, false, types.Int64Value(60)},
		"window not yet known":          {unset, func(m *service.HeldToken) { m.EarlyRenewalMinutes = types.Int64Unknown() }, true, types.Int64Value(60)},
		"the last refresh found it due": {func(m *service.HeldToken) { m.ReadyForRenewal = types.BoolValue(true) }, unset, true, types.Int64Value(60)},
		"imported, no expiry configured": {
			func(m *service.HeldToken) { m.Expiry, m.TokenExpiresAt = types.Int64Null(), types.StringNull() },
			func(m *service.HeldToken) { m.Expiry = types.Int64Null() }, false, types.Int64Null(),
		},
		"imported, expiry configured": {
			func(m *service.HeldToken) { m.Expiry, m.TokenExpiresAt = types.Int64Null(), types.StringNull() },
			func(m *service.HeldToken) { m.Expiry = types.Int64Value(90) }, false, types.Int64Value(90),
		},
		"imported without its token": {
			func(m *service.HeldToken) { m.Expiry, m.Token = types.Int64Null(), types.StringNull() },
			func(m *service.HeldToken) { m.Expiry = types.Int64Null() }, true, types.Int64Value(525600),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			state := with(held(), tt.state)
			config := with(state, tt.config)
			got := config.PlannedNext(config, state, now)

			if got.MintsNow() != tt.mints {
				t.Errorf("mints: %t, want %t", got.MintsNow(), tt.mints)
			}
			if !tt.mints && !got.Token.Equal(state.Token) {
				t.Error("the token changes without being minted")
			}
			if !got.Expiry.Equal(tt.expiry) {
				t.Errorf("expiry %s, want %s", got.Expiry, tt.expiry)
			}
			if !got.ReadyForRenewal.Equal(types.BoolValue(false)) {
				t.Errorf("ready_for_renewal %s after an apply", got.ReadyForRenewal)
			}
		})
	}
}

func TestPlannedNextWithoutAppID(t *testing.T) {
	t.Parallel()

	config := with(held(), func(t *service.HeldToken) { t.AppID, t.Expiry = types.StringNull(), types.Int64Null() })
	got := config.PlannedNext(config, held(), now)
	if !got.Token.IsNull() || !got.TokenExpiresAt.IsNull() || !got.Expiry.IsNull() || got.TokenRequest() != nil {
		t.Errorf("token %s until %s, expiry %s, asks for %v", got.Token, got.TokenExpiresAt, got.Expiry, got.TokenRequest())
	}
}

// What was planned is what is minted, and a plan without a token mints none.
func TestWithMinted(t *testing.T) {
	t.Parallel()

	minted := mesibo.NewSecret("new")
	want := with(held(), func(t *service.HeldToken) {
		t.Token, t.TokenExpiresAt = types.StringValue("new"), types.StringValue("2026-01-01T03:00:00Z")
	})
	if diff := cmp.Diff(want, held().WithMinted(minted, now.Add(2*time.Hour))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	none := with(held(), func(t *service.HeldToken) { t.AppID = types.StringNull() })
	if got := none.WithMinted(minted, now); !got.Token.IsNull() || !got.TokenExpiresAt.IsNull() {
		t.Errorf("without an App ID: token %s until %s", got.Token, got.TokenExpiresAt)
	}
}

func TestWithShown(t *testing.T) {
	t.Parallel()

	row := func(appID, token string) mesibo.UserRow {
		return mesibo.UserRow{UID: "5302", Address: "alice", AppID: appID, Token: mesibo.NewSecret(token)}
	}
	lookup := func(rows ...mesibo.UserRow) mesibo.Lookup { return mesibo.Lookup{Rows: rows} }
	same := func(*service.HeldToken) {}
	noToken := func(t *service.HeldToken) { t.Token, t.TokenExpiresAt = types.StringNull(), types.StringNull() }
	expired := func(t *service.HeldToken) { t.TokenExpiresAt = types.StringValue("2025-12-31T23:59:59Z") }
	tests := map[string]struct {
		state  func(*service.HeldToken)
		lookup mesibo.Lookup
		want   func(*service.HeldToken)
	}{
		"as it was":                        {same, lookup(row("com.example.app", "token")), same},
		"the token is not shown":           {same, lookup(row("com.example.app", "")), same},
		"the row is of another App ID":     {same, lookup(row("com.example.web", "other")), same},
		"no row":                           {same, lookup(), same},
		"several rows and none is ours":    {same, lookup(row("a", "1"), row("b", "2")), noToken},
		"several rows, cut":                {same, mesibo.Lookup{Rows: []mesibo.UserRow{row("a", "1"), row("b", "2")}, Truncated: true}, same},
		"several rows and ours among them": {same, lookup(row("a", "1"), row("com.example.app", "token")), same},
		"an expired token is kept":         {expired, lookup(row("a", "1"), row("b", "2")), expired},
		"another token": {same, lookup(row("com.example.app", "other")), func(t *service.HeldToken) {
			t.Token, t.TokenExpiresAt = types.StringValue("other"), types.StringNull()
		}},
		"an import takes the token that is shown": {noToken, lookup(row("com.example.app", "other")), func(t *service.HeldToken) {
			t.Token, t.TokenExpiresAt = types.StringValue("other"), types.StringNull()
		}},
		"an import takes no token that is not shown": {noToken, lookup(row("com.example.app", "")), noToken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := with(held(), tt.state).WithShown(tt.lookup, now)
			if diff := cmp.Diff(with(held(), tt.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlannedFirst(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		appID       types.String
		expiry      types.Int64
		hasNoToken  bool
		wantsExpiry types.Int64
	}{
		"with a token":         {types.StringValue("a"), types.Int64Null(), false, types.Int64Value(525600)},
		"with a life":          {types.StringValue("a"), types.Int64Value(5), false, types.Int64Value(5)},
		"without a token":      {types.StringNull(), types.Int64Null(), true, types.Int64Null()},
		"App ID not yet known": {types.StringUnknown(), types.Int64Null(), false, types.Int64Unknown()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			config := service.HeldToken{AppID: tt.appID, Expiry: tt.expiry}
			plan := service.HeldToken{AppID: tt.appID, Token: types.StringUnknown(), TokenExpiresAt: types.StringUnknown()}
			got := plan.PlannedFirst(config)
			if got.Token.IsNull() != tt.hasNoToken || got.TokenExpiresAt.IsNull() != tt.hasNoToken {
				t.Errorf("token %s until %s", got.Token, got.TokenExpiresAt)
			}
			if !got.Expiry.Equal(tt.wantsExpiry) {
				t.Errorf("expiry %s, want %s", got.Expiry, tt.wantsExpiry)
			}
		})
	}
}

func TestRenewable(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		change func(*service.HeldToken)
		at     time.Duration
		want   bool
	}{
		"fresh":                 {func(*service.HeldToken) {}, 0, false},
		"a second before":       {func(*service.HeldToken) {}, time.Hour - time.Second, false},
		"expired":               {func(*service.HeldToken) {}, time.Hour, true},
		"in the window":         {func(m *service.HeldToken) { m.EarlyRenewalMinutes = types.Int64Value(10) }, 51 * time.Minute, true},
		"its end is not known":  {func(m *service.HeldToken) { m.TokenExpiresAt = types.StringNull() }, 1000 * time.Hour, false},
		"its end is not a date": {func(m *service.HeldToken) { m.TokenExpiresAt = types.StringValue("soon") }, 1000 * time.Hour, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := with(held(), tt.change).Renewable(now.Add(tt.at)).ReadyForRenewal.ValueBool(); got != tt.want {
				t.Errorf("ready_for_renewal %t, want %t", got, tt.want)
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var now = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// held is a user in the state with a token of an hour that was minted just now.
func held() model {
	return model{
		Address:             types.StringValue("alice"),
		AppID:               types.StringValue("com.example.app"),
		Expiry:              types.Int64Value(60),
		Active:              types.BoolValue(true),
		TokenKeepers:        types.MapNull(types.StringType),
		EarlyRenewalMinutes: types.Int64Value(0),
		AdoptExisting:       types.BoolValue(false),
		UID:                 types.StringValue("5302"),
		Token:               types.StringValue("token"),
		TokenExpiresAt:      types.StringValue("2026-01-01T01:00:00Z"),
		ReadyForRenewal:     types.BoolValue(false),
	}
}

// with returns the model after a change.
func with(m model, change func(*model)) model {
	change(&m)

	return m
}

func TestPlanUpdate(t *testing.T) {
	t.Parallel()

	keepers := types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringValue("1")})
	unset := func(*model) {}
	tests := map[string]struct {
		state  func(*model)
		config func(*model) // from a configuration that says what the state holds
		mints  bool
		expiry types.Int64
	}{
		"nothing changes":               {unset, unset, false, types.Int64Value(60)},
		"name":                          {unset, func(m *model) { m.Name = types.StringValue("A") }, false, types.Int64Value(60)},
		"expiry":                        {unset, func(m *model) { m.Expiry = types.Int64Value(61) }, true, types.Int64Value(61)},
		"expiry left to the default":    {unset, func(m *model) { m.Expiry = types.Int64Null() }, true, types.Int64Value(525600)},
		"expiry not yet known":          {unset, func(m *model) { m.Expiry = types.Int64Unknown() }, true, types.Int64Unknown()},
		"keepers":                       {unset, func(m *model) { m.TokenKeepers = keepers }, true, types.Int64Value(60)},
		"keepers not yet known":         {unset, func(m *model) { m.TokenKeepers = types.MapUnknown(types.StringType) }, true, types.Int64Value(60)},
		"App ID":                        {unset, func(m *model) { m.AppID = types.StringValue("b") }, true, types.Int64Value(60)},
		"App ID not yet known":          {unset, func(m *model) { m.AppID = types.StringUnknown() }, true, types.Int64Value(60)},
		"window opens":                  {unset, func(m *model) { m.EarlyRenewalMinutes = types.Int64Value(61) }, true, types.Int64Value(60)},
		"window stays closed":           {unset, func(m *model) { m.EarlyRenewalMinutes = types.Int64Value(59) }, false, types.Int64Value(60)},
		"window not yet known":          {unset, func(m *model) { m.EarlyRenewalMinutes = types.Int64Unknown() }, true, types.Int64Value(60)},
		"the last refresh found it due": {func(m *model) { m.ReadyForRenewal = types.BoolValue(true) }, unset, true, types.Int64Value(60)},
		"imported, no expiry configured": {
			func(m *model) { m.Expiry, m.TokenExpiresAt = types.Int64Null(), types.StringNull() },
			func(m *model) { m.Expiry = types.Int64Null() }, false, types.Int64Null(),
		},
		"imported, expiry configured": {
			func(m *model) { m.Expiry, m.TokenExpiresAt = types.Int64Null(), types.StringNull() },
			func(m *model) { m.Expiry = types.Int64Value(90) }, false, types.Int64Value(90),
		},
		"imported without its token": {
			func(m *model) { m.Expiry, m.Token = types.Int64Null(), types.StringNull() },
			func(m *model) { m.Expiry = types.Int64Null() }, true, types.Int64Value(525600),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			state := with(held(), tt.state)
			config := with(state, tt.config)
			got := planUpdate(config, config, state, now)

			if got.mintsNow() != tt.mints {
				t.Errorf("mints: %t, want %t", got.mintsNow(), tt.mints)
			}
			if !tt.mints && !got.Token.Equal(state.Token) {
				t.Error("the token changes without being minted")
			}
			if !got.Expiry.Equal(tt.expiry) {
				t.Errorf("expiry %s, want %s", got.Expiry, tt.expiry)
			}
			if !got.UID.Equal(state.UID) {
				t.Errorf("uid %s, want %s", got.UID, state.UID)
			}
			if !got.ReadyForRenewal.Equal(types.BoolValue(false)) {
				t.Errorf("ready_for_renewal %s after an apply", got.ReadyForRenewal)
			}
		})
	}
}

func TestPlanUpdateWithoutAppID(t *testing.T) {
	t.Parallel()

	config := with(held(), func(m *model) { m.AppID, m.Expiry = types.StringNull(), types.Int64Null() })
	got := planUpdate(config, config, held(), now)
	if !got.Token.IsNull() || !got.TokenExpiresAt.IsNull() || !got.Expiry.IsNull() || !got.revokes(held()) {
		t.Errorf("token %s until %s, expiry %s, revokes %t", got.Token, got.TokenExpiresAt, got.Expiry, got.revokes(held()))
	}
}

// An imported user has no uid until a reply tells it, which only minting brings.
func TestPlanUpdateLearnsUID(t *testing.T) {
	t.Parallel()

	state := with(held(), func(m *model) { m.UID, m.Token = types.StringNull(), types.StringNull() })
	if got := planUpdate(state, state, state, now); !got.UID.IsUnknown() {
		t.Errorf("uid %s, want it known after apply", got.UID)
	}
}

func TestPlanCreate(t *testing.T) {
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

			config := model{AppID: tt.appID, Expiry: tt.expiry}
			plan := model{AppID: tt.appID, UID: types.StringUnknown(), Token: types.StringUnknown(), TokenExpiresAt: types.StringUnknown()}
			got := planCreate(config, plan)
			if got.Token.IsNull() != tt.hasNoToken || got.TokenExpiresAt.IsNull() != tt.hasNoToken {
				t.Errorf("token %s until %s", got.Token, got.TokenExpiresAt)
			}
			if !got.Expiry.Equal(tt.wantsExpiry) {
				t.Errorf("expiry %s, want %s", got.Expiry, tt.wantsExpiry)
			}
			if !got.UID.IsUnknown() {
				t.Errorf("uid %s before the user exists", got.UID)
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var now = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// mintedToken is a token in the state that was minted now and lives for an hour.
func mintedToken() tokenAttributes {
	return tokenAttributes{
		AppID: types.StringValue("com.example.app"), Expiry: types.Int64Value(60),
		TokenKeepers: types.MapNull(types.StringType), EarlyRenewalMinutes: types.Int64Value(0),
		Token: types.StringValue("token"), TokenExpiresAt: types.StringValue("2026-01-01T01:00:00Z"),
		ReadyForRenewal: types.BoolValue(false),
	}
}

// with returns a copy of a model with the changes.
func with[M any](m M, changes ...func(*M)) M {
	for _, change := range changes {
		change(&m)
	}

	return m
}

func noToken(t *tokenAttributes) { t.Token, t.TokenExpiresAt = types.StringNull(), types.StringNull() }

func TestTokenPlan(t *testing.T) {
	t.Parallel()

	type change = func(*tokenAttributes)
	same := func(*tokenAttributes) {}
	appID := func(value types.String) change { return func(t *tokenAttributes) { t.AppID = value } }
	expiry := func(value types.Int64) change { return func(t *tokenAttributes) { t.Expiry = value } }
	early := func(minutes int64) change {
		return func(t *tokenAttributes) { t.EarlyRenewalMinutes = types.Int64Value(minutes) }
	}
	anyEarly := func(t *tokenAttributes) { t.EarlyRenewalMinutes = types.Int64Unknown() }
	keepers := func(value types.Map) change { return func(t *tokenAttributes) { t.TokenKeepers = value } }
	noAppID := func(t *tokenAttributes) { t.AppID, t.Expiry = types.StringNull(), types.Int64Null() }
	anyAppID := func(t *tokenAttributes) { t.AppID, t.Expiry = types.StringUnknown(), types.Int64Null() }
	imported := func(t *tokenAttributes) { t.Expiry, t.TokenExpiresAt = types.Int64Null(), types.StringNull() }
	refreshed := func(after time.Duration, before change) change {
		return func(t *tokenAttributes) { before(t); *t = t.withReadyForRenewal(now.Add(after * time.Minute)) }
	}
	hour, year, none, unknown := types.Int64Value(60), types.Int64Value(525600), types.Int64Null(), types.Int64Unknown()
	noKeepers := types.MapValueMust(types.StringType, map[string]attr.Value{})
	unknownKeeper := types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringUnknown()})
	for name, tt := range map[string]struct {
		state, config change // the configuration starts as the state; a create has no state
		mints         bool
		expiry        types.Int64
	}{
		"create":                   {nil, same, true, hour},
		"create, default expiry":   {nil, expiry(none), true, year},
		"create, no App ID":        {nil, noAppID, false, none},
		"create, unknown App ID":   {nil, anyAppID, true, unknown},
		"no change":                {same, same, false, hour},
		"App ID":                   {same, appID(types.StringValue("b")), true, hour},
		"unknown App ID":           {same, anyAppID, true, unknown},
		"no App ID":                {same, noAppID, false, none},
		"expiry":                   {same, expiry(year), true, year},
		"default expiry":           {same, expiry(none), true, year},
		"unknown expiry":           {same, expiry(unknown), true, unknown},
		"keepers":                  {same, keepers(noKeepers), true, hour},
		"unknown keepers":          {same, keepers(types.MapUnknown(types.StringType)), true, hour},
		"window opens":             {same, early(61), true, hour},
		"window stays closed":      {same, early(59), false, hour},
		"window closes":            {refreshed(51, early(10)), early(5), false, hour},
		"unknown window":           {same, anyEarly, true, hour},
		"before the window":        {refreshed(49, early(10)), same, false, hour},
		"in the window":            {refreshed(51, early(10)), same, true, hour},
		"expired":                  {refreshed(60, same), same, true, hour},
		"imported":                 {refreshed(99999, imported), same, false, none},
		"imported, expiry":         {imported, expiry(hour), false, hour},
		"imported, keepers":        {imported, keepers(noKeepers), true, year},
		"imported, unknown keeper": {imported, keepers(unknownKeeper), true, unknown},
		"imported, unknown window": {imported, anyEarly, true, unknown},
		"imported without token":   {func(t *tokenAttributes) { imported(t); noToken(t) }, same, true, year},
	} {
		state := mintedToken()
		if tt.state != nil {
			tt.state(&state)
		}
		config := with(state, tt.config)
		plan := config.planUpdate(config, state, now)
		if tt.state == nil {
			plan = with(config, func(t *tokenAttributes) { t.Token, t.TokenExpiresAt = types.StringUnknown(), types.StringUnknown() }).planCreate(config)
		}
		if plan.willMint() != tt.mints || plan.TokenExpiresAt.IsUnknown() != tt.mints || !plan.Expiry.Equal(tt.expiry) || plan.ReadyForRenewal.ValueBool() {
			t.Errorf("%s: token %s until %s, expiry %s, ready %s", name, plan.Token, plan.TokenExpiresAt, plan.Expiry, plan.ReadyForRenewal)
		}
	}
}

func TestTokenValidation(t *testing.T) {
	t.Parallel()

	hour, none, unknown := types.Int64Value(60), types.Int64Null(), types.Int64Unknown()
	for values, valid := range map[[2]types.Int64]bool{ // expiry and early_renewal_minutes
		{hour, none}: true, {hour, types.Int64Value(59)}: true, {hour, hour}: false, {hour, unknown}: true,
		{none, hour}: true, {none, types.Int64Value(525600)}: false, {unknown, hour}: true,
	} {
		token := with(mintedToken(), func(t *tokenAttributes) { t.Expiry, t.EarlyRenewalMinutes = values[0], values[1] })
		if token.validate("alice").HasError() == valid {
			t.Errorf("expiry and early_renewal_minutes %s: valid %t", values, !valid)
		}
	}
	for appID, valid := range map[string]bool{"com.example.app": true, "12a": true, "\u0661": true, "": false, "12": false} {
		if service.ValidateImport(t.Context(), "appid", types.StringValue(appID), appIDValidators).HasError() == valid {
			t.Errorf("App ID %q: valid %t", appID, !valid)
		}
	}
}

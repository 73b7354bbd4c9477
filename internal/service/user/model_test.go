// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	stdcmp "cmp"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
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

// alice is a user in the state, with a minted token.
func alice() userModel {
	return userModel{
		tokenAttributes: mintedToken(), Address: types.StringValue("alice"), UID: types.StringValue("1"),
		Active: types.BoolValue(true), AdoptExisting: types.BoolValue(false),
	}
}

// tokenOf returns a mesibo_user_token with the token of a mesibo_user.
func tokenOf(m userModel) tokenModel {
	return tokenModel{tokenAttributes: m.tokenAttributes, Address: m.Address, UID: m.UID}
}

func diff(want, got any) string {
	return cmp.Diff(want, got, cmp.AllowUnexported(userModel{}, tokenModel{}))
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

	str, num := types.StringValue, types.Int64Value
	app, noApp, anyApp := str("com.example.app"), types.StringNull(), types.StringUnknown()
	hour, year, zero, none, unknown := num(60), num(525600), num(0), types.Int64Null(), types.Int64Unknown()
	unset := types.MapNull(types.StringType)
	anyMap := types.MapUnknown(types.StringType)
	anyElement := types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringUnknown()})
	minted, created := mintedToken(), tokenAttributes{AppID: noApp}
	lastYear := with(minted, func(t *tokenAttributes) { t.Expiry = year })
	hidden := with(minted, noToken, func(t *tokenAttributes) { t.Expiry = none })
	imported := with(hidden, func(t *tokenAttributes) { t.Token = str("token") })
	replaced := with(imported, func(t *tokenAttributes) { t.Expiry = hour })
	keepers := func(keepers map[string]attr.Value) types.Map { return types.MapValueMust(types.StringType, keepers) }
	empty, nulls, kept := keepers(nil), keepers(map[string]attr.Value{"a": noApp}), keepers(map[string]attr.Value{"a": app})
	keeping := with(minted, func(t *tokenAttributes) { t.TokenKeepers = kept })
	// record is that of a minted token, some minutes after the mint.
	record := func(minutes int) tokenRecord {
		_, record := minted.minted(minted, mesibo.NewSecret("token"), now)
		record.RefreshedAt = now.Add(time.Duration(minutes) * time.Minute)

		return record
	}
	ours, byImport := record(0), tokenRecord{Imported: true, RefreshedAt: now.AddDate(9, 0, 0)}
	notOurs := tokenRecord{RefreshedAt: byImport.RefreshedAt}
	another := record(70)
	another.OtherUID = "2"
	for name, tt := range map[string]struct {
		state         tokenAttributes
		record        tokenRecord
		appID         types.String // this and the next three are the configuration
		expiry, early types.Int64
		keepers       types.Map
		mints         bool
		wantExpiry    types.Int64
	}{
		"create":                    {created, tokenRecord{}, app, hour, zero, unset, true, hour},
		"create, default expiry":    {created, tokenRecord{}, app, none, zero, unset, true, year},
		"create, no App ID":         {created, tokenRecord{}, noApp, none, zero, unset, false, none},
		"create, unknown App ID":    {created, tokenRecord{}, anyApp, none, zero, unset, true, unknown},
		"no change":                 {minted, ours, app, hour, zero, unset, false, hour},
		"App ID":                    {minted, ours, str("b"), hour, zero, unset, true, hour},
		"unknown App ID":            {minted, ours, anyApp, none, zero, unset, true, unknown},
		"no App ID":                 {minted, ours, noApp, none, zero, unset, false, none},
		"expiry":                    {minted, ours, app, year, zero, unset, true, year},
		"default expiry":            {minted, ours, app, none, zero, unset, true, year},
		"unknown expiry":            {minted, ours, app, unknown, zero, unset, true, unknown},
		"keepers":                   {minted, ours, app, hour, zero, kept, true, hour},
		"keepers removed":           {keeping, ours, app, hour, zero, unset, true, hour},
		"keepers emptied":           {keeping, ours, app, hour, zero, empty, true, hour},
		"keeper nulled":             {keeping, ours, app, hour, zero, nulls, true, hour},
		"no keepers":                {minted, ours, app, hour, zero, empty, false, hour},
		"null keepers":              {minted, ours, app, hour, zero, nulls, false, hour},
		"unknown keepers":           {lastYear, ours, app, none, zero, anyMap, true, year},
		"window opens":              {minted, ours, app, hour, num(61), unset, true, hour},
		"window closes":             {minted, record(51), app, hour, num(5), unset, false, hour},
		"unknown window":            {minted, ours, app, hour, unknown, unset, true, hour},
		"before the window":         {minted, record(49), app, hour, num(10), unset, false, hour},
		"in the window":             {minted, record(51), app, hour, num(10), unset, true, hour},
		"expired":                   {minted, record(60), app, hour, zero, unset, true, hour},
		"imported":                  {imported, byImport, app, none, zero, unset, false, none},
		"imported, expiry":          {imported, byImport, app, hour, zero, unset, false, hour},
		"imported, keepers":         {imported, byImport, app, none, zero, kept, false, none},
		"applied since, keepers":    {imported, notOurs, app, none, zero, kept, true, year},
		"imported, window":          {imported, byImport, app, hour, num(10), unset, false, hour},
		"replaced, before window":   {replaced, record(49), app, hour, num(10), unset, false, hour},
		"replaced, in the window":   {replaced, record(51), app, hour, num(10), unset, true, hour},
		"another user's, expired":   {minted, another, app, hour, zero, unset, false, hour},
		"imported, unknown keepers": {imported, byImport, app, none, zero, anyMap, false, none},
		"imported, unknown keeper":  {imported, byImport, app, none, zero, anyElement, false, none},
		"imported, unknown window":  {imported, byImport, app, none, unknown, unset, true, unknown},
		"imported, token hidden":    {hidden, byImport, app, none, zero, unset, true, year},
	} {
		config := tokenAttributes{AppID: tt.appID, Expiry: tt.expiry, EarlyRenewalMinutes: tt.early, TokenKeepers: tt.keepers}
		plan := with(config, func(t *tokenAttributes) { t.Token, t.TokenExpiresAt = types.StringUnknown(), types.StringUnknown() })
		if tt.state.AppID.IsNull() {
			plan = plan.planCreate(config)
		} else {
			plan = plan.planUpdate(config, tt.state, tt.record)
		}
		if plan.willMint() != tt.mints || plan.TokenExpiresAt.IsUnknown() != tt.mints || !plan.Expiry.Equal(tt.wantExpiry) || plan.ReadyForRenewal.ValueBool() {
			t.Errorf("%s: token %s until %s, expiry %s, ready %s", name, plan.Token, plan.TokenExpiresAt, plan.Expiry, plan.ReadyForRenewal)
		}
	}
}

func TestUserRequests(t *testing.T) {
	t.Parallel()

	none, name, on, off := types.StringNull(), types.StringValue("Alice"), types.BoolValue(true), types.BoolValue(false)
	for title, tt := range map[string]struct {
		name, priorName     types.String
		active, priorActive types.Bool
		create, update      string // name and status in the requests, and whether an update is needed
	}{
		"no change":             {none, none, on, on, `[null,null]`, `[null,null,false]`},
		"named":                 {name, none, on, on, `["Alice",null]`, `["Alice",null,true]`},
		"name removed":          {none, name, on, on, `[null,null]`, `["",null,true]`},
		"named, stays disabled": {name, none, off, off, `["Alice",false]`, `["Alice",false,true]`},
		"disabled":              {none, none, off, on, `[null,false]`, `[null,false,true]`},
		"disabled, stays named": {name, name, off, on, `["Alice",false]`, `["Alice",false,true]`},
		"enabled":               {none, none, on, off, `[null,null]`, `[null,true,true]`},
		"adopted":               {name, none, on, types.BoolNull(), `["Alice",null]`, `["Alice",true,true]`},
	} {
		plan := with(alice(), func(m *userModel) { m.Name, m.Active = tt.name, tt.active })
		prior := with(alice(), func(m *userModel) { m.Name, m.Active = tt.priorName, tt.priorActive })
		create := plan.createRequest()
		update, needed := plan.updateRequest(prior)
		encode := func(values ...any) string { encoded, _ := json.Marshal(values); return string(encoded) }
		if got := encode(create.Name, create.Active) + encode(update.Name, update.Active, needed); got != tt.create+tt.update {
			t.Errorf("%s: %s, want %s%s", title, got, tt.create, tt.update)
		}
		want := mesibo.CreateUserRequest{Address: "alice", Token: &mesibo.TokenRequest{AppID: "com.example.app", ExpiryMinutes: 60}}
		if diff := diff(want, tokenOf(plan).createRequest()) + diff(want.Token, create.Token); diff != "" {
			t.Errorf("%s (-want +got):\n%s", title, diff)
		}
	}
}

func TestRefreshedFrom(t *testing.T) {
	t.Parallel()

	type change = func(*userModel)
	row := func(appID, token string) mesibo.UserRow {
		return mesibo.UserRow{UID: "1", Address: "alice", AppID: appID, Token: mesibo.NewSecret(token), Active: new(true)}
	}
	rows := func(rows ...mesibo.UserRow) mesibo.Lookup { return mesibo.Lookup{Rows: rows} }
	same := func(*userModel) {}
	noToken := func(m *userModel) { noToken(&m.tokenAttributes) }
	newToken := func(m *userModel) { noToken(m); m.Token = types.StringValue("new") }
	noAppID := func(m *userModel) { noToken(m); m.AppID = types.StringNull() }
	imported := func(m *userModel) { noAppID(m); m.Active, m.UID = types.BoolNull(), types.StringNull() }
	webToken := func(m *userModel) { noToken(m); m.AppID, m.Token = types.StringValue("web"), types.StringValue("w") }
	expired := func(m *userModel) { m.TokenExpiresAt = types.StringValue("2025-12-31T23:59:59Z") }
	named := func(m *userModel) { m.Name = types.StringValue("Alice") }
	disabled := func(m *userModel) { m.Active = types.BoolValue(false) }
	ours, hidden, replaced := row("com.example.app", "token"), row("com.example.app", ""), row("com.example.app", "new")
	web, webHidden, ios, none := row("web", "w"), row("web", ""), row("ios", "i"), row("", "")
	for name, tt := range map[string]struct {
		state  change
		lookup mesibo.Lookup
		shown  bool // an earlier lookup has shown the token
		want   []change
	}{
		"unchanged":                  {same, rows(ours), false, []change{same}},
		"token hidden":               {same, rows(hidden), false, []change{same}},
		"one row, of another App ID": {same, rows(web), false, []change{same}},
		"a row per App ID":           {same, rows(web, ours), false, []change{same}},
		"a row per App ID, not ours": {same, rows(web, ios), false, []change{noToken}},
		"the same, truncated":        {same, mesibo.Lookup{Rows: []mesibo.UserRow{web, ios}, Truncated: true}, false, []change{same}},
		"the same, expired":          {expired, rows(web, ios), false, []change{expired}},
		"another token":              {same, rows(replaced), false, []change{newToken}},
		"no token yet":               {noToken, rows(replaced), false, []change{newToken}},
		"revoked, was shown":         {same, rows(none), true, []change{noToken}},
		"revoked, never shown":       {same, rows(none), false, []change{same}},
		"expired, was shown":         {expired, rows(none), true, []change{expired}},
		"another App ID, was shown":  {same, rows(web), true, []change{same}},
		"truncated, was shown":       {same, mesibo.Lookup{Rows: []mesibo.UserRow{none}, Truncated: true}, true, []change{same}},
		"disabled":                   {same, rows(mesibo.UserRow{UID: "1", Active: new(false)}), false, []change{disabled}},
		"only the address":           {named, rows(mesibo.UserRow{Address: "alice"}), false, []change{named}},
		"no App ID":                  {noAppID, rows(web), false, []change{noAppID}},
		"imported":                   {imported, rows(web), false, []change{webToken}},
		"imported, token hidden":     {imported, rows(webHidden), false, []change{noAppID}},
		"imported, a row per App ID": {imported, rows(web, ios), false, []change{noAppID}},
	} {
		state := with(alice(), tt.state)
		record := tokenRecord{RefreshedAt: now, Imported: state.Active.IsNull()}.completed(state.tokenAttributes)
		if tt.shown {
			record.Shown = digest("token")
		}
		got, gotRecord := state.refreshedFrom(tt.lookup, record)
		if shown, _ := tt.lookup.Token(got.AppID.ValueString()); !shown.IsEmpty() && gotRecord.Shown != digest(shown.Reveal()) {
			t.Errorf("%s: the token that was shown is not remembered", name)
		}
		token := tokenOf(got)
		if state.hasAppID() {
			token, _ = tokenOf(state).refreshedFrom(tt.lookup, record)
		}
		if diff := diff(with(alice(), tt.want...), got) + diff(tokenOf(got), token); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The private state does not repeat what the state shows, and nothing is lost.
func TestRecordIsSmall(t *testing.T) {
	t.Parallel()

	minted := tokenRecord{Minted: digest("token"), ExpiresAt: now.Add(time.Hour), RefreshedAt: now}
	elsewhere := with(mintedToken(), func(t *tokenAttributes) { t.TokenExpiresAt = types.StringNull() })
	for name, tt := range map[string]struct {
		state    tokenAttributes
		repeated bool
	}{"minted by the resource": {mintedToken(), false}, "replaced elsewhere since": {elsewhere, true}} {
		private := privateState{}
		diags := minted.save(t.Context(), private, tt.state)
		loaded := loadRecord(t.Context(), private, tt.state, &diags)
		if difference := cmp.Diff(minted, loaded); difference != "" || diags.HasError() {
			t.Errorf("%s: %v (-saved +loaded):\n%s", name, diags, difference)
		}
		if repeated := strings.Contains(string(private[recordKey]), minted.Minted); repeated != tt.repeated {
			t.Errorf("%s: the private state is %s", name, private[recordKey])
		}
	}
}

func draw[V any](t *rapid.T, label string, values ...V) V {
	return rapid.SampledFrom(values).Draw(t, label)
}

// drawConfig draws a valid configuration, with the default values that the framework sets.
func drawConfig(t *rapid.T) userModel {
	m := userModel{Address: types.StringValue("alice"), Active: types.BoolValue(true), AdoptExisting: types.BoolValue(false)}
	m.TokenKeepers = draw(t, "keepers", types.MapNull(types.StringType), types.MapValueMust(types.StringType, map[string]attr.Value{}))
	m.TokenVersion = draw(t, "version", types.Int64Value(1), types.Int64Value(2))
	m.EarlyRenewalMinutes = draw(t, "early", types.Int64Value(0), types.Int64Value(30))
	if m.AppID = draw(t, "appid", types.StringNull(), types.StringValue("a"), types.StringValue("b")); m.hasAppID() {
		m.Expiry = draw(t, "expiry", types.Int64Null(), types.Int64Value(60), types.Int64Value(120))
	}

	return m
}

// drawLookup draws what a lookup shows of alice.
func drawLookup(t *rapid.T) (lookup mesibo.Lookup) {
	uid := draw(t, "uid", "", "1", "2")
	for range draw(t, "rows", 1, 2, 3) {
		token := mesibo.NewSecret(draw(t, "token", "", "old", "other"))
		lookup.Rows = append(lookup.Rows, mesibo.UserRow{UID: uid, AppID: draw(t, "row", "", "a", "b"), Token: token})
	}

	return lookup
}

// drawState draws the state after a create or an import, and possibly a refresh.
func drawState(t *rapid.T) (userModel, tokenRecord) {
	config, lookup := drawConfig(t), drawLookup(t)
	plan := with(config, func(m *userModel) { m.tokenAttributes = m.planCreate(config.tokenAttributes) })
	created, mintRecord := plan.minted(plan, mesibo.User{UID: "1", Token: mesibo.NewSecret("old")}, now)
	imported := userModel{Address: config.Address}.withImportDefaults()
	imported.TokenKeepers = types.MapNull(types.StringType)
	state, record := imported, tokenRecord{Imported: true}
	if draw(t, "created", true, false) {
		state, record = created, mintRecord
	}
	record.RefreshedAt = now.Add(draw(t, "refreshed after", 0, 35*time.Minute, time.Hour))
	if draw(t, "refreshed", true, false) {
		state, record = state.refreshedFrom(lookup, record)
	}

	return state.withReadyForRenewal(record), record
}

// checkKept fails unless what is known in a plan is the same later.
func checkKept(t *rapid.T, plan, later userModel) {
	values := func(m userModel) []attr.Value {
		return []attr.Value{m.UID, m.AppID, m.Expiry, m.TokenVersion, m.TokenKeepers, m.EarlyRenewalMinutes, m.Token, m.TokenExpiresAt, m.ReadyForRenewal}
	}
	for i, value := range values(plan) {
		if !value.IsUnknown() && !value.Equal(values(later)[i]) {
			t.Fatalf("a value that was known changes (-plan +later):\n%s", diff(plan, later))
		}
	}
}

// A plan is kept once unknown values are known and when it is applied. Wherever the apply stops, the next plan continues,
// and at its end nothing is left to plan. A lookup that agrees, or one that was seen before, changes nothing.
func TestPlansAreKept(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		config := drawConfig(t)
		state, record := drawState(t)
		planFrom := func(config, state userModel) userModel { return config.planUpdate(config, state, record) }
		plan := planFrom(config, state)
		unknown := with(config, func(m *userModel) {
			m.AppID = draw(t, "planned appid", m.AppID, types.StringUnknown())
			m.Expiry = draw(t, "planned expiry", m.Expiry, types.Int64Unknown())
			m.TokenKeepers = draw(t, "planned keepers", m.TokenKeepers, types.MapUnknown(types.StringType))
			m.EarlyRenewalMinutes = draw(t, "planned early", m.EarlyRenewalMinutes, types.Int64Unknown())
		})
		checkKept(t, planFrom(unknown, state), plan)
		token := tokenOf(unknown).planUpdate(tokenOf(unknown), tokenOf(state), record)
		if planFrom(unknown, state).willMint() != token.willMint() || token.UID.IsUnknown() != token.willMint() {
			t.Fatalf("a mesibo_user_token has another plan: %+v", token)
		}

		if plan.changesAppID(state) {
			state, record = state.withoutAppID(plan), tokenRecord{RefreshedAt: record.RefreshedAt}
		}
		if next := planFrom(config, state); next.changesAppID(state) || next.willMint() != plan.willMint() {
			t.Fatalf("after a revocation the plan is %+v", next)
		}
		if plan.willMint() {
			uid := stdcmp.Or(state.UID.ValueString(), "1")
			state, record = state.minted(plan, mesibo.User{UID: uid, Token: mesibo.NewSecret("new")}, now)
		}
		if next := planFrom(config, state); next.willMint() || (state.Token.ValueString() == "new") != plan.willMint() {
			t.Fatalf("after a mint the state is %+v and the plan %+v", state, next)
		}
		state = plan.withComputed(state)
		record.Imported = false
		checkKept(t, plan, state)
		checkKept(t, state, planFrom(config, state))

		row := mesibo.UserRow{UID: state.UID.ValueString(), AppID: state.AppID.ValueString()}
		row.Token = mesibo.NewSecret(draw(t, "shown token", "", state.Token.ValueString()))
		if row.Token.IsEmpty() && record.Shown != "" {
			row.AppID = "other" // A token that was shown and is missing now was revoked.
		}
		refreshed, seen := state.refreshedFrom(mesibo.Lookup{Rows: []mesibo.UserRow{row}}, record)
		checkKept(t, state, refreshed.withReadyForRenewal(seen))
		lookup := drawLookup(t)
		refreshed, seen = state.refreshedFrom(lookup, record)
		again, _ := refreshed.refreshedFrom(lookup, seen)
		checkKept(t, refreshed, again)
	})
}

func BenchmarkUserModel(b *testing.B) {
	state, lookup := alice(), mesibo.Lookup{Rows: []mesibo.UserRow{{UID: "1", AppID: "com.example.app"}}}
	for b.Loop() {
		refreshed, record := state.refreshedFrom(lookup, tokenRecord{RefreshedAt: now})
		state.planUpdate(state, refreshed.withReadyForRenewal(record), record)
	}
}

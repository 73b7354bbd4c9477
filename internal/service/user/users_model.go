// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// usersModel is mesibo_users as configuration, plan and state contain it. A setting of all users is null in the state
// while they differ in it, which a refresh or an update that failed may leave; the private state then has each user's own.
type usersModel struct {
	Users               types.Map      `tfsdk:"users"` // names by address
	Active              types.Bool     `tfsdk:"active"`
	AppID               types.String   `tfsdk:"appid"`
	Expiry              types.Int64    `tfsdk:"expiry"`
	TokenVersion        types.Int64    `tfsdk:"token_version"`
	TokenKeepers        types.Map      `tfsdk:"token_keepers"`
	EarlyRenewalMinutes types.Int64    `tfsdk:"early_renewal_minutes"`
	AdoptExisting       types.Bool     `tfsdk:"adopt_existing"`
	Concurrency         types.Int64    `tfsdk:"concurrency"`
	UIDs                types.Map      `tfsdk:"uids"`
	Tokens              types.Map      `tfsdk:"tokens"`
	TokenExpiresAt      types.Map      `tfsdk:"token_expires_at"`
	ReadyForRenewal     types.Bool     `tfsdk:"ready_for_renewal"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

// A managedUser is one of the users, as a mesibo_user of its own: all its rules apply to each of them.
type managedUser struct {
	userModel

	record tokenRecord
}

// users returns the users by address.
func (m usersModel) users() map[string]managedUser {
	uids, tokens, expiries := elementsOf(m.UIDs), elementsOf(m.Tokens), elementsOf(m.TokenExpiresAt)
	users := map[string]managedUser{}
	for address, name := range m.Users.Elements() {
		name, _ := name.(types.String)
		users[address] = managedUser{userModel: userModel{
			tokenAttributes: tokenAttributes{
				AppID: m.AppID, Expiry: m.Expiry, TokenVersion: m.TokenVersion, TokenKeepers: m.TokenKeepers,
				EarlyRenewalMinutes: m.EarlyRenewalMinutes,
				Token:               tokens(address), TokenExpiresAt: expiries(address), ReadyForRenewal: types.BoolValue(false),
			},
			Address: types.StringValue(address), Name: name, Active: m.Active, Permissions: noPermissions, AdoptExisting: m.AdoptExisting, UID: uids(address),
		}}
	}

	return users
}

// withUsers returns the model with the users in place of its own.
func (m usersModel) withUsers(users map[string]managedUser) usersModel {
	names := make(map[string]attr.Value, len(users))
	for address, u := range users {
		names[address] = u.Name
	}
	m.Users = types.MapValueMust(types.StringType, names)
	m.UIDs = mapOf(users, func(u managedUser) types.String { return u.UID })
	m.Tokens, m.TokenExpiresAt = types.MapNull(types.StringType), types.MapNull(types.StringType)
	m.ReadyForRenewal = types.BoolValue(false)
	for _, u := range users {
		if u.ReadyForRenewal.ValueBool() {
			m.ReadyForRenewal = types.BoolValue(true)
		}
		if m.Tokens.IsNull() && (u.hasAppID() || !u.Token.IsNull()) {
			m.Tokens = mapOf(users, func(u managedUser) types.String { return u.Token })
			m.TokenExpiresAt = mapOf(users, func(u managedUser) types.String { return u.TokenExpiresAt })
		}
	}
	m.Active = common(users, func(u managedUser) types.Bool { return u.Active }, types.BoolNull())
	m.AppID = common(users, func(u managedUser) types.String { return u.AppID }, types.StringNull())
	m.Expiry = common(users, func(u managedUser) types.Int64 { return u.Expiry }, types.Int64Null())
	m.TokenVersion = common(users, func(u managedUser) types.Int64 { return u.TokenVersion }, types.Int64Null())
	m.TokenKeepers = common(users, func(u managedUser) types.Map { return u.TokenKeepers }, types.MapNull(types.StringType))

	return m
}

// plan completes a plan from the configuration and the users in the state, of which there are none for a create. Only what
// changes is unknown.
func (m usersModel) plan(config usersModel, state map[string]managedUser) (usersModel, *report) {
	found := &report{}
	configured := userModel{tokenAttributes: tokenAttributes{Expiry: config.Expiry}}
	m.Expiry = tokenAttributes{AppID: m.AppID}.plannedExpiry(configured.tokenAttributes)
	m.ReadyForRenewal = types.BoolValue(false)
	if m.Users.IsUnknown() {
		if m.AppID.IsNull() {
			m.Tokens, m.TokenExpiresAt = types.MapNull(types.StringType), types.MapNull(types.StringType)
		}

		return m, found
	}

	users := m.users()
	for address, planned := range users {
		if before, exists := state[address]; exists {
			planned.userModel = planned.planUpdate(configured, before.userModel, before.record)
			found.add(address, planned.planDiagnostics(before.userModel, before.record)...)
		} else {
			planned.UID, planned.Token, planned.TokenExpiresAt = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
			planned.tokenAttributes = planned.planCreate(configured.tokenAttributes)
		}
		users[address] = planned
	}
	// The expiry of tokens that an import has found is unknown, and stays null until there is another token beside them.
	expiry := common(users, func(u managedUser) types.Int64 { return u.Expiry }, m.Expiry)
	m = m.withUsers(users)
	m.Expiry = expiry

	return m, found
}

// withImportDefaults sets what only Terraform knows to its default, so that the plan after an import shows no change.
func (m usersModel) withImportDefaults() usersModel {
	m.TokenVersion, m.EarlyRenewalMinutes = types.Int64Value(1), types.Int64Value(0)
	m.AdoptExisting = types.BoolValue(false)
	m.Concurrency = types.Int64Value(defaultConcurrency)

	return m
}

// elementsOf returns a function that returns an element of a map: an unknown one of an unknown map, and null for one that
// is not there.
func elementsOf(m types.Map) func(address string) types.String {
	elements := m.Elements()

	return func(address string) types.String {
		element, _ := elements[address].(types.String)
		if m.IsUnknown() {
			element = types.StringUnknown()
		}

		return element
	}
}

// mapOf returns a value of each user that has one, by address. There are no null elements: OpenTofu 1.12 crashes when a plan
// makes one unknown.
func mapOf(users map[string]managedUser, value func(managedUser) types.String) types.Map {
	elements := make(map[string]attr.Value, len(users))
	for address, u := range users {
		if v := value(u); !v.IsNull() {
			elements[address] = v
		}
	}

	return types.MapValueMust(types.StringType, elements)
}

// common returns the value that all users have, or the other one when they differ.
func common[V attr.Value](users map[string]managedUser, value func(managedUser) V, other V) V {
	result, first := other, true
	for _, u := range users {
		switch v := value(u); {
		case first:
			result, first = v, false
		case !v.Equal(result):
			return other
		}
	}

	return result
}

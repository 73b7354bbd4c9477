// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// userModel is mesibo_user as configuration, plan and state contain it.
type userModel struct {
	tokenAttributes

	Address       types.String   `tfsdk:"address"`
	Name          types.String   `tfsdk:"name"`
	Active        types.Bool     `tfsdk:"active"`
	Permissions   types.Object   `tfsdk:"permissions"`
	AdoptExisting types.Bool     `tfsdk:"adopt_existing"`
	UID           types.String   `tfsdk:"uid"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// userIdentity identifies a user for its whole life.
type userIdentity struct {
	Address types.String `tfsdk:"address"`
}

func (m userModel) identity() any { return userIdentity{Address: m.Address} }

func (m userModel) address() string { return m.Address.ValueString() }

func (m userModel) uid() string { return m.UID.ValueString() }

func (m userModel) timeouts() timeouts.Value { return m.Timeouts }

// planUpdate completes the plan of a user that is in the state.
func (m userModel) planUpdate(config, state userModel, record tokenRecord) userModel {
	m.tokenAttributes = m.tokenAttributes.planUpdate(config.tokenAttributes, state.tokenAttributes, record)
	m.UID = state.UID
	if m.UID.IsNull() && m.willMint() {
		m.UID = types.StringUnknown() // The reply to the mint contains it.
	}

	return m
}

// changesAppID reports whether the plan drops the App ID in the state.
func (m userModel) changesAppID(state userModel) bool {
	return state.hasAppID() && !m.AppID.Equal(state.AppID)
}

// revokesToken reports whether the plan revokes the token in the state. One that was minted elsewhere, and found by an
// import or a refresh, is not ours to revoke.
func (m userModel) revokesToken(state userModel) bool {
	return m.changesAppID(state) && !state.TokenExpiresAt.IsNull()
}

// createRequest is the useradd that creates the planned user, or mints a token for it. It repeats what is set, because
// for an existing user a server may reset what is left out; what equals the server's default is left out.
func (m userModel) createRequest() mesibo.CreateUserRequest {
	request := mesibo.CreateUserRequest{
		Address:     m.address(),
		Name:        m.Name.ValueStringPointer(),
		Permissions: m.permissionsRequest(),
		Token:       m.tokenRequest(),
	}
	if !m.Active.ValueBool() {
		request.Active = m.Active.ValueBoolPointer()
	}

	return request
}

// updateRequest is the userset that changes the prior name, status and permissions to the planned ones, and whether one is
// needed. A name that is no longer configured is cleared; permissions are left alone. What does not change is repeated unless it is the server's default,
// because a server may reset what is left out.
func (m userModel) updateRequest(prior userModel) (request mesibo.UpdateUserRequest, needed bool) {
	renamed, switched := !m.Name.Equal(prior.Name), !m.Active.Equal(prior.Active)
	permissions := m.permissionsRequest()
	permitted := permissions != nil && !m.Permissions.Equal(prior.Permissions)
	if !renamed && !switched && !permitted {
		return request, false
	}

	request = mesibo.UpdateUserRequest{Address: m.address(), Name: m.Name.ValueStringPointer(), Permissions: permissions}
	if renamed {
		request.Name = new(m.Name.ValueString())
	}
	if switched || !m.Active.ValueBool() {
		request.Active = m.Active.ValueBoolPointer()
	}

	return request, true
}

// maybeCreated returns the state of a planned user that may exist, because its useradd was not answered.
func (m userModel) maybeCreated() userModel {
	m.tokenAttributes = m.withoutToken()
	m.UID = types.StringNull()

	return m
}

// minted returns the state and its record after a useradd, sent at the given time, created the planned user or minted
// its token.
func (m userModel) minted(plan userModel, user mesibo.User, sent time.Time) (userModel, tokenRecord) {
	var record tokenRecord
	m.tokenAttributes, record = m.tokenAttributes.minted(plan.tokenAttributes, user.Token, sent)
	if uid := m.uid(); uid != "" && uid != user.UID {
		// It is a new user; the next run sets what it is to have.
		m.Name, m.Active, m.Permissions = types.StringNull(), types.BoolNull(), noPermissions
	}
	m.UID = types.StringValue(user.UID)

	return m, record
}

// withoutAppID returns the state after the App ID was dropped. It has the planned App ID and no token, so that the next
// run mints and does not revoke again.
func (m userModel) withoutAppID(plan userModel) userModel {
	m.AppID, m.Expiry = plan.AppID, types.Int64Null()
	m.tokenAttributes = m.withoutToken()

	return m
}

// withComputed returns the plan with the computed values of the state: the state after everything was applied.
func (m userModel) withComputed(state userModel) userModel {
	m.UID, m.Token, m.TokenExpiresAt = state.UID, state.Token, state.TokenExpiresAt

	return m
}

// withImportDefaults sets what only Terraform knows to its default, so that the plan after an import shows no change.
func (m userModel) withImportDefaults() userModel {
	m.TokenVersion, m.EarlyRenewalMinutes = types.Int64Value(1), types.Int64Value(0)
	m.AdoptExisting = types.BoolValue(false)

	return m
}

// refreshedFrom returns the state with what a lookup shows of the user. The first one after an import takes over the App
// ID of the token that the server shows, if it shows exactly one.
func (m userModel) refreshedFrom(lookup mesibo.Lookup, record tokenRecord) (userModel, tokenRecord) {
	row := lookup.Rows[0]
	first := record.Imported && m.Active.IsNull() && !m.hasAppID()
	if first && len(lookup.Rows) == 1 && row.AppID != "" && !row.Token.IsEmpty() {
		m.AppID = types.StringValue(row.AppID)
	}
	if row.UID != "" {
		m.UID = types.StringValue(row.UID)
	}
	if row.Active != nil {
		m.Active = types.BoolValue(*row.Active)
	}
	if m.hasAppID() {
		m.tokenAttributes, record = m.tokenAttributes.refreshedFrom(lookup, record)
	}

	return m, record
}

func (m userModel) withReadyForRenewal(record tokenRecord) userModel {
	m.tokenAttributes = m.tokenAttributes.withReadyForRenewal(record)

	return m
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// tokenModel is the resource mesibo_user_token as configuration, plan and state contain it.
type tokenModel struct {
	tokenAttributes

	Address         types.String   `tfsdk:"address"`
	RevokeOnDestroy types.Bool     `tfsdk:"revoke_on_destroy"`
	UID             types.String   `tfsdk:"uid"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

// tokenIdentity identifies a token for its whole life.
type tokenIdentity struct {
	Address types.String `tfsdk:"address"`
	AppID   types.String `tfsdk:"appid"`
}

func (m tokenModel) identity() any { return tokenIdentity{Address: m.Address, AppID: m.AppID} }

func (m tokenModel) address() string { return m.Address.ValueString() }

func (m tokenModel) uid() string { return m.UID.ValueString() }

func (m tokenModel) timeouts() timeouts.Value { return m.Timeouts }

func (m tokenModel) key() tokenKey { return tokenKey{m.address(), m.AppID.ValueString()} }

// planUpdate completes the plan of a token that is in the state.
func (m tokenModel) planUpdate(config, state tokenModel, record tokenRecord) tokenModel {
	m.tokenAttributes = m.tokenAttributes.planUpdate(config.tokenAttributes, state.tokenAttributes, record)
	m.UID = state.UID
	if m.willMint() {
		m.UID = types.StringUnknown() // The same run may replace the user.
	}

	return m
}

// createRequest is the useradd that mints the planned token; it leaves everything else about the user alone.
func (m tokenModel) createRequest() mesibo.CreateUserRequest {
	return mesibo.CreateUserRequest{Address: m.address(), Token: m.tokenRequest()}
}

// minted returns the state and its record after a useradd, sent at the given time, minted the planned token.
func (m tokenModel) minted(plan tokenModel, user mesibo.User, sent time.Time) (tokenModel, tokenRecord) {
	var record tokenRecord
	m.tokenAttributes, record = m.tokenAttributes.minted(plan.tokenAttributes, user.Token, sent)
	m.UID = types.StringValue(user.UID)

	return m, record
}

// withComputed returns the plan with the computed values of the state: the state after everything was applied.
func (m tokenModel) withComputed(state tokenModel) tokenModel {
	m.UID, m.Token, m.TokenExpiresAt = state.UID, state.Token, state.TokenExpiresAt

	return m
}

// withImportDefaults sets what only Terraform knows to its default, so that the plan after an import shows no change.
func (m tokenModel) withImportDefaults() tokenModel {
	m.TokenVersion, m.EarlyRenewalMinutes = types.Int64Value(1), types.Int64Value(0)
	m.RevokeOnDestroy = types.BoolValue(true)

	return m
}

// refreshedFrom returns the state with what a lookup shows of the user.
func (m tokenModel) refreshedFrom(lookup mesibo.Lookup, record tokenRecord) (tokenModel, tokenRecord) {
	if uid := lookup.Rows[0].UID; uid != "" {
		m.UID = types.StringValue(uid)
	}
	m.tokenAttributes, record = m.tokenAttributes.refreshedFrom(lookup, record)

	return m, record
}

func (m tokenModel) withReadyForRenewal(record tokenRecord) tokenModel {
	m.tokenAttributes = m.tokenAttributes.withReadyForRenewal(record)

	return m
}

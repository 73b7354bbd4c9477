// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// model is the resource mesibo_user_token as configuration, plan and state hold it.
type model struct {
	service.HeldToken

	Address         types.String   `tfsdk:"address"`
	RevokeOnDestroy types.Bool     `tfsdk:"revoke_on_destroy"`
	UID             types.String   `tfsdk:"uid"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies a token for as long as it lives.
type identityModel struct {
	Address types.String `tfsdk:"address"`
	AppID   types.String `tfsdk:"appid"`
}

// identity returns the identity of the token.
func (m model) identity() identityModel {
	return identityModel{Address: m.Address, AppID: m.AppID}
}

// tokenID says whose token it is, and for which App ID.
type tokenID struct {
	address, appID types.String
}

// id returns whose token it is.
func (m model) id() tokenID {
	return tokenID{m.Address, m.AppID}
}

// mintRequest is the useradd that mints the planned token; everything else about the user is left alone.
func (m model) mintRequest() mesibo.CreateUserRequest {
	return mesibo.CreateUserRequest{Address: m.Address.ValueString(), Token: m.TokenRequest()}
}

// plannedNext completes the plan of a token that is in the state.
func (m model) plannedNext(config, state model, now time.Time) model {
	m.HeldToken = m.PlannedNext(config.HeldToken, state.HeldToken, now)
	m.UID = state.UID
	if m.MintsNow() {
		m.UID = types.StringUnknown() // The same run may replace the user.
	}

	return m
}

// minted returns the state after a useradd, which was sent at the given time, minted the planned token.
func (m model) minted(plan model, user mesibo.User, sent time.Time) model {
	m.AppID, m.Expiry, m.TokenKeepers = plan.AppID, plan.Expiry, plan.TokenKeepers
	m.HeldToken = m.WithMinted(user.Token, sent)
	m.UID = types.StringValue(user.UID)

	return m
}

// changed returns the state after everything that was planned has been done: what is left are settings of
// Terraform's own, which no server needs to know.
func (m model) changed(plan model) model {
	plan.UID, plan.Token, plan.TokenExpiresAt = m.UID, m.Token, m.TokenExpiresAt

	return plan
}

// refreshed returns state m with what a look-up at the given time shows of the user, who is in it.
func (m model) refreshed(lookup mesibo.Lookup, now time.Time) model {
	// A row without a uid tells nothing about who it is.
	if uid := lookup.Rows[0].UID; uid != "" && m.UID.ValueString() != uid {
		if !m.UID.IsNull() {
			// The user was deleted and added again: the tokens of the old one are dead.
			m.HeldToken = m.WithoutToken()
		}
		m.UID = types.StringValue(uid)
	}
	m.HeldToken = m.WithShown(lookup, now)

	return m
}

// withImportDefaults returns an imported token with the settings that are Terraform's alone at their defaults, so
// that they are no change.
func (m model) withImportDefaults() model {
	m.EarlyRenewalMinutes = types.Int64Value(0)
	m.RevokeOnDestroy = types.BoolValue(true)

	return m
}

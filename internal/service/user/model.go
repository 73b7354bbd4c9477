// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// model is mesibo_user as configuration, plan and state hold it.
type model struct {
	Address             types.String   `tfsdk:"address"`
	AppID               types.String   `tfsdk:"appid"`
	Expiry              types.Int64    `tfsdk:"expiry"`
	Name                types.String   `tfsdk:"name"`
	Active              types.Bool     `tfsdk:"active"`
	TokenKeepers        types.Map      `tfsdk:"token_keepers"`
	EarlyRenewalMinutes types.Int64    `tfsdk:"early_renewal_minutes"`
	AdoptExisting       types.Bool     `tfsdk:"adopt_existing"`
	UID                 types.String   `tfsdk:"uid"`
	Token               types.String   `tfsdk:"token"`
	TokenExpiresAt      types.String   `tfsdk:"token_expires_at"`
	ReadyForRenewal     types.Bool     `tfsdk:"ready_for_renewal"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies a user for as long as it lives.
type identityModel struct {
	Address types.String `tfsdk:"address"`
}

// identity returns the identity of the user.
func (m model) identity() identityModel {
	return identityModel{Address: m.Address}
}

// hasAppID reports whether the resource is to hold a token; a value that is not known yet counts.
func (m model) hasAppID() bool {
	return !m.AppID.IsNull()
}

// addRequest is the useradd that creates the planned user. What the server does by itself is left out.
func (m model) addRequest() mesibo.AddUserRequest {
	request := mesibo.AddUserRequest{
		Address: m.Address.ValueString(),
		Name:    m.Name.ValueStringPointer(),
		Token:   m.tokenRequest(),
	}
	if !m.Active.ValueBool() {
		request.Active = m.Active.ValueBoolPointer()
	}

	return request
}

// mintRequest is the useradd that mints a token for a user that is there; everything else is left alone.
func (m model) mintRequest() mesibo.AddUserRequest {
	return mesibo.AddUserRequest{Address: m.Address.ValueString(), Token: m.tokenRequest()}
}

func (m model) tokenRequest() *mesibo.TokenRequest {
	if !m.hasAppID() {
		return nil
	}

	return &mesibo.TokenRequest{AppID: m.AppID.ValueString(), ExpiryMinutes: m.Expiry.ValueInt64()}
}

// setRequest is the userset that leads from the prior name and status to the planned ones, and whether
// there is anything to set. A name that is no longer configured is cleared.
func (m model) setRequest(prior model) (mesibo.SetUserRequest, bool) {
	request := mesibo.SetUserRequest{Address: m.Address.ValueString()}
	if !m.Name.Equal(prior.Name) {
		name := m.Name.ValueString()
		request.Name = &name
	}
	if !m.Active.Equal(prior.Active) {
		request.Active = m.Active.ValueBoolPointer()
	}

	return request, request.Name != nil || request.Active != nil
}

// withoutToken returns the model with no token.
func (m model) withoutToken() model {
	m.Token = types.StringNull()
	m.TokenExpiresAt = types.StringNull()
	m.ReadyForRenewal = types.BoolValue(false)

	return m
}

// withToken returns the model with the token of a useradd that was sent at the given time.
func (m model) withToken(user mesibo.User, sent time.Time) model {
	m = m.withoutToken()
	if m.hasAppID() {
		m.Token = types.StringValue(user.Token.Reveal())
		m.TokenExpiresAt = types.StringValue(token.ExpiresAt(sent, m.Expiry.ValueInt64()).Format(time.RFC3339))
	}

	return m
}

// created returns the state after the useradd of the planned user, which was sent at the given time.
func (m model) created(user mesibo.User, sent time.Time) model {
	m = m.withToken(user, sent)
	m.UID = types.StringValue(user.UID)

	return m
}

// unanswered returns the state of a planned user that may be there, without anyone having seen it.
func (m model) unanswered() model {
	m = m.withoutToken()
	m.UID = types.StringNull()

	return m
}

// minted returns the state after a useradd for the user in state m minted the planned token.
func (m model) minted(plan model, user mesibo.User, sent time.Time) model {
	m.AppID, m.Expiry, m.TokenKeepers = plan.AppID, plan.Expiry, plan.TokenKeepers
	m = m.withToken(user, sent)
	if !m.UID.IsNull() && m.UID.ValueString() != user.UID {
		// The server made a new user, of which nothing but the token has been set.
		m.Name, m.Active = types.StringNull(), types.BoolNull()
	}
	m.UID = types.StringValue(user.UID)

	return m
}

// revoked returns the state after the token of the App ID in state m was revoked. It has the planned App ID
// already, without a token, so that the next run mints and does not revoke again.
func (m model) revoked(plan model) model {
	m.AppID, m.Expiry = plan.AppID, types.Int64Null()

	return m.withoutToken()
}

// changed returns the state after everything that was planned has been done: what is left are settings of
// Terraform's own, which no server needs to know.
func (m model) changed(plan model) model {
	plan.UID, plan.Token, plan.TokenExpiresAt = m.UID, m.Token, m.TokenExpiresAt

	return plan
}

// withImportDefaults returns an imported user with the settings that are Terraform's alone at their defaults, so
// that they are no change.
func (m model) withImportDefaults() model {
	m.EarlyRenewalMinutes = types.Int64Value(0)
	m.AdoptExisting = types.BoolValue(false)

	return m
}

// renewable returns the model with ready_for_renewal as it is at the given time.
func (m model) renewable(now time.Time) model {
	m.ReadyForRenewal = types.BoolValue(m.renewalDue(m.EarlyRenewalMinutes.ValueInt64(), now))

	return m
}

// renewalDue reports whether the token is inside the given window. A token whose end is not known never is.
func (m model) renewalDue(earlyMinutes int64, now time.Time) bool {
	expiresAt, err := time.Parse(time.RFC3339, m.TokenExpiresAt.ValueString())

	return err == nil && token.RenewalDue(now, expiresAt, earlyMinutes)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// model is mesibo_user as configuration, plan and state hold it.
type model struct {
	service.HeldToken

	Address       types.String   `tfsdk:"address"`
	Name          types.String   `tfsdk:"name"`
	Active        types.Bool     `tfsdk:"active"`
	AdoptExisting types.Bool     `tfsdk:"adopt_existing"`
	UID           types.String   `tfsdk:"uid"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies a user for as long as it lives.
type identityModel struct {
	Address types.String `tfsdk:"address"`
}

// identity returns the identity of the user.
func (m model) identity() identityModel {
	return identityModel{Address: m.Address}
}

// addRequest is the useradd that creates the planned user, or mints for it: of who is there already, a server may take what
// is left out for that of a new user. What the server does by itself is left out.
func (m model) addRequest() mesibo.CreateUserRequest {
	request := mesibo.CreateUserRequest{
		Address: m.Address.ValueString(),
		Name:    service.KnownString(m.Name),
		Token:   m.TokenRequest(),
	}
	if !m.Active.ValueBool() {
		request.Active = service.KnownBool(m.Active)
	}

	return request
}

// setRequest is the userset that leads from the prior name and status to the planned ones, and whether there is anything to
// set. A name that is no longer configured is cleared. What has not changed is said again, unless it is that of a new user:
// a server may take what is left out for that.
func (m model) setRequest(prior model) (request mesibo.UpdateUserRequest, needed bool) {
	request.Address = m.Address.ValueString()
	renamed := !m.Name.Equal(prior.Name) && !m.Name.IsUnknown()
	switched := !m.Active.Equal(prior.Active) && !m.Active.IsUnknown()
	if !renamed && !switched {
		return request, false
	}
	request.Name = service.KnownString(m.Name)
	if renamed {
		request.Name = new(m.Name.ValueString())
	}
	if switched || !m.Active.ValueBool() {
		request.Active = service.KnownBool(m.Active)
	}

	return request, request.Name != nil || request.Active != nil
}

// created returns the state after the useradd of the planned user, which was sent at the given time.
func (m model) created(user mesibo.User, sent time.Time) model {
	m.HeldToken = m.WithMinted(user.Token, sent)
	m.UID = types.StringValue(user.UID)

	return m
}

// unanswered returns the state of a planned user that may be there, without anyone having seen it.
func (m model) unanswered() model {
	m.HeldToken = m.WithoutToken()
	m.UID = types.StringNull()

	return m
}

// minted returns the state after a useradd for the user in state m minted the planned token.
func (m model) minted(plan model, user mesibo.User, sent time.Time) model {
	m.AppID, m.Expiry, m.TokenKeepers = plan.AppID, plan.Expiry, plan.TokenKeepers
	m.HeldToken = m.WithMinted(user.Token, sent)
	if !m.UID.IsNull() && m.UID.ValueString() != user.UID {
		// The server made a new user. The next run says again what its name and status are to be.
		m.Name, m.Active = types.StringNull(), types.BoolNull()
	}
	m.UID = types.StringValue(user.UID)

	return m
}

// withoutAppID returns the state after the App ID in state m was given up. It has the planned App ID already,
// without a token, so that the next run mints and does not revoke again.
func (m model) withoutAppID(plan model) model {
	m.AppID, m.Expiry = plan.AppID, types.Int64Null()
	m.HeldToken = m.WithoutToken()

	return m
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

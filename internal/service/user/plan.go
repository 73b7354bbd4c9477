// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// planCreate completes the plan of a user that is to be created with what can be known beforehand.
func planCreate(config, plan model) model {
	plan.Expiry = plannedExpiry(config, plan)
	if !plan.hasAppID() {
		plan = plan.withoutToken()
	}
	plan.ReadyForRenewal = types.BoolValue(false)

	return plan
}

// planUpdate completes the plan of a user that is in the state. It alone decides whether a token is minted:
// then, and only then, the token is unknown in the plan.
func planUpdate(config, plan, state model, now time.Time) model {
	plan.UID = state.UID
	plan.Expiry = plannedExpiry(config, plan)

	switch {
	case !plan.hasAppID():
		plan = plan.withoutToken()
	case plan.mints(state, now):
		plan.Token, plan.TokenExpiresAt = types.StringUnknown(), types.StringUnknown()
		if plan.UID.IsNull() {
			plan.UID = types.StringUnknown()
		}
	default:
		plan.Token, plan.TokenExpiresAt = state.Token, state.TokenExpiresAt
		if config.Expiry.IsNull() {
			// An imported token lives as long as it lives; the default would be a guess.
			plan.Expiry = state.Expiry
		}
	}
	plan.ReadyForRenewal = types.BoolValue(false)

	return plan
}

// plannedExpiry is the configured life, or the default of a token whose life is not configured.
func plannedExpiry(config, plan model) types.Int64 {
	switch {
	case !config.Expiry.IsNull():
		return config.Expiry
	case plan.AppID.IsNull():
		return types.Int64Null()
	case plan.AppID.IsUnknown():
		return types.Int64Unknown()
	default:
		return types.Int64Value(token.DefaultExpiryMinutes)
	}
}

// mints reports whether the plan asks for a token other than the one in state. A value that is not known yet
// counts as a change, so that the plan promises no token that the apply would then replace.
func (m model) mints(state model, now time.Time) bool {
	return state.Token.IsNull() ||
		!m.AppID.Equal(state.AppID) ||
		!state.Expiry.IsNull() && !m.Expiry.Equal(state.Expiry) ||
		!m.TokenKeepers.Equal(state.TokenKeepers) ||
		m.renewsOn(state, now)
}

// renewsOn reports whether the token in state is to be renewed. With an unchanged window it takes the word of
// the last refresh, not the clock: Terraform plans a second time while it applies, and a window that opened in
// between must not turn the plan that was approved into another one.
func (m model) renewsOn(state model, now time.Time) bool {
	if m.EarlyRenewalMinutes.Equal(state.EarlyRenewalMinutes) {
		return state.ReadyForRenewal.ValueBool()
	}

	return m.EarlyRenewalMinutes.IsUnknown() || state.renewalDue(m.EarlyRenewalMinutes.ValueInt64(), now)
}

// revokes reports whether the plan ends the token of the App ID in state.
func (m model) revokes(state model) bool {
	return state.hasAppID() && !m.AppID.Equal(state.AppID)
}

// mintsNow reports whether a plan that is being applied mints a token.
func (m model) mintsNow() bool {
	return m.Token.IsUnknown()
}

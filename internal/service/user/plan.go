// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// planCreate completes the plan of a user that is to be created with what can be known beforehand.
func planCreate(config, plan model) model {
	plan.HeldToken = plan.PlannedFirst(config.HeldToken)

	return plan
}

// planUpdate completes the plan of a user that is in the state.
func planUpdate(config, plan, state model, now time.Time) model {
	plan.HeldToken = plan.PlannedNext(config.HeldToken, state.HeldToken, now)
	plan.UID = state.UID
	if plan.UID.IsNull() && plan.MintsNow() {
		plan.UID = types.StringUnknown()
	}

	return plan
}

// leavesAppID reports whether the plan gives up the App ID in state.
func (m model) leavesAppID(state model) bool {
	return state.HasAppID() && !m.AppID.Equal(state.AppID)
}

// revokes reports whether the plan ends the token in state. One that was minted elsewhere, and came by an import or a
// refresh, is not ours to end.
func (m model) revokes(state model) bool {
	return m.leavesAppID(state) && state.MintedHere()
}

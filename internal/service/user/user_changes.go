// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// adopts reports whether a create may take over a user that this run has not made.
func (m userModel) adopts(presence service.Presence) bool {
	return m.AdoptExisting.ValueBool() && presence != service.Absent
}

// create creates the planned user. The presence is what a lookup has shown just before. It returns the state, and whether
// to keep it: a user that was created, or may have been. The caller has the lock of the user.
func (a *api) create(ctx context.Context, plan userModel, presence service.Presence) (userModel, tokenRecord, bool, diag.Diagnostics) {
	var diags diag.Diagnostics
	user, sent, err := a.createUser(ctx, plan.createRequest())
	if err != nil {
		// If the user exists now, and did not before, this run has created it, and the next apply may delete it.
		kept := errors.Is(err, mesibo.ErrOutcomeUnknown) && presence == service.Absent

		return plan.maybeCreated(), tokenRecord{Unanswered: true}, kept, append(diags, plan.createError(err, kept))
	}

	if plan.adopts(presence) { // A useradd may leave the name and status of an existing user alone.
		request, _ := plan.updateRequest(userModel{})
		if err := a.client.UpdateUser(ctx, request); err != nil {
			// A saved state would be tainted, and the next apply would delete the adopted user.
			return plan, tokenRecord{}, false, append(diags, service.APIError("User not adopted", fmt.Sprintf(
				"Setting the name, status or permissions of the existing user %q failed. The state does not contain the user; the next apply "+
					"adopts it again.", plan.address()), err, userAttributes...))
		}
	}

	a.created.Store(plan.address(), user.UID)
	state, record := plan.minted(plan, user, sent)

	return state, record, true, diags
}

// update changes the user in the state to the planned one with up to three requests, and saves the state after each one.
// The caller has the lock of the user.
func (a *api) update(
	ctx context.Context, plan, state userModel, record tokenRecord, save func(userModel, tokenRecord) diag.Diagnostics,
) diag.Diagnostics {
	var diags diag.Diagnostics
	if plan.revokesToken(state) { // Before the mint, because some servers revoke the tokens of all App IDs.
		diags.Append(a.endToken(ctx, tokenKey{state.address(), state.AppID.ValueString()}, state.uid(), record,
			"Nothing else was changed; the next apply tries again.")...)
		if diags.HasError() {
			return diags
		}
	}
	if plan.changesAppID(state) {
		state, record = state.withoutAppID(plan), tokenRecord{RefreshedAt: record.RefreshedAt}
		diags.Append(save(state, record)...)
	}

	if plan.willMint() {
		user, sent, err := a.createUser(ctx, plan.createRequest())
		if err != nil {
			record.Unanswered = record.Unanswered || errors.Is(err, mesibo.ErrOutcomeUnknown)
			diags.Append(save(state, record)...)

			return append(diags, mintError(state.address(), err))
		}
		prior := state
		state, record = state.minted(plan, user, sent)
		diags.Append(save(state, record)...)
		diags.Append(state.recreatedError(prior)...)
		if diags.HasError() {
			return diags
		}
	}

	if request, needed := plan.updateRequest(state); needed {
		if err := a.client.UpdateUser(ctx, request); err != nil {
			return append(diags, service.UpdateError("User not updated", fmt.Sprintf(
				"Setting the name, status or permissions of the user %q failed. The next apply tries again.", state.address()),
				err, userAttributes...))
		}
	}

	record.Imported = false
	diags.Append(save(plan.withComputed(state), record)...)

	return diags
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// lookUp looks for the user in state m, with one request.
func (r *userResource) lookUp(ctx context.Context, m model) (mesibo.Lookup, error) {
	client, err := r.data.Client()
	if err != nil {
		return mesibo.Lookup{}, err
	}

	return client.FindUser(ctx, m.Address.ValueString())
}

// existence is what is known of a user before it is created.
type existence int

const (
	undecided existence = iota
	absent
	present
)

// lookUpBeforeCreate finds out whether the user exists, because a useradd would take it over unseen. An existing
// user is an error unless it is to be adopted.
func (r *userResource) lookUpBeforeCreate(ctx context.Context, plan model) (existence, diag.Diagnostics) {
	var diags diag.Diagnostics

	lookup, err := r.lookUp(ctx, plan)
	switch {
	case errors.Is(err, mesibo.ErrNoLookups):
		r.data.WarnNoLookups(&diags)

		return undecided, diags
	case err != nil:
		diags.Append(plan.failure("User not looked up",
			"Looking whether the user %q exists failed. Nothing was created.", err))

		return undecided, diags
	case lookup.Absent():
		return absent, diags
	case !lookup.Found():
		diags.Append(plan.lookupCutShort())

		return undecided, diags
	case !plan.AdoptExisting.ValueBool():
		diags.Append(plan.exists())

		return present, diags
	default:
		return present, diags
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

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

	lookup, err := r.data.LookUp(ctx, plan.Address.ValueString())
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
		diags.Append(service.LookupCutShort(plan.Address.ValueString()))

		return undecided, diags
	case !plan.AdoptExisting.ValueBool():
		diags.Append(plan.exists())

		return present, diags
	default:
		return present, diags
	}
}

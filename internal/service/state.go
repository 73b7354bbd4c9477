// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// Presence says whether an object exists on the server.
type Presence int

// What a lookup can show.
const (
	Unknown Presence = iota // the lookup proves nothing
	Absent                  // the object definitely does not exist
	Present                 // the object exists
)

// SaveState sets state and identity together. Call it after each request that succeeded, so that nothing is lost when
// a later one fails.
func SaveState(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, model, id any) diag.Diagnostics {
	diags := state.Set(ctx, model)
	diags.Append(identity.Set(ctx, id)...)

	return diags
}

// RemoveState removes an object that is definitely absent from the state. Terraform expects the identity even then.
func RemoveState(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, id any) diag.Diagnostics {
	state.RemoveResource(ctx)

	return identity.Set(ctx, id)
}

// DeleteError returns nil when a delete has reached its goal: it succeeded, or the object is absent. How a server
// reports that an object is absent is not known, so after a refusal lookup looks for it.
func DeleteError(err error, lookup func() (Presence, error)) error {
	switch {
	case err == nil || errors.Is(err, mesibo.ErrNotFound):
		return nil
	case errors.Is(err, mesibo.ErrUnauthorized), errors.Is(err, mesibo.ErrTokenBreach), errors.Is(err, mesibo.ErrUnreachable):
		return err // No other request would succeed.
	}
	if presence, lookupErr := lookup(); lookupErr == nil && presence == Absent {
		return nil
	}

	return err
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// A resource ends only what it owns. Between the apply that has created an object and the one that deletes it, another
// object of the state, another configuration or a back end may have taken its place: with create_before_destroy, after a
// rename without moved, or with the app token of another app. So before a delete or a revocation the user is looked up,
// and its uid and token are compared with the state and the private state.

// endUser deletes the user of a resource if it is its own. The caller has the lock of the user.
func (a *api) endUser(ctx context.Context, send lookupFunc, state userModel, record tokenRecord) diag.Diagnostics {
	lookup, presence, diags := a.lookup(ctx, send, state.address(), state.uid(), "It stays in the state.")
	if diags.HasError() || presence == service.Absent {
		return diags
	}

	if uid, created := a.created.Load(state.address()); created && (presence == service.Unknown || uid == lookup.Rows[0].UID) {
		tflog.Info(ctx, "not deleted, because this run has created the user", map[string]any{"address": state.address()})

		return diags
	}
	uid := state.uid()
	if presence == service.Present {
		uid = cmp.Or(uid, lookup.Rows[0].UID)
		if other := otherUID(state.uid(), lookup); other != "" {
			record.OtherUID = other
			diags.AddWarning(uidMismatch, "The user was not deleted. "+record.uidMismatchDetail(state.address(), state.uid()))

			return diags
		}
		if token, _ := lookup.Token(state.AppID.ValueString()); record.Minted != "" && !record.owns(token) {
			diags.AddWarning("User not deleted", fmt.Sprintf(
				"The token of App ID %q of the user %q was minted after the one of this resource, so the user is in use elsewhere: "+
					"another resource, configuration or back end manages it. It was removed from the state only.\n\n"+
					"If nothing uses the user, delete it in the mesibo console, or import it and destroy it.",
				state.AppID.ValueString(), state.address()))

			return diags
		}
	}

	return append(diags, a.removeUser(ctx, state.address(), uid)...)
}

// removeUser deletes a user, whose uid may be unknown. One that does not exist is a success.
func (a *api) removeUser(ctx context.Context, address, uid string) diag.Diagnostics {
	err := a.client.DeleteUser(ctx, address, uid)
	err = service.DeleteError(err, func() (service.Presence, error) { return a.presence(ctx, address) })
	if err == nil {
		return nil
	}

	tried := fmt.Sprintf("Deleting the user %q failed. It stays in the state.", address)
	if errors.Is(err, mesibo.ErrMissingParameter) && uid == "" {
		tried += " The server may delete users by uid alone, and the state has none, because the user was imported without " +
			"lookups: delete it in the mesibo console, then remove it from the state (terraform state rm)."
	}

	return diag.Diagnostics{service.APIError("User not deleted", tried, err, userAttributes...)}
}

// endToken revokes the token of a resource if it is its own. The consequence says what a failure means. The caller has
// the lock of the user.
func (a *api) endToken(ctx context.Context, key tokenKey, uid string, record tokenRecord, consequence string) diag.Diagnostics {
	lookup, presence, diags := a.lookup(ctx, (*mesibo.Client).GetUser, key.Address, uid, consequence)
	if diags.HasError() || presence == service.Absent {
		return diags
	}

	if _, minted := a.minted.Load(key); minted {
		tflog.Info(ctx, "not revoked, because this run has minted a new token for the App ID",
			map[string]any{"address": key.Address, "appid": key.AppID})

		return diags
	}
	if presence == service.Present {
		if other := otherUID(uid, lookup); other != "" {
			record.OtherUID = other
			diags.AddWarning(uidMismatch, "The token was not revoked. "+record.uidMismatchDetail(key.Address, uid))

			return diags
		}
		if token, _ := lookup.Token(key.AppID); !record.owns(token) {
			diags.AddWarning("Token not revoked", fmt.Sprintf(
				"The current token of App ID %q of the user %q is not the one that this resource minted: another resource, "+
					"configuration or back end has minted it since. It was not revoked.\n\n"+
					"To revoke it, use the action mesibo_revoke_token or the mesibo console.", key.AppID, key.Address))

			return diags
		}
	}

	minted := a.mintedFor(key.Address)
	err := a.revokeTokens(ctx, key.Address, key.AppID)
	if err != nil {
		err = service.DeleteError(err, func() (service.Presence, error) { return a.presence(ctx, key.Address) })
	} else if len(minted) > 0 {
		diags.AddWarning("New tokens may have been revoked too", fmt.Sprintf(
			"The token of App ID %q of the user %q was revoked after this run had minted tokens for %s. Some servers revoke the "+
				"tokens of all App IDs at once, the new ones included. Change token_keepers if the new tokens are rejected.",
			key.AppID, key.Address, strings.Join(minted, ", ")))
	}
	if err != nil {
		diags.Append(revokeError(key, consequence, err))
	}

	return diags
}

// uidMismatch is the title of diagnostics about a user that has the address, but not the uid, of the one in the state.
const uidMismatch = "User ID mismatch"

func (r tokenRecord) uidMismatchDetail(address, uid string) string {
	return fmt.Sprintf("The user %q has the uid %s, and the one in the state has the uid %s: the user was replaced, or the app "+
		"token or endpoint is another app's.\n\n"+
		"Check app_token and endpoint of the provider. If the user was replaced and is to be managed here, remove its mesibo_user "+
		"from the state (terraform state rm) and import it, and replace each mesibo_user_token (terraform apply -replace).",
		address, r.OtherUID, uid)
}

// refuseOtherUser reports an error when the last refresh has found another user at the address, so that no change reaches
// that user.
func (r tokenRecord) refuseOtherUser(address, uid string) diag.Diagnostics {
	if r.OtherUID == "" {
		return nil
	}

	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("address"), uidMismatch,
		"The planned change cannot be made. "+r.uidMismatchDetail(address, uid))}
}

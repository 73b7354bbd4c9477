// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// failure reports a failed call. The format of what was tried has one verb, for the address.
func (id tokenID) failure(title, tried string, err error) diag.Diagnostic {
	return service.Failure(title, fmt.Sprintf(tried, id.address.ValueString()), err, "address", "appid", "expiry")
}

// noSuchUser reports that there is nobody to mint a token for.
func (id tokenID) noSuchUser() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("address"), "User does not exist", fmt.Sprintf(
		"A token of App ID %q was to be minted for the user %q, but the app has no such user. Minting would have "+
			"created it, so nothing was sent.\n\n"+
			"Check the address. If the user is managed in this configuration, refer to it, as in "+
			"address = mesibo_user.example.address, so that Terraform creates the user first; an ephemeral resource needs "+
			"uid = mesibo_user.example.uid as well, because it is opened while planning.",
		id.appID.ValueString(), id.address.ValueString()))
}

// surprises reports, after a mint, what the server's answer says about the user that was not expected.
func (h holder) surprises(id tokenID, minted mesibo.User) diag.Diagnostics {
	var diags diag.Diagnostics

	if h.uid != "" && h.uid != minted.UID {
		diags.AddAttributeError(path.Root("address"), "User was deleted outside of Terraform", fmt.Sprintf(
			"The user %q (uid %s) was deleted before its token of App ID %q was minted. Minting has created it again, as uid "+
				"%s, without name, groups and messages. The state holds the new user's token.\n\n"+
				"If the user is managed by Terraform, apply again to set it up; otherwise delete it in the mesibo console.",
			id.address.ValueString(), h.uid, id.appID.ValueString(), minted.UID))
	}
	if h.hasToken {
		diags.AddAttributeWarning(path.Root("appid"), "App ID had a token already", fmt.Sprintf(
			"The server showed a token of App ID %q for the user %q that this resource did not hold. Minting has ended it: a "+
				"token that an interrupted run left unknown, or one that is in use elsewhere. If another configuration or a "+
				"back end mints for this App ID, let only one of them do so.",
			id.appID.ValueString(), id.address.ValueString()))
	}

	return diags
}

// expectedUID returns the uid that a mint has to answer with, or reports that there is none that could be expected.
func (m ephemeralModel) expectedUID(found holder, diags *diag.Diagnostics) string {
	switch {
	case m.UID.IsNull() && found.uid == "":
		diags.AddAttributeError(path.Root("uid"), "User not known to exist", fmt.Sprintf(
			"An ephemeral token of App ID %q was to be minted for the user %q. Without look-ups nothing shows whether there is "+
				"such a user, and minting could create it, even during a plan, so nothing was sent.\n\n"+
				"Set uid, for example uid = mesibo_user.example.uid.",
			m.AppID.ValueString(), m.Address.ValueString()))
	case !m.UID.IsNull() && found.uid != "" && m.UID.ValueString() != found.uid:
		diags.AddAttributeError(path.Root("uid"), "User is another one", fmt.Sprintf(
			"The user %q has the uid %s, not %s. No token was minted.",
			m.Address.ValueString(), found.uid, m.UID.ValueString()))
	case found.uid == "":
		return m.UID.ValueString()
	}

	return found.uid
}

// importFormat says what an import id looks like.
const importFormat = "An import id is the address of the user and the App ID, as in " +
	"terraform import mesibo_user_token.example 'alice@example.com/com.example.app'. " +
	"Inside of each, write %2F for a / and %25 for a %."

// parseImportID reads an import id, or reports why it cannot be read.
func parseImportID(id string, diags *diag.Diagnostics) identityModel {
	parts, err := service.SplitImportID(id, "address", "appid")
	if err != nil {
		diags.AddError("Import id not understood", fmt.Sprintf("The import id %q cannot be read: %s.\n\n%s", id, err, importFormat))

		return identityModel{}
	}

	return identityModel{Address: types.StringValue(parts[0]), AppID: types.StringValue(parts[1])}
}

// validateImport checks what is imported as a configuration is checked, because what no configuration can hold could
// not be managed.
func (m identityModel) validateImport(ctx context.Context) diag.Diagnostics {
	var diags diag.Diagnostics
	diags.Append(service.Validate(ctx, "address", m.Address, service.AddressValidators)...)
	diags.Append(service.Validate(ctx, "appid", m.AppID, service.AppIDValidators)...)

	return diags
}

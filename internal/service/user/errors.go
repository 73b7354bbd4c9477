// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// userAttributes are the attributes that a request about a user sends.
var userAttributes = []string{"address", "appid", "expiry", "name", "active", "permissions"}

// createError reports a useradd that failed, or that was not answered; kept says whether the state contains the user.
func (m userModel) createError(err error, kept bool) diag.Diagnostic {
	tried := fmt.Sprintf("Creating the user %q failed.", m.address())
	if errors.Is(err, errMintedTwice) {
		return mintError(m.address(), err)
	}
	if !errors.Is(err, mesibo.ErrOutcomeUnknown) {
		return service.APIError("User not created", tried, err, userAttributes...)
	}

	tried = fmt.Sprintf("The server did not answer the request to create the user %q. ", m.address())
	if kept {
		tried += "A lookup just before had shown that the user did not exist, so it is of this create, if it exists now. Where the " +
			"state contains it, the next apply deletes it and creates it again."
	} else {
		tried += "No lookup had shown that the user did not exist before, so the state does not contain it: deleting it could " +
			"delete somebody else's user. The next apply creates it again; if that reports that it already exists, import it."
	}

	return service.APIError("User may have been created", tried, err, userAttributes...)
}

// alreadyExists reports that the user to create exists, with the ways to continue.
func (m userModel) alreadyExists() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("address"), "User already exists", fmt.Sprintf(
		"The user %q exists in the app already. Nothing was changed.\n\n"+
			"To manage it, import it (replace <name> with the name of your resource):\n\n"+
			"  terraform import mesibo_user.<name> %s\n\n"+
			"or with a block in the configuration:\n\n"+
			"  import {\n    to = mesibo_user.<name>\n    id = %s\n  }\n\n"+
			"or set adopt_existing = true to take it over on create; with appid set, that mints a new token for it.\n\n"+
			"If the state contains it as tainted, because an earlier create was not answered, keep it with terraform untaint "+
			"mesibo_user.<name>: with create_before_destroy, the replacement is created while the user still exists.",
		m.address(), shellQuote(m.address()), hclQuote(m.address())))
}

// planDiagnostics warns of what an update does to tokens that its diff does not show, and refuses a change that would
// reach another user.
func (m userModel) planDiagnostics(state userModel, record tokenRecord) diag.Diagnostics {
	var diags diag.Diagnostics
	appID := state.AppID.ValueString()

	switch {
	case m.AppID.IsUnknown() || !m.changesAppID(state):
	case m.revokesToken(state):
		diags.AddAttributeWarning(path.Root("appid"), "Token will be revoked", fmt.Sprintf(
			"The apply revokes the token of App ID %q of the user %q. Some servers then revoke the tokens of the user's other "+
				"App IDs too.", appID, m.address()))
	case !state.Token.IsNull():
		diags.AddAttributeWarning(path.Root("appid"), "Token will be removed from state (it is not revoked)", fmt.Sprintf(
			"The token of App ID %q of the user %q was not minted by this resource, so the apply does not revoke it.",
			appID, m.address()))
	}
	diags.Append(m.planWarnings(state.tokenAttributes, record, m.address())...)
	if _, changes := m.updateRequest(state); changes || m.willMint() || m.revokesToken(state) {
		diags.Append(record.refuseOtherUser(state.address(), state.uid())...)
	}

	return diags
}

// recreatedError reports that a mint has created a user again that was deleted since the last refresh. Only the uid in
// the reply shows that.
func (m userModel) recreatedError(prior userModel) diag.Diagnostics {
	var diags diag.Diagnostics
	if !prior.UID.IsNull() && !prior.UID.Equal(m.UID) {
		diags.AddError("User was deleted outside of Terraform", fmt.Sprintf(
			"The user %q (uid %s) was deleted after the last refresh. Minting its token has created it again, as uid %s; the "+
				"messages and groups of the old user are gone. The state contains the new user and its token.\n\n"+
				"Run apply again to set its name and status.",
			m.address(), prior.UID.ValueString(), m.UID.ValueString()))
	}

	return diags
}

// mintError reports a useradd for an existing user that failed to mint a token, or that was not answered.
func mintError(address string, err error) diag.Diagnostic {
	tried := fmt.Sprintf("Minting a token for the user %q failed.", address)
	if errors.Is(err, errMintedTwice) {
		return diag.NewAttributeErrorDiagnostic(path.Root("appid"), "Duplicate token resource", tried+"\n\n"+err.Error()+"\n\n"+
			"The server keeps one token for each App ID of a user, so each of two resources would end the other's token. "+
			"Remove one of them, or give it another App ID.")
	}
	if errors.Is(err, mesibo.ErrOutcomeUnknown) {
		tried += " If the server minted one, it is lost, and the previous token of the App ID has ended."
	}

	return service.UpdateError("Token not minted", tried+" The next apply tries again.", err, "address", "appid", "expiry")
}

// revokeError reports a revocation that failed.
func revokeError(key tokenKey, consequence string, err error) diag.Diagnostic {
	return service.UpdateError("Token not revoked", fmt.Sprintf("Revoking the token of App ID %q of the user %q failed. %s",
		key.AppID, key.Address, consequence), err, "address", "appid")
}

// ownerAbsent reports that the user that a token is minted for does not exist.
func ownerAbsent(key tokenKey) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("address"), "User does not exist", fmt.Sprintf(
		"Minting a token of App ID %q would create the user %q, which does not exist in the app. Nothing was sent.\n\n"+
			"Check the address. If this configuration manages the user, refer to it, as in address = "+
			"mesibo_user.example.address, so that Terraform creates it first; an ephemeral resource also needs uid = "+
			"mesibo_user.example.uid, because Terraform opens it during plan.",
		key.AppID, key.Address))
}

// mintDiagnostics compares the reply to a mint with what was known of the user before.
func (o tokenOwner) mintDiagnostics(key tokenKey, minted mesibo.User) diag.Diagnostics {
	var diags diag.Diagnostics

	if o.uid != "" && o.uid != minted.UID {
		diags.AddAttributeError(path.Root("address"), "User was deleted outside of Terraform", fmt.Sprintf(
			"The user %q (uid %s) was deleted before its token of App ID %q was minted. The mint has created it again, as uid %s, "+
				"without name, groups and messages. The state contains the token of the new user.\n\n"+
				"If Terraform manages the user, run apply again to set it up; otherwise delete it in the mesibo console.",
			key.Address, o.uid, key.AppID, minted.UID))
	}
	if o.hasToken {
		diags.AddAttributeWarning(path.Root("appid"), "App ID already had a token", fmt.Sprintf(
			"The server showed a token of App ID %q for the user %q. The mint has ended it. It is the one that this resource "+
				"replaces (create_before_destroy), or was left by an interrupted run, or is in use elsewhere: if another "+
				"configuration or a back end mints for this App ID, let only one of them do so.",
			key.AppID, key.Address))
	}

	return diags
}

// duplicateUser warns when another block of the configuration contains a user that a mesibo_users contains; many says that
// the caller is one. It is a warning for the reason of duplicateToken.
func (a *api) duplicateUser(address types.String, many bool) diag.Diagnostics {
	if a == nil || address.IsUnknown() {
		return nil
	}
	other, found := a.held.LoadOrStore(address.ValueString(), many)
	if otherMany, _ := other.(bool); !found || !many && !otherMany {
		return nil
	}

	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("address"), "Duplicate user", fmt.Sprintf(
		"Another block of the configuration seems to manage the user %q too. The last one to be applied sets its name and status, "+
			"each ends the other's token of the same App ID, and the one that goes deletes the user.\n\n"+
			"Remove it from one of them.", address.ValueString()))}
}

// duplicateToken returns a warning when another block of the configuration manages the same token. It can be wrong,
// because Terraform may validate one block more than once. Before the provider is configured, as in terraform validate,
// nothing is compared.
func (a *api) duplicateToken(address, appID types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	if a == nil || address.IsUnknown() || appID.IsNull() || appID.IsUnknown() {
		return diags
	}

	key := tokenKey{address.ValueString(), appID.ValueString()}
	if _, found := a.configured.LoadOrStore(key, true); found {
		diags.AddAttributeWarning(path.Root("appid"), "Duplicate token resource", fmt.Sprintf(
			"Another block of the configuration seems to manage the token of App ID %q of the user %q too. The server keeps one "+
				"token for each App ID of a user, so each of the two would end the other's token.\n\n"+
				"Remove one of them, or give it another App ID.", key.AppID, key.Address))
	}

	return diags
}

// otherSpelling reports that the server shows a user whose address equals the one that was looked up but for case.
func otherSpelling(address, other, consequence string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("address"), "Address differs in case", fmt.Sprintf(
		"Looking up the user %q showed the user %q, whose address differs only in case. On a server that ignores case both are "+
			"one user, and a change would reach that one. %s\n\nWrite the address as the server does: address = %s.",
		address, other, consequence, hclQuote(other)))
}

// lookupTruncated warns that the server's list ended before it could show the user.
func lookupTruncated(address string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("address"), "User list truncated", fmt.Sprintf(
		"The server did not return all users that match %q, so it is not known whether the user exists. Terraform continues as "+
			"without lookups: a refresh keeps the state, a create adds the user, or takes it over if it exists, and a token that "+
			"is due is minted.", address))
}

// shellQuote writes s as one word of a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// hclQuote writes s as a string of the Terraform language: as in JSON, with the openings of templates escaped.
func hclQuote(s string) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // A string always encodes.

	return strings.NewReplacer("${", "$${", "%{", "%%{", "\n", "").Replace(quoted.String())
}

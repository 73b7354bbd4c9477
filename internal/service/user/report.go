// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// failure reports a failed call. The format of what was tried has one verb, for the address.
func (m model) failure(title, tried string, err error) diag.Diagnostic {
	return service.Failure(title, fmt.Sprintf(tried, m.Address.ValueString()), err,
		"address", "appid", "expiry", "name", "active")
}

// notCreated reports a useradd that failed, or that nobody answered, and then whether the state has the user.
func (m model) notCreated(err error, kept bool) diag.Diagnostic {
	switch {
	case !errors.Is(err, mesibo.ErrOutcomeUnknown):
		return m.failure("User not created", "Creating the user %q failed.", err)
	case kept:
		return m.failure("User perhaps created", "Creating the user %q was not answered. "+
			"A look-up just before had shown that it was not there, so it is kept in the state: "+
			"the next apply deletes it, should it be there, and creates it again.", err)
	default:
		return m.failure("User perhaps created", "Creating the user %q was not answered. "+
			"Nothing had shown that it was not there before, so it is kept out of the state: deleting it "+
			"could delete somebody else's user. The next apply takes it up again; where it is then said to exist, import it.", err)
	}
}

// exists reports that the user is there already, with the ways to go on.
func (m model) exists() diag.Diagnostic {
	address := m.Address.ValueString()

	return diag.NewAttributeErrorDiagnostic(path.Root("address"), "User exists already", fmt.Sprintf(
		"The user %q is not managed here, but exists in the app. Nothing was changed.\n\n"+
			"To manage it, import it (put your resource's name for <name>):\n\n"+
			"  terraform import mesibo_user.<name> %s\n\n"+
			"or with a block in the configuration:\n\n"+
			"  import {\n    to = mesibo_user.<name>\n    id = %s\n  }\n\n"+
			"or set adopt_existing = true to take it over on creation; with appid set, that mints a new token for it.",
		address, shellQuote(address), hclQuote(address)))
}

// surprises warns at plan time of what an update does to tokens that its diff does not show.
func (m model) surprises(state model) diag.Diagnostics {
	var diags diag.Diagnostics
	address := m.Address.ValueString()

	switch {
	case m.AppID.IsUnknown() || !m.leavesAppID(state):
	case m.revokes(state):
		diags.AddAttributeWarning(path.Root("appid"), "Token will be revoked", fmt.Sprintf(
			"Applying this revokes the token of App ID %q of the user %q. "+
				"On some servers that ends the tokens of the user's other App IDs too.", state.AppID.ValueString(), address))
	case !state.Token.IsNull():
		diags.AddAttributeWarning(path.Root("appid"), "Token will be let go", fmt.Sprintf(
			"The token of App ID %q of the user %q was not minted by this resource. Applying this takes it out of the state and "+
				"does not revoke it.", state.AppID.ValueString(), address))
	}
	diags.Append(m.Surprises(state.HeldToken, address)...)

	return diags
}

// recreated reports that minting brought back a user that had been deleted since it was last seen: the server
// does not tell a new user from an old one but by its uid.
func (m model) recreated(prior model) diag.Diagnostics {
	var diags diag.Diagnostics
	if !prior.UID.IsNull() && !prior.UID.Equal(m.UID) {
		diags.AddError("User was deleted outside of Terraform", fmt.Sprintf(
			"The user %q (uid %s) was deleted since it was last seen. Minting its token has created it again, as uid %s; "+
				"messages and groups of the old user are gone. The state holds the new user and its token.\n\n"+
				"Run apply again to set its name and status.",
			m.Address.ValueString(), prior.UID.ValueString(), m.UID.ValueString()))
	}

	return diags
}

// validateImport checks the address of an import as a configuration is checked, because one that no configuration
// can hold could not be managed.
func (m model) validateImport(ctx context.Context) diag.Diagnostics {
	var diags diag.Diagnostics
	if m.Address.ValueString() == "" {
		diags.AddError("Address missing", "An import needs the address of the user, for example "+
			"terraform import mesibo_user.example 'alice@example.com'.")
	}
	diags.Append(service.Validate(ctx, "address", m.Address, service.AddressValidators)...)

	return diags
}

// shellQuote writes s as one word of a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// hclQuote writes s as a string of the Terraform language: as JSON does, with the openings of templates escaped.
func hclQuote(s string) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // A string always encodes.

	return strings.NewReplacer("${", "$${", "%{", "%%{", "\n", "").Replace(quoted.String())
}

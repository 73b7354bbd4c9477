// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// describe returns what identifies a group in the state.
func (m groupModel) describe() string {
	if m.Name.IsNull() {
		return m.GID.ValueString()
	}

	return fmt.Sprintf("%s (%q)", m.GID.ValueString(), m.Name.ValueString())
}

// createError reports a request to create the group that failed or got no reply.
func (m groupModel) createError(err error) diag.Diagnostic {
	title, tried := "Group not created", "Creating the group %q failed."
	if errors.Is(err, mesibo.ErrOutcomeUnknown) {
		title, tried = "Group may have been created", "Creating the group %q got no reply, and no lookup could show whether it "+
			"exists. It is not in the state. Terraform did not try again, because each request that arrives creates a group.\n\n"+
			"Look for it in the mesibo console, or with terraform query where the server offers lookups. If it exists, import "+
			"it by its gid (terraform import mesibo_group.<name> <gid>); otherwise the next apply creates another one."
	}

	return service.APIError(title, fmt.Sprintf(tried, m.Name.ValueString()), err, "name", "active")
}

// createdWithoutReplyWarning reports that lookups have found the group that a request without a reply has created.
func (m groupModel) createdWithoutReplyWarning(gid string, err error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Group created without a reply", fmt.Sprintf(
		"Creating the group %q got no reply. Lookups before and after it show that the group with gid %s is new, so it is now "+
			"in the state.\n\n%s", m.Name.ValueString(), gid, err))
}

// nameInUseWarning warns about groups that had the planned name before. One of them may be left over from a run that was
// killed while it created the group, which nothing else would report.
func (m groupModel) nameInUseWarning(gids []string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("name"), "Group name already in use", fmt.Sprintf(
		"The app already had a group %q, with gid %s; a new group was created beside it, because groups may share a name. "+
			"The other group may belong to another resource, or be left over from a run that was killed.",
		m.Name.ValueString(), strings.Join(gids, ", ")))
}

// describe returns what identifies the member in a diagnostic.
func (m memberModel) describe() string {
	return fmt.Sprintf("the member %q of the group %s", m.Address.ValueString(), m.GID.ValueString())
}

// listTruncatedWarning says that a truncated list does not show whether a user is a member.
func (m memberModel) listTruncatedWarning() diag.Diagnostic {
	return diag.NewWarningDiagnostic("Member list truncated", fmt.Sprintf(
		"The server does not list all members of the group %[1]s, so Terraform cannot detect whether the user %[2]q still is "+
			"one. The state is unchanged.", m.GID.ValueString(), m.Address.ValueString()))
}

// duplicateMemberWarning records that the configuration contains a membership, and warns when it already did. It is no
// error, because a CLI may validate one block more than once.
func duplicateMemberWarning(data *service.ProviderData, gid, address types.String, attribute string) diag.Diagnostics {
	var diags diag.Diagnostics
	if data == nil || gid.IsUnknown() || address.IsUnknown() {
		return diags // Terraform validates again when the provider is configured and the values are known.
	}

	member := memberIdentity{GID: gid, Address: address}
	if _, duplicate := service.RunState[runState](data).members.LoadOrStore(member, true); duplicate {
		diags.AddAttributeWarning(path.Root(attribute), "Duplicate group member", fmt.Sprintf(
			"Another resource of this configuration seems to manage the membership of the user %q in the group %s too, so each "+
				"of them would undo the changes of the other.\n\nRemove one of them.", address.ValueString(), gid.ValueString()))
	}

	return diags
}

// apiError reports a failed call. The format tried has one verb, for the gid.
func (m membersModel) apiError(title, tried string, err error) diag.Diagnostic {
	return service.APIError(title, fmt.Sprintf(tried, m.GID.ValueString()), err, "gid", "members")
}

// listTruncatedError says that a truncated list does not show whom to remove.
func (m membersModel) listTruncatedError() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("members"), "Member list truncated", fmt.Sprintf(
		"The server may not list all members of the group %s, so Terraform does not know whom to remove. Nothing was changed.\n\n"+
			"Use mesibo_group_member for each member instead; it needs no complete list. To stop managing this resource without "+
			"removing anybody, use a removed block or terraform state rm.", m.GID.ValueString()))
}

// groupListError reports that groups could not be listed.
func groupListError(title, pattern string, err error) diag.Diagnostic {
	return service.APIError(title, fmt.Sprintf("Looking for groups that match %q failed.", pattern), err, "name_pattern")
}

// memberListError reports that the members of a group could not be listed.
func memberListError(title string, gid types.String, err error) diag.Diagnostic {
	return service.APIError(title, fmt.Sprintf("Reading the members of the group %s failed.", gid.ValueString()), err, "gid")
}

// refreshDiagnostics says why a refresh could not look an object up: with a warning where no lookup is possible, else with
// an error.
func refreshDiagnostics(data *service.ProviderData, kind, object string, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	_, unknown := data.Client()
	switch {
	case unknown != nil:
		diags.AddWarning(kind+" not refreshed", fmt.Sprintf(
			"Terraform did not look up %s. The state is unchanged.\n\nReason: %s.", object, err))
	case errors.Is(err, mesibo.ErrNoLookups):
		data.WarnNoLookups(&diags)
	default:
		diags.Append(service.UpdateError(kind+" not read", fmt.Sprintf(
			"Looking up %s failed. The state is unchanged.", object), err, "gid"))
	}

	return diags
}

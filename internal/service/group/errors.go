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

// renamedWarning says that the group has another name now, which a truncated list does not show.
func (m groupModel) renamedWarning() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("name"), "Group renamed outside of Terraform", fmt.Sprintf(
		"The group %s exists, and the server lists no group with this gid and name. The list of all groups is truncated, so its new "+
			"name and its settings are not known. The next apply sets them.", m.describe()))
}

// nameInUseWarning warns about groups that had the planned name before and that this run has not created. One of them may
// be left over from a run that was killed while it created the group, which nothing else would report.
func (m groupModel) nameInUseWarning(gids []string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("name"), "Group name already in use", fmt.Sprintf(
		"The app already had a group %q, with gid %s; a new group was created beside it, because groups may share a name. "+
			"This is fine where another resource or configuration manages the other group. Otherwise it may be left over from a "+
			"run that was killed.",
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

// duplicateMemberWarning says that two mesibo_group_member have the same group and address.
func duplicateMemberWarning(gid, address string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("address"), "Duplicate group member", fmt.Sprintf(
		"Another resource of this configuration seems to manage the membership of the user %q in the group %s too, so each "+
			"of them would undo the changes of the other.\n\nRemove one of them.", address, gid))
}

// managedTwiceWarning says that a set is not the only resource that manages members of a group.
func managedTwiceWarning(gid string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("gid"), "Group members managed twice", fmt.Sprintf(
		"A mesibo_group_members manages all members of the group %s: it removes whom it does not contain. Another resource of this "+
			"configuration seems to manage members of the group too, so each apply would undo the changes of the other.\n\n"+
			"Use either one mesibo_group_members or any number of mesibo_group_member for a group.", gid))
}

// spellingWarnings says which members the server lists in another spelling.
func spellingWarnings(gid types.String, members []listedMember) (diags diag.Diagnostics) {
	for _, member := range members {
		if !member.isSpelledOtherwise() {
			continue
		}
		diags.AddWarning("Member listed in another spelling", fmt.Sprintf(
			"The server lists the member %[1]q of the group %[2]s; this resource contains %[3]q, which differs by case alone. Terraform "+
				"takes them for one user and removes neither, because the server may ignore case.\n\nWrite the address as the server "+
				"does, or remove %[1]q in the mesibo console if it is another user.", member.spelling, gid.ValueString(), member.Address))
	}

	return diags
}

// apiError reports a failed call. The format tried has one verb, for the gid.
func (m membersModel) apiError(title, tried string, err error) diag.Diagnostic {
	return service.APIError(title, fmt.Sprintf(tried, m.GID.ValueString()), err, "gid", "members")
}

// listTruncatedWarning says that a truncated list does not show who else is a member.
func (m membersModel) listTruncatedWarning(consequence string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("members"), "Member list truncated", fmt.Sprintf(
		"The server may not list all members of the group %s, so Terraform cannot detect members that were added or removed outside "+
			"of it. %s\n\nMembers can be added; to remove some, the whole list is needed. Use mesibo_group_member for each member of a "+
			"group that is too large for the list.", m.GID.ValueString(), consequence))
}

// listTruncatedError says that members cannot be removed from the set, because the list is truncated.
func (m membersModel) listTruncatedError(removed []string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("members"), "Member list truncated", fmt.Sprintf(
		"The server may not list all members of the group %s, so Terraform cannot remove %s and be sure who is left. Nothing was "+
			"changed.\n\nUse mesibo_group_member for each member instead; it needs no complete list. To stop managing this resource "+
			"without removing anybody, use a removed block or terraform state rm. Destroying the resource removes the members that "+
			"are in the state.", m.GID.ValueString(), enumerate(removed)))
}

// othersRemovedWarning says whom an apply has removed although the plan could not show it.
func (m membersModel) othersRemovedWarning(removed []string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("members"), "Other members removed", fmt.Sprintf(
		"The group %s had members that this resource does not contain. They were removed: %s.\n\nTo keep any of them, add them to "+
			"members and apply again.", m.GID.ValueString(), enumerate(removed)))
}

// enumerate returns the first ten of some addresses, and how many more there are.
func enumerate(addresses []string) string {
	const most = 10
	text := strings.Join(addresses[:min(len(addresses), most)], ", ")
	if more := len(addresses) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}

	return text
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
	default:
		diags.Append(service.UpdateError(kind+" not read", fmt.Sprintf(
			"Looking up %s failed. The state is unchanged.", object), err, "gid"))
	}

	return diags
}

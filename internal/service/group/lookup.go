// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// find looks for a group: by its name, then among all groups, for it may have been renamed, and at last by its
// members, because no op reads one group. The first of these suffices as long as nobody has changed the group.
func find(ctx context.Context, client *mesibo.Client, m model) (mesibo.Group, service.Sight, error) {
	gid := m.GID.ValueString()
	patterns := []string{"*"}
	if name := m.Name.ValueString(); name != "" {
		patterns = []string{name, "*"}
	}
	for _, pattern := range patterns {
		list, err := client.ListGroups(ctx, pattern)
		if errors.Is(err, mesibo.ErrNoLookups) {
			break
		}
		if err != nil {
			return mesibo.Group{}, service.Unsure, err
		}
		for _, group := range list.Groups {
			if group.GID == gid {
				return group, service.Seen, nil
			}
		}
		if pattern == "*" && !list.Truncated {
			return mesibo.Group{}, service.Gone, nil
		}
	}

	_, err := client.ListMembers(ctx, gid)
	switch {
	case err == nil:
		return mesibo.Group{GID: gid}, service.Seen, nil
	case errors.Is(err, mesibo.ErrNotFound):
		return mesibo.Group{}, service.Gone, nil
	default:
		return mesibo.Group{}, service.Unsure, err
	}
}

// lookAgain looks for the group of a resource in the state. The diagnostics say why nothing is proven; an error among
// them ends the refresh.
func (r *groupResource) lookAgain(ctx context.Context, state model, added []byte, diags *diag.Diagnostics) (mesibo.Group, service.Sight) {
	client, err := r.data.Client()
	if err != nil {
		diags.AddWarning("Group not refreshed", fmt.Sprintf(
			"The group %s was not looked up. It stays in the state as it was.\n\nReason: %s.", state.title(), err))

		return mesibo.Group{}, service.Unsure
	}

	found, sight, err := find(ctx, client, state)
	switch {
	case errors.Is(err, mesibo.ErrUnsupportedOp) && client.LookupsMode() != mesibo.LookupsRequired:
		r.data.WarnNoLookups(diags)
	case err != nil:
		diags.Append(state.failure("Group not read", "Looking up the group %s failed. It stays in the state as it was.", err))
	case sight == service.Gone && service.AddedJustNow(added, r.data.Clock()):
		diags.AddWarning("New group not yet visible", fmt.Sprintf(
			"The group %s was added just now, and the server does not show it yet. It stays in the state as it was.", state.title()))

		return mesibo.Group{}, service.Unsure
	}

	return found, sight
}

// namesakes are the groups of a name. When they are not known, known is false.
type namesakes struct {
	gids  map[string]bool
	known bool
}

// namesakes looks for the groups that have the name of the planned one already, so that a new one can be told from
// them should the reply be lost.
func (r *groupResource) namesakes(ctx context.Context, client *mesibo.Client, plan model, diags *diag.Diagnostics) namesakes {
	list, err := client.ListGroups(ctx, plan.Name.ValueString())
	switch {
	case errors.Is(err, mesibo.ErrNoLookups):
		r.data.WarnNoLookups(diags)

		return namesakes{}
	case err != nil:
		diags.Append(plan.failure("Groups not looked up", "Looking for groups with the name of %s failed. Nothing was created.", err))

		return namesakes{}
	}

	found := namesakes{gids: map[string]bool{}, known: !list.Truncated}
	for _, group := range list.Groups {
		if group.Name != nil && *group.Name == plan.Name.ValueString() {
			found.gids[group.GID] = true
		}
	}

	return found
}

// warning tells of groups that had the name before. One may be left over from a run that was killed while it created
// the group, which nobody would hear of otherwise.
func (n namesakes) warning(plan model) diag.Diagnostics {
	var diags diag.Diagnostics
	if len(n.gids) > 0 {
		gids := slices.Sorted(maps.Keys(n.gids))
		diags.AddAttributeWarning(path.Root("name"), "Group name taken already", fmt.Sprintf(
			"The app had a group %q already, with gid %s; a new group was created beside it, because groups may share a name. "+
				"If it is left over from a run that was killed, delete it in the mesibo console.",
			plan.Name.ValueString(), strings.Join(gids, ", ")))
	}

	return diags
}

// findUnanswered looks for the group that a groupadd without an answer may have made. It is taken when exactly one has
// come to those that were there before; else the error stays.
func (r *groupResource) findUnanswered(
	ctx context.Context, client *mesibo.Client, plan model, before namesakes, unanswered error, diags *diag.Diagnostics,
) (string, error) {
	if !before.known {
		return "", unanswered
	}
	var ignored diag.Diagnostics // What failed first is what is reported.
	after := r.namesakes(ctx, client, plan, &ignored)
	var fresh []string
	for gid := range after.gids {
		if !before.gids[gid] {
			fresh = append(fresh, gid)
		}
	}
	if !after.known || len(fresh) != 1 {
		return "", unanswered
	}

	found := plan
	found.GID = types.StringValue(fresh[0])
	diags.AddWarning("Group created, though the answer was lost", fmt.Sprintf(
		"Creating the group %s was not answered. A look-up before and one after show that it is there; it is in the state.\n\n%s",
		found.title(), unanswered))

	return fresh[0], nil
}

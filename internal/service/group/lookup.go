// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// listGroups lists the groups whose name matches a pattern.
func listGroups(ctx context.Context, data *service.ProviderData, pattern string) (mesibo.GroupList, error) {
	client, err := data.Client()
	if err != nil {
		return mesibo.GroupList{}, err
	}

	return client.ListGroups(ctx, pattern)
}

// findGroup looks for a group by its name, then among all groups, because it may have been renamed, and last by its
// members. No operation of the Backend API reads a single group. The first request suffices unless the group has changed.
// A group that only its members show was renamed, if the list of groups with its name is complete.
func findGroup(ctx context.Context, data *service.ProviderData, m groupModel) (
	group mesibo.Group, presence service.Presence, renamed bool, err error,
) {
	for _, pattern := range slices.Compact([]string{cmp.Or(m.Name.ValueString(), "*"), "*"}) {
		list, listErr := listGroups(ctx, data, pattern)
		if errors.Is(listErr, mesibo.ErrNoLookups) {
			break
		}
		if listErr != nil {
			return mesibo.Group{}, service.Unknown, false, listErr
		}
		for _, group := range list.Groups {
			if group.GID == m.GID.ValueString() {
				return group, service.Present, false, nil
			}
		}
		if pattern == "*" && !list.Truncated {
			return mesibo.Group{}, service.Absent, false, nil
		}
		renamed = renamed || !list.Truncated
	}

	_, presence, err = findMembers(ctx, data, m.GID)

	return mesibo.Group{}, presence, renamed, err
}

// gidsByName returns the gids of the groups that have a name, and whether they are all.
func gidsByName(ctx context.Context, data *service.ProviderData, name string) (gids []string, complete bool, err error) {
	list, err := listGroups(ctx, data, name)
	for _, group := range list.Groups {
		if group.Name != nil && *group.Name == name {
			gids = append(gids, group.GID)
		}
	}

	return gids, err == nil && !list.Truncated, err
}

// findCreated returns the gid of the group that a request without a reply has created. It returns an empty string unless
// exactly one group has this name now and did not have it before.
func findCreated(ctx context.Context, data *service.ProviderData, name string, before []string) string {
	gids, complete, _ := gidsByName(ctx, data, name) // The error to report is that of the request.
	gids = slices.DeleteFunc(gids, func(gid string) bool { return slices.Contains(before, gid) })
	if !complete || len(gids) != 1 {
		return ""
	}

	return gids[0]
}

// listMembers lists the members of a group.
func listMembers(ctx context.Context, data *service.ProviderData, gid types.String) (mesibo.MemberList, error) {
	client, err := data.Client()
	if err != nil {
		return mesibo.MemberList{}, err
	}

	return client.ListMembers(ctx, gid.ValueString())
}

// findMembers lists the members of a group, and says whether the group exists.
func findMembers(ctx context.Context, data *service.ProviderData, gid types.String) (mesibo.MemberList, service.Presence, error) {
	list, err := listMembers(ctx, data, gid)
	switch {
	case err == nil:
		return list, service.Present, nil
	case errors.Is(err, mesibo.ErrNotFound):
		return list, service.Absent, nil
	case errors.Is(err, mesibo.ErrUnsupportedOp):
		return list, service.Unknown, mesibo.ErrNoLookups
	default:
		return list, service.Unknown, err
	}
}

// findListed looks for members among those of a group, by their addresses. They are absent when none of them is a member
// or the group does not exist, and unknown when a truncated list does not show all of them.
func findListed(ctx context.Context, data *service.ProviderData, gid types.String, addresses ...string) (
	found []listedMember, presence service.Presence, err error,
) {
	list, presence, err := findMembers(ctx, data, gid)
	for _, member := range spelledAs(addresses, list.Members) {
		if slices.Contains(addresses, member.Address) {
			found = append(found, member)
		}
	}
	switch {
	case list.Truncated && len(found) < len(addresses):
		presence = service.Unknown
	case presence == service.Present && len(found) == 0:
		presence = service.Absent
	}

	return found, presence, err
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// membersModel is the configuration, the plan or the state of mesibo_group_members.
type membersModel struct {
	GID      types.String    `tfsdk:"gid"`
	Members  []memberElement `tfsdk:"members"`
	Timeouts timeouts.Value  `tfsdk:"timeouts"`
}

// memberElement is one of the members.
type memberElement struct {
	permissionsModel

	Address types.String `tfsdk:"address"`
}

func (m membersModel) identity() groupIdentity {
	return groupIdentity{GID: m.GID}
}

// memberSet is members who get the same permissions.
type memberSet struct {
	permissions mesibo.Permissions
	addresses   []string
}

// memberChanges returns which members to add or change, and which to remove, to get from the current members to the
// planned ones.
func memberChanges(planned []memberElement, current []mesibo.Member) (sets []memberSet, remove []string) {
	remaining := map[string]mesibo.Permissions{}
	for _, member := range current {
		remaining[member.Address] = member.Permissions
	}
	for _, element := range planned {
		address, permissions := element.Address.ValueString(), element.request()
		currentPermissions, isMember := remaining[address]
		delete(remaining, address)
		if isMember && currentPermissions == permissions {
			continue
		}
		i := slices.IndexFunc(sets, func(set memberSet) bool { return set.permissions == permissions })
		if i < 0 {
			i, sets = len(sets), append(sets, memberSet{permissions: permissions})
		}
		sets[i].addresses = append(sets[i].addresses, address)
	}

	return sets, slices.Sorted(maps.Keys(remaining))
}

// refreshedElements returns the members that the server lists. A member whose permissions have not changed is left as it
// was, so that null does not become true.
func refreshedElements(prior []memberElement, current []mesibo.Member) []memberElement {
	before := map[string]memberElement{}
	for _, element := range prior {
		before[element.Address.ValueString()] = element
	}

	elements := []memberElement{}
	for _, member := range current {
		element, known := before[member.Address]
		if !known || element.request() != member.Permissions {
			element = memberElement{
				permissionsModel: permissionsFrom(member.Permissions).withNullForTrue(),
				Address:          types.StringValue(member.Address),
			}
		}
		elements = append(elements, element)
	}

	return elements
}

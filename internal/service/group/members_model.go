// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

var memberElementType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"address":       types.StringType,
	"can_send":      types.BoolType,
	"can_receive":   types.BoolType,
	"can_publish":   types.BoolType,
	"can_subscribe": types.BoolType,
	"can_list":      types.BoolType,
}}

// elements returns the members, none when the set is null.
func (m membersModel) elements(ctx context.Context) ([]memberElement, diag.Diagnostics) {
	var members []memberElement
	diags := m.Members.ElementsAs(ctx, &members, false)

	return members, diags
}

// memberChanges is what leads from some members to others.
type memberChanges struct {
	set    []memberSet // to add or change, those with the same permissions together
	remove []string
}

type memberSet struct {
	permissions mesibo.Permissions
	addresses   []string
}

// plannedChanges returns what leads from the members that the server shows to the planned ones, in a stable order.
func plannedChanges(planned []memberElement, shown []mesibo.Member) memberChanges {
	now := map[string]mesibo.Permissions{}
	for _, member := range shown {
		now[member.Address] = member.Permissions
	}

	var changes memberChanges
	byPermissions := map[mesibo.Permissions][]string{}
	for _, member := range planned {
		address := member.Address.ValueString()
		if granted, isMember := now[address]; !isMember || granted != member.granted() {
			byPermissions[member.granted()] = append(byPermissions[member.granted()], address)
		}
		delete(now, address)
	}
	for permissions, addresses := range byPermissions {
		slices.Sort(addresses)
		changes.set = append(changes.set, memberSet{permissions, addresses})
	}
	slices.SortFunc(changes.set, func(a, b memberSet) int {
		return cmp.Compare(fmt.Sprint(a.permissions), fmt.Sprint(b.permissions))
	})
	changes.remove = slices.Sorted(maps.Keys(now))

	return changes
}

// refreshedElements returns the members that the server shows. A member whose permissions mean what they meant before
// is as it was, so that what the configuration leaves out stays out.
func refreshedElements(prior []memberElement, shown []mesibo.Member) []memberElement {
	before := map[string]memberElement{}
	for _, member := range prior {
		before[member.Address.ValueString()] = member
	}

	members := []memberElement{}
	for _, member := range shown {
		element, known := before[member.Address]
		if !known || element.granted() != member.Permissions {
			element = memberElement{
				permissions: permissionsOf(member.Permissions).withoutTrue(),
				Address:     types.StringValue(member.Address),
			}
		}
		members = append(members, element)
	}

	return members
}

// withoutTrue returns the permissions with null for true, as a configuration has them that leaves them out.
func (p permissions) withoutTrue() permissions {
	for _, granted := range []*types.Bool{&p.CanSend, &p.CanReceive, &p.CanPublish, &p.CanSubscribe, &p.CanList} {
		if granted.ValueBool() {
			*granted = types.BoolNull()
		}
	}

	return p
}

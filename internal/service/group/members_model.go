// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
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

// addresses returns the addresses of the members.
func (m membersModel) addresses() []string {
	var addresses []string
	for _, element := range m.Members {
		addresses = append(addresses, element.Address.ValueString())
	}

	return addresses
}

// withMembers returns the model with these members, by address.
func (m membersModel) withMembers(members map[string]memberElement) membersModel {
	m.Members = []memberElement{}
	for _, address := range slices.Sorted(maps.Keys(members)) {
		m.Members = append(m.Members, members[address])
	}

	return m
}

// byAddress returns the members by address.
func (m membersModel) byAddress() map[string]memberElement {
	members := map[string]memberElement{}
	for _, element := range m.Members {
		members[element.Address.ValueString()] = element
	}

	return members
}

// without returns the addresses that are not among the others.
func without(addresses, others []string) []string {
	return slices.DeleteFunc(slices.Clone(addresses), func(address string) bool { return slices.Contains(others, address) })
}

// listRecord is what the private state keeps of the lists of members that the server has sent.
type listRecord struct {
	// Truncated says that the last list may have left out members, so that it does not show whom to remove.
	Truncated bool `json:"truncated,omitempty"`
	// Uncapped says that a list had more rows than the documented maximum, so that a list of 20 rows is not truncated there.
	Uncapped bool `json:"uncapped,omitempty"`
	// Cap is how many rows a list had after more members were added, so that a list of as many rows may be truncated. It is
	// 0 when the list had them all.
	Cap int `json:"cap,omitempty"`
}

// listKey is the key of the private state that contains the listRecord.
const listKey = "list"

// loadListRecord returns an empty record where there is none.
func loadListRecord(ctx context.Context, private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}, diags *diag.Diagnostics) listRecord {
	encoded, found := private.GetKey(ctx, listKey)
	diags.Append(found...)
	var record listRecord
	_ = json.Unmarshal(encoded, &record) // It is only a hint.

	return record
}

// list lists the members of a group, with what earlier lists have shown of the server.
func (r *listRecord) list(ctx context.Context, data *service.ProviderData, gid types.String) (mesibo.MemberList, error) {
	run := runStateOf(data)
	if r.Uncapped {
		run.uncapped.Store(true)
	}
	list, err := listMembers(ctx, data, gid)
	r.Uncapped = run.uncapped.Load()
	switch {
	case len(list.Members) > r.Cap:
		r.Cap = 0
	case r.Cap > 0 && len(list.Members) == r.Cap:
		list.Truncated = true
	}

	return list, err
}

// findCap lists the members after some were added, because the reply does not say that a list is truncated. A list that
// cannot be read says nothing.
func (r *listRecord) findCap(ctx context.Context, data *service.ProviderData, set membersModel) {
	if list, err := r.list(ctx, data, set.GID); err == nil && len(list.Members) < len(set.Members) {
		r.Cap = len(list.Members)
	}
}

// showsExactly reports whether a list has all members of the set and nobody else. Then a truncated list hides no member
// of the set.
func showsExactly(list mesibo.MemberList, set membersModel) bool {
	addresses := set.addresses()
	for _, member := range list.Members {
		if !slices.Contains(addresses, member.Address) {
			return false
		}
	}

	return len(list.Members) == len(addresses)
}

func (r listRecord) save(ctx context.Context, private interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}) diag.Diagnostics {
	encoded, _ := json.Marshal(r) // Booleans always encode.

	return private.SetKey(ctx, listKey, encoded)
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
	before := membersModel{Members: prior}.byAddress()

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

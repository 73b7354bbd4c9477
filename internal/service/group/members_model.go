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

// addressesOf returns the addresses of listed members.
func addressesOf(members []listedMember) []string {
	var addresses []string
	for _, member := range members {
		addresses = append(addresses, member.Address)
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

// requestsSameAs reports whether both have the same members with the same permissions.
func (m membersModel) requestsSameAs(other membersModel) bool {
	return maps.EqualFunc(m.byAddress(), other.byAddress(), func(a, b memberElement) bool { return a.request() == b.request() })
}

// without returns the addresses that are not among the others.
func without(addresses, others []string) []string {
	return slices.DeleteFunc(slices.Clone(addresses), func(address string) bool { return slices.Contains(others, address) })
}

// documentedCap is how many members a server lists at most (official documentation of 2018-2020).
const documentedCap = 20

// listRecord is what the private state keeps of the lists of members that the server has sent.
type listRecord struct {
	// Truncated says that the last list may have left out members, so that it does not show whom to remove.
	Truncated bool `json:"truncated,omitempty"`
	// Cap is how many members the server lists at most: what is documented, or what its lists have shown; 0 for all of
	// them. A list of as many rows may be truncated, and no reply says so.
	Cap int `json:"cap"`
}

// listKey is the key of the private state that contains the listRecord.
const listKey = "list"

// loadListRecord returns what is documented where there is no record.
func loadListRecord(ctx context.Context, private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}, diags *diag.Diagnostics) listRecord {
	record := listRecord{Cap: documentedCap}
	encoded, found := private.GetKey(ctx, listKey)
	diags.Append(found...)
	_ = json.Unmarshal(encoded, &record) // It is only a hint.

	return record
}

// list lists the members of a group, with what earlier lists have shown of the server.
func (r *listRecord) list(ctx context.Context, data *service.ProviderData, gid types.String) (mesibo.MemberList, error) {
	list, err := listMembers(ctx, data, gid)
	rows := len(list.Members)
	switch {
	case rows > max(r.Cap, documentedCap):
		r.Cap = 0
	case rows > r.Cap && r.Cap > 0: // Members were removed elsewhere while it was found.
		r.Cap = documentedCap
	}
	if rows == documentedCap { // The client takes the list for truncated.
		list.Truncated = false
	}
	list.Truncated = list.Truncated || rows > 0 && rows == r.Cap

	return list, err
}

// findCap lists the members after some were added: a list that does not show them all shows the cap.
func (r *listRecord) findCap(ctx context.Context, data *service.ProviderData, set membersModel) {
	if list, err := r.list(ctx, data, set.GID); err == nil && len(list.Members) < len(set.Members) {
		r.Cap = len(list.Members)
	}
}

func (r *listRecord) save(ctx context.Context, private interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}) diag.Diagnostics {
	encoded, _ := json.Marshal(r) // It always encodes.

	return private.SetKey(ctx, listKey, encoded)
}

// showsExactly reports whether a list has all members of the set and nobody else. Then a truncated list hides no member
// of the set.
func showsExactly(list mesibo.MemberList, set membersModel) bool {
	listed := spelledAs(nil, list.Members)

	return len(listed) == len(set.Members) && len(without(addressesOf(listed), set.addresses())) == 0
}

// memberSet is members who get the same permissions.
type memberSet struct {
	permissions mesibo.Permissions
	elements    []memberElement
}

func (s memberSet) addresses() []string {
	return membersModel{Members: s.elements}.addresses()
}

// memberChanges returns how to get from the current members to the planned ones. The server may distinguish case, so a
// member in another spelling is added as if it were not there.
func memberChanges(planned []memberElement, current []listedMember) (unchanged []memberElement, sets []memberSet, remove []string) {
	remaining := map[string]mesibo.Permissions{}
	for _, member := range current {
		if !member.isSpelledOtherwise() {
			remaining[member.Address] = member.Permissions
		}
	}
	for _, element := range planned {
		address, permissions := element.Address.ValueString(), element.request()
		before, isMember := remaining[address]
		delete(remaining, address)
		if isMember && before == permissions {
			unchanged = append(unchanged, element)

			continue
		}
		i := slices.IndexFunc(sets, func(set memberSet) bool { return set.permissions == permissions })
		if i < 0 {
			i, sets = len(sets), append(sets, memberSet{permissions: permissions})
		}
		sets[i].elements = append(sets[i].elements, element)
	}

	return unchanged, sets, slices.Sorted(maps.Keys(remaining))
}

// refreshed returns the set with the members that the server lists. A member whose permissions have not changed is left as
// it was, so that null does not become true.
func (m membersModel) refreshed(listed []listedMember) membersModel {
	before, members := m.byAddress(), map[string]memberElement{}
	for _, member := range listed {
		element, known := before[member.Address]
		if !known || element.request() != member.Permissions {
			element = memberElement{
				permissionsModel: permissionsFrom(member.Permissions).withNullForTrue(),
				Address:          types.StringValue(member.Address),
			}
		}
		members[member.Address] = element
	}

	return m.withMembers(members)
}

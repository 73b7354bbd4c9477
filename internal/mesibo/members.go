// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// Permissions are what a member of a group may do, where the group lets selected members do it.
type Permissions struct {
	Send      bool `json:"send"`
	Receive   bool `json:"recv"`
	Publish   bool `json:"pub"`
	Subscribe bool `json:"sub"`
	List      bool `json:"list"`
}

// Member is a user in a group.
type Member struct {
	UID         string // empty when the server does not say
	Address     string
	Permissions Permissions
}

// membersObject is the member "group.members" of a request.
type membersObject struct {
	Addresses   string       `json:"m"` // separated by commas
	Permissions *Permissions `json:"permissions"`
	Remove      int          `json:"remove,omitempty"`
}

// maxMembersBytes bounds the addresses in one request: the nginx of the on-premise template takes bodies of 8192 bytes.
const maxMembersBytes = 6000

// SetMembers adds users to a group, or changes what they may do in it (vendor's sample and a captured answer of
// groupeditmembers; that an address may be a member already is from the console). Other members are left alone. An
// address that is not a user of the app is refused (console). Many members take several requests; done is how many of
// the addresses, from the first, are in requests that succeeded.
func (c *Client) SetMembers(ctx context.Context, group string, permissions Permissions, addresses ...string) (done int, err error) {
	return c.editMembers(ctx, addresses, groupObject{GID: numericID(group), Members: &membersObject{Permissions: &permissions}})
}

// RemoveMembers removes users from a group. Many of them take several requests; done is as for [Client.SetMembers].
// Whether the server calls it an error when an address is not a member is not known.
//
// The sources contradict each other, so the request has every form at once, and a server that knows any one of them
// removes: "members.remove" (third-party code of 2023), "members.permissions" of null (third-party code of 2025), and
// "group.delete" (vendor's sample, after the documented query parameter).
func (c *Client) RemoveMembers(ctx context.Context, group string, addresses ...string) (done int, err error) {
	return c.editMembers(ctx, addresses, groupObject{GID: numericID(group), Delete: 1, Members: &membersObject{Remove: 1}})
}

// editMembers sends the request as often as the addresses need, and returns how many addresses it was successful for.
func (c *Client) editMembers(ctx context.Context, addresses []string, group groupObject) (done int, err error) {
	if err := checkList(OpGroupEditMembers, addresses); err != nil {
		return 0, err
	}
	for _, m := range joined(addresses) {
		group.Members.Addresses = m
		if err := c.changeGroup(ctx, OpGroupEditMembers, group); err != nil {
			return done, err
		}
		done += strings.Count(m, ",") + 1
	}
	return done, nil
}

// joined returns the addresses, separated by commas, in as many texts as fit into a request each.
func joined(addresses []string) []string {
	var texts []string
	size := maxMembersBytes
	for _, address := range addresses {
		encoded, _ := json.Marshal(address) // A string always encodes.
		if size += len(encoded); size > maxMembersBytes {
			texts, size = append(texts, address), len(encoded)
			continue
		}
		texts[len(texts)-1] += "," + address
	}
	return texts
}

// MemberList is what a server shows of the members of a group, sorted by address.
type MemberList struct {
	Members []Member
	// Truncated says that the server may have cut its list. At most 20 members are shown (official documentation of
	// 2018-2020), and no reply says how many there are.
	Truncated bool
}

// ListMembers lists the members of a group (third-party code of groupgetmembers). It is not a lookup in the sense of
// [WithLookups]; a server without the op answers [ErrUnsupportedOp].
func (c *Client) ListMembers(ctx context.Context, group string) (MemberList, error) {
	if err := checkNotEmpty(OpGroupGetMembers, "gid", group); err != nil {
		return MemberList{}, err
	}
	reply, err := c.call(ctx, OpGroupGetMembers, payload{Count: listRows, Group: &groupObject{GID: numericID(group)}})
	if err != nil {
		return MemberList{}, err
	}
	return decodeMembers(reply.read())
}

// decodeMembers reads the rows of a reply to groupgetmembers.
func decodeMembers(reply members) (MemberList, error) {
	var rows []struct {
		UID         id                         `json:"uid"`
		Address     id                         `json:"address"`
		Permissions map[string]json.RawMessage `json:"permissions"`
	}
	malformed := incomplete(OpGroupGetMembers, "well-formed list of members with permissions")
	if json.Unmarshal(reply.Members, &rows) != nil || rows == nil { // A missing list is not an empty one.
		return MemberList{}, malformed
	}

	list := MemberList{Truncated: truncated(len(rows), listRows, nil)}
	for _, row := range rows {
		// Missing permissions are not denied ones, and a row without address may be about anybody.
		if row.Permissions == nil || row.Address == "" {
			return MemberList{}, malformed
		}
		granted := func(permission string) bool {
			value := boolean(row.Permissions[permission])
			return value != nil && *value
		}
		list.Members = append(list.Members, Member{string(row.UID), string(row.Address), Permissions{
			Send: granted("send"), Receive: granted("recv"), Publish: granted("pub"), Subscribe: granted("sub"), List: granted("list"),
		}})
	}
	// A user that is listed twice is one member, with the permissions of the first row.
	slices.SortStableFunc(list.Members, func(a, b Member) int { return cmp.Compare(a.Address, b.Address) })
	list.Members = slices.CompactFunc(list.Members, func(a, b Member) bool { return a.Address == b.Address })

	return list, nil
}

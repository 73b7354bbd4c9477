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
	Send, Receive, Publish, Subscribe, List bool
}

// Member is a user in a group.
type Member struct {
	UID         string // empty when the server does not say
	Address     string
	Permissions Permissions
}

// permissionsObject is the member "permissions" of the members of a group.
type permissionsObject struct {
	Send bool `json:"send"`
	Recv bool `json:"recv"`
	Pub  bool `json:"pub"`
	Sub  bool `json:"sub"`
	List bool `json:"list"`
}

// membersObject is the member "group.members" of a request.
type membersObject struct {
	Addresses   string             `json:"m"` // a comma between each two
	Permissions *permissionsObject `json:"permissions"`
	Remove      int                `json:"remove,omitempty"`
}

// maxMembersBytes bounds the addresses in one request: the nginx of the on-premise template takes bodies of 8192 bytes.
const maxMembersBytes = 6000

// SetMembers adds users to a group, or changes what they may do in it (vendor's sample and a captured answer of
// groupeditmembers; that an address may be a member already is from the console). Other members are left alone. Who is
// not a user of the app is refused (console). Many members take several requests.
func (c *Client) SetMembers(ctx context.Context, group string, permissions Permissions, addresses ...string) error {
	return c.editMembers(ctx, group, addresses, func(m string) groupObject {
		return groupObject{GID: gid(group), Members: &membersObject{Addresses: m, Permissions: &permissionsObject{
			Send: permissions.Send, Recv: permissions.Receive, Pub: permissions.Publish,
			Sub: permissions.Subscribe, List: permissions.List,
		}}}
	})
}

// removal is the request that removes members. How JSON does that is contradictory, so it holds every form at once,
// and a server that knows any one of them removes: "members.remove" (third-party code of 2023), "members.permissions"
// of null (third-party code of 2025), and "group.delete" (vendor's sample, after the documented query parameter).
func removal(group, m string) groupObject {
	return groupObject{GID: gid(group), Delete: 1, Members: &membersObject{Addresses: m, Remove: 1}}
}

// RemoveMembers removes users from a group. Many of them take several requests. Who is no member is none afterwards;
// whether the server calls that an error is not known.
func (c *Client) RemoveMembers(ctx context.Context, group string, addresses ...string) error {
	return c.editMembers(ctx, group, addresses, func(m string) groupObject { return removal(group, m) })
}

// editMembers sends as many requests as the addresses need.
func (c *Client) editMembers(ctx context.Context, group string, addresses []string, about func(m string) groupObject) error {
	if err := checkGID(OpGroupEditMembers, group); err != nil {
		return err
	}
	for _, address := range addresses {
		if address == "" || strings.Contains(address, ",") {
			return errorf(OpGroupEditMembers, nil, "nothing was sent: an address is empty, or holds a comma, which separates addresses")
		}
	}
	for _, m := range joined(addresses) {
		object := about(m)
		if _, err := c.call(ctx, OpGroupEditMembers, payload{Group: &object}); err != nil {
			return err
		}
	}

	return nil
}

// joined returns the addresses with commas between, in texts that each fit into a request.
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
	// Truncated says that the server may have cut its list, so that a member who is not there proves nothing. The
	// documentation of 2018-2020 says that at most 20 are shown, and no reply tells how many there are.
	Truncated bool
}

// Members lists the members of a group (third-party code of groupgetmembers). It is no look-up in the sense of
// [WithLookups]; a server without the op answers [ErrUnsupportedOp].
func (c *Client) ListMembers(ctx context.Context, group string) (MemberList, error) {
	if err := checkGID(OpGroupGetMembers, group); err != nil {
		return MemberList{}, err
	}
	reply, err := c.call(ctx, OpGroupGetMembers, payload{Count: listRows, Group: &groupObject{GID: gid(group)}})
	if err != nil {
		return MemberList{}, err
	}

	return decodeMembers(reply.read())
}

// decodeMembers reads the rows of a reply to groupgetmembers.
func decodeMembers(reply members) (MemberList, error) {
	var rows []struct {
		UID         id `json:"uid"`
		Address     id `json:"address"` // a number at one deployment (third-party code)
		Permissions *struct {
			Send, Recv, Pub, Sub, List flag
		} `json:"permissions"`
	}
	// A missing list is not an empty one, missing permissions are not denied ones, and who has no address may be anybody.
	odd := json.Unmarshal(reply.Members, &rows) != nil || rows == nil
	list := MemberList{Truncated: truncated(len(rows), nil)}
	for _, row := range rows {
		if row.Permissions == nil || row.Address == "" {
			odd = true

			break
		}
		granted := func(f flag) bool { return f.value != nil && *f.value }
		list.Members = append(list.Members, Member{
			UID: string(row.UID), Address: string(row.Address), Permissions: Permissions{
				Send: granted(row.Permissions.Send), Receive: granted(row.Permissions.Recv),
				Publish: granted(row.Permissions.Pub), Subscribe: granted(row.Permissions.Sub), List: granted(row.Permissions.List),
			},
		})
	}
	if odd {
		return MemberList{}, errorf(OpGroupGetMembers, ErrUnexpectedResponse, "the server reports success, but its reply holds no list of "+
			"members with their permissions")
	}
	slices.SortFunc(list.Members, func(a, b Member) int { return cmp.Compare(a.Address, b.Address) })

	return list, nil
}

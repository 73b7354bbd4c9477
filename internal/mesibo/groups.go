// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
)

// groupObject is the member "group" of a request.
type groupObject struct {
	GID   numericID `json:"gid,omitempty"`
	Name  *string   `json:"name,omitempty"`
	Flags *uint32   `json:"flags,omitempty"`
	// Permissions repeat some of the flags: the newest client sends no flags, and which of the two rule a group is not known.
	Permissions *groupPermissions `json:"permissions,omitempty"`
	Active      *bool             `json:"active,omitempty"`
	Expiry      *int64            `json:"expiry,omitempty"`
	Members     *membersObject    `json:"members,omitempty"`
	Delete      int               `json:"delete,omitempty"`
}

// groupPermissions say who may do what: members (0), selected members (1) or anyone (2), in turn (2) for receiving.
type groupPermissions struct {
	Send      uint32 `json:"send"`
	Receive   uint32 `json:"recv"`
	Publish   uint32 `json:"pub"`
	Subscribe uint32 `json:"sub"`
	List      uint32 `json:"list"`
}

// permissionsOf returns the permissions that flags contain: two bits for each (console).
func permissionsOf(flags *uint32) *groupPermissions {
	if flags == nil {
		return nil
	}
	const mask = 3
	return &groupPermissions{
		Send: *flags & mask, Receive: *flags >> 4 & mask, Publish: *flags >> 8 & mask, Subscribe: *flags >> 12 & mask, List: *flags >> 16 & mask,
	}
}

// A numericID is a gid or a uid. It is sent as a number where it is one, as in all samples.
type numericID string

// MarshalJSON writes a number, or else a string.
func (i numericID) MarshalJSON() ([]byte, error) {
	if number, err := strconv.ParseUint(string(i), 10, 64); err == nil && strconv.FormatUint(number, 10) == string(i) {
		return []byte(i), nil
	}
	return json.Marshal(string(i))
}

// Group is a row of a list of groups. What the row did not contain is nil.
type Group struct {
	GID    string  // the id that mesibo gave to the group
	Name   *string // several groups may share it
	Flags  *uint32 // who may do what: bits of the vendor's SDK (header Mesibo.h)
	Active *bool   // whether the group is enabled; no known server shows it
}

// CreateGroupRequest says which group to add.
type CreateGroupRequest struct {
	Name   string
	Flags  uint32 // see [Group]
	Active *bool  // whether the group is enabled; nil leaves it out, which enables it (documentation of 2018-2020)
	// ExpirySeconds is the life of the group in seconds (documentation of 2018-2020; one client takes it for minutes). nil
	// leaves it to the server, which takes one year (the same documentation).
	ExpirySeconds *int64
}

// CreateGroup adds a group and returns its gid (official documentation of groupadd). Each request that arrives makes a
// group, so one that was sent and not answered is not sent again: that is [ErrOutcomeUnknown]. So is a success without
// a gid, which is [ErrUnexpectedResponse] too.
func (c *Client) CreateGroup(ctx context.Context, request CreateGroupRequest) (string, error) {
	group := groupObject{
		Name: &request.Name, Flags: &request.Flags, Permissions: permissionsOf(&request.Flags), Active: request.Active, Expiry: request.ExpirySeconds,
	}
	reply, err := c.call(ctx, OpGroupAdd, payload{Group: &group})
	if err != nil {
		return "", err
	}
	return decodeGID(reply.read())
}

// decodeGID reads the gid in a reply to groupadd.
func decodeGID(reply members) (string, error) {
	var group struct{ GID id }
	if json.Unmarshal(reply.Group, &group) != nil || group.GID == "" {
		return "", incomplete(OpGroupAdd, "gid")
	}
	return string(group.GID), nil
}

// UpdateGroupRequest says what to change about a group. What is nil is left alone (inferred).
type UpdateGroupRequest struct {
	GID    string  // finds the group
	Name   *string // the new name
	Flags  *uint32 // all the new flags; see [Group]
	Active *bool   // enables or disables the group
	// ExpirySeconds is the new life of the group, as in [CreateGroupRequest]. From when it counts is not known.
	ExpirySeconds *int64
}

// UpdateGroup changes a group (vendor's sample of groupset). It never sends members, which would replace the whole list
// (a comment in the vendor's conferencing back end).
func (c *Client) UpdateGroup(ctx context.Context, request UpdateGroupRequest) error {
	group := groupObject{
		GID: numericID(request.GID), Name: request.Name, Flags: request.Flags, Permissions: permissionsOf(request.Flags), Active: request.Active,
		Expiry: request.ExpirySeconds,
	}
	return c.changeGroup(ctx, OpGroupSet, group)
}

// DeleteGroup deletes a group with its members (vendor's sample of groupdel). What the server answers when there is no
// such group is not known; see [ErrNotFound].
func (c *Client) DeleteGroup(ctx context.Context, group string) error {
	return c.changeGroup(ctx, OpGroupDel, groupObject{GID: numericID(group)})
}

// changeGroup sends a request whose reply says no more than whether it succeeded.
func (c *Client) changeGroup(ctx context.Context, op Op, group groupObject) error {
	if err := checkNotEmpty(op, "gid", string(group.GID)); err != nil {
		return err
	}
	_, err := c.call(ctx, op, payload{Group: &group})
	return err
}

// GroupList is what a server shows of its groups, sorted by gid.
type GroupList struct {
	Groups []Group
	// Truncated says that a group that is missing may exist all the same, because the server may have cut its list (see
	// [Lookup]) or a row has no gid, or no name that the pattern could match.
	Truncated bool
}

// ListGroups lists the groups whose name matches a pattern, in which "*" stands for anything (console; the form of the
// request is inferred from that of usersget). Where lookups are not available it returns the errors of [Client.GetUser].
func (c *Client) ListGroups(ctx context.Context, pattern string) (GroupList, error) {
	reply, err := c.lookup(ctx, OpGroupsGet, payload{Count: listRows, Group: &groupObject{Name: &pattern}})
	if err != nil {
		return GroupList{}, err
	}
	return decodeGroups(reply.read(), pattern)
}

// decodeGroups reads the rows of a reply to groupsget, and keeps those that match the pattern: a server may ignore it.
func decodeGroups(reply members, pattern string) (GroupList, error) {
	var rows []struct {
		GID    id              `json:"gid"`
		Name   *string         `json:"name"`
		Flag   *uint32         `json:"flag"` // console
		Flags  *uint32         `json:"flags"`
		Active json.RawMessage `json:"active"`
	}
	// A missing list is not an empty one: it would make a group look deleted.
	if json.Unmarshal(reply.Groups, &rows) != nil || rows == nil {
		return GroupList{}, incomplete(OpGroupsGet, "well-formed list of groups")
	}
	list := GroupList{Truncated: truncated(len(rows), listRows, reply.GroupsCount)}
	matching := wildcard(pattern)
	for _, row := range rows {
		switch {
		case row.GID == "", row.Name == nil && pattern != "*": // It may be about any group.
			list.Truncated = true
		case row.Name == nil || matching.MatchString(*row.Name):
			list.Groups = append(list.Groups, Group{string(row.GID), row.Name, cmp.Or(row.Flag, row.Flags), boolean(row.Active)})
		}
	}
	slices.SortFunc(list.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(a.GID), len(b.GID)), cmp.Compare(a.GID, b.GID)) // as numbers
	})

	return list, nil
}

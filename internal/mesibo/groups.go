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
	GID     gid            `json:"gid,omitempty"`
	Name    *string        `json:"name,omitempty"`
	Flags   *uint32        `json:"flags,omitempty"`
	Active  *bool          `json:"active,omitempty"`
	Members *membersObject `json:"members,omitempty"`
	Delete  int            `json:"delete,omitempty"`
}

// A gid is written as a number where it is one, as all samples have it.
type gid string

// MarshalJSON writes a number, or a string for what is none.
func (g gid) MarshalJSON() ([]byte, error) {
	if number, err := strconv.ParseUint(string(g), 10, 64); err == nil && strconv.FormatUint(number, 10) == string(g) {
		return []byte(g), nil
	}

	return json.Marshal(string(g))
}

// Group is what a list shows of a group. What it does not show is nil; no list shows whether a group is enabled.
type Group struct {
	// GID is the id that mesibo gave to the group.
	GID string
	// Name is the name, which several groups may share.
	Name *string
	// Flags are the bits of the vendor's SDK (header Mesibo.h) that say who may do what.
	Flags *uint32
	// Active says whether the group is enabled.
	Active *bool
}

// CreateGroupRequest says which group to add.
type CreateGroupRequest struct {
	// Name is the name of the group.
	Name string
	// Flags say who may do what; see [Group].
	Flags uint32
	// Active says whether the group is enabled; nil leaves it out, which enables it (documentation of 2018-2020).
	Active *bool
}

// CreateGroup adds a group and returns its gid (official documentation of groupadd). Each request that arrives makes a
// group, so one that was sent and not answered is not sent again: that is [ErrOutcomeUnknown]. So is a success without
// a gid, which is [ErrUnexpectedResponse] too.
func (c *Client) CreateGroup(ctx context.Context, request CreateGroupRequest) (string, error) {
	reply, err := c.call(ctx, OpGroupAdd, payload{Group: &groupObject{
		Name: &request.Name, Flags: &request.Flags, Active: request.Active,
	}})
	if err != nil {
		return "", err
	}

	return decodeAddedGroup(reply.read())
}

// decodeAddedGroup reads the gid in a reply to groupadd.
func decodeAddedGroup(reply members) (string, error) {
	var group struct {
		GID id `json:"gid"`
	}
	if json.Unmarshal(reply.Group, &group) != nil || group.GID == "" {
		odd := errorf(OpGroupAdd, ErrUnexpectedResponse, "the server reports success, but its reply holds no gid")
		odd.and("The request may have been carried out", ErrOutcomeUnknown)

		return "", odd
	}

	return string(group.GID), nil
}

// UpdateGroupRequest says what to change about a group. What is nil is left alone (inferred).
type UpdateGroupRequest struct {
	// GID finds the group.
	GID string
	// Name is the new name.
	Name *string
	// Flags are all the new flags; see [Group].
	Flags *uint32
	// Active enables or disables the group.
	Active *bool
}

// UpdateGroup changes a group (vendor's sample of groupset). It never sends members, which would replace the whole list
// (a comment in the vendor's conferencing back end).
func (c *Client) UpdateGroup(ctx context.Context, request UpdateGroupRequest) error {
	return c.changeGroup(ctx, OpGroupSet, groupObject{
		GID: gid(request.GID), Name: request.Name, Flags: request.Flags, Active: request.Active,
	})
}

// DeleteGroup deletes a group with its members (vendor's sample of groupdel). What the server answers when there is no
// such group is not known; see [ErrNotFound].
func (c *Client) DeleteGroup(ctx context.Context, group string) error {
	return c.changeGroup(ctx, OpGroupDel, groupObject{GID: gid(group)})
}

// changeGroup sends a request whose reply says no more than whether it succeeded.
func (c *Client) changeGroup(ctx context.Context, op Op, group groupObject) error {
	if err := checkGID(op, string(group.GID)); err != nil {
		return err
	}
	_, err := c.call(ctx, op, payload{Group: &group})

	return err
}

// checkGID refuses an empty gid: nobody knows which group a server would take it for.
func checkGID(op Op, group string) error {
	if group == "" {
		return errorf(op, nil, "nothing was sent: the gid is empty")
	}

	return nil
}

// GroupList is what a server shows of its groups, sorted by gid.
type GroupList struct {
	Groups []Group
	// Truncated says that the server may have cut its list, or has left out a gid, so that a group that is not there
	// proves nothing.
	Truncated bool
}

// ListGroups lists the groups whose name matches a pattern, in which "*" stands for anything (console; the form of the
// request is inferred from that of usersget). Where look-ups are not available it returns the errors of [Client.GetUser].
func (c *Client) ListGroups(ctx context.Context, pattern string) (GroupList, error) {
	reply, err := c.lookUp(ctx, OpGroupsGet, payload{Count: listRows, Group: &groupObject{Name: &pattern}})
	if err != nil {
		return GroupList{}, err
	}

	return decodeGroups(reply.read())
}

// decodeGroups reads the rows of a reply to groupsget.
func decodeGroups(reply members) (GroupList, error) {
	var rows []struct {
		GID    id      `json:"gid"`
		Name   *string `json:"name"`
		Flag   *uint32 `json:"flag"` // console
		Flags  *uint32 `json:"flags"`
		Active flag    `json:"active"`
	}
	// A missing list is not an empty one: it would make a group look deleted.
	if json.Unmarshal(reply.Groups, &rows) != nil || rows == nil {
		return GroupList{}, errorf(OpGroupsGet, ErrUnexpectedResponse, "the server reports success, but its reply holds no list of "+
			"groups, or one in an odd form")
	}
	list := GroupList{Truncated: truncated(len(rows), reply.GroupsCount)}
	for _, row := range rows {
		if row.GID == "" {
			// It is about some group, and nobody knows about which.
			list.Truncated = true

			continue
		}
		list.Groups = append(list.Groups, Group{
			GID: string(row.GID), Name: row.Name, Flags: cmp.Or(row.Flag, row.Flags), Active: row.Active.value,
		})
	}
	slices.SortFunc(list.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(a.GID), len(b.GID)), cmp.Compare(a.GID, b.GID)) // as numbers
	})

	return list, nil
}

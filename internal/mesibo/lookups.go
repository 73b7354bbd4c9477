// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Lookups says whether users may be looked up. Look-ups need the op usersget, which is old and documented for
// development; the documentation of 2026 counts it among the ops that self-hosting adds.
type Lookups string

const (
	// LookupsAuto uses look-ups until the server says that it has none.
	LookupsAuto Lookups = "auto"
	// LookupsRequired uses look-ups, and fails where the server has none.
	LookupsRequired Lookups = "required"
	// LookupsDisabled never sends a look-up.
	LookupsDisabled Lookups = "disabled"
)

// maxRows is how many rows a look-up asks for. The server sends no more than 20 (official documentation of
// 2018 to 2020), and there is no paging.
const maxRows = 20

// valid reports whether the value is one of the above.
func (l Lookups) valid() bool {
	return l == LookupsAuto || l == LookupsRequired || l == LookupsDisabled
}

// Lookup is the answer to a look-up of one user.
type Lookup struct {
	// Rows describe the user. Whether there is one row, or one for each App ID, is not known.
	Rows []UserRow
	// Truncated says that the server cut its list, so that a row that is not there proves nothing. It is so when as
	// many rows came as were asked for, or fewer than the server says it has (inferred), or when a row does not say whom
	// it is about.
	Truncated bool
}

// UserRow is one row about a user. What the row did not hold is empty. No row tells the name of the user or when the
// token expires (third-party code).
type UserRow struct {
	// UID is the id that mesibo gave to the user.
	UID string
	// Address is the unique id of the user in the app.
	Address string
	// AppID is the App ID that Token is for.
	AppID string
	// Token is a user token, which servers show in clear.
	Token Secret
	// Active says whether the user is enabled; nil when the row does not say.
	Active *bool
}

// Found reports whether the user is there.
func (l Lookup) Found() bool { return len(l.Rows) > 0 }

// Absent reports whether the user is definitely not there. When neither Found nor Absent, nothing is known.
func (l Lookup) Absent() bool { return len(l.Rows) == 0 && !l.Truncated }

// Token returns the user token that is shown for an App ID, empty when its value is not, and whether one is.
func (l Lookup) Token(appID string) (Secret, bool) {
	for _, row := range l.Rows {
		if row.AppID == appID {
			return row.Token, true
		}
	}

	return Secret{}, false
}

// LookupsMode returns what [WithLookups] has set.
func (c *Client) LookupsMode() Lookups { return c.lookups }

// GetUser looks up the user that has exactly this address. The form of the request is inferred from that of
// similar ops; that of the rows is from third-party code.
//
// It returns [ErrNoLookups] when look-ups are disabled, and, with [LookupsAuto], when the server has told now or
// earlier that it has none; with [LookupsRequired] that is [ErrUnsupportedOp]. An address with a "*" in it cannot be
// looked up, because that is the wildcard.
func (c *Client) GetUser(ctx context.Context, address string) (Lookup, error) {
	if err := checkAddress(OpUsersGet, address); err != nil {
		return Lookup{}, err
	}
	if strings.Contains(address, "*") {
		return Lookup{}, errorf(OpUsersGet, nil, "nothing was sent: an address with a * in it cannot be looked up exactly, "+
			"for * is the wildcard")
	}
	reply, err := c.lookUp(ctx, OpUsersGet, payload{Count: maxRows, User: &userObject{Address: address}})
	if err != nil {
		return Lookup{}, err
	}

	return decodeLookup(reply.read(), address)
}

// lookUp sends a look-up, unless look-ups are disabled or the server has told that it does not have this one.
func (c *Client) lookUp(ctx context.Context, op Op, about payload) (envelope, error) {
	if c.lookups == LookupsDisabled {
		return envelope{}, errorf(op, ErrNoLookups, "nothing was sent: look-ups are disabled")
	}
	notOffered := errorf(op, ErrNoLookups, "the server does not offer look-ups; it answered BADOP")
	if _, found := c.noLookups.Load(op); found {
		return envelope{}, notOffered
	}

	reply, err := c.call(ctx, op, about)
	if c.lookups == LookupsAuto && errors.Is(err, ErrUnsupportedOp) {
		if _, known := c.noLookups.Swap(op, true); !known {
			c.debug(ctx, "the server has no look-ups; going on without", map[string]any{"op": string(op)})
		}

		return envelope{}, notOffered
	}

	return reply, err
}

// listRows is how many rows a list asks for: as many as there are (third-party code asks for so many). A server may
// send far fewer, and there is no paging.
const listRows = 100_000

// documentedCap is how many rows a server shows at the most (documentation of 2018-2020).
const documentedCap = 20

// truncated reports whether a list may have been cut: it has as many rows as were asked for, or as many as servers are
// documented to show, or fewer than the server says there are.
func truncated(rows int, total json.RawMessage) bool {
	return rows >= listRows || rows == documentedCap || integer(total) > rows
}

// UserList is what a server shows of its users: a row for each, or one for each App ID of each, sorted by address and
// App ID.
type UserList struct {
	Rows []UserRow
	// Truncated says that the server may have cut its list, or has left out an address, so that a user who is not there
	// proves nothing.
	Truncated bool
}

// ListUsers lists the users whose address matches a pattern, in which "*" stands for anything. Where look-ups are not
// available it returns the errors of [Client.GetUser].
func (c *Client) ListUsers(ctx context.Context, pattern string) (UserList, error) {
	reply, err := c.lookUp(ctx, OpUsersGet, payload{Count: listRows, User: &userObject{Address: pattern}})
	if err != nil {
		return UserList{}, err
	}
	rows, err := decodeRows(reply.read())
	if err != nil {
		return UserList{}, err
	}

	return listed(rows, reply.read().UsersCount, pattern), nil
}

// listed keeps the rows that match the pattern, in order. A server may ignore a pattern.
func listed(rows []UserRow, total json.RawMessage, pattern string) UserList {
	list := UserList{Truncated: truncated(len(rows), total) || nameless(rows)}
	for _, row := range rows {
		if row.Address != "" && matches(pattern, row.Address) {
			list.Rows = append(list.Rows, row)
		}
	}
	slices.SortFunc(list.Rows, func(a, b UserRow) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.AppID, b.AppID))
	})

	return list
}

// matches reports whether a pattern, in which "*" stands for anything, covers all of a text.
func matches(pattern, text string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	text, found := strings.CutPrefix(text, first)
	if !found || !wild {
		return found && text == ""
	}
	// Each part may sit as far left as it can; only the last has to be at the end.
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(part):], next
	}
}

// decodeLookup keeps the rows of exactly one address: a server may understand more by it than we do.
func decodeLookup(reply members, address string) (Lookup, error) {
	rows, err := decodeRows(reply)
	if err != nil {
		return Lookup{}, err
	}

	lookup := Lookup{Truncated: len(rows) >= maxRows || integer(reply.UsersCount) > len(rows) || nameless(rows)}
	for _, row := range rows {
		if row.Address == address {
			lookup.Rows = append(lookup.Rows, row)
		}
	}

	return lookup, nil
}

// nameless reports whether a row does not say whom it is about, who may be anybody.
func nameless(rows []UserRow) bool {
	return slices.ContainsFunc(rows, func(row UserRow) bool { return row.Address == "" })
}

// decodeRows reads the rows of a reply to usersget.
func decodeRows(reply members) ([]UserRow, error) {
	var rows []struct {
		UID     id     `json:"uid"`
		Address id     `json:"address"` // a number at one deployment (third-party code)
		AppID   id     `json:"appid"`
		Token   Secret `json:"token"`
		Active  flag   `json:"active"`
	}
	// A missing list is not an empty one: it would make a user look deleted.
	if json.Unmarshal(reply.Users, &rows) != nil || rows == nil {
		return nil, errorf(OpUsersGet, ErrUnexpectedResponse, "the server reports success, but its reply holds no list of users, "+
			"or one in an odd form")
	}

	users := make([]UserRow, 0, len(rows))
	for _, row := range rows {
		users = append(users, UserRow{
			UID: string(row.UID), Address: string(row.Address), AppID: string(row.AppID), Token: row.Token, Active: row.Active.value,
		})
	}

	return users, nil
}

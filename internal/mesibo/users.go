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

// userObject is the member "user" of a request.
type userObject struct {
	UID         numericID        `json:"uid,omitempty"`
	Address     string           `json:"address,omitempty"`
	Name        *string          `json:"name,omitempty"`
	Active      *bool            `json:"active,omitempty"`
	Permissions *UserPermissions `json:"permissions,omitempty"`
	Token       *tokenObject     `json:"token,omitempty"`
}

// tokenObject is the member "user.token" of a request.
type tokenObject struct {
	TokenRequest
	Remove bool `json:"remove,omitempty"`
}

// mints reports whether a request mints a user token.
func (p payload) mints() bool { return p.User != nil && p.User.Token != nil && !p.User.Token.Remove }

// CreateUserRequest says which user to add, and whether to mint a token.
type CreateUserRequest struct {
	Address     string           // the unique id of the user in the app
	Name        *string          // the display name; nil leaves it out
	Active      *bool            // whether the user is enabled; nil leaves it out, which enables a new user (official documentation)
	Permissions *UserPermissions // nil leaves them out; whether a server then resets those of an existing user is not known
	Token       *TokenRequest    // nil mints none (official documentation, an older page)
}

// UserPermissions say with whom a user may communicate (official documentation of restricted communication). What is nil
// is left out. No server shows them.
type UserPermissions struct {
	Incoming *bool  `json:"incoming,omitempty"` // whether the user may receive
	Outgoing *bool  `json:"outgoing,omitempty"` // whether the user may send
	Peers    *Peers `json:"peers,omitempty"`    // with whom
}

// Peers are those with whom a user may communicate.
type Peers int

// The peers that the official documentation has.
const (
	PeersAll       Peers = iota // everybody
	PeersPaired                 // users that are paired with this one
	PeersContacts               // the user's contacts
	PeersFavorites              // the user's favorites
)

// TokenRequest says which user token to mint.
type TokenRequest struct {
	// AppID is the App ID that the token is for, such as an Android package name.
	AppID string `json:"appid,omitempty"`
	// ExpiryMinutes is the life of the token in minutes; 0 leaves it to the server, which takes 525600, one year
	// (official documentation).
	ExpiryMinutes int64 `json:"expiry,omitempty"`
	// V2 asks for the newer token format, which needs no setAppName in the app (vendor's SDK; vendor sample of 2026).
	V2 bool `json:"v2,omitempty"`
}

// User is what the reply says about a user that was added.
type User struct {
	UID     string // the id that mesibo gave to the user; never empty
	Address string // may be empty: not every server sends it back (official documentation, two forms of the reply)
	Token   Secret // the new user token; empty when none was asked for
}

// CreateUser adds a user, or takes over the user that has the address already, and mints a token if the request asks
// for one. The reply does not say whether the user was new. Whether the name and the active switch of an existing
// user change is not known; [Client.UpdateUser] changes them.
//
// A success without a uid, or without a token that was asked for, is [ErrUnexpectedResponse] and [ErrOutcomeUnknown].
func (c *Client) CreateUser(ctx context.Context, request CreateUserRequest) (User, error) {
	user := userObject{Address: request.Address, Name: request.Name, Active: request.Active, Permissions: request.Permissions}
	if request.Token != nil {
		user.Token = &tokenObject{TokenRequest: *request.Token}
	}
	reply, err := c.sendUser(ctx, OpUserAdd, user)
	if err != nil {
		return User{}, err
	}
	return decodeUser(reply.read(), request.Token != nil)
}

// decodeUser reads the member "user" of a reply to useradd.
func decodeUser(reply members, minted bool) (User, error) {
	var user struct {
		UID     id     `json:"uid"`
		Address id     `json:"address"`
		Token   Secret `json:"token"`
	}
	switch err := json.Unmarshal(reply.User, &user); {
	case err != nil:
		return User{}, incomplete(OpUserAdd, "well-formed user")
	case user.UID == "":
		return User{}, incomplete(OpUserAdd, "uid")
	case minted && user.Token.IsEmpty():
		return User{}, incomplete(OpUserAdd, "token")
	default:
		return User{UID: string(user.UID), Address: string(user.Address), Token: user.Token}, nil
	}
}

// UpdateUserRequest says what to change about a user. What is nil is left alone (inferred).
type UpdateUserRequest struct {
	Address     string  // finds the user
	Name        *string // the new display name
	Active      *bool   // enables or disables the user
	Permissions *UserPermissions
}

// UpdateUser changes a user. What the server does when there is no such user is not known.
func (c *Client) UpdateUser(ctx context.Context, request UpdateUserRequest) error {
	return c.changeUser(ctx, OpUserSet, userObject{
		Address: request.Address, Name: request.Name, Active: request.Active, Permissions: request.Permissions,
	})
}

// RevokeToken ends the user token of an App ID (vendor sample, third-party code). Whether the tokens of the user's
// other App IDs end too is not known. An empty App ID is refused, because without one a server might end them all.
func (c *Client) RevokeToken(ctx context.Context, address, appID string) error {
	if err := checkNotEmpty(OpUserSet, "App ID", appID); err != nil {
		return err
	}
	return c.changeUser(ctx, OpUserSet, userObject{Address: address, Token: &tokenObject{TokenRequest{AppID: appID}, true}})
}

// RevokeAllTokens ends the user tokens of all App IDs (vendor sample, which names none; documentation of 2018-2020).
func (c *Client) RevokeAllTokens(ctx context.Context, address string) error {
	return c.changeUser(ctx, OpUserSet, userObject{Address: address, Token: &tokenObject{Remove: true}})
}

// DeleteUser deletes a user with all tokens, by its address (vendor's sample of 2022). A server that misses a parameter
// then is asked once more with the uid (documentation of 2018-2020, third-party code of 2023), unless that is empty. What
// the server answers when there is no such user is not known; see [ErrNotFound].
func (c *Client) DeleteUser(ctx context.Context, address, uid string) error {
	err := c.changeUser(ctx, OpUserDel, userObject{Address: address})
	if errors.Is(err, ErrMissingParameter) && uid != "" {
		_, err = c.call(ctx, OpUserDel, payload{User: &userObject{UID: numericID(uid)}})
	}
	return err
}

// changeUser sends a request whose reply says no more than whether it succeeded.
func (c *Client) changeUser(ctx context.Context, op Op, user userObject) error {
	_, err := c.sendUser(ctx, op, user)
	return err
}

// sendUser sends a request that changes a user.
func (c *Client) sendUser(ctx context.Context, op Op, user userObject) (envelope, error) {
	if err := checkNotEmpty(op, "address", user.Address); err != nil {
		return envelope{}, err
	}
	if c.bulk != nil {
		c.bulk.changed.Store(user.Address, true) // before the request, whose outcome does not matter
	}
	return c.call(ctx, op, payload{User: &user})
}

// Lookup is the answer to a lookup of one user.
type Lookup struct {
	// Rows describe the user. Whether there is one row, or one for each App ID, is not known.
	Rows []UserRow
	// Truncated says that the server may have cut its list, so that a row that is missing proves nothing: as many rows
	// came as were asked for, or fewer than the server says it has (inferred), or a row has no address.
	Truncated bool
	// OtherSpelling is an address that equals the one that was looked up but for case, when no row equals it; Rows are
	// those of that address. On a server that ignores case (the vendor's installer for on-premise makes its data base so)
	// it is the same user, so that a change would reach that one.
	OtherSpelling string
}

// UserRow is one row about a user. What the row did not contain is empty. No row has the name of the user, or when the
// token expires (third-party code).
type UserRow struct {
	UID     string // the id that mesibo gave to the user
	Address string // the unique id of the user in the app
	AppID   string // the App ID that Token is for
	Token   Secret // a user token, which servers show in clear
	Active  *bool  // whether the user is enabled; nil when the row does not say
}

// Found reports whether a user with exactly this address exists.
func (l Lookup) Found() bool { return len(l.Rows) > 0 && l.OtherSpelling == "" }

// Absent reports whether the user definitely does not exist. When neither Found nor Absent, nothing is known.
func (l Lookup) Absent() bool { return len(l.Rows) == 0 && !l.Truncated && l.OtherSpelling == "" }

// Token returns the user token of an App ID, empty when the server hides its value, and whether there is one.
func (l Lookup) Token(appID string) (Secret, bool) {
	for _, row := range l.Rows {
		if row.AppID == appID {
			return row.Token, true
		}
	}
	return Secret{}, false
}

// GetUser looks up the user that has exactly this address. The form of the request is inferred from that of
// similar ops; that of the rows is from third-party code.
//
// It returns [ErrNoLookups] when lookups are disabled, and, with [LookupsAuto], when the server has said, now or before,
// that it has none; with [LookupsRequired] that is [ErrUnsupportedOp]. An address with a "*" in it cannot be looked up,
// because that is the wildcard.
func (c *Client) GetUser(ctx context.Context, address string) (Lookup, error) {
	if err := checkNotEmpty(OpUsersGet, "address", address); err != nil {
		return Lookup{}, err
	}
	if strings.Contains(address, "*") {
		return Lookup{}, errorf(OpUsersGet, nil, "nothing was sent: an address with * cannot be looked up, as that is the wildcard")
	}
	return c.getUsers(ctx, address, documentedRows)
}

// UserList is what a server shows of its users: a row for each, or one for each App ID of each, sorted by address and
// App ID.
type UserList struct {
	Rows []UserRow
	// Truncated says that a user who is missing may exist all the same, as in [Lookup].
	Truncated bool
}

// ListUsers lists the users whose address matches a pattern, in which "*" stands for anything. Where lookups are not
// available it returns the errors of [Client.GetUser].
func (c *Client) ListUsers(ctx context.Context, pattern string) (UserList, error) {
	list, err := c.getUsers(ctx, pattern, listRows)
	return UserList{Rows: list.Rows, Truncated: list.Truncated}, err
}

// getUsers asks for that many rows about users whose address matches a pattern.
func (c *Client) getUsers(ctx context.Context, pattern string, rows int) (Lookup, error) {
	reply, err := c.lookup(ctx, OpUsersGet, payload{Count: rows, User: &userObject{Address: pattern}})
	if err != nil {
		return Lookup{}, err
	}
	return decodeUsers(reply.read(), pattern, rows)
}

// decodeUsers reads the rows of a reply to usersget, and keeps those that match the pattern: a server may ignore it.
func decodeUsers(reply members, pattern string, asked int) (Lookup, error) {
	var rows []struct {
		UID     id              `json:"uid"`
		Address id              `json:"address"`
		AppID   id              `json:"appid"`
		Token   Secret          `json:"token"`
		Active  json.RawMessage `json:"active"`
	}
	// A missing list is not an empty one: it would make a user look deleted.
	if json.Unmarshal(reply.Users, &rows) != nil || rows == nil {
		return Lookup{}, incomplete(OpUsersGet, "well-formed list of users")
	}

	list := Lookup{Truncated: truncated(len(rows), asked, reply.UsersCount)}
	matching := wildcard(pattern)
	var otherSpelling []UserRow
	for _, row := range rows {
		found := UserRow{string(row.UID), string(row.Address), string(row.AppID), row.Token, boolean(row.Active)}
		switch {
		case found.Address == "": // It may be about anybody.
			list.Truncated = true
		case matching.MatchString(found.Address):
			list.Rows = append(list.Rows, found)
		case strings.EqualFold(found.Address, pattern):
			otherSpelling = append(otherSpelling, found)
		}
	}
	if !list.Found() && otherSpelling != nil {
		list.Rows, list.OtherSpelling = otherSpelling, otherSpelling[0].Address
	}
	slices.SortStableFunc(list.Rows, func(a, b UserRow) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.AppID, b.AppID))
	})
	return list, nil
}

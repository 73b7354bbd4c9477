// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"encoding/json"
	"errors"
)

// userObject is the member "user" of a request.
type userObject struct {
	Address string       `json:"address"`
	Name    *string      `json:"name,omitempty"`
	Active  *bool        `json:"active,omitempty"`
	Token   *tokenObject `json:"token,omitempty"`
}

// tokenObject is the member "user.token" of a request.
type tokenObject struct {
	AppID  string `json:"appid,omitempty"`
	Expiry int64  `json:"expiry,omitempty"`
	Remove bool   `json:"remove,omitempty"`
}

// mints reports whether a request makes a user token.
func (p payload) mints() bool {
	return p.User != nil && p.User.Token != nil && !p.User.Token.Remove
}

// CreateUserRequest says which user to add, and whether to mint a token.
type CreateUserRequest struct {
	// Address is the unique id of the user in the app.
	Address string
	// Name is the display name; nil leaves it out.
	Name *string
	// Active says whether the user is enabled; nil leaves it out, which enables a new user (official documentation).
	Active *bool
	// Token asks for a user token; with nil none is minted (official documentation, an older page).
	Token *TokenRequest
}

// TokenRequest says which user token to mint.
type TokenRequest struct {
	// AppID is the App ID that the token is for, such as an Android package name.
	AppID string
	// ExpiryMinutes is the life of the token in minutes; 0 leaves it to the server, which takes 525600, one year
	// (official documentation).
	ExpiryMinutes int64
}

// User is what the server tells about a user that was added.
type User struct {
	// UID is the id that mesibo gave to the user. It is never empty.
	UID string
	// Address may be empty: not every server sends it back (official documentation, two forms of the reply).
	Address string
	// Token is the new user token; empty when none was asked for.
	Token Secret
}

// CreateUser adds a user, or takes over the user that has the address already, and mints a token if the request asks
// for one. The reply does not tell whether the user was new. Whether the name and the active switch of an existing
// user change is not known; [Client.UpdateUser] changes them.
//
// A success without a uid, or without a token that was asked for, is [ErrUnexpectedResponse] and [ErrOutcomeUnknown].
func (c *Client) CreateUser(ctx context.Context, request CreateUserRequest) (User, error) {
	if err := checkAddress(OpUserAdd, request.Address); err != nil {
		return User{}, err
	}
	about := payload{User: &userObject{Address: request.Address, Name: request.Name, Active: request.Active}}
	if request.Token != nil {
		about.User.Token = &tokenObject{AppID: request.Token.AppID, Expiry: request.Token.ExpiryMinutes}
	}

	c.bulk.wrote(request.Address)
	reply, err := c.call(ctx, OpUserAdd, about)
	if err != nil {
		return User{}, err
	}

	user, err := decodeUser(reply.read().User, about.mints())
	if err != nil {
		odd := errorf(OpUserAdd, ErrUnexpectedResponse, "the server reports success, but %s", err)
		odd.and("The request may have been carried out", ErrOutcomeUnknown)

		return User{}, odd
	}

	return user, nil
}

// decodeUser reads the member "user" of a reply to useradd. Its errors show none of it.
func decodeUser(raw json.RawMessage, minted bool) (User, error) {
	var user struct {
		UID     id     `json:"uid"`
		Address id     `json:"address"` // a number at one deployment (third-party code)
		Token   Secret `json:"token"`
	}

	switch err := json.Unmarshal(raw, &user); {
	case err != nil:
		return User{}, errors.New("its reply holds no user, or one in an odd form")
	case user.UID == "":
		return User{}, errors.New("its reply holds no uid")
	case minted && user.Token.IsEmpty():
		return User{}, errors.New("its reply holds no token")
	default:
		return User{UID: string(user.UID), Address: string(user.Address), Token: user.Token}, nil
	}
}

// UpdateUserRequest says what to change about a user. What is nil is left alone (inferred).
type UpdateUserRequest struct {
	// Address finds the user.
	Address string
	// Name is the new display name.
	Name *string
	// Active enables or disables the user.
	Active *bool
}

// UpdateUser changes a user. What the server does when there is no such user is not known.
func (c *Client) UpdateUser(ctx context.Context, request UpdateUserRequest) error {
	return c.change(ctx, OpUserSet, userObject{Address: request.Address, Name: request.Name, Active: request.Active})
}

// RevokeToken ends the user token of an App ID (vendor sample, third-party code). Whether the tokens of the user's
// other App IDs end too is not known. An empty App ID is refused, because without one a server might end them all.
func (c *Client) RevokeToken(ctx context.Context, address, appID string) error {
	if appID == "" {
		return errorf(OpUserSet, nil, "nothing was sent: no App ID says whose token to revoke")
	}

	return c.change(ctx, OpUserSet, userObject{Address: address, Token: &tokenObject{AppID: appID, Remove: true}})
}

// RevokeAllTokens ends the user tokens of all App IDs (vendor sample, which names no App ID; a documentation of
// 2018-2020 says that the user is logged out).
func (c *Client) RevokeAllTokens(ctx context.Context, address string) error {
	return c.change(ctx, OpUserSet, userObject{Address: address, Token: &tokenObject{Remove: true}})
}

// DeleteUser deletes a user with all tokens. What the server answers when there is no such user is not known;
// see [ErrNotFound].
func (c *Client) DeleteUser(ctx context.Context, address string) error {
	return c.change(ctx, OpUserDel, userObject{Address: address})
}

// change sends a request whose reply says no more than whether it succeeded.
func (c *Client) change(ctx context.Context, op Op, user userObject) error {
	if err := checkAddress(op, user.Address); err != nil {
		return err
	}
	c.bulk.wrote(user.Address)
	_, err := c.call(ctx, op, payload{User: &user})

	return err
}

// checkAddress refuses an empty address: nobody knows whom a server would take it for.
func checkAddress(op Op, address string) error {
	if address == "" {
		return errorf(op, nil, "nothing was sent: the address is empty")
	}

	return nil
}

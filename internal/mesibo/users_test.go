// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBodies holds the body of every request, to the byte.
func TestBodies(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		call func(context.Context, *Client) error
		want string
	}{
		"quick start": {
			func(ctx context.Context, c *Client) error { _, err := c.CreateUser(ctx, minting); return err },
			`{"op":"useradd","token":"` + appToken + `","user":{"address":"xyz@example.com","token":{"appid":"com.mesibo.firstapp","expiry":525600}}}`,
		},
		"add without a token": {
			func(ctx context.Context, c *Client) error {
				_, err := c.CreateUser(ctx, CreateUserRequest{Address: "<a&b>\"", Name: new(""), Active: new(false)})
				return err
			},
			`{"op":"useradd","token":"` + appToken + `","user":{"address":"<a&b>\"","name":"","active":false}}`,
		},
		"default expiry": {
			func(ctx context.Context, c *Client) error {
				_, err := c.CreateUser(ctx, CreateUserRequest{Address: "a", Token: &TokenRequest{AppID: "b"}})
				return err
			},
			`{"op":"useradd","token":"` + appToken + `","user":{"address":"a","token":{"appid":"b"}}}`,
		},
		"set": {
			func(ctx context.Context, c *Client) error {
				return c.UpdateUser(ctx, UpdateUserRequest{Address: "a", Name: new("N"), Active: new(true)})
			},
			`{"op":"userset","token":"` + appToken + `","user":{"address":"a","name":"N","active":true}}`,
		},
		"set one": {
			func(ctx context.Context, c *Client) error {
				return c.UpdateUser(ctx, UpdateUserRequest{Address: "a", Active: new(false)})
			},
			`{"op":"userset","token":"` + appToken + `","user":{"address":"a","active":false}}`,
		},
		"revoke": {
			func(ctx context.Context, c *Client) error { return c.RevokeToken(ctx, "a", "com.x") },
			`{"op":"userset","token":"` + appToken + `","user":{"address":"a","token":{"appid":"com.x","remove":true}}}`,
		},
		"delete": {
			func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "ä") },
			`{"op":"userdel","token":"` + appToken + `","user":{"address":"ä"}}`,
		},
		"find": {
			func(ctx context.Context, c *Client) error { _, err := c.GetUser(ctx, "a+b@c"); return err },
			`{"op":"usersget","token":"` + appToken + `","count":20,"user":{"address":"a+b@c"}}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, ok(`{"user":{"uid":1,"token":"t"},"users":[],"result":true}`))
			if err := test.call(t.Context(), newClient(t, s.URL)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.want}, s.requests()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAddUser(t *testing.T) {
	t.Parallel()

	plain := CreateUserRequest{Address: "a"}
	tests := map[string]struct {
		request CreateUserRequest
		reply   string
		want    User
		err     string
	}{
		"quick start":   {request: minting, reply: okAdded, want: User{UID: "5302", Token: NewSecret(userToken)}},
		"number":        {request: minting, reply: `{"user":{"uid":9007199254740993,"address":"a","token":"t"},"result":1}`, want: User{UID: "9007199254740993", Address: "a", Token: NewSecret("t")}},
		"no token":      {request: plain, reply: `{"user":{"uid":1,"token":null},"result":"OK"}`, want: User{UID: "1"}},
		"number is who": {request: plain, reply: `{"user":{"uid":1,"address":18005551234},"result":true}`, want: User{UID: "1", Address: "18005551234"}},

		"missing token":    {request: minting, reply: `{"user":{"uid":1},"result":true}`, err: "its reply contains no token"},
		"empty token":      {request: minting, reply: `{"user":{"uid":1,"token":""},"result":true}`, err: "its reply contains no token"},
		"missing uid":      {request: minting, reply: `{"user":{"token":"` + userToken + `"},"result":true}`, err: "its reply contains no uid"},
		"no uid, no token": {request: plain, reply: `{"user":{},"result":true}`, err: "its reply contains no uid"},
		"missing user":     {request: plain, reply: `{"result":true}`, err: "no well-formed user"},
		"odd user":         {request: plain, reply: `{"user":[],"result":true}`, err: "no well-formed user"},
		"fraction":         {request: minting, reply: `{"user":{"uid":1.5,"token":"t"},"result":true}`, err: "no well-formed user"},
		"odd token":        {request: minting, reply: `{"user":{"uid":1,"token":12345},"result":true}`, err: "no well-formed user"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, ok(test.reply))
			got, err := newClient(t, s.URL).CreateUser(t.Context(), test.request)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			if err != nil {
				assertKinds(t, err, ErrUnexpectedResponse, ErrOutcomeUnknown)
				assertNoSecret(t, err.Error())
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestRefusedUnsent holds the calls that make no sense, and are not sent.
func TestRefusedUnsent(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(okSet))
	client := newClient(t, s.URL)
	ctx := t.Context()
	_, add := client.CreateUser(ctx, CreateUserRequest{})
	_, find := client.GetUser(ctx, "")
	_, pattern := client.GetUser(ctx, "a*")
	for _, err := range []error{
		add, find, pattern,
		client.UpdateUser(ctx, UpdateUserRequest{}),
		client.DeleteUser(ctx, ""),
		client.RevokeToken(ctx, "", "b"),
		client.RevokeToken(ctx, "a", ""),
	} {
		if err == nil || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("got %v", err)
		}
		assertKinds(t, err)
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Without an App ID in it, the request ends the tokens of all of them.
func TestRevokeAllTokens(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(okSet))
	if err := newClient(t, s.URL).RevokeAllTokens(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	want := `{"op":"userset","token":"` + appToken + `","user":{"address":"a","token":{"remove":true}}}`
	if got := s.requests(); len(got) != 1 || got[0] != want {
		t.Errorf("%q was sent, want %s", got, want)
	}
}

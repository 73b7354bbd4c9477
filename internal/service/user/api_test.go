// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz"

// newRun returns the api of one run, the server that it uses, and a function that mints a token.
func newRun(t *testing.T) (*api, *emulator.Emulator, func(tokenKey) error) {
	backend := emulator.New(emulator.WithApp(appToken))
	server := httptest.NewServer(backend)
	t.Cleanup(server.Close)
	client, err := mesibo.New(mesibo.NewSecret(appToken), mesibo.WithEndpoint(server.URL+"/backend/"), mesibo.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(service.NewProviderData(client, time.Now), nil)

	return a, backend, func(key tokenKey) error {
		_, _, err := a.createUser(t.Context(), mesibo.CreateUserRequest{Address: key.address, Token: &mesibo.TokenRequest{AppID: key.appID}})

		return err
	}
}

// A run mints one token for an App ID of a user, unless the mint failed or its token was revoked on request.
func TestMintOnce(t *testing.T) {
	t.Parallel()

	a, server, mint := newRun(t)
	server.Fail("useradd", 1, emulator.Refuse("QUOTA", 429, ""))
	for i, tt := range []struct {
		revoke *string // an App ID of alice whose token is revoked before
		key    tokenKey
		want   error
	}{
		{nil, tokenKey{"alice", "app"}, mesibo.ErrRateLimited},
		{nil, tokenKey{"alice", "app"}, nil},
		{nil, tokenKey{"alice", "app"}, errMintedTwice},
		{nil, tokenKey{"alice", "web"}, nil},
		{nil, tokenKey{"bob", "app"}, nil},
		{new("app"), tokenKey{"alice", "app"}, nil},
		{nil, tokenKey{"alice", "web"}, errMintedTwice},
		{new(""), tokenKey{"alice", "web"}, nil},
		{nil, tokenKey{"bob", "app"}, errMintedTwice},
	} {
		var revokeErr error
		if tt.revoke != nil {
			revokeErr = a.revokeTokens(t.Context(), "alice", *tt.revoke)
		}
		if err := errors.Join(revokeErr, mint(tt.key)); !errors.Is(err, tt.want) {
			t.Errorf("mint %d: %v, want %v", i, err, tt.want)
		}
	}
	if sent := server.Count("useradd"); sent != 6 {
		t.Errorf("useradd was sent %d times, want 6", sent)
	}
	secrettest.None(t, append(server.MintedTokens(), appToken), a)
}

// What a run has created stays, also when the request to end its predecessor is under way.
func TestNewObjectsAreSpared(t *testing.T) {
	t.Parallel()

	a, server, mint := newRun(t)
	server.PutUser(appToken, emulator.User{Address: "alice", Active: true})
	server.Fail("userset", 1, emulator.Slow(200*time.Millisecond)) // Without a lock, the mint would be faster.
	revoke := func() error { _, err := a.revokeOldToken(t.Context(), tokenKey{"alice", "app"}); return err }
	var group errgroup.Group
	group.Go(revoke)
	for server.Count("userset") == 0 {
		time.Sleep(time.Millisecond)
	}
	group.Go(func() error { return mint(tokenKey{"alice", "app"}) })

	a.created.Store("alice", "1")
	if err := errors.Join(group.Wait(), revoke(), a.deleteUser(t.Context(), "alice"), mint(tokenKey{"bob", "old"})); err != nil {
		t.Error(err)
	}
	if alice, _ := server.User(appToken, "alice"); len(alice.Tokens) != 1 {
		t.Errorf("%d tokens are alive, want the new one", len(alice.Tokens))
	}
	diags, err := a.revokeOldToken(t.Context(), tokenKey{"alice", "old"})
	if err != nil || diags.WarningsCount() != 1 || !strings.Contains(diags[0].Detail(), "minted tokens for app.") {
		t.Errorf("after another mint: %v, %v", diags, err)
	}
}

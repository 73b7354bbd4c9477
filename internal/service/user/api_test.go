// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz"

// newRun returns the api of one run, the server that it uses, and a function that mints a token.
func newRun(t *testing.T, options ...mesibo.Option) (*api, *emulator.Emulator, func(tokenKey) error) {
	t.Helper()

	backend := emulator.New(emulator.WithApp(appToken))
	server := httptest.NewServer(backend)
	t.Cleanup(server.Close)
	options = append([]mesibo.Option{mesibo.WithEndpoint(server.URL + "/backend/"), mesibo.WithMaxRetries(0)}, options...)
	client, err := mesibo.New(mesibo.NewSecret(appToken), options...)
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(service.NewProviderData(client, time.Now), nil)

	return a, backend, func(key tokenKey) error {
		_, _, err := a.createUser(t.Context(), mesibo.CreateUserRequest{Address: key.Address, Token: &mesibo.TokenRequest{AppID: key.AppID}})

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

// What a run has created stays, in whatever order the requests to create it and to end its predecessor are sent.
func TestNewObjectsAreSpared(t *testing.T) {
	t.Parallel()

	a, server, mint := newRun(t)
	server.PutUser(appToken, emulator.User{Address: "alice", Active: true})
	var group errgroup.Group
	for i := range 30 {
		key := tokenKey{"alice", fmt.Sprintf("app%d", i)}
		locked := func(change func() error) func() error {
			return func() error {
				var diags diag.Diagnostics
				defer a.lock(t.Context(), "alice", &diags)()

				return errors.Join(failure(diags), change())
			}
		}
		group.Go(locked(func() error { return mint(key) }))
		group.Go(locked(func() error { return failure(a.endToken(t.Context(), key, "", tokenRecord{}, "")) }))
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	created, _ := server.User(appToken, "alice")
	a.created.Store("alice", created.UID)
	if diags := a.endUser(t.Context(), (*mesibo.Client).GetUser, alice(), tokenRecord{}); len(diags) > 0 {
		t.Error(diags)
	}
	if alice, _ := server.User(appToken, "alice"); len(alice.Tokens) != 30 {
		t.Errorf("%d of 30 tokens are alive", len(alice.Tokens))
	}
	server.MintToken(appToken, "alice", "old")
	old, _ := server.User(appToken, "alice")
	record := tokenRecord{Minted: digest(old.Tokens["old"].Value)}
	diags := a.endToken(t.Context(), tokenKey{"alice", "old"}, "", record, "")
	if diags.HasError() || diags.WarningsCount() != 1 || !strings.Contains(diags[0].Detail(), "app0, app1, app10") {
		t.Errorf("after other mints: %v", diags)
	}
}

// A delete that is retried late does not reach the user that another resource creates at the address meanwhile.
func TestLateDeleteSparesNewUser(t *testing.T) {
	t.Parallel()

	a, server, _ := newRun(t, mesibo.WithMaxRetries(2), mesibo.WithBackoff(time.Millisecond, 10*time.Millisecond))
	for range 20 {
		old := server.PutUser(appToken, emulator.User{Address: "alice", Active: true})
		a.created.Delete("alice")
		server.Fail("userdel", 1, emulator.TooManyRequests(""))
		var group errgroup.Group
		change := func(change func() error) {
			group.Go(func() error {
				var diags diag.Diagnostics
				defer a.lock(t.Context(), "alice", &diags)()

				return errors.Join(failure(diags), change())
			})
		}
		change(func() error {
			state := with(alice(), func(m *userModel) { m.UID = types.StringValue(old.UID) })

			return failure(a.endUser(t.Context(), (*mesibo.Client).GetUser, state, tokenRecord{}))
		})
		change(func() error {
			user, _, err := a.createUser(t.Context(), mesibo.CreateUserRequest{Address: "alice"})
			a.created.Store("alice", user.UID)

			return err
		})
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		server.ClearFaults()
		if _, found := server.User(appToken, "alice"); !found {
			t.Fatal("the new user was deleted")
		}
	}
}

// failure returns the first error among diagnostics.
func failure(diags diag.Diagnostics) error {
	if !diags.HasError() {
		return nil
	}

	return errors.New(diags.Errors()[0].Summary())
}

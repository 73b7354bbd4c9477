// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz"

// newRun returns what one run of Terraform has, with an emulated back end.
func newRun(t *testing.T) (*service.Data, *emulator.Server) {
	t.Helper()

	server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client, err := mesibo.New(mesibo.NewSecret(appToken), mesibo.WithEndpoint(server.Endpoint()), mesibo.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)

	return service.NewData(client, time.Now), server
}

func mint(address, appID string) mesibo.CreateUserRequest {
	return mesibo.CreateUserRequest{Address: address, Token: &mesibo.TokenRequest{AppID: appID, ExpiryMinutes: 60}}
}

// However a mint and a revocation of the same token meet, what was minted is alive at the end.
func TestRevocationSparesWhatTheRunMinted(t *testing.T) {
	t.Parallel()

	data, server := newRun(t)
	const pairs = 50
	var wg sync.WaitGroup
	for i := range pairs {
		address, appID := fmt.Sprintf("user%d", i%5), fmt.Sprintf("app%d", i)
		server.PutUser(appToken, emulator.User{Address: address, Active: true})
		wg.Go(func() {
			if _, _, err := data.CreateUser(t.Context(), mint(address, appID)); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := data.RevokeHeldToken(t.Context(), address, appID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()

	live := 0
	for _, user := range server.Users(appToken) {
		live += len(user.Tokens)
	}
	if live != pairs {
		t.Errorf("%d of %d tokens are alive", live, pairs)
	}
}

// A second mint for the same App ID of a user is refused, and sends nothing; after a failure, or a revocation that
// somebody asked for, it is not.
func TestMintsOnce(t *testing.T) {
	t.Parallel()

	data, server := newRun(t)
	add := func(request mesibo.CreateUserRequest) error {
		_, _, err := data.CreateUser(t.Context(), request)

		return err
	}
	expect := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}

	server.Fail("useradd", 1, emulator.Refuse("QUOTA", 403, ""))
	if err := add(mint("alice", "a")); err == nil {
		t.Error("a refusal is no error")
	}
	expect("after a failure", add(mint("alice", "a")), nil)
	expect("a second time", add(mint("alice", "a")), service.ErrMintedAlready)
	expect("another App ID", add(mint("alice", "b")), nil)
	expect("another user", add(mint("bob", "a")), nil)
	expect("no token", add(mesibo.CreateUserRequest{Address: "alice"}), nil)
	if sent := server.Count("useradd"); sent != 5 {
		t.Errorf("useradd was sent %d times, want 5", sent)
	}

	expect("revoking one", data.RevokeToken(t.Context(), "alice", "a"), nil)
	expect("after it was revoked", add(mint("alice", "a")), nil)
	expect("one that was not", add(mint("alice", "b")), service.ErrMintedAlready)
	expect("revoking all", data.RevokeToken(t.Context(), "alice", ""), nil)
	expect("after all were revoked", add(mint("alice", "b")), nil)
	expect("those of another user", add(mint("bob", "a")), service.ErrMintedAlready)
}

// Where a revocation may have ended a token that the run has minted, it says so.
func TestRevocationWarnsOfOtherTokens(t *testing.T) {
	t.Parallel()

	data, server := newRun(t)
	server.PutUser(appToken, emulator.User{Address: "alice", Active: true})
	if diags, err := data.RevokeHeldToken(t.Context(), "alice", "old"); err != nil || diags.WarningsCount() != 0 {
		t.Errorf("with nothing minted: %v, %v", diags, err)
	}
	if _, _, err := data.CreateUser(t.Context(), mint("alice", "new")); err != nil {
		t.Fatal(err)
	}
	if diags, err := data.RevokeHeldToken(t.Context(), "bob", "old"); err == nil || diags.WarningsCount() != 0 {
		t.Errorf("a user that is not there: %v, %v", diags, err)
	}
	diags, err := data.RevokeHeldToken(t.Context(), "alice", "old")
	if err != nil || diags.WarningsCount() != 1 || !strings.Contains(diags[0].Detail(), "minted new ones for new") {
		t.Errorf("after a mint: %v, %v", diags, err)
	}
}

// Who waits for another change to a user's tokens stops waiting when its context ends.
func TestWaitingForATokenEnds(t *testing.T) {
	t.Parallel()

	data, server := newRun(t)
	release := make(chan struct{})
	server.Fail("useradd", 1, emulator.Hold(release))
	done := make(chan error)
	go func() {
		_, _, err := data.CreateUser(context.WithoutCancel(t.Context()), mint("alice", "a"))
		done <- err
	}()
	for server.Count("useradd") == 0 {
		time.Sleep(time.Millisecond)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := data.RevokeHeldToken(ctx, "alice", "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
	if sent := server.Count("userset"); sent != 0 {
		t.Errorf("userset was sent %d times", sent)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestClaimToken(t *testing.T) {
	t.Parallel()

	data := service.NewUnknownData(nil, time.Now)
	alice, a, unknown := types.StringValue("alice"), types.StringValue("a"), types.StringUnknown()
	steps := []struct {
		name           string
		address, appID types.String
		refused        bool
	}{
		{"first", alice, a, false},
		{"again", alice, a, true},
		{"other App ID", alice, types.StringValue("b"), false},
		{"other user", types.StringValue("bob"), a, false},
		{"no App ID", alice, types.StringNull(), false},
		{"no App ID again", alice, types.StringNull(), false},
		{"App ID not known yet", alice, unknown, false},
		{"App ID not known yet again", alice, unknown, false},
		{"address not known yet", unknown, a, false},
		{"address not known yet again", unknown, a, false},
	}
	for _, step := range steps {
		if diags := data.ClaimToken(step.address, step.appID); diags.HasError() != step.refused {
			t.Errorf("%s: %v", step.name, diags)
		}
	}

	// Terraform validates before it configures the provider.
	var unconfigured *service.Data
	if diags := unconfigured.ClaimToken(alice, a); diags.HasError() {
		t.Error(diags)
	}
}

func TestClaimMember(t *testing.T) {
	t.Parallel()

	data := service.NewUnknownData(nil, time.Now)
	group, alice, unknown := types.StringValue("7"), types.StringValue("alice"), types.StringUnknown()
	for _, step := range []struct {
		name         string
		gid, address types.String
		refused      bool
	}{
		{"first", group, alice, false},
		{"again", group, alice, true},
		{"other group", types.StringValue("8"), alice, false},
		{"other user", group, types.StringValue("bob"), false},
		{"group not known yet", unknown, alice, false},
		{"group not known yet again", unknown, alice, false},
		{"user not known yet", group, unknown, false},
		{"user not known yet again", group, unknown, false},
	} {
		if diags := data.ClaimMember(step.gid, step.address); diags.HasError() != step.refused {
			t.Errorf("%s: %v", step.name, diags)
		}
	}
	// A token is claimed for itself.
	if diags := data.ClaimToken(group, alice); diags.HasError() {
		t.Error(diags)
	}
	var unconfigured *service.Data
	if diags := unconfigured.ClaimMember(group, alice); diags.HasError() {
		t.Error(diags)
	}
}

// Groups of one name are created one after the other, those of others beside them.
func TestLockGroupName(t *testing.T) {
	t.Parallel()

	data := service.NewUnknownData(nil, time.Now)
	unlock, err := data.LockGroupName(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	other, err := data.LockGroupName(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	other()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := data.LockGroupName(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want to wait until the context ends", err)
	}
	unlock()
	if _, err := data.LockGroupName(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

func TestUserAdded(t *testing.T) {
	t.Parallel()

	data := service.NewUnknownData(nil, time.Now)
	want := service.AddedUser{UID: "7", At: now}
	data.RememberUser("alice", want)
	if got, found := data.UserAdded("alice"); !found || got != want {
		t.Errorf("%v, %t, want %v", got, found, want)
	}
	if _, found := data.UserAdded("bob"); found {
		t.Error("a user that nobody added")
	}
}

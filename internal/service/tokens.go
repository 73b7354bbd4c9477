// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// ErrMintedAlready says that this run has minted a token for the same App ID of the same user, which another one
// would end.
var ErrMintedAlready = errors.New("this run has already minted a token for this App ID of the user")

// tokens remembers what one run of Terraform does to tokens, so that its parts do not undo each other's work: two
// resources that hold the same token, or a destroy that comes after the create that replaces it. A run has one
// provider process for each configuration of the provider, and it asks for no more than that.
type tokens struct {
	mu     sync.Mutex
	minted map[tokenID]bool
	users  map[string]AddedUser // by address
}

// tokenID names a token: the server keeps one for each user and App ID (inferred from a warning in the console).
type tokenID struct{ address, appID string }

// AddedUser is a user that this run has added.
type AddedUser struct {
	UID string
	At  time.Time
}

func newTokens() *tokens {
	return &tokens{minted: map[tokenID]bool{}, users: map[string]AddedUser{}}
}

// mintedFor returns the App IDs of a user for which this run has minted tokens, sorted.
func (t *tokens) mintedFor(address string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()

	var appIDs []string
	for id := range t.minted {
		if id.address == address {
			appIDs = append(appIDs, id.appID)
		}
	}
	slices.Sort(appIDs)

	return appIDs
}

// reserve notes a mint that is about to be sent, and reports whether it is the first one.
func (t *tokens) reserve(id tokenID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := !t.minted[id]
	t.minted[id] = true

	return first
}

// forget takes back the note of a mint that failed, or whose token has been revoked.
func (t *tokens) forget(address string, appIDs ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, appID := range appIDs {
		delete(t.minted, tokenID{address, appID})
	}
}

// CreateUser sends a useradd, and returns when it did so. It refuses to mint a token for an App ID of a user for
// which this run has minted one before, with ErrMintedAlready.
func (d *Data) CreateUser(ctx context.Context, request mesibo.CreateUserRequest) (mesibo.User, time.Time, error) {
	client, err := d.Client()
	if err != nil {
		return mesibo.User{}, time.Time{}, err
	}
	// Mints go on side by side, each for an App ID of its own, but not beside a revocation.
	unlock, err := d.locks.lock(ctx, "user "+request.Address, 1)
	if err != nil {
		return mesibo.User{}, time.Time{}, err
	}
	defer unlock()

	if request.Token != nil && !d.tokens.reserve(tokenID{request.Address, request.Token.AppID}) {
		return mesibo.User{}, time.Time{}, ErrMintedAlready
	}
	sent := d.Clock()
	user, err := client.CreateUser(ctx, request)
	if err != nil && request.Token != nil {
		d.tokens.forget(request.Address, request.Token.AppID)
	}

	return user, sent, err
}

// RevokeToken ends the token of an App ID of a user; without an App ID, all of them.
func (d *Data) RevokeToken(ctx context.Context, address, appID string) error {
	client, err := d.Client()
	if err != nil {
		return err
	}
	unlock, err := d.locks.lock(ctx, "user "+address, everybody)
	if err != nil {
		return err
	}
	defer unlock()

	if appID == "" {
		d.tokens.forget(address, d.tokens.mintedFor(address)...)

		return client.RevokeAllTokens(ctx, address)
	}
	d.tokens.forget(address, appID)

	return client.RevokeToken(ctx, address, appID)
}

// RevokeHeldToken ends the token that a resource held of an App ID of a user. It does nothing when this run has
// minted one for the same App ID: the resource has been replaced before it was destroyed, or another one has taken
// over its App ID, and what is alive now is the new token.
func (d *Data) RevokeHeldToken(ctx context.Context, address, appID string) (diag.Diagnostics, error) {
	var diags diag.Diagnostics
	client, err := d.Client()
	if err != nil {
		return diags, err
	}
	unlock, err := d.locks.lock(ctx, "user "+address, everybody)
	if err != nil {
		return diags, err
	}
	defer unlock()

	minted := d.tokens.mintedFor(address)
	if slices.Contains(minted, appID) {
		tflog.Info(ctx, "not revoked, because this run has minted a new token for the App ID",
			map[string]any{"address": address, "appid": appID})

		return diags, nil
	}
	if err := client.RevokeToken(ctx, address, appID); err != nil {
		return diags, err
	}
	if len(minted) > 0 {
		diags.AddWarning("A new token may have been revoked too", fmt.Sprintf(
			"The token of App ID %q of the user %q was revoked after this run had minted new ones for %s. On servers that "+
				"revoke the tokens of all App IDs at once, the new ones have ended as well. Where look-ups show it, the "+
				"next plan mints again; elsewhere change token_keepers if the new tokens are rejected.",
			appID, address, strings.Join(minted, ", ")))
	}

	return diags, nil
}

// RememberUser notes that this run has added a user.
func (d *Data) RememberUser(address string, user AddedUser) {
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	d.tokens.users[address] = user
}

// UserAdded returns the user with this address if this run has added it.
func (d *Data) UserAdded(address string) (AddedUser, bool) {
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	user, found := d.tokens.users[address]

	return user, found
}

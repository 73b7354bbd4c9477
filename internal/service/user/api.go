// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// api sends the requests of this package and remembers what this run did to users and tokens, so that resources do not
// undo each other's work: two resources with the same token, or the delete of an object after its replacement was
// created.
type api struct {
	data   *service.ProviderData
	client *mesibo.Client // nil while the provider configuration is unknown
	*mintRegistry
}

// newAPI returns nil while the provider is not configured, as during validation.
func newAPI(providerData any, diags *diag.Diagnostics) *api {
	data := service.ProviderDataFrom(providerData, diags)
	if data == nil {
		return nil
	}

	client, _ := data.Client() // Operations that cannot do without report the error.

	return &api{data, client, service.RunState[mintRegistry](data)}
}

// mintRegistry is what this run knows of users and tokens.
type mintRegistry struct {
	locks      service.KeyedLock // by address, in lower case
	configured sync.Map          // tokenKeys that a block of the configuration manages
	held       sync.Map          // whether a mesibo_users manages a user, by the address of each that a block manages
	minted     sync.Map          // tokenKeys that this run has minted a token for
	created    sync.Map          // uids, by the address of a user that this run has created
}

// tokenKey identifies a token: the server keeps one for each user and App ID (inferred from a warning in the console).
type tokenKey struct{ Address, AppID string }

// errMintedTwice says that a second token was requested for an App ID, which would end the first.
var errMintedTwice = errors.New("this run has already minted a token for this App ID of the user")

// requireClient reports an error when the provider configuration is unknown.
func (a *api) requireClient(diags *diag.Diagnostics) {
	if _, err := a.data.Client(); err != nil {
		diags.Append(service.APIError("Provider configuration unknown", "The Backend API is needed now.", err))
	}
}

// lock waits for exclusive use of a user, so that looking, changing and remembering are one step. It reports an error
// when the wait ends with the context, or no request can be sent. The caller calls unlock in either case.
func (a *api) lock(ctx context.Context, address string, diags *diag.Diagnostics) (unlock func()) {
	a.requireClient(diags)
	unlock, err := a.locks.Lock(ctx, strings.ToLower(address))
	if err != nil {
		diags.Append(service.APIError("Operation not started", fmt.Sprintf(
			"Waiting for another operation on the user %q ended. Nothing was sent.", address), err))

		return func() {}
	}

	return unlock
}

// createUser sends a useradd and returns when it was sent. It refuses to mint a second token for an App ID of a user. The
// caller has the lock of the user.
func (a *api) createUser(ctx context.Context, request mesibo.CreateUserRequest) (mesibo.User, time.Time, error) {
	var key tokenKey
	if request.Token != nil {
		key = tokenKey{request.Address, request.Token.AppID}
		if _, minted := a.minted.Load(key); minted {
			return mesibo.User{}, time.Time{}, errMintedTwice
		}
	}

	sent := a.data.Clock()
	user, err := a.client.CreateUser(ctx, request)
	if err == nil && request.Token != nil {
		a.minted.Store(key, true)
	}

	return user, sent, err
}

// revokeTokens revokes the token of an App ID of a user, or all tokens of the user when appID is empty. The caller has the
// lock of the user.
func (a *api) revokeTokens(ctx context.Context, address, appID string) error {
	if appID != "" {
		a.minted.Delete(tokenKey{address, appID})

		return a.client.RevokeToken(ctx, address, appID)
	}
	for _, minted := range a.mintedFor(address) {
		a.minted.Delete(tokenKey{address, minted})
	}

	return a.client.RevokeAllTokens(ctx, address)
}

// mintedFor returns the App IDs of a user that this run has minted tokens for, sorted.
func (r *mintRegistry) mintedFor(address string) []string {
	var appIDs []string
	r.minted.Range(func(key, _ any) bool {
		if key, ok := key.(tokenKey); ok && key.Address == address {
			appIDs = append(appIDs, key.AppID)
		}

		return true
	})
	slices.Sort(appIDs)

	return appIDs
}

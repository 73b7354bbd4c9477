// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// A lookupFunc is a way to look a user up, as the client's methods are.
type lookupFunc = func(*mesibo.Client, context.Context, string) (mesibo.Lookup, error)

// lookup looks a user up with one request. When the presence is unknown, the diagnostics say why; they contain an error
// unless Terraform can continue without knowing. The consequence says what a failed lookup means for the operation. The
// uid, unless it is empty, identifies our own user when the server spells its address in another case.
func (a *api) lookup(ctx context.Context, send lookupFunc, address, uid, consequence string) (mesibo.Lookup, service.Presence, diag.Diagnostics) {
	var diags diag.Diagnostics
	client, err := a.data.Client()
	var lookup mesibo.Lookup
	if err == nil {
		lookup, err = send(client, ctx, address)
	}

	switch {
	case errors.Is(err, mesibo.ErrNoLookups): // A create that may take over a user warns of it, nothing else.
	case err != nil:
		diags.Append(service.APIError("User lookup failed", fmt.Sprintf("Looking up the user %q failed. %s", address, consequence),
			err, "address"))
	case lookup.OtherSpelling != "" && (uid == "" || uid != lookup.Rows[0].UID):
		diags.Append(otherSpelling(address, lookup.OtherSpelling, consequence))
	case lookup.Absent():
		return lookup, service.Absent, diags
	case len(lookup.Rows) > 0:
		return lookup, service.Present, diags
	default:
		diags.Append(lookupTruncated(address))
	}

	return lookup, service.Unknown, diags
}

// listUsers lists the users whose address matches a pattern.
func (a *api) listUsers(ctx context.Context, pattern string) (mesibo.UserList, diag.Diagnostics) {
	client, err := a.data.Client()
	var list mesibo.UserList
	if err == nil {
		list, err = client.ListUsers(ctx, pattern)
	}
	if err != nil {
		return list, diag.Diagnostics{service.APIError("Users not listed", fmt.Sprintf("Listing the users that match %q failed.", pattern),
			err, "address_pattern")}
	}

	return list, nil
}

// presence reports whether a user exists.
func (a *api) presence(ctx context.Context, address string) (service.Presence, error) {
	lookup, err := a.client.GetUser(ctx, address)
	if err == nil && lookup.Absent() {
		return service.Absent, nil
	}

	return service.Unknown, err
}

// refreshable is the model of a resource that is read by a lookup of its user.
type refreshable[M any] interface {
	model
	address() string
	uid() string
	timeouts() timeouts.Value
	refreshedFrom(lookup mesibo.Lookup, record tokenRecord) (M, tokenRecord)
	withReadyForRenewal(record tokenRecord) M
}

// read refreshes a resource by one lookup of its user. It removes an absent user from the state. When another user has the
// address, the state is unchanged.
func read[M refreshable[M]](ctx context.Context, a *api, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record := loadRecord(ctx, req.Private, state.attributes(), &resp.Diagnostics)
	ctx, cancel := service.WithTimeout(ctx, state.timeouts().Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	prior := state
	state, record, presence, diags := refresh(ctx, a, (*mesibo.Client).RefreshUser, state, record)
	resp.Diagnostics.Append(diags...)
	switch {
	case resp.Diagnostics.HasError():
	case presence == service.Absent:
		resp.Diagnostics.Append(service.RemoveState(ctx, &resp.State, resp.Identity, state.identity())...)
	default:
		if !reflect.DeepEqual(state, prior) { // as in ModifyPlan
			resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		}
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		resp.Diagnostics.Append(record.save(ctx, resp.Private, state.attributes())...)
	}
}

// refresh returns the state and the record after one lookup of the user. When another user has its address, the state is
// unchanged.
func refresh[M refreshable[M]](
	ctx context.Context, a *api, send lookupFunc, state M, record tokenRecord,
) (M, tokenRecord, service.Presence, diag.Diagnostics) {
	if _, err := a.data.Client(); err != nil {
		return state, record, service.Unknown, diag.Diagnostics{diag.NewWarningDiagnostic("User not refreshed", fmt.Sprintf(
			"The user %q was not looked up, so the state is unchanged.\n\nReason: %s.", state.address(), err))}
	}

	prior := state
	record.RefreshedAt = a.data.Clock()
	lookup, presence, diags := a.lookup(ctx, send, state.address(), state.uid(), "The state is unchanged.")
	if presence == service.Present {
		record.OtherUID = otherUID(state.uid(), lookup)
		if record.OtherUID != "" {
			diags.AddAttributeWarning(path.Root("uid"), uidMismatch, record.uidMismatchDetail(state.address(), state.uid()))
		} else {
			state, record = state.refreshedFrom(lookup, record)
			diags.Append(state.attributes().driftWarnings(prior.attributes(), state.address())...)
		}
	}

	return state.withReadyForRenewal(record), record, presence, diags
}

// otherUID returns the uid that a lookup shows if it is another one than that of the state. A row without a uid does not
// say whom it is about.
func otherUID(uid string, lookup mesibo.Lookup) string {
	if found := lookup.Rows[0].UID; uid != "" && found != uid {
		return found
	}

	return ""
}

// tokenOwner is what is known, before a mint, of the user that the token is for.
type tokenOwner struct {
	uid      string // empty when unknown
	hasToken bool   // the server shows a token for the App ID
}

// lookupOwner looks up the user that a token is minted for, because the useradd that mints creates a user that does not
// exist. An absent user is an error. Where the server offers no lookups nothing is known, which is no error.
func (a *api) lookupOwner(ctx context.Context, key tokenKey, uid string) (tokenOwner, diag.Diagnostics) {
	if uid, created := a.created.Load(key.Address); created {
		uid, _ := uid.(string)

		return tokenOwner{uid: uid}, nil
	}

	lookup, presence, diags := a.lookup(ctx, (*mesibo.Client).GetUser, key.Address, uid, "No token was minted.")
	switch presence {
	case service.Absent:
		diags.Append(ownerAbsent(key))
	case service.Present:
		_, hasToken := lookup.Token(key.AppID)

		return tokenOwner{uid: lookup.Rows[0].UID, hasToken: hasToken}, diags
	case service.Unknown:
	}

	return tokenOwner{}, diags
}

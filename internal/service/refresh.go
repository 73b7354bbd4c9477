// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// Sight is what a refresh makes of a look-up.
type Sight int

// What a refresh can make of a look-up.
const (
	Unsure Sight = iota // nothing is proven, and the state stays as it was
	Gone                // the user is definitely not there
	Seen                // the look-up shows the user
)

// LookAgain looks up the user that a resource in the state is about, with one request. When that was added is what
// the private state has under [AddedKey]. The diagnostics say why nothing is proven; an error among them ends the
// refresh.
func (d *Data) LookAgain(ctx context.Context, address string, added []byte, diags *diag.Diagnostics) (mesibo.Lookup, Sight) {
	lookup, err := d.refreshUser(ctx, address)
	switch {
	case errors.Is(err, ErrNotKnownYet):
		diags.AddWarning("User not refreshed", fmt.Sprintf(
			"The user %q was not looked up. What the state holds of it stays as it was.\n\nReason: %s.", address, err))
	case errors.Is(err, mesibo.ErrNoLookups):
		d.WarnNoLookups(diags)
	case err != nil:
		diags.Append(Failure("User not read", fmt.Sprintf(
			"Looking up the user %q failed. What the state holds of it stays as it was.", address), err, "address"))
	case lookup.Absent() && AddedJustNow(added, d.Clock()):
		diags.AddAttributeWarning(path.Root("address"), "New user not yet visible", fmt.Sprintf(
			"The user %q was added less than %s ago, and the server does not show it yet. What the state holds of it stays "+
				"as it was.", address, visibleWithin))
	case lookup.Absent():
		return lookup, Gone
	case lookup.Found():
		return lookup, Seen
	default:
		diags.Append(LookupCutShort(address))
	}

	return lookup, Unsure
}

// refreshUser looks for a user, with one request at the most.
func (d *Data) refreshUser(ctx context.Context, address string) (mesibo.Lookup, error) {
	client, err := d.Client()
	if err != nil {
		return mesibo.Lookup{}, err
	}

	return client.RefreshUser(ctx, address)
}

// LookUp looks for a user, with one request.
func (d *Data) LookUp(ctx context.Context, address string) (mesibo.Lookup, error) {
	client, err := d.Client()
	if err != nil {
		return mesibo.Lookup{}, err
	}

	return client.GetUser(ctx, address)
}

// LookupCutShort warns that the server's list ended before it could show the user.
func LookupCutShort(address string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("address"), "Look-up cut short", fmt.Sprintf(
		"The server did not show all users that match %q, so whether the user exists is not known. Terraform goes on as "+
			"without look-ups: what is in the state is kept as it was, a user that is being created is added, or taken over "+
			"if it exists, and a token that is due is minted.", address))
}

// AddedKey is where a resource's private state keeps when its user was added, as [AddedAt] writes it.
const AddedKey = "added"

// visibleWithin is how long look-ups may take to show a new user. That they are behind at all is not known; to take
// a new user for deleted would mint a second token and end the first.
const visibleWithin = time.Minute

// AddedAt returns the value of AddedKey, a JSON string, for a user that was added at the given time.
func AddedAt(t time.Time) []byte {
	return []byte(strconv.Quote(FormatTime(t)))
}

// AddedJustNow reports whether a user was added so shortly before that a look-up without it proves nothing.
func AddedJustNow(added []byte, now time.Time) bool {
	at, err := time.Parse(strconv.Quote(time.RFC3339), string(added))

	return err == nil && now.Before(at.Add(visibleWithin))
}

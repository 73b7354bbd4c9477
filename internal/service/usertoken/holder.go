// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// holder is what is known of a user before a token is minted for it.
type holder struct {
	uid      string    // empty when nothing is known
	added    time.Time // when this run added the user; zero when it did not
	hasToken bool      // the server shows a token for the App ID
}

// findHolder looks for the user of a token, because the useradd that mints would bring a deleted one back. A user
// that is not there is an error. Without look-ups nothing is known, and that is none.
func findHolder(ctx context.Context, data *service.Data, id tokenID) (holder, diag.Diagnostics) {
	var diags diag.Diagnostics
	address := id.address.ValueString()

	if user, found := data.UserAdded(address); found {
		return holder{uid: user.UID, added: user.At}, diags
	}

	lookup, err := data.LookUp(ctx, address)
	switch {
	case errors.Is(err, mesibo.ErrNoLookups):
		data.WarnNoLookups(&diags)
	case err != nil:
		diags.Append(id.failure("User not looked up", "Looking whether the user %q exists failed. No token was minted.", err))
	case lookup.Absent():
		diags.Append(id.noSuchUser())
	case lookup.Found():
		_, hasToken := lookup.Token(id.appID.ValueString())

		return holder{uid: lookup.Rows[0].UID, hasToken: hasToken}, diags
	default:
		diags.Append(service.LookupCutShort(address))
	}

	return holder{}, diags
}

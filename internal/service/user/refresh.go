// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// refreshed returns state m with what a look-up at the given time shows of the user, who is in it.
func (m model) refreshed(lookup mesibo.Lookup, now time.Time) model {
	// Nothing has been applied to a user that was just imported, so even its status is not known.
	imported := m.Active.IsNull() && !m.HasAppID()
	shown := lookup.Rows[0]

	if shown.UID != "" { // A row without one tells nothing about who it is.
		if !m.UID.IsNull() && m.UID.ValueString() != shown.UID {
			// The user was deleted and added again: the tokens of the old one are dead, and the name is gone.
			m.HeldToken = m.WithoutToken()
			m.Name = types.StringNull()
		}
		m.UID = types.StringValue(shown.UID)
	}
	if shown.Active != nil {
		m.Active = types.BoolValue(*shown.Active)
	}

	switch {
	case imported:
		return m.withImportedToken(lookup)
	case m.HasAppID():
		m.HeldToken = m.WithShown(lookup, now)
	}

	return m
}

// withImportedToken takes over the one token that the server shows. Of several, none is more ours than another.
func (m model) withImportedToken(lookup mesibo.Lookup) model {
	if shown := lookup.Rows[0]; len(lookup.Rows) == 1 && shown.AppID != "" && !shown.Token.IsEmpty() {
		m.AppID = types.StringValue(shown.AppID)
		m.Token = types.StringValue(shown.Token.Reveal())
	}

	return m
}

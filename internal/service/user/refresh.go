// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// addedKey is where the private state keeps when the user was added, as a JSON string.
const addedKey = "added"

// visibleWithin is how long look-ups may take to show a new user. That they are behind at all is not known; to take
// a new user for deleted would mint a second token and end the first.
const visibleWithin = time.Minute

// addedAt returns the value of addedKey for a user that was added at the given time.
func addedAt(t time.Time) []byte {
	return []byte(strconv.Quote(t.UTC().Format(time.RFC3339)))
}

// addedJustNow reports whether the user was added so shortly before that a look-up without it proves nothing.
func addedJustNow(added []byte, now time.Time) bool {
	at, err := time.Parse(strconv.Quote(time.RFC3339), string(added))

	return err == nil && now.Before(at.Add(visibleWithin))
}

// refreshed returns state m with what a look-up at the given time shows of the user, who is in it.
func (m model) refreshed(lookup mesibo.Lookup, now time.Time) model {
	// Nothing has been applied to a user that was just imported, so even its status is not known.
	imported := m.Active.IsNull() && !m.hasAppID()
	shown := lookup.Rows[0]

	if !m.UID.IsNull() && m.UID.ValueString() != shown.UID {
		// The user was deleted and added again: the tokens of the old one are dead, and the name is gone.
		m = m.withoutToken()
		m.Name = types.StringNull()
	}
	m.UID = types.StringValue(shown.UID)
	if shown.Active != nil {
		m.Active = types.BoolValue(*shown.Active)
	}

	switch {
	case imported:
		return m.withImportedToken(lookup)
	case m.hasAppID():
		return m.withShownToken(lookup, now)
	default:
		return m
	}
}

// withImportedToken takes over the one token that the server shows. Of several, none is more ours than another.
func (m model) withImportedToken(lookup mesibo.Lookup) model {
	if shown := lookup.Rows[0]; len(lookup.Rows) == 1 && shown.AppID != "" && !shown.Token.IsEmpty() {
		m.AppID = types.StringValue(shown.AppID)
		m.Token = types.StringValue(shown.Token.Reveal())
	}

	return m
}

// withShownToken follows the token of the App ID: to another one that was minted elsewhere, or to none when it
// was revoked elsewhere.
func (m model) withShownToken(lookup mesibo.Lookup, now time.Time) model {
	for _, row := range lookup.Rows {
		if row.AppID != m.AppID.ValueString() {
			continue
		}
		if row.Token.IsEmpty() || row.Token.Reveal() == m.Token.ValueString() {
			return m
		}
		m = m.withoutToken()
		m.Token = types.StringValue(row.Token.Reveal())

		return m
	}

	// A server that shows a row for each App ID would show ours. One with a single row for each user shows
	// any App ID of it, a list that was cut proves nothing, and an expired token is not shown but kept.
	rowForEachAppID := len(lookup.Rows) > 1 && !lookup.Truncated
	if expired := m.renewalDue(0, now); rowForEachAppID && !expired {
		return m.withoutToken()
	}

	return m
}

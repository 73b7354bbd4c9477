// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"slices"
	"strings"
	"time"
)

// usersGet is usersget, in JSON after the form of groupgetmembers. The rows are those that a client of 2023 decodes, and
// they hold tokens in clear. Their order has no meaning; it is by address and App ID.
func (e *Emulator) usersGet(app *app, call call) outcome {
	rows := []any{}
	for _, u := range e.matching(app, call.user().text("address")) {
		rows = append(rows, e.rows(u)...)
	}
	all := len(rows)
	if e.profile.CountAll {
		all = 0
		for _, u := range e.matching(app, "") {
			all += len(e.rows(u))
		}
	}
	rows = cut(rows, call.fields.integer("count", 0), e.profile.RowCap)

	return outcome{"users": rows, "count": len(rows), "userscount": all}
}

// matching returns the users whose address matches a pattern, in which * stands for anything.
func (e *Emulator) matching(app *app, pattern string) []*user {
	if exact := pattern != "" && !strings.Contains(pattern, "*"); exact && !e.profile.IgnorePattern {
		if u, found := app.users[e.key(pattern)]; found {
			return []*user{u}
		}

		return nil
	}

	var found []*user
	for _, u := range app.users {
		if pattern == "" || e.profile.IgnorePattern || matches(e.key(pattern), e.key(u.address)) {
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(a, b *user) int { return strings.Compare(a.address, b.address) })

	return found
}

// matches tells whether a pattern with a *, which stands for anything, covers the whole of an address.
func matches(pattern, address string) bool {
	first, rest, _ := strings.Cut(pattern, "*")
	address, ok := strings.CutPrefix(address, first)
	if !ok {
		return false
	}
	// Each part may sit as far left as it can; only the last has to be at the end.
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(address, part)
		}
		at := strings.Index(address, part)
		if at < 0 {
			return false
		}
		address, rest = address[at+len(part):], next
	}
}

// rows returns the rows of a user: one for each App ID with a live token, or a single one.
func (e *Emulator) rows(u *user) []any {
	appIDs := u.liveAppIDs(e.clock())
	if len(appIDs) == 0 {
		return []any{e.row(u, "")}
	}
	if !e.profile.RowsPerAppID {
		newest := slices.MaxFunc(appIDs, func(a, b string) int { return u.latest[a] - u.latest[b] })

		return []any{e.row(u, newest)}
	}
	var rows []any
	for _, appID := range appIDs {
		rows = append(rows, e.row(u, appID))
	}

	return rows
}

// liveAppIDs returns the App IDs that have a token now, sorted.
func (u *user) liveAppIDs(now time.Time) []string {
	var appIDs []string
	for appID := range u.tokens {
		if _, alive := u.live(appID, now); alive {
			appIDs = append(appIDs, appID)
		}
	}
	slices.Sort(appIDs)

	return appIDs
}

func (e *Emulator) row(u *user, appID string) map[string]any {
	active := 0
	if u.active {
		active = 1
	}
	token, _ := u.live(appID, e.clock())
	if e.profile.HideTokens {
		token.Value = ""
	}

	row := map[string]any{
		"uid": e.uid(u), "address": u.address, "ipaddr": 0, "lastonline": 0, "active": active, "pinned": 0, "online": 0,
		"flag": u.flags, "flags": u.flags, "token": token.Value, "appid": appID,
	}
	if e.profile.ShowNames {
		row["name"] = u.name
	}

	return row
}

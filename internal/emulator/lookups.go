// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// usersGet is usersget. The JSON form of the request is inferred from groupgetmembers; the rows are those that a client of
// 2023 decodes, with tokens in clear. Their order has no meaning.
func (e *Emulator) usersGet(app *app, call call) reply {
	pattern := call.user().text("address")
	rows := e.userRows(app, pattern)
	all := len(rows)
	if e.profile.CountAll {
		all = len(e.userRows(app, ""))
	}
	rows = cut(rows, call.fields.integer("count", 0), e.profile.RowCap)

	return reply{"users": rows, "count": len(rows), "userscount": all}
}

// userRows returns the rows of the users whose address matches a pattern, by address and App ID.
func (e *Emulator) userRows(app *app, pattern string) []any {
	rows := []any{}
	if !strings.Contains(pattern, "*") && pattern != "" && !e.profile.IgnorePattern { // one user, without a search
		if u := app.users[e.key(pattern)]; u != nil {
			rows = e.rowsOf(u)
		}

		return rows
	}
	match := matcher(e.key(pattern), e.profile.IgnorePattern)
	var found []*user
	for key, u := range app.users {
		if match(key) {
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(a, b *user) int { return cmp.Compare(a.Address, b.Address) })
	for _, u := range found {
		rows = append(rows, e.rowsOf(u)...)
	}

	return rows
}

// rowsOf returns the rows of a user: one for each App ID with a live token, or one for the user.
func (e *Emulator) rowsOf(u *user) []any {
	tokens := u.live(e.clock())
	switch {
	case len(tokens) == 0:
		tokens = []Token{{}}
	case !e.profile.RowsPerAppID:
		tokens = tokens[:1]
	}
	slices.SortFunc(tokens, func(a, b Token) int { return cmp.Compare(a.AppID, b.AppID) })
	var rows []any
	for _, token := range tokens {
		row := map[string]any{
			"uid": e.uid(u), "address": u.Address, "ipaddr": 0, "lastonline": 0, "active": map[bool]int{true: 1}[u.Active], "pinned": 0, "online": 0,
			"flag": u.flags, "flags": u.flags, "token": token.Value, "appid": token.AppID,
		}
		if e.profile.HideTokens {
			row["token"] = ""
		}
		if e.profile.ShowNames {
			row["name"] = u.Name
		}
		rows = append(rows, row)
	}

	return rows
}

// groupsGet is groupsget, whose JSON form is inferred from usersget. The rows are those of the console; that expinsec is the
// whole life of a group is invented. Their order has no meaning.
func (e *Emulator) groupsGet(app *app, call call) reply {
	match := matcher(call.group().text("name"), e.profile.IgnoreGroupPattern)
	rows := []any{}
	for _, g := range e.sortedGroups(app) {
		if match(g.Name) {
			rows = append(rows, map[string]any{
				"gid": json.Number(g.GID), "name": g.Name, "pinned": 0, "flag": g.Flags, "expinsec": int(g.life.Seconds()), "expiryext": 0,
			})
		}
	}
	all := len(rows)
	rows = cut(rows, call.fields.integer("count", 0), e.profile.RowCap)

	return reply{"groups": rows, "count": len(rows), "groupscount": all}
}

// matcher reports whether a text matches a pattern, in which * stands for any text. The empty pattern matches everything.
func matcher(pattern string, ignored bool) func(string) bool {
	expression, err := regexp.Compile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`)
	switch {
	case pattern == "" || ignored:
		return func(string) bool { return true }
	case err != nil: // It is not UTF-8.
		return func(string) bool { return false }
	default:
		return expression.MatchString
	}
}

// cut returns as many rows as the request asks for, and at most as many as the server shows; 0 is any number.
func cut(rows []any, asked int64, limit int) []any {
	if asked > 0 {
		rows = rows[:min(int64(len(rows)), asked)]
	}
	if limit > 0 {
		rows = rows[:min(len(rows), limit)]
	}

	return rows
}

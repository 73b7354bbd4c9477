// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"cmp"
	"slices"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// A group has its members by address, and a user of the app behind each.
type group struct {
	gid     int64
	name    string
	flags   int64
	active  bool
	members map[string]member // by the key of the address
}

// firstGID is where the gids of an app start; a captured answer of 2020 has this one.
const firstGID = 97284

// addGroup adds a group; without a gid, with the next one. Each call makes one (official documentation), and names
// need not differ (inferred).
func (a *app) addGroup(gid int64) *group {
	if gid == 0 {
		gid = a.nextGID()
	}
	g := &group{gid: gid, active: true, members: map[string]member{}}
	a.groups[gid] = g

	return g
}

// nextGID passes over the gids that PutGroup gave.
func (a *app) nextGID() int64 {
	for {
		a.lastGID++
		if _, given := a.groups[a.lastGID]; !given {
			return a.lastGID
		}
	}
}

// findGroup returns the group that a request names, or the answer when there is none.
func (e *Emulator) findGroup(app *app, asked object) (*group, outcome) {
	if asked.text("gid") == "" {
		return nil, e.missing("gid")
	}
	if g, found := app.groups[asked.integer("gid", 0)]; found {
		return g, nil
	}

	return nil, e.noGroup()
}

// groupAdd is groupadd: it makes a group, and adds members in the same call (vendor's sample).
func (e *Emulator) groupAdd(app *app, call call) outcome {
	asked := call.group()
	if refusal := e.checkMembers(app, asked.object("members")); refusal != nil {
		return refusal
	}
	g := app.addGroup(0)
	g.set(asked)
	e.addMembers(app, g, asked.object("members"))

	return outcome{"group": outcome{"gid": g.gid}}
}

// set changes what is given of a group. Fields left out are left alone (inferred).
func (g *group) set(given object) {
	if given.has("name") {
		g.name = given.text("name")
	}
	g.flags = given.integer("flags", g.flags)
	if given.has("active") {
		g.active = given.flag("active")
	}
}

// groupSet is groupset: it changes what it is given (vendor's sample). Members that are given replace the whole list (a
// comment in the vendor's conferencing back end).
func (e *Emulator) groupSet(app *app, call call) outcome {
	asked := call.group()
	g, refusal := e.findGroup(app, asked)
	if g == nil {
		return orFine(asked, refusal, e.profile.SetUnknownGroup)
	}
	if asked.has("members") {
		if refusal := e.checkMembers(app, asked.object("members")); refusal != nil {
			return refusal
		}
		clear(g.members)
		e.addMembers(app, g, asked.object("members"))
	}
	if e.profile.SetGroupResets {
		g.name, g.flags, g.active = "", 0, true
	}
	g.set(asked)

	return outcome{}
}

// groupDel is groupdel. The group goes with its members (console).
func (e *Emulator) groupDel(app *app, call call) outcome {
	asked := call.group()
	g, refusal := e.findGroup(app, asked)
	if g == nil {
		return orFine(asked, refusal, e.profile.DeleteUnknownGroup)
	}
	delete(app.groups, g.gid)

	return outcome{}
}

// orFine is the answer to a change of a group that is not there.
func orFine(asked object, refusal outcome, unknown profile.Unknown) outcome {
	if asked.text("gid") != "" && unknown == profile.UnknownOK {
		return outcome{}
	}

	return refusal
}

// groupsGet is groupsget, in JSON after the form of usersget. The rows are those of the console; each group expires in a
// year, the default of the documentation of 2018-2020. Their order has no meaning; it is by gid.
func (e *Emulator) groupsGet(app *app, call call) outcome {
	pattern := call.group().text("name")
	var found []*group
	for _, g := range app.groups {
		if pattern == "" || e.profile.IgnoreGroupPattern || matchesAll(pattern, g.name) {
			found = append(found, g)
		}
	}
	slices.SortFunc(found, func(a, b *group) int { return cmp.Compare(a.gid, b.gid) })

	all := len(found)
	found = cut(found, call.fields.integer("count", 0), e.profile.RowCap)
	rows := []any{}
	for _, g := range found {
		rows = append(rows, map[string]any{
			"gid": g.gid, "name": g.name, "pinned": 0, "flag": g.flags, "expinsec": 31_536_000, "expiryext": 0,
		})
	}

	return outcome{"groups": rows, "count": len(rows), "groupscount": all}
}

// matchesAll tells whether a pattern covers the whole of a text; without a * it has to be equal.
func matchesAll(pattern, text string) bool {
	if !slices.Contains([]byte(pattern), '*') {
		return pattern == text
	}

	return matches(pattern, text)
}

// cut returns as many rows as were asked for and as the server shows at the most, 0 for any number.
func cut[T any](rows []T, asked int64, most int) []T {
	if asked > 0 {
		rows = rows[:min(int64(len(rows)), asked)]
	}
	if most > 0 {
		rows = rows[:min(len(rows), most)]
	}

	return rows
}

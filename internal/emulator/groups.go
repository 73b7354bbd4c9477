// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"cmp"
	"maps"
	"slices"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

type group struct {
	gid     int64
	name    string
	flags   int64
	active  bool
	members map[string]member // by the key of the address
}

// A member is a user in a group.
type member struct {
	user *user
	may  Permissions
}

// Permissions are what a member of a group may do.
type Permissions struct {
	Send, Receive, Publish, Subscribe, List bool
}

// firstGID is that of a captured answer of 2020.
const firstGID = 97284

// addGroup adds a group; without a gid, with the next one. Names need not be unique (inferred).
func (a *app) addGroup(gid int64) *group {
	for gid == 0 {
		a.lastGID++
		if a.groups[a.lastGID] == nil {
			gid = a.lastGID
		}
	}
	g := &group{gid: gid, active: true, members: map[string]member{}}
	a.groups[gid] = g

	return g
}

func (a *app) sortedGroups() []*group {
	return slices.SortedFunc(maps.Values(a.groups), func(x, y *group) int { return cmp.Compare(x.gid, y.gid) })
}

// findGroup returns the group that a request names, or the answer if there is none.
func (e *Emulator) findGroup(app *app, named object, unknown profile.Unknown) (*group, reply) {
	g := app.groups[named.integer("gid", 0)]
	switch {
	case named.text("gid") == "":
		return nil, e.missing("gid")
	case g == nil && unknown == profile.UnknownRefused:
		return nil, refusal(e.profile.UnknownGroup, "No such group", "gid")
	default:
		return g, reply{}
	}
}

// groupAdd is groupadd: each call creates a group (official documentation), with members if the request has some (vendor's
// sample).
func (e *Emulator) groupAdd(app *app, call call) reply {
	asked := call.group()
	members, failed := e.membersToAdd(app, asked.object("members"))
	if failed != nil {
		return failed
	}
	g := app.addGroup(0)
	g.change(asked)
	maps.Copy(g.members, members)

	return reply{"group": reply{"gid": g.gid}}
}

// groupSet is groupset: it changes what the request has (vendor's sample). Members replace the whole list (a comment in the
// vendor's conferencing back end).
func (e *Emulator) groupSet(app *app, call call) reply {
	asked := call.group()
	g, failed := e.findGroup(app, asked, e.profile.SetUnknownGroup)
	if g == nil {
		return failed
	}
	if asked.has("members") {
		members, failed := e.membersToAdd(app, asked.object("members"))
		if failed != nil {
			return failed
		}
		g.members = members
	}
	if e.profile.SetGroupResets {
		g.name, g.flags, g.active = "", 0, true
	}
	g.change(asked)

	return reply{}
}

// change changes what the request has of a group.
func (g *group) change(given object) {
	if given.has("name") {
		g.name = given.text("name")
	}
	g.flags = given.integer("flags", g.flags)
	if given.has("active") {
		g.active = given.flag("active")
	}
}

// groupDel is groupdel. The members go with the group (console).
func (e *Emulator) groupDel(app *app, call call) reply {
	g, failed := e.findGroup(app, call.group(), e.profile.DeleteUnknownGroup)
	if g == nil {
		return failed
	}
	delete(app.groups, g.gid)

	return reply{}
}

// membersToAdd returns the members that a request adds, by the key of the address, or the answer if one is not a user (console;
// that none of the others is added is invented).
func (e *Emulator) membersToAdd(app *app, asked object) (map[string]member, reply) {
	may := Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true} // the default is invented
	if _, given := asked["permissions"]; given {
		permissions := asked.object("permissions")
		may = Permissions{
			Send: permissions.flag("send"), Receive: permissions.flag("recv"), Publish: permissions.flag("pub"),
			Subscribe: permissions.flag("sub"), List: permissions.flag("list"),
		}
	}
	members := map[string]member{}
	for _, address := range asked.list("m") {
		u := app.users[e.key(address)]
		if u == nil {
			return nil, refusal(e.profile.UnknownMember, "Not a user: "+address, "members")
		}
		members[e.key(address)] = member{user: u, may: may}
	}

	return members, nil
}

// groupEditMembers is groupeditmembers: it adds members, changes their permissions (console), or removes them (vendor's sample,
// a captured answer). A removal in a form that the server does not know is an addition.
func (e *Emulator) groupEditMembers(app *app, call call) reply {
	asked := call.group()
	g, failed := e.findGroup(app, asked, profile.UnknownRefused)
	switch members := asked.object("members"); {
	case g == nil:
		return failed
	case len(members.list("m")) == 0:
		return e.missing("m")
	case e.removes(asked, members):
		return e.removeMembers(g, members.list("m"))
	default:
		added, failed := e.membersToAdd(app, members)
		if failed != nil {
			return failed
		}
		maps.Copy(g.members, added)

		return reply{}
	}
}

// removes reports whether a request removes members, in a form that the server knows.
func (e *Emulator) removes(asked, members object) bool {
	knows := func(form profile.MemberRemoval) bool { return e.profile.MemberRemoval&form != 0 }
	permissions, given := members["permissions"]

	return asked.flag(legacyDelete) ||
		knows(profile.RemoveByRemove) && members.flag("remove") ||
		knows(profile.RemoveByNullPermissions) && given && permissions == nil ||
		knows(profile.RemoveByDelete) && asked.flag("delete")
}

func (e *Emulator) removeMembers(g *group, addresses []string) reply {
	for _, address := range addresses {
		if _, found := g.members[e.key(address)]; !found && e.profile.RemoveNonMember == profile.UnknownRefused {
			return refusal(e.profile.UnknownMember, "Not a member: "+address, "members")
		}
	}
	for _, address := range addresses {
		delete(g.members, e.key(address))
	}

	return reply{}
}

// groupGetMembers is groupgetmembers (third-party code). The order of the rows has no meaning; it is by address.
func (e *Emulator) groupGetMembers(app *app, call call) reply {
	g, failed := e.findGroup(app, call.group(), profile.UnknownRefused)
	if g == nil {
		return failed
	}
	rows := []any{}
	for _, key := range slices.Sorted(maps.Keys(g.members)) {
		u, may := g.members[key].user, g.members[key].may
		rows = append(rows, map[string]any{
			"uid": e.uid(u), "address": u.address, "permissions": map[string]any{
				"send": may.Send, "recv": may.Receive, "pub": may.Publish, "sub": may.Subscribe, "list": may.List,
			},
		})
	}
	rows = cut(rows, call.fields.integer("count", 0), e.profile.MemberCap)

	return reply{"members": rows, "count": len(rows), "gid": g.gid}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// A group has its members in the field members, not in Members.
type group struct {
	Group

	members map[string]member // by the key of the address
	life    time.Duration     // 0 for ever
	since   time.Time         // when the life began
}

// expired reports whether the life of a group has passed.
func (g *group) expired(now time.Time) bool { return g.life > 0 && now.Sub(g.since) >= g.life }

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
func (e *Emulator) addGroup(app *app, gid string) *group {
	for gid == "" {
		app.lastGID++
		if next := strconv.Itoa(app.lastGID); app.groups[next] == nil {
			gid = next
		}
	}
	g := &group{Group: Group{GID: gid, Active: true}, members: map[string]member{}}
	e.beginLife(g, e.profile.GroupExpiry)
	app.groups[gid] = g

	return g
}

// beginLife gives a group a life from now on. That it does not count from the creation of the group is invented.
func (e *Emulator) beginLife(g *group, seconds int) {
	g.life, g.since = time.Duration(seconds)*time.Second, e.clock()
}

// sortedGroups returns the groups that have not expired.
func (e *Emulator) sortedGroups(app *app) []*group {
	maps.DeleteFunc(app.groups, func(_ string, g *group) bool { return g.expired(e.clock()) })

	return slices.SortedFunc(maps.Values(app.groups), func(x, y *group) int {
		return cmp.Or(cmp.Compare(len(x.GID), len(y.GID)), cmp.Compare(x.GID, y.GID)) // by number
	})
}

// findGroup returns the group that a request names, or the answer if there is none.
func (e *Emulator) findGroup(app *app, named object, unknown profile.Unknown) (*group, reply) {
	g := app.groups[named.text("gid")]
	if g != nil && g.expired(e.clock()) {
		g = nil
	}
	switch {
	case named.text("gid") == "":
		return nil, e.missing("gid")
	case g == nil && unknown == profile.UnknownRefused:
		return nil, refusal(e.profile.UnknownGroup, "No such group", "gid")
	default:
		return g, reply{}
	}
}

// groupAdd is groupadd: each call creates a group (official documentation), perhaps with members (vendor's sample).
func (e *Emulator) groupAdd(app *app, call call) reply {
	asked := call.group()
	members, failed := e.membersToAdd(app, asked.object("members"))
	if failed != nil {
		return failed
	}
	g := e.addGroup(app, "")
	e.changeGroup(g, asked)
	maps.Copy(g.members, members)

	return reply{"group": reply{"gid": json.Number(g.GID)}}
}

// groupSet is groupset: it changes what the request has (vendor's sample). Members replace all others (a vendor's comment).
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
		g.Name, g.Flags, g.Active = "", 0, true
		e.beginLife(g, e.profile.GroupExpiry)
	}
	e.changeGroup(g, asked)

	return reply{}
}

// changeGroup changes what the request has of a group.
func (e *Emulator) changeGroup(g *group, given object) {
	if given.has("name") {
		g.Name = given.text("name")
	}
	g.Flags = given.integer("flags", g.Flags)
	for i, name := range []string{"send", "recv", "pub", "sub", "list"} { // A value is two bits of the flags (console).
		if permissions := given.object("permissions"); permissions.has(name) {
			g.Flags = g.Flags&^(3<<(4*i)) | permissions.integer(name, 0)<<(4*i)
		}
	}
	if given.has("active") {
		g.Active = given.flag("active")
	}
	if expiry := int(given.integer("expiry", 0)); expiry > 0 {
		if e.profile.GroupExpiryInMinutes {
			expiry *= 60
		}
		e.beginLife(g, expiry)
	}
}

// groupDel is groupdel. The members go with the group (console).
func (e *Emulator) groupDel(app *app, call call) reply {
	g, failed := e.findGroup(app, call.group(), e.profile.DeleteUnknownGroup)
	if g == nil {
		return failed
	}
	delete(app.groups, g.GID)

	return reply{}
}

// membersToAdd returns the members in a request, or none and the answer if one is not a user (console).
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
			"uid": e.uid(u), "address": u.Address, "permissions": map[string]any{
				"send": may.Send, "recv": may.Receive, "pub": may.Publish, "sub": may.Subscribe, "list": may.List,
			},
		})
	}
	rows = cut(rows, call.fields.integer("count", 0), e.profile.MemberCap)

	return reply{"members": rows, "count": len(rows), "gid": json.Number(g.GID)}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"maps"
	"slices"
	"strings"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// Permissions are what a member of a group may do.
type Permissions struct {
	Send, Receive, Publish, Subscribe, List bool
}

// A member is a user in a group.
type member struct {
	user *user
	may  Permissions
}

// addresses returns the members that a request names.
func addresses(members object) []string {
	var named []string
	for address := range strings.SplitSeq(members.text("m"), ",") {
		if address != "" {
			named = append(named, address)
		}
	}

	return named
}

// permissions returns what a request lets members do.
func permissions(members object) Permissions {
	if _, given := members["permissions"]; !given {
		return Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true} // invented
	}
	given := members.object("permissions")

	return Permissions{
		Send: given.flag("send"), Receive: given.flag("recv"), Publish: given.flag("pub"),
		Subscribe: given.flag("sub"), List: given.flag("list"),
	}
}

// checkMembers refuses who is no user of the app, as the console does. Invented: that none of the others is added.
func (e *Emulator) checkMembers(app *app, members object) outcome {
	for _, address := range addresses(members) {
		if _, found := app.users[e.key(address)]; !found {
			return refusal(e.profile.UnknownMember, "Not a user: "+address, "members")
		}
	}

	return nil
}

// addMembers adds those to the group who are users; who is a member gets the new permissions (console).
func (e *Emulator) addMembers(app *app, g *group, members object) {
	for _, address := range addresses(members) {
		if u := app.users[e.key(address)]; u != nil {
			g.members[e.key(address)] = member{user: u, may: permissions(members)}
		}
	}
}

// groupEditMembers is groupeditmembers: it adds, changes or removes members (vendor's sample, a captured answer). What
// asks for a removal in a form that the server does not know is an addition.
func (e *Emulator) groupEditMembers(app *app, call call) outcome {
	asked := call.group()
	members := asked.object("members")
	g, refusal := e.findGroup(app, asked)
	switch {
	case g == nil:
		return refusal
	case len(addresses(members)) == 0:
		return e.missing("m")
	case e.removes(asked, members):
		return e.removeMembers(g, members)
	}
	if refusal := e.checkMembers(app, members); refusal != nil {
		return refusal
	}
	e.addMembers(app, g, members)

	return outcome{}
}

// removes tells whether a request removes members, in a form that the server knows.
func (e *Emulator) removes(asked, members object) bool {
	knows := func(form profile.MemberRemoval) bool { return e.profile.MemberRemoval&form != 0 }
	permissions, given := members["permissions"]

	return asked.flag(legacyDelete) ||
		knows(profile.RemoveByRemove) && members.flag("remove") ||
		knows(profile.RemoveByNullPermissions) && given && permissions == nil ||
		knows(profile.RemoveByDelete) && asked.flag("delete")
}

func (e *Emulator) removeMembers(g *group, members object) outcome {
	for _, address := range addresses(members) {
		if _, found := g.members[e.key(address)]; !found && e.profile.RemoveNonMember == profile.UnknownRefused {
			return refusal(e.profile.UnknownMember, "Not a member: "+address, "members")
		}
	}
	for _, address := range addresses(members) {
		delete(g.members, e.key(address))
	}

	return outcome{}
}

// groupGetMembers is groupgetmembers (third-party code). The order of the rows has no meaning; it is by address.
func (e *Emulator) groupGetMembers(app *app, call call) outcome {
	g, refusal := e.findGroup(app, call.group())
	if g == nil {
		return refusal
	}
	rows := []any{}
	for _, key := range cut(slices.Sorted(maps.Keys(g.members)), call.fields.integer("count", 0), e.profile.MemberCap) {
		u, may := g.members[key].user, g.members[key].may
		rows = append(rows, map[string]any{
			"uid": e.uid(u), "address": u.address, "permissions": map[string]any{
				"send": may.Send, "recv": may.Receive, "pub": may.Publish, "sub": may.Subscribe, "list": may.List,
			},
		})
	}

	return outcome{"members": rows, "count": len(rows), "gid": g.gid}
}

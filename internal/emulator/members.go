// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"maps"
	"slices"
	"strings"
)

// Permissions are what a member of a group may do.
type Permissions struct {
	Send, Receive, Publish, Subscribe, List bool
}

// MemberRemoval is a set of the JSON forms that remove members. Sources contradict each other about them.
type MemberRemoval int

// The JSON forms that remove members. The legacy form, delete=1, always does.
const (
	RemoveByRemove          MemberRemoval = 1 << iota // "members.remove": 1 (third-party code of 2023)
	RemoveByNullPermissions                           // "members.permissions": null (third-party code of 2025)
	RemoveByDelete                                    // "group.delete": 1 (vendor's sample)

	RemoveByAny = RemoveByRemove | RemoveByNullPermissions | RemoveByDelete
)

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

// permissions returns what a request lets members do. Invented: everything, when it does not say.
func (o object) permissions() Permissions {
	if _, given := o["permissions"]; !given {
		return Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true}
	}
	given := o.object("permissions")

	return Permissions{
		Send: given.flag("send"), Receive: given.flag("recv"), Publish: given.flag("pub"),
		Subscribe: given.flag("sub"), List: given.flag("list"),
	}
}

// checkMembers refuses who is no user of the app, as the console does. Invented: the code, and that nothing is done for
// the others.
func (a *app) checkMembers(members object) outcome {
	for _, address := range addresses(members) {
		if _, found := a.users[address]; !found {
			return failure("BADMEMBER", 400, "Not a user: "+address, "members")
		}
	}

	return nil
}

// addMembers adds users to the group; who is a member gets the new permissions (console).
func (g *group) addMembers(members object) {
	for _, address := range addresses(members) {
		g.members[address] = members.permissions()
	}
}

// groupEditMembers is groupeditmembers: it adds, changes or removes members (vendor's sample, a captured answer). What
// asks for a removal in a form that the server does not know is an addition. Invented: removing who is no member is a
// success.
func (e *Emulator) groupEditMembers(app *app, call call) outcome {
	asked := call.group()
	members := asked.object("members")
	g, refusal := e.findGroup(app, asked)
	switch {
	case g == nil:
		return refusal
	case len(addresses(members)) == 0:
		return missing("m")
	case e.removes(asked, members):
		for _, address := range addresses(members) {
			delete(g.members, address)
		}

		return outcome{}
	}
	if refusal := app.checkMembers(members); refusal != nil {
		return refusal
	}
	g.addMembers(members)

	return outcome{}
}

// removes tells whether a request removes members, in a form that the server knows.
func (e *Emulator) removes(asked, members object) bool {
	knows := func(form MemberRemoval) bool { return e.modes.MemberRemoval&form != 0 }
	permissions, given := members["permissions"]

	return asked.flag(legacyDelete) ||
		knows(RemoveByRemove) && members.flag("remove") ||
		knows(RemoveByNullPermissions) && given && permissions == nil ||
		knows(RemoveByDelete) && asked.flag("delete")
}

// groupGetMembers is groupgetmembers (third-party code). Invented: the order of the rows, by address.
func (e *Emulator) groupGetMembers(app *app, call call) outcome {
	g, refusal := e.findGroup(app, call.group())
	if g == nil {
		return refusal
	}
	rows := []any{}
	for _, address := range cut(slices.Sorted(maps.Keys(g.members)), call.fields.integer("count", 0), e.modes.MemberCap) {
		may := g.members[address]
		rows = append(rows, map[string]any{
			"uid": e.uid(app.users[address]), "address": address, "permissions": map[string]any{
				"send": may.Send, "recv": may.Receive, "pub": may.Publish, "sub": may.Subscribe, "list": may.List,
			},
		})
	}

	return outcome{"members": rows, "count": len(rows), "gid": e.gid(g)}
}

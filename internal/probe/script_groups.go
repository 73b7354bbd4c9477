// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// removals are the forms that may remove a member, each with the user it is tried on.
var removals = []struct {
	form           profile.MemberRemoval
	label          string
	group, members object
}{
	{profile.RemoveByRemove, again, nil, object{"remove": 1}},
	{profile.RemoveByNullPermissions, versions, nil, object{"permissions": nil}},
	{profile.RemoveByDelete, readded, object{"delete": 1}, nil},
}

// askGroups makes the group, with members of whom nothing is said, and looks for one that is not there.
func (p *probe) askGroups() {
	var added []string
	for _, label := range []string{twoApps, again, versions, readded} {
		if _, there := p.users[p.address(label)]; there {
			added = append(added, p.address(label))
		}
	}
	members := object{"m": strings.Join(added, ",")}
	r := p.call("groupadd", object{"group": object{"name": p.address("group"), "members": members}})
	switch gid := r.object("group")["gid"].(type) {
	case json.Number, string:
		p.gid = gid
	default:
		why := "groupadd returned no gid"
		if !r.ok {
			why = "no group could be made: " + r.why()
		}
		p.without(why, group, lists)

		return
	}

	r = p.call("groupsget", object{"count": manyRows, "group": object{"name": p.address(nobody)}})
	found, offered := r.list("groups")
	switch {
	case offered:
		p.answer("group_lookups", true)
		p.answer("ignore_group_pattern", len(found) > 0)
		p.askFlags()
	case r.symbol == "BADOP":
		p.answer("group_lookups", false)
		p.unseen("groupsget is not offered", "ignore_group_pattern", "set_group_resets")
	default:
		p.unseen(r.whyUnlisted(), "group_lookups", "ignore_group_pattern", "set_group_resets")
	}
}

// askFlags gives the group flags and no name, and looks whether it still has one.
func (p *probe) askFlags() {
	const loopback = 0x80 // RECVLOOPBACK changes nothing for anybody.
	p.done(p.call("groupset", object{"group": object{"gid": p.gid, "flags": loopback}}), "set_group_resets")
	name := p.address("group")
	row, why := p.ownGroup(name)
	if row == nil && why == "" {
		row, why = p.ownGroup("*") // It may have lost its name.
	}
	if row == nil {
		p.unseen(cmp.Or(why, "groupsget does not show a group that is there"), "set_group_resets")

		return
	}
	p.answer("set_group_resets", row["name"] != name)
}

// ownGroup returns the row of the group, nil for none, or why there are no rows at all.
func (p *probe) ownGroup(pattern string) (own object, why string) {
	r := p.call("groupsget", object{"count": manyRows, "group": object{"name": pattern}})
	found, offered := r.list("groups")
	if !offered {
		return nil, r.whyUnlisted()
	}
	for _, element := range found {
		if row, _ := element.(object); row["gid"] == p.gid {
			return row, ""
		}
	}

	return nil, ""
}

// edit changes the members of the group.
func (p *probe) edit(addresses string, group, members object) reply {
	changed := object{"gid": p.gid}
	maps.Copy(changed, group)
	who := object{"m": addresses}
	maps.Copy(who, members)
	changed["members"] = who

	return p.call("groupeditmembers", object{"group": changed})
}

// askMembers changes the members in all ways and looks once, at who is left.
func (p *probe) askMembers() {
	p.askUnknownSet()
	if p.gid == nil {
		p.unseen("only a group would show whether it adds the user", "set_unknown_user")
		p.unknown = p.address(never)
		p.askKept()

		return
	}
	p.askUnknownMember()
	p.askKept()
	for _, removal := range removals {
		p.there(removal.label, "member_removal")
		r := p.edit(p.address(removal.label), removal.group, removal.members)
		if !r.refused() {
			p.done(r, "member_removal") // One that is refused does not remove.
		}
	}

	r := p.call("groupgetmembers", object{"count": manyRows, "group": object{"gid": p.gid}})
	members, offered := membersOf(r)
	switch {
	case offered:
		p.answer("member_lists", true)
	case r.symbol == "BADOP":
		p.answer("member_lists", false)
		p.without("groupgetmembers is not offered", lists)

		return
	default:
		p.unseen(r.whyUnlisted(), "member_lists")
		p.without("groupgetmembers shows nothing", lists)

		return
	}
	if !slices.Contains(members, p.address(twoApps)) {
		p.without("groupgetmembers does not show a member that was added", lists)

		return
	}
	p.lists = true
	p.askRemoval(members)
}

// askUnknownSet changes a user that is not there. Whether a success has added it is seen when it becomes a member.
func (p *probe) askUnknownSet() {
	p.unknown = p.address(nobody)
	r := p.set(p.unknown, object{"active": true})
	p.refusal("unknown_user", r)
	if r.refused() {
		p.answer("set_unknown_user", profile.UnknownRefused)
	}
	p.done(r, "set_unknown_user")
}

// membersOf returns the addresses of the members in a reply to groupgetmembers.
func membersOf(r reply) (members []string, offered bool) {
	elements, offered := r.list("members")
	for _, element := range elements {
		member, _ := element.(object)
		address, _ := member["address"].(string)
		members = append(members, address)
	}

	return members, offered
}

// askUnknownMember adds a user together with an address that is not a user. If a userset has added that one, the server
// accepts it, and another address shows how a member is refused.
func (p *probe) askUnknownMember() {
	questions := []string{"set_unknown_user", "unknown_member"}
	r := p.addBeside(other, nobody)
	switch {
	case r.refused():
		p.answer("set_unknown_user", profile.UnknownOK)
		p.refusal("unknown_member", r)

		return
	case !r.ok:
		p.unseen(r.why(), questions...)
		p.unknown = p.address(never)

		return
	}

	p.unknown = p.address(never)
	r = p.addBeside(disabled, never)
	switch {
	case r.refused():
		p.answer("set_unknown_user", profile.UnknownAdded)
		p.users[p.address(nobody)] = ""
		p.refusal("unknown_member", r)
	case r.ok:
		p.unseen("members who are no users are taken", questions...)
	default:
		p.unseen(r.why(), questions...)
	}
}

// addBeside makes a user a member together with another one.
func (p *probe) addBeside(label, another string) reply {
	if _, there := p.users[p.address(label)]; !there {
		return reply{}
	}

	return p.edit(p.address(label)+","+p.address(another), nil, nil)
}

// askRemoval looks who has been removed, and removes who is no member in one of the forms that work.
func (p *probe) askRemoval(members []string) {
	var works profile.MemberRemoval
	var of object
	var who object
	for _, removal := range removals {
		if !slices.Contains(members, p.address(removal.label)) {
			works |= removal.form
			of, who = removal.group, removal.members
		}
	}
	p.answer("member_removal", works)
	switch {
	case p.found.answers["member_removal"] == nil:
		p.unseen("it is not known which form removes members", "remove_non_member")
	case works == 0:
		p.unseen("no form removes members", "remove_non_member")
	}
	if !p.open("remove_non_member") {
		return
	}
	p.outcome("remove_non_member", p.edit(p.address(updated), of, who))
}

// askUnknownGroups deletes the group, twice.
func (p *probe) askUnknownGroups() {
	if p.gid == nil {
		return
	}
	remove := func() reply { return p.call("groupdel", object{"group": object{"gid": p.gid}}) }
	if !p.done(remove(), "delete_unknown_group", "unknown_group") {
		return
	}
	r := remove()
	p.outcome("delete_unknown_group", r)
	if !r.refused() {
		r = p.edit(p.address(twoApps), nil, nil)
	}
	p.refusal("unknown_group", r)
	p.unseen(r.why(), "unknown_group")
}

// spare is the address of the next user that is not there. It is the same until the user has been added.
func (p *probe) spare() string {
	for n := 1; ; n++ {
		address := p.address(fmt.Sprintf("user-%d", n))
		if _, there := p.users[address]; !there {
			return address
		}
	}
}

// moreThanShown is how many users it takes to see the cap of the documentation of 2018-2020, which is 20.
const moreThanShown = 21

// askCaps adds users until there are enough to see a cap, and lists them, as members and as users.
func (p *probe) askCaps() {
	missing := max(moreThanShown-len(p.users), 0)
	if p.app.Left() < 2*missing+1 {
		p.unseen(noneLeft, "row_cap", "member_cap")

		return
	}
	for range missing {
		p.add(p.spare(), nil)
	}
	if len(p.users) < moreThanShown {
		p.unseen("too few users could be added", "row_cap", "member_cap")

		return
	}
	if p.lists {
		p.askMemberCap()
	}
	if p.looks {
		_, r := p.look(p.address("*"))
		p.seeCap("row_cap", r, "users")
	}
}

// askMemberCap makes everybody a member and lists them, if there is a request for each.
func (p *probe) askMemberCap() {
	if p.app.Left() < 2 {
		p.unseen(noneLeft, "member_cap")

		return
	}
	everybody := strings.Join(slices.Sorted(maps.Keys(p.users)), ",")
	if !p.done(p.edit(everybody, nil, object{"permissions": object{"send": true, "recv": true}}), "member_cap") {
		return
	}
	r := p.call("groupgetmembers", object{"count": manyRows, "group": object{"gid": p.gid}})
	p.seeCap("member_cap", r, "members")
}

// seeCap looks whether all users are shown that there are.
func (p *probe) seeCap(question string, r reply, list string) {
	elements, offered := r.list(list)
	missing := maps.Clone(p.users)
	for _, element := range elements {
		members, _ := element.(object)
		address, _ := members["address"].(string)
		delete(missing, address)
	}
	number, _ := r.members["userscount"].(json.Number)
	counted, err := number.Int64()
	switch {
	case !offered:
		p.unseen(r.whyUnlisted(), question)
	case len(elements) == 0:
		p.unseen("nothing is shown", question)
	case len(missing) == 0:
		p.answer(question, 0)
	case err == nil && counted <= int64(len(elements)):
		p.unseen("some are missing, and not counted", question)
	default:
		p.answer(question, len(elements))
	}
}

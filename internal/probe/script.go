// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
)

// script has the parts in the order in which they are sent.
var script = []struct {
	subject string
	send    func(*probe)
}{
	{"requests", (*probe).sendEmptyRequest},
	{"users", (*probe).addUsers},
	{"lookups", (*probe).lookUpUser},
	{"changes of users", (*probe).changeUsers},
	{"tokens", (*probe).changeTokens},
	{"group", (*probe).addGroup},
	{"members", (*probe).changeMembers},
	{"unknown users", (*probe).deleteUnknown},
	{"users and tokens after the changes, when short-lived tokens have expired", (*probe).lookUpChanged},
	{"caps of lists", (*probe).listMany},
	{"deletion of the group", (*probe).deleteGroup},
}

// Users of the script, by what happens to them.
const (
	twoApps  = "two-apps" // has tokens of two App IDs, one of which is removed
	again    = "again"    // gets a second token
	versions = "versions" // gets a second token, of version 2
	readded  = "readded"  // is added again without a token
	disabled = "disabled" // is disabled, with a new user.name
	updated  = "updated"  // is added again, disabled and without a name
	upper    = "UPDATED"  // is the same address where case does not matter
	revised  = "revised"  // is disabled, then added again with a new name and no status
	renamed  = "renamed"  // is disabled, then gets a new user.profile.name and no status
	kept     = "kept"     // is deleted and added again
	other    = "other"    // becomes a member together with nobody
	nobody   = "nobody"   // is not added, but userset may add it
	never    = "never"    // is not added
)

const (
	appA, appB       = "com.example.a", "com.example.b"
	nameA, nameB     = "A", "B"
	defaultExpiry    = 525_600 // minutes; as in the documentation's example
	templateMaxBytes = 8192    // of the vendor's web server template
	manyRows         = 1000    // asked for, more than there are
	groupLife        = 7200    // seconds, or minutes; longer than a run
	moreThanCap      = 21      // users; the documentation of 2018-2020 has a cap of 20
)

// shortLife is how long a token with an expiry of a minute may live, with rounding and clock skew.
const shortLife = 65 * time.Second

// A removal is a form that may remove a member, with the user that it is tried on.
type removal struct {
	form           profile.MemberRemoval
	label          string
	group, members object
}

var removals = []removal{
	{profile.RemoveByRemove, again, nil, object{"remove": 1}},
	{profile.RemoveByNullPermissions, versions, nil, object{"permissions": nil}},
	{profile.RemoveByDelete, readded, object{"delete": 1}, nil},
}

// sendEmptyRequest adds nobody, in a body that is larger than the vendor's web server template accepts.
func (p *probe) sendEmptyRequest() {
	r := p.send("large request", "useradd", object{"padding": strings.Repeat("-", templateMaxBytes)})
	if r.Body == nil || r.Status == http.StatusRequestEntityTooLarge {
		r = p.send("empty request", "useradd", nil)
	}
	p.replies["empty request"] = r
}

func (p *probe) addUsers() {
	for _, label := range []string{twoApps, again, versions, readded, disabled} {
		p.add("add "+label, label, object{"name": nameA, "token": object{"appid": appA, "expiry": defaultExpiry}})
	}
	for _, label := range []string{updated, kept, other} {
		p.add("add "+label, label, object{"name": nameA})
	}
	for _, label := range []string{revised, renamed} {
		p.add("add "+label, label, object{"name": nameA, "active": false})
	}
}

func (p *probe) lookUpUser() {
	p.add("mint "+twoApps, twoApps, object{"name": nameA, "token": object{"appid": appB}})
	p.lookUpUsers("look up user", p.address(twoApps))
}

// changeUsers does what may change names and statuses. The result is looked up later.
func (p *probe) changeUsers() {
	p.deleteKept()
	p.add("readd "+kept, kept, nil)
	p.sendUser("set "+nobody, "userset", nobody, object{"active": true})
	if p.replies["add "+updated].OK() {
		p.add("add "+upper, upper, object{"active": false})
	}
	if !p.shows("address") {
		return
	}
	if e := (&evidence{probe: p}); e.uid("add "+updated) == e.uid("add "+upper) && e.err == nil {
		p.replies["readd "+updated] = p.replies["add "+upper]
	} else {
		p.add("readd "+updated, updated, object{"active": false})
	}
	p.add("readd "+revised, revised, object{"name": nameB})
	p.sendUser("set "+disabled, "userset", disabled, object{"active": false, "name": nameB})
	p.sendUser("set "+renamed, "userset", renamed, object{"profile": object{"name": nameB}})
}

// deleteKept deletes a user, by uid if the server wants that, and then the same uid once more: nobody has it any longer.
func (p *probe) deleteKept() {
	r := p.sendUser("delete "+kept, "userdel", kept, nil)
	if uid := p.users[p.address(kept)]; r.MissesParameter() && uid != "" {
		user := object{"user": object{"uid": sandbox.Number(uid)}}
		r = p.send("delete "+kept+" by uid", "userdel", user)
		p.send("delete unknown user", "userdel", user)
	}
	if r.OK() {
		delete(p.users, p.address(kept))
	}
}

// changeTokens does what may end tokens. The result is looked up when the short-lived ones have expired.
func (p *probe) changeTokens() {
	if !p.shows("token") {
		return
	}
	p.add("readd "+readded, readded, nil)
	p.sendUser("revoke "+twoApps, "userset", twoApps, object{"token": object{"appid": appB, "remove": true}})
	p.add("mint "+again, again, object{"token": object{"appid": appA, "expiry": 1}})
	p.add("mint "+versions, versions, object{"token": object{"appid": appA, "expiry": 1, "v2": true}})
	p.lastMint = time.Now()
}

// addGroup adds the group, and sets its flags and its life without a name to see whether it keeps the name.
func (p *probe) addGroup() {
	var members []string
	for _, label := range []string{twoApps, again, versions, readded} {
		if _, exists := p.users[p.address(label)]; exists {
			members = append(members, p.address(label))
		}
	}
	name := p.address("group")
	r := p.send("add group", "groupadd", object{"group": object{"name": name, "members": object{"m": strings.Join(members, ",")}}})
	if gid := r.Object("group")["gid"]; sandbox.Text(gid) != "" {
		p.gid = gid
	}
	if p.gid == nil {
		return
	}
	p.lookUpGroups("look up no group", p.address(nobody))
	if _, offered := p.replies["look up no group"].Rows("groups"); !offered {
		return
	}
	const loopback = 0x80 // RECVLOOPBACK has no effect without messages.
	p.lookUpGroups("look up new group", name)
	p.sendGroup("set group", "groupset", object{"flags": loopback, "expiry": groupLife})
	p.lookUpGroups("look up group", name)
	if p.groupRow() == nil {
		p.lookUpGroups("look up all groups", "*") // It may have lost its name.
	}
}

func (p *probe) changeMembers() {
	if p.gid == nil {
		return
	}
	if p.edit("join "+nobody, p.address(other)+","+p.address(nobody), nil, nil).OK() {
		p.edit("join "+never, p.address(disabled)+","+p.address(never), nil, nil)
	}
	for _, r := range removals {
		p.edit("remove "+r.label, p.address(r.label), r.group, r.members)
	}
	p.listMembers("list members")
	works := (&evidence{probe: p}).memberRemoval()
	if i := slices.IndexFunc(removals, func(r removal) bool { return works&r.form != 0 }); i >= 0 {
		p.edit("remove non-member", p.address(updated), removals[i].group, removals[i].members)
	}
}

// deleteUnknown deletes nobody by address, unless userset has added it.
func (p *probe) deleteUnknown() {
	if e := (&evidence{probe: p}); e.deleteByAddress() != true {
		return
	}
	label := never
	switch e := (&evidence{probe: p}); {
	case e.setUnknownUser() != profile.UnknownAdded && e.err == nil:
		label = nobody
	case e.err == nil:
		p.users[p.address(nobody)] = ""
	}
	p.sendUser("delete unknown user", "userdel", label, nil)
}

// lookUpChanged looks up those users one by one that the list lacks: "*" may not be a wildcard.
func (p *probe) lookUpChanged() {
	if !p.shows("address") {
		return
	}
	if p.shows("token") {
		select {
		case <-time.After(time.Until(p.lastMint.Add(shortLife))):
		case <-p.ctx.Done():
		}
	}
	p.lookUpUsers("look up users", p.address("*"))
	for _, label := range []string{twoApps, again, versions, readded, disabled, updated, revised, renamed} {
		if len(p.changedRows(label)) == 0 {
			p.lookUpUsers("look up "+label, p.address(label))
		}
	}
}

// listMany lists more users and members than the cap of the documentation.
func (p *probe) listMany() {
	for n := range max(moreThanCap-len(p.users), 0) {
		p.add("add user", fmt.Sprint("user-", n), nil)
	}
	if p.gid != nil {
		everybody := strings.Join(slices.Sorted(maps.Keys(p.users)), ",")
		p.edit("join everybody", everybody, nil, object{"permissions": object{"send": true, "recv": true}})
		p.listMembers("list all members")
	}
	if p.shows("address") {
		p.lookUpUsers("look up all users", p.address("*"))
	}
}

func (p *probe) deleteGroup() {
	if p.gid == nil {
		return
	}
	p.sendGroup("delete group", "groupdel", nil)
	if !p.sendGroup("delete group again", "groupdel", nil).Refused() {
		p.edit("edit deleted group", p.address(twoApps), nil, nil)
	}
}

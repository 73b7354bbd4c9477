// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// Users, by what is done to them.
const (
	twoApps  = "two-apps" // has tokens of two App IDs, one of which is removed
	again    = "again"    // has a token minted twice
	versions = "versions" // has one of each version
	readded  = "readded"  // is added again without a token
	updated  = "updated"  // is added again with another status and no name
	upper    = "UPDATED"
	revised  = "revised"  // is added again with another name and no status
	disabled = "disabled" // is given another status and user.name
	renamed  = "renamed"  // is given user.profile.name and no status

	kept   = "kept"   // is deleted and added again
	other  = "other"  // is added to the group together with an address that is not a user
	nobody = "nobody" // is not added, but perhaps by a userset
	never  = "never"  // is not added
)

const (
	appA, appB       = "com.example.a", "com.example.b"
	nameA, nameB     = "A", "B"
	usualExpiry      = 525_600 // minutes; what the documentation's example has
	templateMaxBytes = 8192    // of the vendor's web server template
)

// seeEnvelope looks at what all replies have.
func (p *probe) seeEnvelope(r reply) {
	if r.ok {
		_, hasApp := r.members["app"]
		p.answer("echo_app", hasApp)
	}
}

// askEnvelope sends what has no effect: an addition of nobody, in a body that is larger than the vendor's web server
// template allows. A server that takes it says what is missing.
func (p *probe) askEnvelope() {
	r := p.call("useradd", object{"padding": strings.Repeat("-", templateMaxBytes)})
	switch {
	case r.status == http.StatusRequestEntityTooLarge:
		p.answer("max_body_bytes", templateMaxBytes)
		r = p.call("useradd", nil)
	case r.members != nil:
		p.answer("max_body_bytes", 0)
	default:
		p.unseen(r.why(), "max_body_bytes")
		r = p.call("useradd", nil)
	}
	p.refusal("missing_parameter", r)
	p.unseen(r.why(), "missing_parameter")
}

// add adds a user, or takes over who is there.
func (p *probe) add(address string, more object) reply {
	user := object{"address": address}
	maps.Copy(user, more)
	r := p.call("useradd", object{"user": user})
	if !r.ok {
		return r
	}
	uid := uidOf(r)
	for twin, same := range p.users {
		if uid != "" && uid == same && twin != address {
			return r // It is another writing of one that is there.
		}
	}
	p.users[address] = uid

	return r
}

// uidOf is the uid in a reply to useradd, in one form.
func uidOf(r reply) string {
	switch uid := r.object("user")["uid"].(type) {
	case string:
		return uid
	case json.Number:
		return uid.String()
	default:
		return ""
	}
}

// mint adds a user with a token.
func (p *probe) mint(address string, token, more object) (value string, r reply) {
	user := object{"token": token}
	maps.Copy(user, more)
	r = p.add(address, user)
	value, _ = r.object("user")["token"].(string)

	return value, r
}

func (p *probe) set(address string, changes object) reply {
	user := object{"address": address}
	maps.Copy(user, changes)

	return p.call("userset", object{"user": user})
}

func (p *probe) remove(address string) reply {
	r := p.call("userdel", object{"user": object{"address": address}})
	if r.ok {
		delete(p.users, address)
		delete(p.written, address)
	}

	return r
}

// makeUsers adds those that most questions are about. The first has the most to show.
func (p *probe) makeUsers() {
	for _, label := range []string{twoApps, again, versions, readded, disabled} {
		address := p.address(label)
		token, r := p.mint(address, object{"appid": appA, "expiry": usualExpiry}, object{"name": nameA})
		p.first[address] = token
		if !r.ok {
			continue
		}
		switch r.object("user")["uid"].(type) {
		case json.Number:
			p.answer("uid_as_number", true)
		case string:
			p.answer("uid_as_number", false)
		default:
			p.unseen(noUID, "uid_as_number")
		}
	}
	for _, label := range []string{updated, kept, other} {
		p.add(p.address(label), object{"name": nameA})
	}
	for _, label := range []string{revised, renamed} {
		p.add(p.address(label), object{"name": nameA, "active": false})
	}
	p.unseen("no user could be added", "echo_app", "uid_as_number")
}

// Why a user does not show something.
const (
	notAdded  = "the user could not be added"
	notMinted = "no token was minted"
	noUID     = "useradd returned no uid"
)

// there tells whether a user could be added that questions are about.
func (p *probe) there(label string, names ...string) bool {
	_, added := p.users[p.address(label)]
	if !added {
		p.unseen(notAdded, names...)
	}

	return added
}

// askKept deletes a user, who then comes back.
func (p *probe) askKept() {
	address := p.address(kept)
	before := p.users[address]
	if !p.there(kept, "keep_uid") || !p.done(p.remove(address), "keep_uid") {
		return
	}
	r := p.add(address, nil)
	if !p.done(r, "keep_uid") {
		return
	}
	after := uidOf(r)
	if before == "" || after == "" {
		p.unseen(noUID, "keep_uid")
	}
	p.answer("keep_uid", before == after)
}

// askUnknownUsers deletes who is not there.
func (p *probe) askUnknownUsers() {
	r := p.remove(p.unknown)
	p.outcome("delete_unknown_user", r)
	p.refusal("unknown_user", r)
	p.unseen("nothing is refused", "unknown_user")
}

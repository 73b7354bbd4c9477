// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// askChanges changes users in all ways; what it came to is looked at later.
func (p *probe) askChanges() {
	p.askCase()
	if !p.looks {
		return
	}
	if p.there(revised, "add_existing_name", "add_existing_active") {
		p.done(p.add(p.address(revised), object{"name": nameB}), "add_existing_name", "add_existing_active")
	}
	p.done(p.set(p.address(disabled), object{"active": false, "name": nameB}), "disable_ends_tokens", "set_name")
	if p.there(renamed, "set_resets", "set_name") {
		p.done(p.set(p.address(renamed), object{"profile": object{"name": nameB}}), "set_resets", "set_name")
	}
}

// askCase adds a user again, written in another case. If that is another user, the one that was meant is added again too.
func (p *probe) askCase() {
	if !p.there(updated, "fold_case", "add_existing_name", "add_existing_active") {
		return
	}
	before := p.users[p.address(updated)]
	change := object{"active": false}
	r := p.add(p.address(upper), change)
	after := uidOf(r)
	folded := before != "" && before == after
	p.done(r, "fold_case")
	if before == "" || after == "" {
		p.unseen(noUID, "fold_case")
	}
	p.answer("fold_case", folded)
	if p.looks && !folded {
		r = p.add(p.address(updated), change)
	}
	p.done(r, "add_existing_name", "add_existing_active")
}

// seeAdded looks at two users who were added again: one with another status and no name, who was enabled, and one with
// another name and no status, who was disabled.
func (p *probe) seeAdded(all []row) {
	byStatus := p.rowsOf(all, updated, "add_existing_name", "add_existing_active")
	byName := p.rowsOf(all, revised, "add_existing_name", "add_existing_active")
	if byStatus == nil || byName == nil {
		return
	}
	p.seeUpsert("add_existing_active", byStatus[0].inactive(), !byName[0].inactive())
	p.seeUpsert("add_existing_name", byName[0].name == nameB, byStatus[0].name != nameA)
}

// seeUpsert answers what becomes of something that is there: whether it is set when it is given, and reset when it is not.
func (p *probe) seeUpsert(question string, set, reset bool) {
	switch {
	case set && reset:
		p.answer(question, profile.UpsertReset)
	case set:
		p.answer(question, profile.UpsertSet)
	case reset:
		p.unseen("it is reset, but not set", question)
	default:
		p.answer(question, profile.UpsertKept)
	}
}

// seeChanged looks at two users: one was disabled and given a name as user.name, and one who was disabled before was given a
// name as user.profile.name.
func (p *probe) seeChanged(all []row) {
	byUser := p.rowsOf(all, disabled, "set_name", "disable_ends_tokens")
	byCard := p.rowsOf(all, renamed, "set_resets", "set_name")
	if byUser == nil || byCard == nil {
		return
	}
	if !byUser[0].inactive() {
		p.unseen("userset does not disable a user", "set_resets", "disable_ends_tokens")
	}
	p.answer("set_resets", !byCard[0].inactive())
	switch user, card := byUser[0].name == nameB, byCard[0].name == nameB; {
	case user && card:
		p.answer("set_name", profile.SetNameBoth)
	case user:
		p.answer("set_name", profile.SetNameUser)
	case card:
		p.answer("set_name", profile.SetNameProfile)
	default:
		p.unseen("neither changes it", "set_name")
	}
}

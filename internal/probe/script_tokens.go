// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/profile"
)

// manyRows is how many rows are asked for, far more than there should be.
const manyRows = 1000

// briefly is how long a token of a minute may live at the most, with what clocks and rounding add.
const briefly = 65 * time.Second

// visibly is how long a user may take to be shown.
const visibly = 30 * time.Second

// A row is one of usersget.
type row struct {
	address, token, appID string
	active                any // nil for none
	name                  any // nil for none
}

// inactive tells whether a user is shown to be disabled.
func (r row) inactive() bool {
	return r.active == json.Number("0") || r.active == "0" || r.active == false
}

// look returns the rows that match a pattern.
func (p *probe) look(pattern string) (found []row, r reply) {
	r = p.call("usersget", object{"count": manyRows, "user": object{"address": pattern}})
	elements, _ := r.list("users")
	for _, element := range elements {
		members, _ := element.(object)
		one := row{name: members["name"], active: members["active"]}
		one.address, _ = members["address"].(string)
		one.token, _ = members["token"].(string)
		one.appID, _ = members["appid"].(string)
		found = append(found, one)
	}

	return found, r
}

// of returns the rows of a user.
func of(found []row, address string) []row {
	return slices.DeleteFunc(slices.Clone(found), func(one row) bool { return one.address != address })
}

// askLookups looks at one user who has tokens of two App IDs, while there are others.
func (p *probe) askLookups() {
	address := p.address(twoApps)
	p.second[address], _ = p.mint(address, object{"appid": appB}, object{"name": nameA})

	all, r := p.look(address)
	_, offered := r.list("users")
	switch {
	case offered:
		p.answer("user_lookups", true)
	case r.symbol == "BADOP":
		p.answer("user_lookups", false)
		p.without("usersget is not offered", rows, tokens, names, statuses)

		return
	default:
		p.unseen(r.whyUnlisted(), "user_lookups")
		p.without("usersget shows nothing", rows, tokens, names, statuses)

		return
	}
	own := of(all, address)
	if len(own) == 0 {
		p.wait(time.Now().Add(visibly))
		all, r = p.look(address)
		own = of(all, address)
	}
	if len(own) < len(all) {
		p.answer("ignore_pattern", true)
	}
	if len(own) == 0 {
		p.without("usersget does not show a user that is there", rows, tokens, names, statuses)

		return
	}

	p.looks = true
	p.shown = anyToken(own)
	p.named = own[0].name != nil && own[0].name != ""
	p.answer("hide_active", own[0].active == nil)
	if own[0].active == nil {
		p.without("the rows hide who is enabled", statuses)
	}
	p.answer("ignore_pattern", false)
	p.seeCount(r, len(all))
	if p.first[address] == "" || p.second[address] == "" {
		p.unseen(notMinted, "rows_per_app_id", "hide_tokens", "show_names")
	}
	p.answer("show_names", p.named)
	p.answer("rows_per_app_id", len(own) > 1)
	p.answer("hide_tokens", !p.shown)
	if !p.shown {
		p.without("the rows hide tokens", tokens)
	}
	if !p.named {
		p.without("the rows show no names", names)
	}
}

// seeCount looks whether userscount is of more users than were asked for: one user has two rows at the most.
func (p *probe) seeCount(r reply, shown int) {
	const most = 2
	number, _ := r.members["userscount"].(json.Number)
	count, err := number.Int64()
	switch {
	case err != nil:
		p.unseen("there is no userscount", "count_all")
	case shown > most:
		p.unseen("everybody was returned", "count_all")
	case count >= int64(len(p.users)):
		p.answer("count_all", true)
	case count <= most:
		p.answer("count_all", false)
	default:
		p.unseen("userscount is odd", "count_all")
	}
}

// askTokens does what may end tokens; what it came to is looked at later, when the brief ones have expired.
func (p *probe) askTokens() {
	p.askCase()
	if !p.looks {
		return
	}
	p.done(p.set(p.address(disabled), object{"active": false, "name": nameB}), "set_active", "disable_ends_tokens", "set_name")
	if p.there(renamed, "set_resets", "set_name") {
		p.done(p.set(p.address(renamed), object{"profile": object{"name": nameB}}), "set_resets", "set_name")
	}
	if p.there(revised, "add_existing_name", "add_existing_active") {
		p.done(p.add(p.address(revised), object{"name": nameB}), "add_existing_name", "add_existing_active")
	}
	if !p.shown {
		return
	}
	p.done(p.add(p.address(readded), nil), "add_ends_tokens")
	p.done(p.set(p.address(twoApps), object{"token": object{"appid": appB, "remove": true}}), "remove_scope")
	p.mintBriefly(again, "mint_ends_earlier", false)
	p.mintBriefly(versions, "versions_end_each_other", true)
}

// mintBriefly mints a token that lives for a minute.
func (p *probe) mintBriefly(label, question string, v2 bool) {
	token := object{"appid": appA, "expiry": 1}
	if v2 {
		token["v2"] = true
	}
	value, r := p.mint(p.address(label), token, nil)
	p.done(r, question)
	p.second[p.address(label)], p.mintedAt = value, time.Now()
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

// lookAgain sees what became of users and their tokens. By now there are fewer users than a cap may hide.
func (p *probe) lookAgain() {
	if !p.looks {
		return
	}
	if p.shown {
		p.wait(p.mintedAt.Add(briefly))
	}
	all, _ := p.look(p.address("*"))
	p.seeAgain(p.rowsOf(all, updated, "add_existing_name", "add_existing_active"), p.rowsOf(all, revised, "add_existing_name", "add_existing_active"))
	p.seeChanged(p.rowsOf(all, disabled, "set_active", "set_name", "disable_ends_tokens"), p.rowsOf(all, renamed, "set_resets", "set_name"))
	if !p.shown {
		return
	}
	for _, one := range []struct {
		label, question string
		see             func(question, label string, found []row)
	}{
		{readded, "add_ends_tokens", p.seeEnded},
		{disabled, "disable_ends_tokens", p.seeEnded},
		{again, "mint_ends_earlier", p.seeEarlier},
		{versions, "versions_end_each_other", p.seeEarlier},
		{twoApps, "remove_scope", p.seeRemoved},
	} {
		if p.first[p.address(one.label)] == "" {
			p.unseen(notMinted, one.question)
		}
		if found := p.rowsOf(all, one.label, one.question); found != nil {
			one.see(one.question, one.label, found)
		}
	}
}

// rowsOf returns the rows of a user that some questions are about. It looks for who is not in the rows: it may be that a
// wildcard is none here, or that there are too many rows.
func (p *probe) rowsOf(all []row, label string, questions ...string) []row {
	address := p.address(label)
	found := of(all, address)
	if len(found) == 0 {
		all, _ = p.look(address)
		found = of(all, address)
	}
	if len(found) == 0 {
		p.unseen("usersget does not show the user", questions...)

		return nil
	}

	return found
}

// holds tells whether a token is in the rows.
func holds(found []row, token string) bool {
	return slices.ContainsFunc(found, func(one row) bool { return one.token == token })
}

// anyToken tells whether there is a token in the rows.
func anyToken(found []row) bool {
	return slices.ContainsFunc(found, func(one row) bool { return one.token != "" })
}

// seeEnded looks whether the token is gone.
func (p *probe) seeEnded(question, _ string, found []row) {
	p.answer(question, !anyToken(found))
}

// seeEarlier looks whether the token is back that was there before a brief one was minted, which has expired.
func (p *probe) seeEarlier(question, label string, found []row) {
	first, second := p.first[p.address(label)], p.second[p.address(label)]
	switch {
	case second == "":
		p.unseen(notMinted, question)
	case holds(found, second):
		p.unseen("a token is shown that has expired", question)
	case holds(found, first):
		p.answer(question, false)
	case anyToken(found):
		p.unseen("another token is shown", question)
	default:
		p.answer(question, true)
	}
}

// seeRemoved looks which tokens are left of two App IDs when that of the second was removed.
func (p *probe) seeRemoved(question, label string, found []row) {
	first, second := p.first[p.address(label)], p.second[p.address(label)]
	switch {
	case second == "":
		p.unseen(notMinted, question)
	case holds(found, second):
		p.unseen("the token is still there", question)
	case holds(found, first):
		p.answer(question, profile.RemoveAppID)
	case slices.ContainsFunc(found, func(one row) bool { return one.appID == appB }):
		p.unseen("only the App ID is shown whose token was removed", question)
	case anyToken(found):
		p.unseen("another token is shown", question)
	default:
		p.answer(question, profile.RemoveAll)
	}
}

// seeAgain looks at two users who were added again: one with another status and no name, who was enabled, and one with
// another name and no status, who was disabled.
func (p *probe) seeAgain(byStatus, byName []row) {
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
func (p *probe) seeChanged(byUser, byCard []row) {
	if byUser == nil || byCard == nil {
		return
	}
	p.answer("set_active", byUser[0].inactive())
	if p.found.answers["set_active"] != true {
		p.unseen("userset does not show to change a status", "set_resets", "disable_ends_tokens")
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

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"encoding/json"
	"slices"
)

// manyRows is how many rows are asked for, far more than there should be.
const manyRows = 1000

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

// lookAgain sees what became of users and their tokens. By now there are fewer users than a cap may hide.
func (p *probe) lookAgain() {
	if !p.looks {
		return
	}
	if p.shown {
		p.wait(p.mintedAt.Add(briefly))
	}
	all, _ := p.look(p.address("*"))
	p.seeAdded(all)
	p.seeChanged(all)
	if p.shown {
		p.seeTokens(all)
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

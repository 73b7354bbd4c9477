// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"slices"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// briefly is how long a token of a minute may live at the most, with what clocks and rounding add.
const briefly = 65 * time.Second

// askTokens does what may end tokens; what it came to is looked at later, when the brief ones have expired.
func (p *probe) askTokens() {
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

// seeTokens looks which tokens are left.
func (p *probe) seeTokens(all []row) {
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

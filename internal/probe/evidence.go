// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
)

// evidence is what the replies say about one question. Its error is the first reason why they do not answer it.
type evidence struct {
	*probe
	err error
}

// require records why the question has no answer, unless a condition is met.
func (e *evidence) require(met bool, why string) *evidence {
	if e.err == nil && !met {
		e.err = errors.New(why)
	}

	return e
}

const (
	notOffered = "the op is not offered"
	notMinted  = "no token was minted"
)

// why says why a reply does not answer a question.
func why(r reply) string {
	switch {
	case r.Status == 0:
		return "the request was not sent"
	case r.Body == nil:
		return fmt.Sprintf("status %d without JSON", r.Status)
	case r.OK():
		return "the request was not refused"
	case r.Refused():
		return "the request was refused"
	default:
		return "neither a success nor a refusal"
	}
}

// after requires that requests succeeded.
func (e *evidence) after(steps ...string) *evidence {
	for _, step := range steps {
		r := e.replies[step]
		e.require(r.OK(), step+": "+why(r))
	}

	return e
}

// outcome returns whether a request was refused or succeeded.
func (e *evidence) outcome(step string) any {
	r := e.replies[step]
	e.require(r.OK() || r.Refused(), why(r))
	if r.OK() {
		return profile.UnknownOK
	}

	return profile.UnknownRefused
}

// refusal returns how the first of these requests was refused that was.
func (e *evidence) refusal(steps ...string) any {
	var r reply
	for _, step := range steps {
		if r = e.replies[step]; r.Refused() {
			break
		}
	}
	e.require(r.Refused(), why(r))
	e.require(r.Symbol() != "BADOP", notOffered)
	e.require(e.isSymbol(r.Symbol()), "odd symbol")

	return profile.Refusal{Error: r.Symbol(), Code: r.Code()}
}

func (e *evidence) rows(step, list string) []object {
	r := e.replies[step]
	rows, offered := r.Rows(list)
	e.require(offered || r.Symbol() != "BADOP", notOffered)
	e.require(offered || !r.OK(), "a success without a list")
	e.require(offered, why(r))

	return rows
}

// offers returns whether the server offers a list.
func (e *evidence) offers(step, list string) any {
	if e.replies[step].Symbol() == "BADOP" {
		return false
	}
	e.rows(step, list)

	return true
}

func (e *evidence) maxBodyBytes() any {
	r := e.replies["large request"]
	if r.Status == http.StatusRequestEntityTooLarge {
		return templateMaxBytes
	}
	e.require(r.Body != nil, why(r))

	return 0
}

// uid returns the uid in a reply.
func (e *evidence) uid(step string) any {
	uid := e.after(step).replies[step].Object("user")["uid"]
	e.require(sandbox.Text(uid) != "", "useradd returned no uid")

	return uid
}

// setUnknownUser finds out whether a userset that succeeded has added the user: then it can become a member.
func (e *evidence) setUnknownUser() any {
	if e.replies["set "+nobody].Refused() {
		return profile.UnknownRefused
	}
	e.after("set "+nobody, "add "+other, "add group")
	if e.replies["join "+nobody].Refused() {
		return profile.UnknownOK
	}
	e.after("join "+nobody, "add "+disabled)
	r := e.replies["join "+never]
	e.require(r.Refused(), why(r))

	return profile.UnknownAdded
}

// deleteByAddress finds out whether userdel takes an address: if not, it misses a parameter, and then takes the uid.
func (e *evidence) deleteByAddress() any {
	if e.replies["delete "+kept].OK() {
		return true
	}
	e.require(e.replies["delete "+kept].MissesParameter(), why(e.replies["delete "+kept]))
	e.after("delete " + kept + " by uid")

	return false
}

// deleted requires that the user to delete was deleted.
func (e *evidence) deleted() *evidence {
	e.deleteByAddress()

	return e
}

// ownRows returns the rows of the first lookup, of a user with tokens of two App IDs.
func (e *evidence) ownRows() []object {
	e.require(e.minted("add "+twoApps) != "" && e.minted("mint "+twoApps) != "", notMinted)
	own := filter(e.rows("look up user", "users"), e.address(twoApps))
	e.require(len(own) > 0, "usersget does not show a user that exists")

	return own
}

// shows reports whether these rows have a member.
func (p *probe) shows(member string) bool {
	return anyMember((&evidence{probe: p}).ownRows(), member)
}

// rowsOf returns the rows of a user after the changes.
func (e *evidence) rowsOf(label string) []object {
	e.ownRows()
	e.after("add " + label)
	own := e.changedRows(label)
	e.require(len(own) > 0, "usersget does not show the user")

	return own
}

func (p *probe) changedRows(label string) []object {
	all, _ := p.replies["look up users"].Rows("users")
	alone, _ := p.replies["look up "+label].Rows("users")

	return filter(slices.Concat(all, alone), p.address(label))
}

func filter(rows []object, address string) []object {
	return slices.DeleteFunc(slices.Clone(rows), func(row object) bool { return row["address"] != address })
}

// row returns the first of them.
func (e *evidence) row(label string) object {
	if rows := e.rowsOf(label); len(rows) > 0 {
		return rows[0]
	}

	return nil
}

// name returns the name of a user after the changes.
func (e *evidence) name(label string) any {
	e.require(e.shows("name"), "the rows show no names")

	return e.row(label)["name"]
}

// inactive returns whether a user is disabled after the changes.
func (e *evidence) inactive(label string) bool {
	active := e.row(label)["active"]
	e.require(active != nil, "the rows hide who is enabled")

	return active == false || sandbox.Text(active) == "0"
}

func anyValue(rows []object, member string, value any) bool {
	return slices.ContainsFunc(rows, func(row object) bool { return row[member] == value })
}

func anyMember(rows []object, member string) bool {
	return slices.ContainsFunc(rows, func(row object) bool { return sandbox.Text(row[member]) != "" })
}

// upsert compares two users that were added again: updated, who was enabled, as disabled and without a name, and revised,
// who was disabled, with another name and without a status.
func (e *evidence) upsert(set, reset bool) any {
	e.after("readd "+updated, "readd "+revised)
	e.require(set || !reset, "it is reset, but not set")
	switch {
	case reset:
		return profile.UpsertReset
	case set:
		return profile.UpsertSet
	default:
		return profile.UpsertKept
	}
}

func (e *evidence) setName() any {
	e.after("set "+disabled, "set "+renamed)
	byUser, byProfile := e.name(disabled) == nameB, e.name(renamed) == nameB
	e.require(byUser || byProfile, "neither changes it")
	switch {
	case byUser && byProfile:
		return profile.SetNameBoth
	case byUser:
		return profile.SetNameUser
	default:
		return profile.SetNameProfile
	}
}

// tokenRows returns the rows of a user whose tokens a request may have ended.
func (e *evidence) tokenRows(label, step string) []object {
	e.require(e.shows("token"), "the rows hide tokens")

	return e.after(step).rowsOf(label)
}

func (p *probe) minted(step string) string {
	return sandbox.Text(p.replies[step].Object("user")["token"])
}

// allEnded returns whether no token is left.
func (e *evidence) allEnded(label, step string) bool {
	e.require(e.minted("add "+label) != "", notMinted)

	return !anyMember(e.tokenRows(label, step), "token")
}

// earlierEnded returns whether the earlier token is not shown again when the later one has expired.
func (e *evidence) earlierEnded(label string) any {
	rows, first, second := e.tokenRows(label, "mint "+label), e.minted("add "+label), e.minted("mint "+label)
	e.require(first != "" && second != "", notMinted)
	e.require(!anyValue(rows, "token", second), "a token is shown that has expired")
	e.require(anyValue(rows, "token", first) || !anyMember(rows, "token"), "another token is shown")

	return !anyValue(rows, "token", first)
}

func (e *evidence) removeScope() any {
	rows := e.tokenRows(twoApps, "revoke "+twoApps)
	e.require(!anyValue(rows, "token", e.minted("mint "+twoApps)), "the token is still shown")
	if anyValue(rows, "token", e.minted("add "+twoApps)) {
		return profile.RemoveAppID
	}
	e.require(!anyValue(rows, "appid", appB), "only the App ID is shown whose token was removed")
	e.require(!anyMember(rows, "token"), "another token is shown")

	return profile.RemoveAll
}

func (e *evidence) ignorePattern() any {
	all := e.rows("look up user", "users")
	if len(all) > len(filter(all, e.address(twoApps))) {
		return true
	}
	e.ownRows()

	return false
}

// countAll compares userscount with the rows: one user has two at most.
func (e *evidence) countAll() any {
	const most = 2
	rows := e.rows("look up user", "users")
	count, counted := e.replies["look up user"].Count("userscount")
	e.require(counted, "there is no userscount")
	e.require(len(rows) <= most, "all users are returned")

	return count > most
}

// rowCap compares a list with all users.
func (e *evidence) rowCap(step, list string) any {
	rows := e.rows(step, list)
	missing := 0
	for address := range e.users {
		if !anyValue(rows, "address", address) {
			missing++
		}
	}
	e.require(len(e.users) >= moreThanCap, "too few users could be added")
	e.require(len(rows) > 0, "the list is empty")
	if missing == 0 {
		return 0
	}
	count, counted := e.replies[step].Count("userscount")
	e.require(!counted || count > len(rows), "some users are missing, and not counted")

	return len(rows)
}

// groupRow returns the row of the group after it was changed, or nil.
func (p *probe) groupRow() object { return p.groupRowIn("look up group", "look up all groups") }

// groupRowIn returns the first row of the group in the replies to these lookups, or nil.
func (p *probe) groupRowIn(steps ...string) object {
	var rows []object
	for _, step := range steps {
		found, _ := p.replies[step].Rows("groups")
		rows = append(rows, found...)
	}
	for _, row := range rows {
		if sandbox.Text(row["gid"]) == sandbox.Text(p.gid) {
			return row
		}
	}

	return nil
}

// life returns the life of the group in a row, in seconds: to the hour, because the row may have what is left of it.
func (e *evidence) life(row object) int {
	const hour = 3600
	e.rows("look up no group", "groups")
	e.require(row != nil, "groupsget does not show a group that exists")
	life, err := strconv.Atoi(sandbox.Text(row["expinsec"]))
	e.require(err == nil, "the rows do not show the life of a group")

	return (life + hour/2) / hour * hour
}

func (e *evidence) groupExpiry() any {
	return e.life(e.groupRowIn("look up new group"))
}

func (e *evidence) groupExpiryInMinutes() any {
	e.after("set group")
	life := e.life(e.groupRow())
	e.require(life == groupLife || life == 60*groupLife, "the group has another life")

	return life != groupLife
}

func (e *evidence) setGroupResets() any {
	e.rows("look up no group", "groups")
	e.after("set group", "look up group")
	row := e.groupRow()
	e.require(row != nil, "groupsget does not show a group that exists")

	return row["name"] != e.address("group")
}

// memberRemoval returns the forms whose members are gone.
func (e *evidence) memberRemoval() (works profile.MemberRemoval) {
	rows := e.rows("list members", "members")
	e.require(anyValue(rows, "address", e.address(twoApps)), "groupgetmembers does not show a member that was added")
	for _, r := range removals {
		e.after("add " + r.label)
		if step := "remove " + r.label; !e.replies[step].Refused() { // What is refused does not remove.
			e.after(step)
		}
		if !anyValue(rows, "address", e.address(r.label)) {
			works |= r.form
		}
	}

	return works
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Request is one that came in.
type Request struct {
	Op       string
	Address  string // of the user that it is about
	GID      string // of the group that it is about
	Method   string
	Path     string
	RawQuery string
	Header   http.Header
	Body     json.RawMessage // byte for byte
	At       time.Time
}

// A User is what an app has of a user.
type User struct {
	UID     string
	Address string
	Name    string
	Active  bool
	Tokens  map[string]Token // the live token of each App ID
	Minted  int              // how many tokens have ever been minted for this user
}

// A Token is one that was minted.
type Token struct {
	Value         string
	ExpiryMinutes int64
	MintedAt      time.Time
	V2            bool // of the newer format
}

// Requests returns all requests since the start or the last reset, in the order in which they came in.
func (e *Emulator) Requests() []Request {
	e.mu.Lock()
	defer e.mu.Unlock()

	requests := slices.Clone(e.requests)
	for i := range requests {
		requests[i].Header = requests[i].Header.Clone()
		requests[i].Body = slices.Clone(requests[i].Body)
	}

	return requests
}

// Count returns how many of these requests were of an op; an empty op counts all.
func (e *Emulator) Count(op string) int {
	e.mu.Lock()
	defer e.mu.Unlock()

	count := 0
	for _, request := range e.requests {
		if op == "" || request.Op == op {
			count++
		}
	}

	return count
}

// ResetRequests forgets the requests so far.
func (e *Emulator) ResetRequests() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests = nil
}

// PeakConcurrency returns how many requests have been under way at once, at the most.
func (e *Emulator) PeakConcurrency() int {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.peak
}

// ResetPeakConcurrency counts the peak anew, from what is under way now.
func (e *Emulator) ResetPeakConcurrency() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.peak = e.inFlight
}

// MintedTokens returns every user token that was ever minted, for a search of what must not show one.
func (e *Emulator) MintedTokens() []string {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.Clone(e.minted)
}

// WebhookSecrets returns the webhook secret of every app.
func (e *Emulator) WebhookSecrets() []string {
	e.mu.Lock()
	defer e.mu.Unlock()

	var secrets []string
	for _, app := range e.apps {
		secrets = append(secrets, app.webhookSecret)
	}

	return secrets
}

// User returns a user of an app.
func (e *Emulator) User(appToken, address string) (User, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()

	u, found := e.app(appToken).users[e.key(address)]
	if !found {
		return User{}, false
	}

	return e.shown(u), true
}

// Users returns all users of an app, by address.
func (e *Emulator) Users(appToken string) []User {
	e.mu.Lock()
	defer e.mu.Unlock()

	var users []User
	for _, u := range e.app(appToken).users {
		users = append(users, e.shown(u))
	}
	slices.SortFunc(users, func(a, b User) int { return strings.Compare(a.Address, b.Address) })

	return users
}

func (e *Emulator) shown(u *user) User {
	tokens := map[string]Token{}
	for _, appID := range u.liveAppIDs(e.clock()) {
		tokens[appID], _ = u.live(appID, e.clock())
	}

	return User{UID: u.uid, Address: u.address, Name: u.name, Active: u.active, Tokens: tokens, Minted: u.minted}
}

// app returns the app of an app token. A test that names another has a mistake of its own.
func (e *Emulator) app(appToken string) *app {
	app, known := e.apps[appToken]
	if !known {
		panic("emulator: no app has this app token")
	}

	return app
}

// PutUser adds a user or changes the name and status of one, as if by other means than this API. It gives the user
// the UID, if there is one; no other user may have that. Tokens come from MintToken.
func (e *Emulator) PutUser(appToken string, given User) User {
	e.mu.Lock()
	defer e.mu.Unlock()

	app := e.app(appToken)
	u, exists := app.users[e.key(given.Address)]
	if !exists {
		u = e.add(app, given.Address, given.UID)
	}
	if given.UID != "" {
		app.uids[u.uid] = nil
		u.uid, app.uids[given.UID] = given.UID, u
	}
	u.name, u.active = given.Name, given.Active

	return e.shown(u)
}

// RemoveUser deletes a user, if it is there.
func (e *Emulator) RemoveUser(appToken, address string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	app := e.app(appToken)
	if u, found := app.users[e.key(address)]; found {
		e.remove(app, u)
	}
}

// MintToken gives an App ID of a user a new token. The user has to be there.
func (e *Emulator) MintToken(appToken, address, appID string) string {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.mint(e.app(appToken).users[e.key(address)], appID, defaultExpiry, false).Value
}

// EndToken ends the tokens of an App ID of a user, who has to be there.
func (e *Emulator) EndToken(appToken, address, appID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.app(appToken).users[e.key(address)].tokens, appID)
}

// A Group is what an app has of a group.
type Group struct {
	GID     string
	Name    string
	Flags   int64
	Active  bool
	Members map[string]Permissions // by address
}

// Groups returns all groups of an app, by gid.
func (e *Emulator) Groups(appToken string) []Group {
	e.mu.Lock()
	defer e.mu.Unlock()

	var groups []Group
	app := e.app(appToken)
	for _, gid := range slices.Sorted(maps.Keys(app.groups)) {
		groups = append(groups, app.groups[gid].shown())
	}

	return groups
}

func (g *group) shown() Group {
	members := map[string]Permissions{}
	for _, m := range g.members {
		members[m.user.address] = m.may
	}

	return Group{GID: strconv.FormatInt(g.gid, 10), Name: g.name, Flags: g.flags, Active: g.active, Members: members}
}

// PutGroup adds a group or changes the one that has the GID, as if by other means than this API. Its members are left
// alone; they come from PutMember.
func (e *Emulator) PutGroup(appToken string, given Group) Group {
	e.mu.Lock()
	defer e.mu.Unlock()

	app := e.app(appToken)
	gid, _ := strconv.ParseInt(given.GID, 10, 64)
	g, exists := app.groups[gid]
	if !exists {
		g = app.addGroup(gid)
	}
	g.name, g.flags, g.active = given.Name, given.Flags, given.Active

	return g.shown()
}

// RemoveGroup deletes a group, if it is there.
func (e *Emulator) RemoveGroup(appToken, gid string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	number, _ := strconv.ParseInt(gid, 10, 64)
	delete(e.app(appToken).groups, number)
}

// PutMember adds a user to a group, or changes what the user may do in it. Both have to be there.
func (e *Emulator) PutMember(appToken, gid, address string, may Permissions) {
	e.mu.Lock()
	defer e.mu.Unlock()
	number, _ := strconv.ParseInt(gid, 10, 64)
	app := e.app(appToken)
	u := app.users[e.key(address)]
	if u == nil {
		panic("emulator: a member has to be a user")
	}
	app.groups[number].members[e.key(address)] = member{user: u, may: may}
}

// RemoveMember removes a user from a group, which has to be there.
func (e *Emulator) RemoveMember(appToken, gid, address string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	number, _ := strconv.ParseInt(gid, 10, 64)
	delete(e.app(appToken).groups[number].members, e.key(address))
}

// Messages returns all messages of an app, in the order in which they were sent.
func (e *Emulator) Messages(appToken string) []Message {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.Clone(e.app(appToken).messages)
}

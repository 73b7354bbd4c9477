// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// The methods in this file are for tests: they look at what the server has, and change it without the API.

// A Request is one that came in.
type Request struct {
	Op       string
	Address  string // of the user that it is about
	GID      string // of the group that it is about
	Method   string
	RawQuery string
	Header   http.Header
	Body     json.RawMessage // byte for byte
	At       time.Time
}

// Requests returns all requests since the start or the last reset, in order.
func (e *Emulator) Requests() []Request {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.Clone(e.requests)
}

// Count returns how many of these requests were of an op. An empty op counts all.
func (e *Emulator) Count(op string) int {
	count := 0
	for _, request := range e.Requests() {
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

// PeakConcurrency returns the largest number of requests that were in flight at once.
func (e *Emulator) PeakConcurrency() int {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.peak
}

// ResetPeakConcurrency sets the peak to the number of requests in flight.
func (e *Emulator) ResetPeakConcurrency() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.peak = e.inFlight
}

// MintedTokens returns every user token that was ever minted, so that a test can search for them.
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

// Breach disables every app, as mesibo does when it thinks that an app token has leaked.
func (e *Emulator) Breach() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, app := range e.apps {
		app.breached = true
	}
}

// app returns the app of an app token. It panics if there is none: the test is wrong.
func (e *Emulator) app(appToken string) *app {
	app, known := e.apps[appToken]
	if !known {
		panic("emulator: no app has this app token")
	}

	return app
}

// A User is a user of an app.
type User struct {
	UID     string
	Address string
	Name    string
	Active  bool
	Tokens  map[string]Token // the newest live token of each App ID
	Minted  int              // how many tokens were ever minted for this user
}

func (e *Emulator) shown(u *user) User {
	tokens := map[string]Token{}
	for _, token := range u.live(e.clock()) {
		tokens[token.AppID] = token
	}

	return User{UID: u.uid, Address: u.address, Name: u.name, Active: u.active, Tokens: tokens, Minted: u.minted}
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
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.Address, b.Address) })

	return users
}

// PutUser adds a user, or changes the name and status of an existing one. It gives the user the UID, if there is one, which no
// other user may have. Tokens come from MintToken.
func (e *Emulator) PutUser(appToken string, given User) User {
	e.mu.Lock()
	defer e.mu.Unlock()
	app := e.app(appToken)
	u, exists := app.users[e.key(given.Address)]
	if !exists {
		u = e.addUser(app, given.Address, given.UID)
	}
	if given.UID != "" {
		u.uid, app.uids[given.UID] = given.UID, true
	}
	u.name, u.active = given.Name, given.Active

	return e.shown(u)
}

// RemoveUser deletes a user, if it exists.
func (e *Emulator) RemoveUser(appToken, address string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	app := e.app(appToken)
	if u := app.users[e.key(address)]; u != nil {
		e.removeUser(app, u)
	}
}

// MintToken gives an App ID of an existing user a new token.
func (e *Emulator) MintToken(appToken, address, appID string) string {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.mint(e.app(appToken).users[e.key(address)], appID, defaultExpiry, false).Value
}

// EndToken ends the tokens of an App ID of an existing user.
func (e *Emulator) EndToken(appToken, address, appID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.app(appToken).users[e.key(address)].endTokens(appID)
}

// A Group is a group of an app.
type Group struct {
	GID     string
	Name    string
	Flags   int64
	Active  bool
	Members map[string]Permissions // by address
}

func (g *group) shown() Group {
	members := map[string]Permissions{}
	for _, m := range g.members {
		members[m.user.address] = m.may
	}

	return Group{GID: strconv.FormatInt(g.gid, 10), Name: g.name, Flags: g.flags, Active: g.active, Members: members}
}

func number(gid string) int64 {
	number, _ := strconv.ParseInt(gid, 10, 64)

	return number
}

// Groups returns all groups of an app, by gid.
func (e *Emulator) Groups(appToken string) []Group {
	e.mu.Lock()
	defer e.mu.Unlock()
	var groups []Group
	for _, g := range e.app(appToken).sortedGroups() {
		groups = append(groups, g.shown())
	}

	return groups
}

// PutGroup adds a group, or changes the existing one with the GID. Its members stay; they come from PutMember.
func (e *Emulator) PutGroup(appToken string, given Group) Group {
	e.mu.Lock()
	defer e.mu.Unlock()
	app := e.app(appToken)
	g, exists := app.groups[number(given.GID)]
	if !exists {
		g = app.addGroup(number(given.GID))
	}
	g.name, g.flags, g.active = given.Name, given.Flags, given.Active

	return g.shown()
}

// RemoveGroup deletes a group, if it exists.
func (e *Emulator) RemoveGroup(appToken, gid string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.app(appToken).groups, number(gid))
}

// PutMember adds an existing user to an existing group, or changes its permissions.
func (e *Emulator) PutMember(appToken, gid, address string, may Permissions) {
	e.mu.Lock()
	defer e.mu.Unlock()
	app := e.app(appToken)
	u := app.users[e.key(address)]
	if u == nil {
		panic("emulator: a member has to be a user")
	}
	app.groups[number(gid)].members[e.key(address)] = member{user: u, may: may}
}

// RemoveMember removes a user from an existing group.
func (e *Emulator) RemoveMember(appToken, gid, address string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.app(appToken).groups[number(gid)].members, e.key(address))
}

// Messages returns all messages of an app, in order.
func (e *Emulator) Messages(appToken string) []Message {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.Clone(e.app(appToken).messages)
}

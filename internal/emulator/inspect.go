// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// The methods in this file show and change what the server has without the API. They panic for an unknown app token.

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
	defer e.lock()()
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
	defer e.lock()()
	e.requests = nil
}

// PeakConcurrency returns the largest number of requests that were in flight at once.
func (e *Emulator) PeakConcurrency() int {
	defer e.lock()()
	return e.peak
}

// ResetPeakConcurrency sets the peak to the number of requests in flight.
func (e *Emulator) ResetPeakConcurrency() {
	defer e.lock()()
	e.peak = e.inFlight
}

// MintedTokens returns every user token that was ever minted, so that a test can search for them.
func (e *Emulator) MintedTokens() []string {
	defer e.lock()()
	return slices.Clone(e.minted)
}

// WebhookSecrets returns the webhook secret of every app.
func (e *Emulator) WebhookSecrets() []string {
	defer e.lock()()
	var secrets []string
	for _, app := range e.apps {
		secrets = append(secrets, app.webhookSecret)
	}

	return secrets
}

// Breach disables every app, as mesibo does when it thinks that an app token has leaked.
func (e *Emulator) Breach() {
	defer e.lock()()
	for _, app := range e.apps {
		app.breached = true
	}
}

// A User is a user of an app.
type User struct {
	UID     string
	Address string
	Name    string
	Active  bool
	// Permissions are those that a request has set, as text, by their names in the API.
	Permissions map[string]string
	Tokens      map[string]Token // the newest live token of each App ID
	Minted      int              // how many tokens were ever minted for this user
}

func (e *Emulator) shown(u *user) User {
	shown := u.User
	shown.Tokens = map[string]Token{}
	for _, token := range u.live(e.clock()) {
		shown.Tokens[token.AppID] = token
	}

	return shown
}

// User returns a user of an app.
func (e *Emulator) User(appToken, address string) (User, bool) {
	defer e.lock()()
	u, found := e.apps[appToken].users[e.key(address)]
	if !found {
		return User{}, false
	}

	return e.shown(u), true
}

// Users returns all users of an app, by address.
func (e *Emulator) Users(appToken string) []User {
	defer e.lock()()
	var users []User
	for _, u := range e.apps[appToken].users {
		users = append(users, e.shown(u))
	}
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.Address, b.Address) })

	return users
}

// PutUser adds a user, or changes the name, status and UID, if given, of an existing one. Tokens come from MintToken.
func (e *Emulator) PutUser(appToken string, given User) User {
	defer e.lock()()
	app := e.apps[appToken]
	u, exists := app.users[e.key(given.Address)]
	if !exists {
		u = e.addUser(app, given.Address, given.UID)
	}
	if given.UID != "" {
		u.UID, app.uids[given.UID] = given.UID, true
	}
	u.Name, u.Active = given.Name, given.Active

	return e.shown(u)
}

// RemoveUser deletes a user, if it exists.
func (e *Emulator) RemoveUser(appToken, address string) {
	defer e.lock()()
	app := e.apps[appToken]
	if u := app.users[e.key(address)]; u != nil {
		e.removeUser(app, u)
	}
}

// MintToken gives an App ID of an existing user a new token.
func (e *Emulator) MintToken(appToken, address, appID string) string {
	defer e.lock()()
	return e.mint(e.apps[appToken].users[e.key(address)], appID, defaultExpiry, false).Value
}

// EndToken ends the tokens of an App ID of an existing user.
func (e *Emulator) EndToken(appToken, address, appID string) {
	defer e.lock()()
	e.apps[appToken].users[e.key(address)].endTokens(appID)
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
	shown := g.Group
	shown.Members = map[string]Permissions{}
	for _, m := range g.members {
		shown.Members[m.user.Address] = m.may
	}

	return shown
}

// Groups returns all groups of an app, by gid.
func (e *Emulator) Groups(appToken string) []Group {
	defer e.lock()()
	var groups []Group
	for _, g := range e.sortedGroups(e.apps[appToken]) {
		groups = append(groups, g.shown())
	}

	return groups
}

// PutGroup adds a group, or changes the existing one with the GID. Its members stay; they come from PutMember.
func (e *Emulator) PutGroup(appToken string, given Group) Group {
	defer e.lock()()
	app := e.apps[appToken]
	g, exists := app.groups[given.GID]
	if !exists {
		g = e.addGroup(app, given.GID)
	}
	g.Name, g.Flags, g.Active = given.Name, given.Flags, given.Active

	return g.shown()
}

// RemoveGroup deletes a group, if it exists.
func (e *Emulator) RemoveGroup(appToken, gid string) {
	defer e.lock()()
	delete(e.apps[appToken].groups, gid)
}

// PutMember adds an existing user to an existing group, or changes its permissions.
func (e *Emulator) PutMember(appToken, gid, address string, may Permissions) {
	defer e.lock()()
	app := e.apps[appToken]
	u := app.users[e.key(address)]
	if u == nil {
		panic("emulator: a member has to be a user")
	}
	app.groups[gid].members[e.key(address)] = member{user: u, may: may}
}

// RemoveMember removes a user from an existing group.
func (e *Emulator) RemoveMember(appToken, gid, address string) {
	defer e.lock()()
	delete(e.apps[appToken].groups[gid].members, e.key(address))
}

// PushCredentials returns all push credentials of an app, in the order of their upload.
func (e *Emulator) PushCredentials(appToken string) []PushCredentials {
	defer e.lock()()
	return slices.Clone(e.apps[appToken].pushCredentials)
}

// Messages returns all messages of an app, in order.
func (e *Emulator) Messages(appToken string) []Message {
	defer e.lock()()
	return slices.Clone(e.apps[appToken].messages)
}

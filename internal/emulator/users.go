// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultExpiry is the life of a token in minutes when the request names none (official documentation).
const defaultExpiry = 525_600

// An app has its users to itself. Invented: two addresses are the same when all their bytes are; whether case counts
// is not known.
type app struct {
	token         string
	webhookSecret string
	lastUID       int64
	uids          map[string]*user // by uid; nil for one that is gone, since a uid is given once
	users         map[string]*user // by address
	lastGID       int64
	groups        map[int64]*group // by gid
	messages      []Message
	clients       map[string]bool // addresses that calls came from
	breached      bool
}

// A user has, for each App ID, the tokens that were minted and not ended, the newest last.
type user struct {
	uid     string
	address string
	name    string
	active  bool
	flags   int64
	created time.Time
	tokens  map[string][]Token
	minted  int
	latest  map[string]int // the number of its latest token, by App ID; a clock may stand still
}

// firstUID is where the uids of an app start; the documentation's examples have four digits.
const firstUID = 5302

func newApp(token string) *app {
	return &app{
		token: token, webhookSecret: randomToken(), lastUID: firstUID - 1,
		uids: map[string]*user{}, users: map[string]*user{}, lastGID: firstGID - 1, groups: map[int64]*group{}, clients: map[string]bool{},
	}
}

// add adds a user; without a uid, with the next one. A uid is given once: whoever is deleted and added again is
// another user (inferred).
func (a *app) add(address, uid string, now time.Time) *user {
	if uid == "" {
		uid = a.nextUID()
	}
	u := &user{
		uid: uid, address: address, active: true, created: now,
		tokens: map[string][]Token{}, latest: map[string]int{},
	}
	a.users[address], a.uids[uid] = u, u

	return u
}

// remove deletes a user, who leaves all groups with that (inferred).
func (a *app) remove(u *user) {
	for _, g := range a.groups {
		delete(g.members, u.address)
	}
	delete(a.users, u.address)
	a.uids[u.uid] = nil
}

// nextUID passes over the uids that PutUser gave.
func (a *app) nextUID() string {
	for {
		a.lastUID++
		uid := strconv.FormatInt(a.lastUID, 10)
		if _, given := a.uids[uid]; !given {
			return uid
		}
	}
}

// names tells whether a request names a user, by address or by uid.
func names(user object) bool {
	return user.text("address") != "" || user.text("uid") != ""
}

// find returns the user that a request names by address or by uid, and the property that it was named by. Invented:
// the address goes before the uid.
func (a *app) find(named object) (*user, string) {
	if address := named.text("address"); address != "" {
		return a.users[address], "address"
	}

	return a.uids[named.text("uid")], "uid"
}

// echo is the app as replies of 2020 showed it, the secrets in clear.
func (a *app) echo() map[string]any {
	return map[string]any{
		"aid": "1", "uid": "1", "name": "emulated", "secret": a.webhookSecret, "token": a.token,
		"u_users": strconv.Itoa(len(a.users)), "u_groups": strconv.Itoa(len(a.groups)), "url": "", "server": "", "notify": "1", "flag": "33024",
	}
}

// mint gives the App ID a new token. Invented: version 2 tokens replace each other and those of version 1, as the
// latter do.
func (e *Emulator) mint(u *user, appID string, expiry int64) Token {
	token := Token{Value: e.newToken(), ExpiryMinutes: expiry, MintedAt: e.clock()}
	if e.modes.MintEndsEarlier {
		u.tokens[appID] = nil
	}
	u.tokens[appID] = append(u.tokens[appID], token)
	u.minted++
	u.latest[appID] = u.minted
	e.minted = append(e.minted, token.Value)

	return token
}

// live returns the newest token of an App ID that has not expired.
func (u *user) live(appID string, now time.Time) (Token, bool) {
	for _, token := range slices.Backward(u.tokens[appID]) {
		if token.alive(now) {
			return token, true
		}
	}

	return Token{}, false
}

// alive tells whether a token has not expired. An expiry of 0 is never (a comment in the vendor's sample). Invented:
// a negative one is at once.
func (t Token) alive(now time.Time) bool {
	return t.ExpiryMinutes == 0 || int64(now.Sub(t.MintedAt)/time.Minute) < t.ExpiryMinutes
}

// userAdd is useradd: it adds a user or takes over the one that exists, and mints a token when the request has a
// token object (official documentation).
func (e *Emulator) userAdd(app *app, call call) outcome {
	asked := call.user()
	address := asked.text("address")
	if address == "" {
		return missing("address")
	}
	wanted := asked.object("token")
	appID := wanted.text("appid")
	if asked.has("token") && appID == "" && !wanted.flag("v2") {
		return missing("appid") // Version 2 tokens do without (client).
	}

	u, exists := app.users[address]
	if !exists {
		u = app.add(address, "", e.clock())
	}
	if !exists || e.modes.AddUpdatesExisting {
		u.set(asked)
	}

	shown := outcome{"uid": e.uid(u)}
	if e.modes.EchoAddress {
		shown["address"] = u.address
	}
	if asked.has("token") {
		shown["token"] = e.mint(u, appID, wanted.integer("expiry", defaultExpiry)).Value
	}

	return outcome{"user": shown}
}

// userSet is userset: it changes what it is given, and ends tokens with token.remove (vendor's sample).
func (e *Emulator) userSet(app *app, call call) outcome {
	asked := call.user()
	u, refusal := e.target(app, asked)
	if u == nil {
		return refusal
	}

	u.set(asked)
	if profile := asked.object("profile"); profile.has("name") {
		u.name = profile.text("name") // Invented: it is the user's name; how the two differ is not known.
	}
	if removal := asked.object("token"); removal.flag("remove") {
		if appID := removal.text("appid"); appID != "" && e.modes.RemoveScope == RemoveAppID {
			delete(u.tokens, appID)
		} else {
			clear(u.tokens)
		}
	}

	return outcome{}
}

// set changes what is given of a user.
func (u *user) set(given object) {
	if given.has("name") {
		u.name = given.text("name")
	}
	if given.has("active") {
		u.active = given.flag("active")
	}
	u.flags = given.integer("flags", u.flags)
}

// userDel is userdel. The user's tokens die with it (the vendor, in an issue of 2021).
func (e *Emulator) userDel(app *app, call call) outcome {
	asked := call.user()
	u, refusal := e.target(app, asked)
	if u == nil {
		return refusal
	}
	app.remove(u)

	return outcome{}
}

// target returns the user that a userset or userdel names, or the answer when there is none.
func (e *Emulator) target(app *app, asked object) (*user, outcome) {
	if !names(asked) {
		return nil, missing("address")
	}
	u, property := app.find(asked)
	if u == nil && e.modes.MissingTarget == MissingIsOK {
		return nil, outcome{}
	}
	if u == nil {
		return nil, notFound(property)
	}

	return u, nil
}

// usersGet is usersget. Invented: its JSON form, after that of groupgetmembers; the order of the rows, by address and
// App ID; and that userscount is of the rows that match. The rows are those that a client of 2023 decodes, and they
// hold tokens in clear.
func (e *Emulator) usersGet(app *app, call call) outcome {
	rows := []any{}
	for _, u := range e.matching(app, call.user().text("address")) {
		rows = append(rows, e.rows(u)...)
	}
	all := len(rows)
	rows = cut(rows, call.fields.integer("count", 0), e.modes.RowCap)

	return outcome{"users": rows, "count": len(rows), "userscount": all}
}

// matching returns the users whose address matches a pattern, in which * stands for anything.
func (e *Emulator) matching(app *app, pattern string) []*user {
	if exact := pattern != "" && !strings.Contains(pattern, "*"); exact && !e.modes.IgnorePattern {
		if u, found := app.users[pattern]; found && e.visible(u) {
			return []*user{u}
		}

		return nil
	}

	var found []*user
	for _, u := range app.users {
		if e.visible(u) && (pattern == "" || e.modes.IgnorePattern || matches(pattern, u.address)) {
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(a, b *user) int { return strings.Compare(a.address, b.address) })

	return found
}

// matches tells whether a pattern with a *, which stands for anything, covers the whole of an address.
func matches(pattern, address string) bool {
	first, rest, _ := strings.Cut(pattern, "*")
	address, ok := strings.CutPrefix(address, first)
	if !ok {
		return false
	}
	// Each part may sit as far left as it can; only the last has to be at the end.
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(address, part)
		}
		at := strings.Index(address, part)
		if at < 0 {
			return false
		}
		address, rest = address[at+len(part):], next
	}
}

func (e *Emulator) visible(u *user) bool {
	return !e.clock().Before(u.created.Add(e.modes.VisibilityDelay))
}

// rows returns the rows of a user: one for each App ID with a live token, or a single one.
func (e *Emulator) rows(u *user) []any {
	appIDs := u.liveAppIDs(e.clock())
	if len(appIDs) == 0 {
		return []any{e.row(u, "")}
	}
	if !e.modes.RowsPerAppID {
		newest := slices.MaxFunc(appIDs, func(a, b string) int { return u.latest[a] - u.latest[b] })

		return []any{e.row(u, newest)}
	}
	var rows []any
	for _, appID := range appIDs {
		rows = append(rows, e.row(u, appID))
	}

	return rows
}

// liveAppIDs returns the App IDs that have a token now, sorted.
func (u *user) liveAppIDs(now time.Time) []string {
	var appIDs []string
	for appID := range u.tokens {
		if _, alive := u.live(appID, now); alive {
			appIDs = append(appIDs, appID)
		}
	}
	slices.Sort(appIDs)

	return appIDs
}

func (e *Emulator) row(u *user, appID string) map[string]any {
	active := 0
	if u.active {
		active = 1
	}
	token, _ := u.live(appID, e.clock())
	if e.modes.HideTokens {
		token.Value = ""
	}

	return map[string]any{
		"uid": e.uid(u), "address": u.address, "ipaddr": 0, "lastonline": 0, "active": active, "pinned": 0, "online": 0,
		"flag": u.flags, "flags": u.flags, "token": token.Value, "appid": appID,
	}
}

// userToken is usertoken: it mints for a uid and an App ID (client). Invented: its JSON form, and the token's expiry.
func (e *Emulator) userToken(app *app, call call) outcome {
	asked := call.user()
	appID := asked.text("appid")
	if appID == "" {
		appID = asked.object("token").text("appid")
	}
	switch {
	case asked.text("uid") == "":
		return missing("uid")
	case appID == "":
		return missing("appid")
	}
	u, property := app.find(object{"uid": asked["uid"]})
	if u == nil {
		return notFound(property)
	}

	return outcome{"user": outcome{"uid": e.uid(u), "appid": appID, "token": e.mint(u, appID, defaultExpiry).Value}}
}

// uid is how a uid is written into a reply. One that PutUser made up, and that is no number, stays a string.
func (e *Emulator) uid(u *user) any {
	if number, err := strconv.ParseUint(u.uid, 10, 64); err == nil && e.modes.UIDAsNumber {
		return number
	}

	return u.uid
}

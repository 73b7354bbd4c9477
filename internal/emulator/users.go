// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// defaultExpiry is the life of a token in minutes when the request names none (official documentation).
const defaultExpiry = 525_600

// An app has its users to itself.
type app struct {
	token         string
	webhookSecret string
	lastUID       int64
	uids          map[string]*user  // by uid; nil for one that is gone, since a uid is given once
	users         map[string]*user  // by the key of the address
	former        map[string]string // the uids of users that are gone, by that key
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
	tokens  map[string][]Token
	minted  int
	latest  map[string]int // the number of its latest token, by App ID; a clock may stand still
}

// firstUID is where the uids of an app start; the documentation's examples have four digits.
const firstUID = 5302

func newApp(token string) *app {
	return &app{
		token: token, webhookSecret: randomToken(), lastUID: firstUID - 1,
		uids: map[string]*user{}, users: map[string]*user{}, former: map[string]string{}, lastGID: firstGID - 1, groups: map[int64]*group{}, clients: map[string]bool{},
	}
}

// key is what an address has in common with those that are the same.
func (e *Emulator) key(address string) string {
	if e.profile.FoldCase {
		return strings.ToLower(address)
	}

	return address
}

// add adds a user to an app; without a uid, with the next one. A uid is given once, but perhaps to who comes back.
func (e *Emulator) add(app *app, address, uid string) *user {
	key := e.key(address)
	if uid == "" && e.profile.KeepUID {
		uid = app.former[key]
	}
	if uid == "" {
		uid = app.nextUID()
	}
	u := &user{
		uid: uid, address: address, active: true,
		tokens: map[string][]Token{}, latest: map[string]int{},
	}
	app.users[key], app.uids[uid] = u, u

	return u
}

// remove deletes a user of an app.
func (e *Emulator) remove(app *app, u *user) {
	key := e.key(u.address)
	for _, g := range app.groups {
		delete(g.members, key)
	}
	delete(app.users, key)
	app.uids[u.uid], app.former[key] = nil, u.uid
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

// find returns the user that a request names by address or by uid, and the property that it was named by.
func (e *Emulator) find(app *app, named object) (*user, string) {
	address, uid := named.text("address"), named.text("uid")
	if address == "" {
		return app.uids[uid], "uid"
	}

	return app.users[e.key(address)], "address"
}

// echo is the app as replies of 2020 showed it, the secrets in clear.
func (a *app) echo() map[string]any {
	return map[string]any{
		"aid": "1", "uid": "1", "name": "emulated", "secret": a.webhookSecret, "token": a.token,
		"u_users": strconv.Itoa(len(a.users)), "u_groups": strconv.Itoa(len(a.groups)), "url": "", "server": "", "notify": "1", "flag": "33024",
	}
}

// mint gives the App ID a new token, of version 1 or 2.
func (e *Emulator) mint(u *user, appID string, expiry int64, v2 bool) Token {
	token := Token{Value: e.newToken(), ExpiryMinutes: expiry, MintedAt: e.clock(), V2: v2}
	left := slices.DeleteFunc(u.tokens[appID], func(earlier Token) bool {
		if earlier.V2 == v2 {
			return e.profile.MintEndsEarlier
		}

		return e.profile.VersionsEndEachOther
	})
	u.tokens[appID] = append(left, token)
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

// alive tells whether a token has not expired. An expiry of 0 is never (a comment in the vendor's sample).
func (t Token) alive(now time.Time) bool {
	return t.ExpiryMinutes == 0 || int64(now.Sub(t.MintedAt)/time.Minute) < t.ExpiryMinutes
}

// userAdd is useradd: it adds a user or takes over the one that exists, and mints a token when the request has a
// token object (official documentation).
func (e *Emulator) userAdd(app *app, call call) outcome {
	asked := call.user()
	address := asked.text("address")
	if address == "" {
		return e.missing("address")
	}
	wanted := asked.object("token")
	appID, v2 := wanted.text("appid"), wanted.flag("v2")
	if asked.has("token") && appID == "" && !v2 {
		return e.missing("appid") // Version 2 tokens do without (client).
	}

	u, exists := app.users[e.key(address)]
	if exists {
		e.upsert(u, asked)
	} else {
		u = e.add(app, address, "")
		e.set(u, asked)
	}
	if !asked.has("token") && e.profile.AddEndsTokens {
		clear(u.tokens)
	}

	shown := outcome{"uid": e.uid(u), "address": u.address}
	if asked.has("token") {
		shown["token"] = e.mint(u, appID, wanted.integer("expiry", defaultExpiry), v2).Value
	}

	return outcome{"user": shown}
}

// userSet is userset: it changes what it is given, and ends tokens with token.remove (vendor's sample).
func (e *Emulator) userSet(app *app, call call) outcome {
	asked := call.user()
	u, refusal := e.target(app, asked, e.profile.SetUnknownUser)
	if u == nil {
		return refusal
	}
	if e.profile.SetResets {
		u.name, u.active, u.flags = "", true, 0
	}
	e.set(u, asked.without(map[string]bool{"name": e.profile.SetName == profile.SetNameProfile}))
	if card := asked.object("profile"); card.has("name") && e.profile.SetName != profile.SetNameUser {
		u.name = card.text("name")
	}
	if removal := asked.object("token"); removal.flag("remove") {
		if appID := removal.text("appid"); appID != "" && e.profile.RemoveScope == profile.RemoveAppID {
			delete(u.tokens, appID)
		} else {
			clear(u.tokens)
		}
	}

	return outcome{}
}

// set changes what is given of a user.
func (e *Emulator) set(u *user, given object) {
	if given.has("name") {
		u.name = given.text("name")
	}
	if given.has("active") {
		u.active = given.flag("active")
	}
	if !u.active && e.profile.DisableEndsTokens {
		clear(u.tokens)
	}
	u.flags = given.integer("flags", u.flags)
}

// upsert does to a user that exists what a useradd does.
func (e *Emulator) upsert(u *user, given object) {
	if e.profile.AddExistingName == profile.UpsertReset {
		u.name = ""
	}
	if e.profile.AddExistingActive == profile.UpsertReset {
		u.active, u.flags = true, 0
	}
	kept := e.profile.AddExistingActive == profile.UpsertKept
	e.set(u, given.without(map[string]bool{
		"name": e.profile.AddExistingName == profile.UpsertKept, "active": kept, "flags": kept,
	}))
}

// userDel is userdel. The user's tokens die with it (the vendor, in an issue of 2021).
func (e *Emulator) userDel(app *app, call call) outcome {
	asked := call.user()
	u, refusal := e.target(app, asked, e.profile.DeleteUnknownUser)
	if u == nil {
		return refusal
	}
	e.remove(app, u)

	return outcome{}
}

// target returns the user that a userset or userdel names, or the answer when there is none.
func (e *Emulator) target(app *app, asked object, unknown profile.Unknown) (*user, outcome) {
	if !names(asked) {
		return nil, e.missing("address")
	}
	u, property := e.find(app, asked)
	switch {
	case u != nil:
		return u, nil
	case unknown == profile.UnknownAdded && property == "address":
		return e.add(app, asked.text("address"), ""), nil
	case unknown == profile.UnknownRefused:
		return nil, e.noUser(property)
	default:
		return nil, outcome{}
	}
}

// userToken is usertoken: it mints for a uid and an App ID (client), with the usual expiry.
func (e *Emulator) userToken(app *app, call call) outcome {
	asked := call.user()
	appID := asked.text("appid")
	if appID == "" {
		appID = asked.object("token").text("appid")
	}
	switch {
	case asked.text("uid") == "":
		return e.missing("uid")
	case appID == "":
		return e.missing("appid")
	}
	u, property := e.find(app, object{"uid": asked["uid"]})
	if u == nil {
		return e.noUser(property)
	}

	return outcome{"user": outcome{"uid": e.uid(u), "appid": appID, "token": e.mint(u, appID, defaultExpiry, false).Value}}
}

// uid is how a uid is written into a reply. One that PutUser made up, and that is no number, stays a string.
func (e *Emulator) uid(u *user) any {
	if number, err := strconv.ParseUint(u.uid, 10, 64); err == nil && e.profile.UIDAsNumber {
		return number
	}

	return u.uid
}

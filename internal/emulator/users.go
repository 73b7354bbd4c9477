// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

const (
	firstUID      = 5302    // The uids in the documentation's examples have four digits.
	defaultExpiry = 525_600 // minutes: the life of a token when the request names none (official documentation)
)

// A user has its tokens in the field tokens, not in Tokens.
type user struct {
	User

	flags  int64
	tokens []Token // those that were not ended, in the order of minting
}

// A Token is a user token.
type Token struct {
	Value         string
	AppID         string
	ExpiryMinutes int64
	MintedAt      time.Time
	V2            bool // of the newer format
}

// alive reports whether a token has not expired. An expiry of 0 is never (a comment in the vendor's sample).
func (t Token) alive(now time.Time) bool {
	return t.ExpiryMinutes == 0 || int64(now.Sub(t.MintedAt)/time.Minute) < t.ExpiryMinutes
}

// live returns the newest live token of each App ID, the newest first.
func (u *user) live(now time.Time) []Token {
	var live []Token
	for _, token := range slices.Backward(u.tokens) {
		known := slices.ContainsFunc(live, func(newer Token) bool { return newer.AppID == token.AppID })
		if !known && token.alive(now) {
			live = append(live, token)
		}
	}

	return live
}

// endTokens ends the tokens of an App ID.
func (u *user) endTokens(appID string) {
	u.tokens = slices.DeleteFunc(u.tokens, func(token Token) bool { return token.AppID == appID })
}

// mint gives the App ID a new token.
func (e *Emulator) mint(u *user, appID string, expiry int64, v2 bool) Token {
	token := Token{Value: e.newToken(), AppID: appID, ExpiryMinutes: expiry, MintedAt: e.clock(), V2: v2}
	u.tokens = slices.DeleteFunc(u.tokens, func(earlier Token) bool {
		ends := e.profile.MintEndsEarlier
		if earlier.V2 != v2 {
			ends = e.profile.VersionsEndEachOther
		}

		return ends && earlier.AppID == appID
	})
	u.tokens = append(u.tokens, token)
	u.Minted++
	e.minted = append(e.minted, token.Value)

	return token
}

// key is equal for addresses that are the same user.
func (e *Emulator) key(address string) string {
	if e.profile.FoldCase {
		return strings.ToLower(address)
	}

	return address
}

// addUser adds a user; without a uid, with the next one that was never given.
func (e *Emulator) addUser(app *app, address, uid string) *user {
	key := e.key(address)
	if uid == "" && e.profile.KeepUID {
		uid = app.former[key]
	}
	for uid == "" {
		app.lastUID++
		if next := strconv.FormatInt(app.lastUID, 10); !app.uids[next] {
			uid = next
		}
	}
	u := &user{User: User{UID: uid, Address: address, Active: true}}
	app.users[key], app.uids[uid] = u, true

	return u
}

// removeUser deletes a user. It also leaves its groups (inferred).
func (e *Emulator) removeUser(app *app, u *user) {
	key := e.key(u.Address)
	for _, g := range app.groups {
		delete(g.members, key)
	}
	delete(app.users, key)
	app.former[key] = u.UID
}

// findUser returns the user that a userset or userdel names by address or else by uid, or the answer if there is none.
func (e *Emulator) findUser(app *app, named object, unknown profile.Unknown) (*user, reply) {
	address, uid := named.text("address"), named.text("uid")
	u, property := app.users[e.key(address)], "address"
	if address == "" {
		u, property = app.userByUID(uid), "uid"
	}
	switch {
	case address == "" && uid == "":
		return nil, e.missing("address")
	case u != nil:
		return u, nil
	case unknown == profile.UnknownAdded && address != "":
		return e.addUser(app, address, ""), nil
	case unknown == profile.UnknownRefused:
		return nil, e.noUser(property)
	default:
		return nil, reply{}
	}
}

func (a *app) userByUID(uid string) *user {
	for _, u := range a.users {
		if u.UID == uid {
			return u
		}
	}

	return nil
}

// userAdd is useradd: it adds a user or takes over an existing one, and mints if there is a token object (documentation).
func (e *Emulator) userAdd(app *app, call call) reply {
	asked := call.user()
	address, token := asked.text("address"), asked.object("token")
	appID, v2 := token.text("appid"), token.flag("v2")
	switch {
	case address == "":
		return e.missing("address")
	case asked.has("token") && appID == "" && !v2: // A token of version 2 needs no App ID (client).
		return e.missing("appid")
	}

	if u := app.users[e.key(address)]; u != nil {
		if e.profile.AddResetsPermissions {
			u.Permissions = nil
		}
		e.change(u, asked, e.profile.AddExistingName, e.profile.AddExistingActive)
	} else {
		e.change(e.addUser(app, address, ""), asked, profile.UpsertSet, profile.UpsertSet)
	}
	u := app.users[e.key(address)]
	shown := reply{"uid": e.uid(u), "address": u.Address}
	switch {
	case asked.has("token"):
		shown["token"] = e.mint(u, appID, token.integer("expiry", defaultExpiry), v2).Value
	case e.profile.AddEndsTokens:
		u.tokens = nil
	}

	return reply{"user": shown}
}

// userSet is userset: it changes what the request has, and ends tokens with token.remove (vendor's sample).
func (e *Emulator) userSet(app *app, call call) reply {
	asked := call.user()
	u, failed := e.findUser(app, asked, e.profile.SetUnknownUser)
	if u == nil {
		return failed
	}

	how, given := profile.UpsertSet, maps.Clone(asked)
	if e.profile.SetResets {
		how, u.Permissions = profile.UpsertReset, nil
	}
	if e.profile.SetName == profile.SetNameProfile {
		delete(given, "name")
	}
	if card := asked.object("profile"); card.has("name") && e.profile.SetName != profile.SetNameUser {
		given["name"] = card["name"]
	}
	e.change(u, given, how, how)

	if token := asked.object("token"); token.flag("remove") {
		if appID := token.text("appid"); appID != "" && e.profile.RemoveScope == profile.RemoveAppID {
			u.endTokens(appID)
		} else {
			u.tokens = nil
		}
	}

	return reply{}
}

// change changes the name, the status and the permissions of a user as the request says.
func (e *Emulator) change(u *user, given object, name, status profile.Upsert) {
	permissions := maps.Clone(u.Permissions)
	for name := range given.object("permissions") {
		if permissions == nil {
			permissions = map[string]string{}
		}
		permissions[name] = given.object("permissions").text(name)
	}
	u.Permissions = permissions
	if name == profile.UpsertReset {
		u.Name = ""
	}
	if name != profile.UpsertKept && given.has("name") {
		u.Name = given.text("name")
	}
	if status == profile.UpsertReset {
		u.Active, u.flags = true, 0
	}
	if status != profile.UpsertKept {
		u.flags = given.integer("flags", u.flags)
		if given.has("active") {
			u.Active = given.flag("active")
		}
	}
	if !u.Active && e.profile.DisableEndsTokens {
		u.tokens = nil
	}
}

// userDel is userdel. The tokens of the user are ended (the vendor, in an issue of 2021).
func (e *Emulator) userDel(app *app, call call) reply {
	if !e.profile.DeleteByAddress && !call.user().has("uid") {
		return e.missing("uid")
	}
	u, failed := e.findUser(app, call.user(), e.profile.DeleteUnknownUser)
	if u == nil {
		return failed
	}
	e.removeUser(app, u)

	return reply{}
}

// userToken is usertoken: it mints for a uid and an App ID, with the default expiry (client).
func (e *Emulator) userToken(app *app, call call) reply {
	uid, appID := call.user().text("uid"), call.user().object("token").text("appid")
	switch {
	case uid == "":
		return e.missing("uid")
	case appID == "":
		return e.missing("appid")
	}
	u := app.userByUID(uid)
	if u == nil {
		return e.noUser("uid")
	}

	return reply{"user": reply{"uid": e.uid(u), "appid": appID, "token": e.mint(u, appID, defaultExpiry, false).Value}}
}

// uid is a uid as replies have it. One that a test made up and that is no number stays a string.
func (e *Emulator) uid(u *user) any {
	if number, err := strconv.ParseUint(u.UID, 10, 64); err == nil && e.profile.UIDAsNumber {
		return number
	}

	return u.UID
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

func TestLookups(t *testing.T) {
	t.Parallel()

	e := newEmulator(with(func(p *profile.Profile) { p.SetLookups(false) }))
	add(t, e, "a")
	expect(t, call(t, e, "usersget", object{"address": "a"}), decode(t, `{"op":"usersget","result":false,"error":"BADOP"}`))
	e.SetProfile(func(p *profile.Profile) { p.SetLookups(true) })
	expect(t, addresses(t, e, "a"), []string{"a"})
}

func TestRowsPerAppID(t *testing.T) {
	t.Parallel()

	now := newClock() // It stands still: the order of minting counts, not the time.
	e := newEmulator(emulator.WithClock(now.Now))
	add(t, e, "a")
	add(t, e, "b")
	seen := func() []string {
		var found []string
		for _, row := range rows(t, e, "*") {
			found = append(found, encode(t, []any{row["address"], row["appid"], row["token"]}))
		}

		return found
	}
	expect(t, seen(), []string{`["a","",""]`, `["b","",""]`})

	mint(t, e, "b", firstApp)
	mint(t, e, "b", secondApp)
	expect(t, seen(), []string{`["a","",""]`, `["b","com.mesibo.secondapp","token-2"]`})
	mint(t, e, "b", firstApp)
	expect(t, seen(), []string{`["a","",""]`, `["b","com.mesibo.firstapp","token-3"]`})

	e.SetProfile(func(p *profile.Profile) { p.RowsPerAppID = true })
	expect(t, seen(), []string{`["a","",""]`, `["b","com.mesibo.firstapp","token-3"]`, `["b","com.mesibo.secondapp","token-2"]`})
	e.EndToken(appToken, "b", firstApp)
	expect(t, seen(), []string{`["a","",""]`, `["b","com.mesibo.secondapp","token-2"]`})
	now.now = now.now.AddDate(1, 0, 0)
	expect(t, seen(), []string{`["a","",""]`, `["b","",""]`})
}

func TestMintEndsEarlier(t *testing.T) {
	t.Parallel()

	for _, ends := range []bool{true, false} {
		now := newClock()
		e := newEmulator(emulator.WithClock(now.Now), with(func(p *profile.Profile) { p.MintEndsEarlier = ends }))
		mintFor := func(appID string, minutes int) {
			succeed(t, e, "useradd", object{"address": "a", "token": object{"appid": appID, "expiry": minutes}})
		}
		mintFor(firstApp, 60)
		mintFor(secondApp, 60)
		mintFor(firstApp, 1)
		expect(t, live(t, e, "a"), map[string]string{firstApp: "token-3", secondApp: "token-2"})

		// The earlier token shows again when the later one has expired, if it was not ended.
		now.now = now.now.Add(time.Minute)
		want := map[string]string{secondApp: "token-2"}
		if !ends {
			want[firstApp] = "token-1"
		}
		expect(t, live(t, e, "a"), want)
	}
}

func TestRemoveScope(t *testing.T) {
	t.Parallel()

	both := map[string]string{firstApp: "token-1", secondApp: "token-2"}
	onlySecond := map[string]string{secondApp: "token-2"}
	none := map[string]string{}
	tests := map[string]struct {
		token   object
		byAppID map[string]string // what is left with RemoveAppID
		all     map[string]string // and with RemoveAll
	}{
		"of an App ID":         {object{"remove": true, "appid": firstApp}, onlySecond, none},
		"of any App ID":        {object{"remove": true}, none, none},
		"of an App ID unknown": {object{"remove": true, "appid": "com.example.other"}, both, none},
		"as a number":          {object{"remove": 1, "appid": firstApp}, onlySecond, none},
		"not at all":           {object{"remove": false, "appid": firstApp}, both, both},
		"not mentioned":        {object{"appid": firstApp}, both, both},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for scope, want := range map[profile.RemoveScope]map[string]string{profile.RemoveAppID: tt.byAppID, profile.RemoveAll: tt.all} {
				e := newEmulator(with(func(p *profile.Profile) { p.RemoveScope = scope }))
				mint(t, e, "a", firstApp)
				mint(t, e, "a", secondApp)
				mint(t, e, "b", firstApp)
				succeed(t, e, "userset", object{"address": "a", "token": tt.token})
				expect(t, live(t, e, "a"), want)
				expect(t, live(t, e, "b"), map[string]string{firstApp: "token-3"})
			}
		})
	}
}

func TestUnknownUser(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	for _, named := range []string{"address", "uid"} {
		for _, op := range []string{"userset", "userdel"} {
			e.SetProfile(func(p *profile.Profile) { p.SetUnknown(profile.UnknownRefused) })
			expect(t, call(t, e, op, object{named: "1"}), decode(t,
				`{"error":"NOTFOUND","code":404,"cause":"No such user","properties":["`+named+`"],"op":"`+op+`","result":false}`))
			e.SetProfile(func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) })
			expect(t, call(t, e, op, object{named: "1"}), object{"op": op, "result": true})
		}
	}
	expect(t, call(t, e, "userdel", nil)["code"], decode(t, `{"code":400}`)["code"])
	expect(t, call(t, e, "usertoken", object{"uid": "1", "appid": firstApp})["error"], any("NOTFOUND"))
	expect(t, len(e.Users(appToken)), 0)

	e.SetProfile(func(p *profile.Profile) { p.SetUnknownUser = profile.UnknownAdded })
	succeed(t, e, "userset", object{"address": "a", "name": "A"})
	user, _ := e.User(appToken, "a")
	expect(t, user.Name, "A")
	expect(t, call(t, e, "userset", object{"uid": "1"}), object{"op": "userset", "result": true})
	expect(t, len(e.Users(appToken)), 1)
}

// TestAddExisting has each of name and status kept, set and reset, whatever becomes of the other.
func TestAddExisting(t *testing.T) {
	t.Parallel()

	all := []profile.Upsert{profile.UpsertKept, profile.UpsertSet, profile.UpsertReset}
	for _, name := range all {
		for _, active := range all {
			e := newEmulator(with(func(p *profile.Profile) { p.AddExistingName, p.AddExistingActive = name, active }))
			now := func() []any {
				user, _ := e.User(appToken, "a")

				return []any{user.Name, user.Active}
			}
			succeed(t, e, "useradd", object{"address": "a", "name": "First"})
			succeed(t, e, "useradd", object{"address": "a", "name": "Second", "active": false})
			set := []any{map[bool]string{false: "Second", true: "First"}[name == profile.UpsertKept], active == profile.UpsertKept}
			expect(t, now(), set)
			succeed(t, e, "useradd", object{"address": "a"})
			if name == profile.UpsertReset {
				set[0] = ""
			}
			if active == profile.UpsertReset {
				set[1] = true
			}
			expect(t, now(), set)
		}
	}
}

// TestSetResets has userset reset what the request leaves out.
func TestSetResets(t *testing.T) {
	t.Parallel()

	for _, resets := range []bool{false, true} {
		e := newEmulator(with(func(p *profile.Profile) { p.SetResets = resets }))
		succeed(t, e, "useradd", object{"address": "a", "name": "A", "active": false})
		succeed(t, e, "useradd", object{"address": "b", "name": "B"})
		succeed(t, e, "userset", object{"address": "a", "token": object{"remove": true}})
		succeed(t, e, "userset", object{"address": "b", "active": false})
		a, _ := e.User(appToken, "a")
		b, _ := e.User(appToken, "b")
		expect(t, []any{a.Name == "", a.Active, b.Name == "", b.Active}, []any{resets, resets, resets, false})
	}
}

// TestEchoApp looks for the app in successes and in failures. Only an app that is known can be shown.
func TestEchoApp(t *testing.T) {
	t.Parallel()

	e := newEmulator(with(func(p *profile.Profile) { p.EchoApp = true }))
	add(t, e, "a")
	replies := map[string]object{
		"success":   call(t, e, "useradd", object{"address": "a"}),
		"set":       call(t, e, "userset", object{"address": "a"}),
		"rows":      call(t, e, "usersget", nil),
		"missing":   call(t, e, "useradd", nil),
		"not found": call(t, e, "userdel", object{"address": "b"}),
		"no op":     call(t, e, "someop", nil),
	}
	e.Breach()
	replies["breach"] = call(t, e, "useradd", object{"address": "a"})
	for name, reply := range replies {
		app := dig(t, reply, "app")
		if app["token"] != appToken || app["secret"] != e.WebhookSecrets()[0] || app["u_users"] != "1" {
			t.Errorf("%s: %v", name, app)
		}
	}
	expect(t, post(t, e, `{"op":"useradd","token":"wrong"}`), decode(t, authFail))

	e.SetProfile(func(p *profile.Profile) { p.EchoApp = false })
	if text := encode(t, call(t, e, "useradd", nil)); strings.Contains(text, appToken) {
		t.Error(text)
	}
}

func TestRequestsPerSecond(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		e := newEmulator(with(func(p *profile.Profile) { p.RequestsPerSecond = 2 }))
		request := func() int {
			recorder := httptest.NewRecorder()
			e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/backend/?op=useradd&addr=a&token="+appToken, http.NoBody))
			if recorder.Code == http.StatusTooManyRequests {
				expect(t, recorder.Header().Get("Retry-After"), "1")
			}

			return recorder.Code
		}
		const yes, no = http.StatusOK, http.StatusTooManyRequests
		expect(t, []int{request(), request(), request()}, []int{yes, yes, no})
		time.Sleep(500 * time.Millisecond)
		expect(t, []int{request(), request()}, []int{yes, no})
		e.SetProfile(func(p *profile.Profile) { p.RowCap = 1 }) // It does not forget about the rate.
		expect(t, request(), no)
		e.SetProfile(func(p *profile.Profile) { p.RequestsPerSecond = 0 })
		expect(t, []int{request(), request(), request()}, []int{yes, yes, yes})
	})
}

// TestRateKeepsFaults has a fault wait for a request that is not turned away.
func TestRateKeepsFaults(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		e := newEmulator(with(func(p *profile.Profile) { p.RequestsPerSecond = 1 }))
		add(t, e, "a")
		e.Fail("useradd", 1, emulator.RefuseAfterCommit("QUOTA", 0, ""))
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/backend/?op=useradd&addr=b&token="+appToken, http.NoBody))
		expect(t, recorder.Code, http.StatusTooManyRequests)
		time.Sleep(time.Second)
		expect(t, call(t, e, "useradd", object{"address": "b"})["error"], any("QUOTA"))
	})
}

// TestTokenBreach calls from a number of addresses. What disables one app leaves the others alone.
func TestTokenBreach(t *testing.T) {
	t.Parallel()

	e := newEmulator(emulator.WithApp(otherToken), with(func(p *profile.Profile) { p.TokenBreachAfter = 5 }))
	from := func(address, token string) any {
		request := httptest.NewRequest(http.MethodGet, "/backend/?op=useradd&addr=a&token="+token, http.NoBody)
		request.RemoteAddr = address

		return exchange(t, e, request)["error"]
	}
	for _, address := range []string{"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1", "[2001:db8::1]:1", "no address", "192.0.2.1:2", "192.0.2.2:9"} {
		expect(t, from(address, appToken), nil)
	}
	expect(t, from("192.0.2.6:1", otherToken), nil)
	expect(t, from("192.0.2.7:1", "wrong"), any("AUTHFAIL"))

	expect(t, from("192.0.2.6:1", appToken), any("TOKENBREACH"))
	expect(t, from("192.0.2.1:1", appToken), any("TOKENBREACH"))
	expect(t, from("192.0.2.1:1", otherToken), nil)

	e.SetProfile(func(p *profile.Profile) { p.TokenBreachAfter = 0 })
	expect(t, call(t, e, "useradd", object{"address": "b"}), decode(t, `{"op":"useradd","result":false,"error":"TOKENBREACH"}`))
	expect(t, len(e.Users(appToken)), 1)
	e.Breach()
	expect(t, from("192.0.2.1:1", otherToken), any("TOKENBREACH"))
}

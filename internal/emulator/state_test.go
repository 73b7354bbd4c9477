// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

func TestAppsAreIsolated(t *testing.T) {
	t.Parallel()

	e := newEmulator(emulator.WithApp(otherToken))
	in := func(token, op string, user object) object {
		return send(t, e, encode(t, object{"op": op, "token": token, "user": user}))
	}
	for _, token := range []string{appToken, otherToken} {
		expect(t, encode(t, in(token, "useradd", object{"address": "a"})["user"]), `{"address":"a","uid":"5302"}`)
	}
	mint(t, e, "b", firstApp)
	group := e.PutGroup(appToken, emulator.Group{Name: "G"})
	before := []any{e.Users(appToken), e.Groups(appToken)}

	in(otherToken, "userset", object{"address": "a", "active": false, "token": object{"remove": true}})
	in(otherToken, "userdel", object{"uid": "5302"})
	in(otherToken, "userdel", object{"address": "b"})
	send(t, e, encode(t, object{"op": "groupdel", "token": otherToken, "group": object{"gid": group.GID}}))
	expect(t, []any{e.Users(appToken), e.Groups(appToken)}, before)
	expect(t, len(e.Users(otherToken))+len(e.Groups(otherToken)), 0)
}

// TestPut changes users, tokens, groups and members without the API.
func TestPut(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	e.PutUser(appToken, emulator.User{UID: "5303", Address: "put"})
	mint(t, e, "a", firstApp) // It has the uid 5302.
	mint(t, e, "b", firstApp)
	expect(t, e.PutUser(appToken, emulator.User{Address: "b"}).UID, "5304")
	expect(t, e.PutUser(appToken, emulator.User{UID: "5305", Address: "a", Name: "A"}).UID, "5305")
	expect(t, call(t, e, "userset", object{"uid": 5302})["error"], any("NOTFOUND"))
	e.MintToken(appToken, "a", secondApp)
	e.EndToken(appToken, "a", firstApp)
	expect(t, live(e, "a"), map[string]string{secondApp: "token-3"})

	group := e.PutGroup(appToken, emulator.Group{Name: "G", Flags: 3, Active: true})
	may := emulator.Permissions{Send: true}
	for _, address := range []string{"a", "b", "put"} {
		e.PutMember(appToken, group.GID, address, may)
	}
	e.PutGroup(appToken, emulator.Group{GID: group.GID, Name: "H"})
	e.RemoveUser(appToken, "a")
	e.RemoveMember(appToken, group.GID, "put")
	expect(t, e.Groups(appToken), []emulator.Group{{GID: "97284", Name: "H", Members: map[string]emulator.Permissions{"b": may}}})
	e.RemoveGroup(appToken, group.GID)
	e.PutGroup(appToken, emulator.Group{GID: "97285"})
	expect(t, e.PutGroup(appToken, emulator.Group{}).GID, "97286")
	expect(t, len(e.Groups(appToken)), 2)
}

// TestExpiry has tokens live for their minutes, and for ever with 0 or a large number.
func TestExpiry(t *testing.T) {
	t.Parallel()

	const year = 365 * 24 * time.Hour
	for _, tt := range []struct {
		expiry any
		lives  time.Duration // 0 for ever
	}{{nil, year}, {1, time.Minute}, {5_256_000, 10 * year}, {0, 0}, {int64(1<<63 - 1), 0}, {"soon", year}, {1.5, year}} {
		now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
		e := newEmulator(emulator.WithClock(func() time.Time { return now }))
		succeed(t, e, "useradd", object{"address": "a", "token": object{"appid": firstApp, "expiry": tt.expiry}})
		check := func(passed time.Duration, want bool) {
			now = now.Add(passed)
			inRow := rows(t, e, "a")[0]["token"] == "token-1"
			if shown := live(e, "a")[firstApp] != ""; shown != want || inRow != want {
				t.Errorf("expiry %v, at %s: it is live: %t, in its row: %t, want %t", tt.expiry, now, shown, inRow, want)
			}
		}
		if tt.lives > 0 {
			check(tt.lives-1, true)
			check(1, false)
		} else {
			check(280*year, true)
		}
	}
}

func TestPatternsAndCounts(t *testing.T) {
	t.Parallel()

	e := newEmulator(with(func(p *profile.Profile) { p.RowCap = 3 }))
	for _, address := range strings.Fields("a a.b axb b (a|b) ä") {
		succeed(t, e, "useradd", object{"address": address})
	}
	for _, tt := range []struct {
		pattern string
		count   any
		want    string
		all     int
	}{
		{"", nil, "(a|b) a a.b", 6}, {"*", 100_000, "(a|b) a a.b", 6}, {"*", -1, "(a|b) a a.b", 6}, {"*", "2", "(a|b) a", 6},
		{"a*b", nil, "a.b axb", 2}, {"a.b", nil, "a.b", 1}, {"a.*", nil, "a.b", 1}, {"(a|b)*", nil, "(a|b)", 1},
		{"b*b", nil, "", 0}, {"A*", nil, "", 0}, {"*ä*", nil, "ä", 1},
	} {
		reply := send(t, e, encode(t, object{"op": "usersget", "token": appToken, "count": tt.count, "user": object{"address": tt.pattern}}))
		expect(t, addressesIn(reply), tt.want)
		if counts := fmt.Sprintln(reply["count"], reply["userscount"]); counts != fmt.Sprintln(len(strings.Fields(tt.want)), tt.all) {
			t.Errorf("%q, count %v: it counts %s", tt.pattern, tt.count, counts)
		}
	}
	send(t, e, "/backend/?op=usersget&addr=%ff*&token="+appToken) // It is not UTF-8.
}

// TestTokenBreach calls from several addresses. An app that is disabled stays so, and leaves other apps alone.
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
	e.SetProfile(func(p *profile.Profile) { p.TokenBreachAfter = 0 })
	expect(t, from("192.0.2.1:1", appToken), any("TOKENBREACH"))
	expect(t, from("192.0.2.1:1", otherToken), nil)
	e.Breach()
	expect(t, from("192.0.2.1:1", otherToken), any("TOKENBREACH"))
}

// TestRateLimit answers requests above the rate with status 429. A fault waits for a request that is answered.
func TestRateLimit(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		e := newEmulator(with(func(p *profile.Profile) { p.RequestsPerSecond = 2 }))
		request := func(want int) string {
			t.Helper()
			recorder := httptest.NewRecorder()
			e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/backend/?op=useradd&addr=a&token="+appToken, http.NoBody))
			expect(t, recorder.Code, want)

			return recorder.Header().Get("Retry-After") + recorder.Body.String()
		}
		request(http.StatusOK)
		request(http.StatusOK)
		e.Fail("useradd", 1, emulator.Refuse("QUOTA", 0, ""))
		limited := request(http.StatusTooManyRequests)
		time.Sleep(500 * time.Millisecond)
		if answer := request(http.StatusOK); !strings.HasPrefix(limited, "1") || !strings.Contains(answer, "QUOTA") {
			t.Errorf("no Retry-After in %s, or the fault is lost: %s", limited, answer)
		}
		e.SetProfile(func(p *profile.Profile) { p.RowCap = 1 }) // The rate limit keeps its state.
		request(http.StatusTooManyRequests)
		e.SetProfile(func(p *profile.Profile) { p.RequestsPerSecond = 0 })
		request(http.StatusOK)
	})
}

// TestGroupLife: a group is gone when its life has passed, and a change of its life begins a new one.
func TestGroupLife(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		e := newEmulator()
		group := func(op string, group object) object {
			t.Helper()
			return send(t, e, encode(t, object{"op": op, "token": appToken, "group": group}))
		}
		group("groupadd", object{"name": "usual"})
		group("groupadd", object{"name": "short", "expiry": 60})
		time.Sleep(59 * time.Second)
		expect(t, len(e.Groups(appToken)), 2)
		expect(t, group("groupset", object{"gid": 97285, "expiry": 120})["result"], any(true))
		time.Sleep(119 * time.Second)
		expect(t, group("groupset", object{"gid": 97285, "name": "changed"})["result"], any(true))
		time.Sleep(time.Second)
		expect(t, group("groupset", object{"gid": 97285, "name": "late"})["error"], any("NOTFOUND"))
		expect(t, len(e.Groups(appToken)), 1)
		time.Sleep(365 * 24 * time.Hour)
		expect(t, len(e.Groups(appToken)), 0)
	})
}

// TestPermissions: requests add permissions, and a useradd may reset those of an existing user.
func TestPermissions(t *testing.T) {
	t.Parallel()

	for resets, want := range map[bool]map[string]string{
		false: {"incoming": "false", "peers": "1", "outgoing": "true"}, true: {"outgoing": "true"},
	} {
		e := newEmulator(with(func(p *profile.Profile) { p.AddResetsPermissions = resets }))
		succeed(t, e, "useradd", object{"address": "a", "permissions": object{"incoming": false}})
		succeed(t, e, "userset", object{"address": "a", "permissions": object{"peers": 1}})
		before, _ := e.User(appToken, "a")
		succeed(t, e, "useradd", object{"address": "a", "permissions": object{"outgoing": true}})
		after, _ := e.User(appToken, "a")
		expect(t, []any{before.Permissions, after.Permissions}, []any{map[string]string{"incoming": "false", "peers": "1"}, want})
	}
}

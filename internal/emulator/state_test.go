// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
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

// TestPut changes users, tokens, groups and members as tests do, without the API.
func TestPut(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	e.PutUser(appToken, emulator.User{UID: "5303", Address: "put"})
	for _, address := range []string{"a", "b"} { // They are given the uids around the one that is taken.
		mint(t, e, address, firstApp)
	}
	b, _ := e.User(appToken, "b")
	expect(t, b.UID, "5304")
	expect(t, e.PutUser(appToken, emulator.User{UID: "5305", Address: "a"}).UID, "5305")
	expect(t, e.PutUser(appToken, emulator.User{Address: "a", Name: "A"}).UID, "5305")
	expect(t, call(t, e, "userset", object{"uid": 5302})["error"], any("NOTFOUND"))
	expect(t, e.MintToken(appToken, "a", secondApp), "token-3")
	e.EndToken(appToken, "a", firstApp)
	expect(t, live(e, "a"), map[string]string{secondApp: "token-3"})

	group := e.PutGroup(appToken, emulator.Group{Name: "G", Flags: 3, Active: true})
	may := emulator.Permissions{Send: true}
	e.PutMember(appToken, group.GID, "a", may)
	e.PutMember(appToken, group.GID, "b", may)
	e.PutGroup(appToken, emulator.Group{GID: group.GID, Name: "H"})
	e.RemoveUser(appToken, "a")
	expect(t, e.Groups(appToken), []emulator.Group{{GID: group.GID, Name: "H", Members: map[string]emulator.Permissions{"b": may}}})
	e.RemoveMember(appToken, group.GID, "b")
	expect(t, len(e.Groups(appToken)[0].Members), 0)
	e.RemoveGroup(appToken, group.GID)
	expect(t, len(e.Groups(appToken)), 0)
	e.PutGroup(appToken, emulator.Group{GID: "97285"})
	expect(t, e.PutGroup(appToken, emulator.Group{}).GID, "97286")

	defer func() {
		if recover() == nil {
			t.Error("an unknown app token does not panic")
		}
	}()
	e.Users("wrong")
}

// TestLargeUID has uids come back with all digits, as numbers and as strings. One that is no number stays a string.
func TestLargeUID(t *testing.T) {
	t.Parallel()

	for _, uid := range []string{"9007199254740993", "18446744073709551615", "made-up"} {
		e := newEmulator()
		e.PutUser(appToken, emulator.User{UID: uid, Address: "a"})
		for asNumber, want := range map[bool]string{false: `"` + uid + `"`, true: uid} {
			if uid == "made-up" {
				want = `"made-up"`
			}
			e.SetProfile(func(p *profile.Profile) { p.UIDAsNumber = asNumber })
			expect(t, encode(t, rows(t, e, "a")[0]["uid"]), want)
			expect(t, send(t, e, `{"op":"userset","token":"`+appToken+`","user":{"uid":`+want+`}}`)["result"], any(true))
		}
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()

	const year = 525_600
	for name, tt := range map[string]struct {
		expiry any
		lives  time.Duration // 0 for ever
	}{
		"none given":   {expiry: nil, lives: year * time.Minute},
		"a minute":     {expiry: 1, lives: time.Minute},
		"ten years":    {expiry: 5_256_000, lives: 10 * year * time.Minute},
		"0 is never":   {expiry: 0},
		"a large one":  {expiry: int64(1<<63 - 1)},
		"not a number": {expiry: "soon", lives: year * time.Minute},
		"not whole":    {expiry: 1.5, lives: year * time.Minute},
	} {
		now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
		e := newEmulator(emulator.WithClock(func() time.Time { return now }))
		succeed(t, e, "useradd", object{"address": "a", "token": object{"appid": firstApp, "expiry": tt.expiry}})
		check := func(want bool) {
			inRow := rows(t, e, "a")[0]["token"] == "token-1"
			if shown := live(e, "a")[firstApp] != ""; shown != want || inRow != want {
				t.Errorf("%s, at %s: it is live: %t, in its row: %t, want %t", name, now, shown, inRow, want)
			}
		}
		check(true)
		if tt.lives > 0 {
			now = now.Add(tt.lives - 1)
			check(true)
			now = now.Add(1)
			check(false)
		} else {
			now = now.AddDate(280, 0, 0)
			check(true)
		}
	}
}

// TestRemoveToken has token.remove end what each scope says.
func TestRemoveToken(t *testing.T) {
	t.Parallel()

	both, second, none := map[string]string{firstApp: "token-1", secondApp: "token-2"}, map[string]string{secondApp: "token-2"}, map[string]string{}
	for name, tt := range map[string]struct {
		token        object
		byAppID, all map[string]string // what is left
	}{
		"of an App ID":          {object{"remove": true, "appid": firstApp}, second, none},
		"of any App ID":         {object{"remove": 1}, none, none},
		"of an unknown App ID":  {object{"remove": true, "appid": "com.example.other"}, both, none},
		"remove is false":       {object{"remove": false, "appid": firstApp}, both, both},
		"remove is not present": {object{"appid": firstApp}, both, both},
	} {
		for scope, want := range map[profile.RemoveScope]map[string]string{profile.RemoveAppID: tt.byAppID, profile.RemoveAll: tt.all} {
			t.Run(fmt.Sprint(name, " ", scope), func(t *testing.T) {
				t.Parallel()

				e := newEmulator(with(func(p *profile.Profile) { p.RemoveScope = scope }))
				mint(t, e, "a", firstApp)
				mint(t, e, "a", secondApp)
				mint(t, e, "b", firstApp)
				succeed(t, e, "userset", object{"address": "a", "token": tt.token})
				expect(t, live(e, "a"), want)
				expect(t, live(e, "b"), map[string]string{firstApp: "token-3"})
			})
		}
	}
}

// TestRows shows the App ID that was minted last, or all. The clock stands still: the order counts.
func TestRows(t *testing.T) {
	t.Parallel()

	now := time.Now()
	e := newEmulator(emulator.WithClock(func() time.Time { return now }))
	shown := func() string {
		text := ""
		for _, row := range rows(t, e, "*") {
			text += fmt.Sprintf("%s %s %s; ", row["address"], row["appid"], row["token"])
		}

		return text
	}
	succeed(t, e, "useradd", object{"address": "a"})
	mint(t, e, "b", firstApp)
	mint(t, e, "b", secondApp)
	expect(t, shown(), "a  ; b com.mesibo.secondapp token-2; ")
	mint(t, e, "b", firstApp)
	expect(t, shown(), "a  ; b com.mesibo.firstapp token-3; ")
	e.SetProfile(func(p *profile.Profile) { p.RowsPerAppID = true })
	expect(t, shown(), "a  ; b com.mesibo.firstapp token-3; b com.mesibo.secondapp token-2; ")
	now = now.AddDate(1, 0, 0)
	expect(t, shown(), "a  ; b  ; ")
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
		{"", nil, "(a|b) a a.b", 6},
		{"*", 100_000, "(a|b) a a.b", 6},
		{"*", 0, "(a|b) a a.b", 6},
		{"*", -1, "(a|b) a a.b", 6},
		{"*", "2", "(a|b) a", 6},
		{"a*b", nil, "a.b axb", 2},
		{"a.b", nil, "a.b", 1},
		{"a.*", nil, "a.b", 1},
		{"(a|b)*", nil, "(a|b)", 1},
		{"b*b", nil, "", 0},
		{"A*", nil, "", 0},
		{"*ä*", nil, "ä", 1},
	} {
		reply := send(t, e, encode(t, object{"op": "usersget", "token": appToken, "count": tt.count, "user": object{"address": tt.pattern}}))
		var found []string
		list, _ := reply["users"].([]any)
		for _, row := range list {
			found = append(found, row.(object)["address"].(string)) //nolint:forcetypeassert // A panic fails the test too.
		}
		got := fmt.Sprintln(strings.Join(found, " "), reply["count"], reply["userscount"])
		if want := fmt.Sprintln(tt.want, len(found), tt.all); got != want {
			t.Errorf("%q, count %v: got %swant %s", tt.pattern, tt.count, got, want)
		}
	}
	send(t, e, "/backend/?op=usersget&addr=%ff*&token="+appToken) // It is not UTF-8.
}

// TestMessages has a message kept as it was sent.
func TestMessages(t *testing.T) {
	t.Parallel()

	now := time.Now()
	e := newEmulator(emulator.WithClock(func() time.Time { return now }))
	e.PutUser(appToken, emulator.User{Address: "a"})
	for n := range 2 {
		reply := send(t, e, encode(t, object{"op": "message", "token": appToken, "message": object{
			"from": "a", "to": "a", "message": "Hi", "type": 5, "url": "u", "title": "t", "expiry": 60, "when": 10,
		}}))
		expect(t, encode(t, reply), fmt.Sprintf(`{"mid":%d,"op":"message","result":true}`, 1387628+n))
	}
	expect(t, e.Messages(appToken)[1], emulator.Message{
		MID: "1387629", From: "a", To: []string{"a"}, Text: "Hi", Type: 5, URL: "u", Title: "t", Expiry: 60, When: 10, At: now,
	})
}

func TestRandomTokens(t *testing.T) {
	t.Parallel()

	e := emulator.New(emulator.WithApp(appToken), emulator.WithApp(otherToken))
	mint(t, e, "a", firstApp)
	mint(t, e, "a", firstApp)
	secrets := append(e.WebhookSecrets(), e.MintedTokens()...)
	slices.Sort(secrets)
	expect(t, len(slices.Compact(secrets)), 4)
	for _, secret := range secrets {
		if !regexp.MustCompile(`^[0-9a-f]{48}$`).MatchString(secret) {
			t.Errorf("odd form: %q", secret)
		}
	}
}

// TestTokenBreach calls from several addresses. An app that is disabled stays so, and leaves other apps alone.
func TestTokenBreach(t *testing.T) {
	t.Parallel()

	e := newEmulator(emulator.WithApp(otherToken), with(func(p *profile.Profile) { p.TokenBreachAfter, p.EchoApp = 5, true }))
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
	app, _ := call(t, e, "useradd", object{"address": "b"})["app"].(object)
	expect(t, app["token"], any(appToken)) // Failures echo the app too.
	expect(t, addresses(t, newEmulator(), "*"), "")
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
		if answer := request(http.StatusTooManyRequests); !strings.HasPrefix(answer, "1") {
			t.Errorf("no Retry-After: %s", answer)
		}
		time.Sleep(500 * time.Millisecond)
		if answer := request(http.StatusOK); !strings.Contains(answer, "QUOTA") {
			t.Errorf("the fault is lost: %s", answer)
		}
		e.SetProfile(func(p *profile.Profile) { p.RowCap = 1 }) // The rate limit keeps its state.
		request(http.StatusTooManyRequests)
		e.SetProfile(func(p *profile.Profile) { p.RequestsPerSecond = 0 })
		request(http.StatusOK)
	})
}

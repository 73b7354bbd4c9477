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
	"time"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

func TestAppsAreApart(t *testing.T) {
	t.Parallel()

	e := newEmulator(emulator.WithApp(otherToken))
	in := func(token, op string, user object) object {
		t.Helper()

		return post(t, e, encode(t, object{"op": op, "token": token, "user": user}))
	}
	add(t, e, "before")
	expect(t, add(t, e, "a"), "5303")
	expect(t, dig(t, in(otherToken, "useradd", object{"address": "a", "name": "Other"}), "user")["uid"], any("5302"))

	in(otherToken, "userset", object{"address": "a", "active": false})
	in(otherToken, "userdel", object{"uid": "5303"})
	expect(t, e.Users(appToken), []emulator.User{
		{UID: "5303", Address: "a", Active: true, Tokens: map[string]emulator.Token{}},
		{UID: "5302", Address: "before", Active: true, Tokens: map[string]emulator.Token{}},
	})
	expect(t, encode(t, in(otherToken, "usersget", nil)["count"]), "1")

	e.RemoveUser(otherToken, "a")
	e.RemoveUser(otherToken, "a")
	expect(t, len(e.Users(otherToken)), 0)
	expect(t, len(e.Users(appToken)), 2)
}

func TestUpsert(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	uid := add(t, e, "a")
	mint(t, e, "a", firstApp)
	expect(t, add(t, e, "a"), uid)
	expect(t, live(t, e, "a"), map[string]string{firstApp: "token-1"}) // An upsert without a token leaves tokens alone.
	if other := add(t, e, "A"); other == uid {
		t.Error("the case of an address does not count")
	}

	succeed(t, e, "userdel", object{"address": "a"})
	if again := add(t, e, "a"); again == uid {
		t.Error("who is deleted and added again has the same uid")
	}
	expect(t, len(live(t, e, "a")), 0)
}

func TestPutUserUID(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	e.PutUser(appToken, emulator.User{UID: "5303", Address: "put"})
	expect(t, []string{add(t, e, "a"), add(t, e, "b")}, []string{"5302", "5304"})
	expect(t, e.PutUser(appToken, emulator.User{UID: "5305", Address: "a"}).UID, "5305")
	expect(t, e.PutUser(appToken, emulator.User{Address: "a"}).UID, "5305")
	succeed(t, e, "userset", object{"uid": 5305, "name": "A"})
	expect(t, call(t, e, "userset", object{"uid": 5302})["error"], any("NOTFOUND"))
	e.RemoveUser(appToken, "a")
	expect(t, call(t, e, "userset", object{"uid": 5305})["error"], any("NOTFOUND"))
	expect(t, add(t, e, "a"), "5306")
}

func TestLargeUID(t *testing.T) {
	t.Parallel()

	for _, uid := range []string{"9007199254740993", "18446744073709551615"} {
		e := newEmulator()
		e.PutUser(appToken, emulator.User{UID: uid, Address: "a"})
		for asNumber, want := range map[bool]string{false: `"` + uid + `"`, true: uid} {
			e.SetProfile(func(p *profile.Profile) { p.UIDAsNumber = asNumber })
			added := dig(t, succeed(t, e, "useradd", object{"address": "a"}), "user")
			minted := dig(t, post(t, e, `{"op":"usertoken","token":"`+appToken+`","user":{"uid":`+want+`,"appid":"x"}}`), "user")
			for _, got := range []object{added, minted, rows(t, e, "a")[0]} {
				expect(t, encode(t, got["uid"]), want)
			}
		}
		expect(t, post(t, e, `{"op":"userdel","token":"`+appToken+`","user":{"uid":`+uid+`}}`)["result"], any(true))
	}

	e := newEmulator(with(func(p *profile.Profile) { p.UIDAsNumber = true }))
	e.PutUser(appToken, emulator.User{UID: "made-up", Address: "a"})
	expect(t, rows(t, e, "a")[0]["uid"], any("made-up"))
}

func TestExpiry(t *testing.T) {
	t.Parallel()

	const year = 525_600
	tests := map[string]struct {
		expiry any
		lives  time.Duration // 0 for ever
		dead   bool          // from the start
	}{
		"none given":   {expiry: nil, lives: year * time.Minute},
		"an hour":      {expiry: 60, lives: time.Hour},
		"a minute":     {expiry: 1, lives: time.Minute},
		"ten years":    {expiry: 5_256_000, lives: 10 * year * time.Minute},
		"0 is never":   {expiry: 0},
		"1000 years":   {expiry: 1000 * year},
		"a large one":  {expiry: int64(1<<63 - 1)},
		"a negative":   {expiry: -1, dead: true},
		"not a number": {expiry: "soon", lives: year * time.Minute},
		"not whole":    {expiry: 1.5, lives: year * time.Minute},
		"not a value":  {expiry: object{}, lives: year * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			now := newClock()
			e := newEmulator(emulator.WithClock(now.Now))
			succeed(t, e, "useradd", object{"address": "a", "token": object{"appid": firstApp, "expiry": tt.expiry}})
			alive := func() bool {
				inRow := rows(t, e, "a")[0]["token"] == "token-1"
				if _, shown := live(t, e, "a")[firstApp]; shown != inRow {
					t.Errorf("the row says %v, the user says %v", inRow, shown)
				}

				return inRow
			}
			expect(t, alive(), !tt.dead)
			switch {
			case tt.lives > 0:
				now.now = now.now.Add(tt.lives - 1)
				expect(t, alive(), true)
				now.now = now.now.Add(1)
				expect(t, alive(), false)
			case !tt.dead:
				now.now = now.now.AddDate(280, 0, 0)
				expect(t, alive(), true)
			}
			user, _ := e.User(appToken, "a")
			expect(t, user.Minted, 1)
		})
	}
}

func TestSet(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	uid := add(t, e, "a")
	steps := []struct {
		user   object
		name   string
		active bool
		flags  string
	}{
		{object{"name": "A"}, "A", true, "0"},
		{object{"active": false}, "A", false, "0"},
		{object{"flags": 5}, "A", false, "5"},
		{object{"profile": object{"name": "P", "active": true, "flags": 9}}, "P", false, "5"},
		{object{"profile": object{"image": "x"}}, "P", false, "5"},
		{object{"name": "", "active": true, "flags": 0}, "", true, "0"},
	}
	for i, step := range steps {
		step.user["address"] = "a"
		if i%2 == 1 {
			delete(step.user, "address")
			step.user["uid"] = uid
		}
		succeed(t, e, "userset", step.user)
		user, _ := e.User(appToken, "a")
		expect(t, user, emulator.User{UID: uid, Address: "a", Name: step.name, Active: step.active, Tokens: map[string]emulator.Token{}})
		row := rows(t, e, "a")[0]
		expect(t, []string{encode(t, row["flag"]), encode(t, row["flags"])}, []string{step.flags, step.flags})
		expect(t, encode(t, row["active"]) == "1", step.active)
	}
}

// TestDeleteEndsTokens also covers what tests do behind the back of the API.
func TestDeleteEndsTokens(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	e.PutUser(appToken, emulator.User{Address: "a", Name: "A"})
	expect(t, e.MintToken(appToken, "a", firstApp), "token-1")
	expect(t, e.MintToken(appToken, "a", secondApp), "token-2")
	e.EndToken(appToken, "a", firstApp)
	expect(t, live(t, e, "a"), map[string]string{secondApp: "token-2"})
	succeed(t, e, "userdel", object{"address": "a"})
	if _, found := e.User(appToken, "a"); found {
		t.Error("the user is still there")
	}
	add(t, e, "a")
	expect(t, len(live(t, e, "a")), 0)
	expect(t, e.MintedTokens(), []string{"token-1", "token-2"})
}

func TestRandomTokens(t *testing.T) {
	t.Parallel()

	e := emulator.New(emulator.WithApp(appToken), emulator.WithApp(otherToken))
	secrets := append(e.WebhookSecrets(), mint(t, e, "a", firstApp), mint(t, e, "a", firstApp))
	slices.Sort(secrets)
	expect(t, len(slices.Compact(secrets)), 4)
	for _, secret := range secrets {
		if !regexp.MustCompile(`^[0-9a-f]{48}$`).MatchString(secret) {
			t.Errorf("odd form: %q", secret)
		}
	}
}

func TestUnknownAppPanics(t *testing.T) {
	t.Parallel()

	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	newEmulator().Users("wrong")
}

func TestPatterns(t *testing.T) {
	t.Parallel()

	all := []string{
		"", "*", "a", "a.b", "a.c", "a\nb", "axb", "b", "a+b@example.com", "(a|b)", "[a]", `a\b`, "^a$", "a?", "{2}", "ä@example.com",
	}
	e := newEmulator(with(func(p *profile.Profile) { p.RowCap = 0 }))
	for _, address := range all[1:] {
		add(t, e, address)
	}
	tests := map[string][]string{
		"":           all[1:],
		"*":          all[1:],
		"**":         all[1:],
		"a":          {"a"},
		"a*":         {"a", "a\nb", "a+b@example.com", "a.b", "a.c", "a?", `a\b`, "axb"},
		"*b":         {"a\nb", "a.b", `a\b`, "axb", "b"},
		"*x*":        {"a+b@example.com", "axb", "ä@example.com"},
		"a*b":        {"a\nb", "a.b", `a\b`, "axb"},
		"*a*b*":      {"(a|b)", "a\nb", "a+b@example.com", "a.b", `a\b`, "axb"},
		"a.b":        {"a.b"},
		"a.*":        {"a.b", "a.c"},
		"a*c*":       {"a+b@example.com", "a.c"},
		"a+*":        {"a+b@example.com"},
		"(a|b)":      {"(a|b)"},
		"(a|b)*":     {"(a|b)"},
		"*[a]*":      {"[a]"},
		`*\*`:        {`a\b`},
		"^*$":        {"^a$"},
		"a?*":        {"a?"},
		"{2}*":       {"{2}"},
		"*@EXAMPLE*": {},
		"nobody":     {},
		"nobody*":    {},
		"b*b":        {}, // The two may not be the same letter.
		"ä*":         {"ä@example.com"},
	}
	for pattern, want := range tests {
		want = slices.Clone(want)
		slices.Sort(want)
		expect(t, addresses(t, e, pattern), want)
		expect(t, encode(t, succeed(t, e, "usersget", object{"address": pattern})["userscount"]), fmt.Sprint(len(want)))
	}
}

// TestPatternOfAnyBytes sends what is no text.
func TestPatternOfAnyBytes(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	for _, query := range []string{"useradd&addr=%ff1", "useradd&addr=1", "usersget&addr=%ff*"} {
		request := httptest.NewRequest(http.MethodGet, "/backend/?token="+appToken+"&op="+query, http.NoBody)
		reply := exchange(t, e, request)
		if users, found := reply["users"].([]any); reply["result"] != true || found && len(users) != 1 {
			t.Errorf("%s: %v", query, reply)
		}
	}
}

// TestPatternsLikeRegexp compares with a regular expression that says the same.
func TestPatternsLikeRegexp(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		address := rapid.StringMatching(`[ab.]{1,8}`).Draw(t, "address")
		pattern := rapid.StringMatching(`[ab.*]{1,8}`).Draw(t, "pattern")
		e := newEmulator()
		add(t, e, address)
		want := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(address)
		if got := len(rows(t, e, pattern)) == 1; got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestCount(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	for i := range 25 {
		add(t, e, fmt.Sprintf("a%02d", i))
	}
	add(t, e, "b")

	tests := map[string]struct {
		pattern   string
		count     any
		rowCap    int
		rows, all int
	}{
		"cap":                    {pattern: "a*", count: nil, rowCap: 20, rows: 20, all: 25},
		"no cap":                 {pattern: "a*", count: nil, rowCap: 0, rows: 25, all: 25},
		"more than the cap":      {pattern: "*", count: 100000, rowCap: 20, rows: 20, all: 26},
		"more than there are":    {pattern: "*", count: int64(1<<63 - 1), rowCap: 0, rows: 26, all: 26},
		"fewer than the cap":     {pattern: "*", count: 3, rowCap: 20, rows: 3, all: 26},
		"as a string":            {pattern: "*", count: "3", rowCap: 20, rows: 3, all: 26},
		"none":                   {pattern: "*", count: 0, rowCap: 20, rows: 20, all: 26},
		"negative":               {pattern: "*", count: -1, rowCap: 20, rows: 20, all: 26},
		"a cap above what fits":  {pattern: "b", count: nil, rowCap: 20, rows: 1, all: 1},
		"a cap, nothing matches": {pattern: "c", count: 5, rowCap: 20, rows: 0, all: 0},
	}
	for name, tt := range tests {
		e.SetProfile(func(p *profile.Profile) { p.RowCap = tt.rowCap })
		reply := post(t, e, encode(t, object{"op": "usersget", "token": appToken, "count": tt.count, "user": object{"address": tt.pattern}}))
		list, _ := reply["users"].([]any)
		got := fmt.Sprintln(len(list), reply["count"], reply["userscount"])
		if want := fmt.Sprintln(tt.rows, tt.rows, tt.all); got != want {
			t.Errorf("%s: rows, count and userscount are %swant %s", name, got, want)
		}
	}
}

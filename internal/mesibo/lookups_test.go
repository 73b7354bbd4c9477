// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	cmp2 "cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestFindUser(t *testing.T) {
	t.Parallel()

	const full = `{"userscount":"1","count":1,"users":[{"uid":1,"address":"a","ipaddr":0,"lastonline":0,"active":1,"pinned":0,` +
		`"online":0,"flag":0,"flags":0,"token":"` + userToken + `","appid":"com.x"}],"op":"usersget","result":true}`
	row := UserRow{UID: "1", Address: "a", AppID: "com.x", Token: NewSecret(userToken), Active: new(true)}
	tests := map[string]struct {
		reply  string
		want   Lookup
		absent bool
	}{
		"found":             {reply: full, want: Lookup{Rows: []UserRow{row}}},
		"nobody":            {reply: okNoUsers, absent: true},
		"only others":       {reply: `{"users":[{"address":"A"},{"address":"ab"}],"result":true}`, absent: true},
		"no address":        {reply: `{"users":[{"uid":1,"addr":"a"}],"result":true}`, want: Lookup{Truncated: true}},
		"an empty row":      {reply: `{"users":[{"address":"a"},null],"result":true}`, want: Lookup{Rows: []UserRow{{Address: "a"}}, Truncated: true}},
		"a bare row":        {reply: `{"users":[{"address":"b"},{"address":"a"}],"result":true}`, want: Lookup{Rows: []UserRow{{Address: "a"}}}},
		"cut, by its count": {reply: `{"userscount":3,"users":[{"address":"b"}],"result":true}`, want: Lookup{Truncated: true}},
		"one below the cap": {reply: manyRows(documentedRows-1, "b"), absent: true},
		"at the cap":        {reply: manyRows(documentedRows, "b"), want: Lookup{Truncated: true}},
		"found and cut":     {reply: strings.Replace(full, `"1"`, `"9"`, 1), want: Lookup{Rows: []UserRow{row}, Truncated: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := newClient(t, newServer(t, ok(test.reply)).URL).GetUser(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Found() != (len(test.want.Rows) > 0) || got.Absent() != test.absent {
				t.Errorf("found %v, absent %v", got.Found(), got.Absent())
			}
		})
	}
}

// TestFindUserOddReply checks that an odd list never looks like an empty one.
func TestFindUserOddReply(t *testing.T) {
	t.Parallel()

	for _, reply := range []string{
		`{"result":true}`, `{"users":null,"result":true}`, `{"users":{},"result":true}`, `{"users":[1],"result":true}`,
		`{"users":[{"address":"a","uid":1.5}],"result":true}`, `{"users":[{"address":"a","token":5}],"result":true}`,
	} {
		_, err := newClient(t, newServer(t, ok(reply)).URL).GetUser(t.Context(), "a")
		assertKinds(t, err, ErrUnexpectedResponse)
	}
}

func TestLookupsPolicy(t *testing.T) {
	t.Parallel()

	tests := map[Lookups]struct {
		kind     error
		requests int // that two look-ups send
	}{
		LookupsAuto:     {ErrNoLookups, 1},
		LookupsRequired: {ErrUnsupportedOp, 2},
		LookupsDisabled: {ErrNoLookups, 0},
	}
	for mode, test := range tests {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()

			s := newServer(t, ok(badOp))
			client := newClient(t, s.URL, WithLookups(mode))
			for range 2 {
				_, err := client.GetUser(t.Context(), "a")
				assertKinds(t, err, test.kind)
			}
			if n := len(s.requests()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			if client.LookupsMode() != mode {
				t.Errorf("mode is %s", client.LookupsMode())
			}
		})
	}
}

// TestLookupsAutoLearnsOnce lets many look-ups find out at the same time.
func TestLookupsAutoLearnsOnce(t *testing.T) {
	t.Parallel()

	var log recorder
	client := newClient(t, newServer(t, ok(badOp)).URL, WithLogger(slog.New(&log)))
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			_, err := client.GetUser(t.Context(), "a")
			assertKinds(t, err, ErrNoLookups)
		})
	}
	group.Wait()

	if n := strings.Count(strings.Join(log.lines, "\n"), "no lookups"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// TestLookupsStay checks that other failures teach nothing.
func TestLookupsStay(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(authFail), ok(`{"error":"BADOP"}`), ok(okNoUsers))
	client := newClient(t, s.URL)
	_, err := client.GetUser(t.Context(), "a")
	assertKinds(t, err, ErrUnauthorized)
	_, err = client.GetUser(t.Context(), "a")
	assertKinds(t, err, ErrUnexpectedResponse)
	if lookup, err := client.GetUser(t.Context(), "a"); err != nil || !lookup.Absent() {
		t.Errorf("got %+v, %v", lookup, err)
	}
}

// Whatever a server sends as a success: what is read of it is about the user who was asked for, and only a list that
// names everybody in it proves that somebody is not there.
func FuzzUserReplies(f *testing.F) {
	f.Add(okAdded, "xyz@example.com", "*")
	f.Add(okNoUsers, "a", "*")
	f.Add(twoUsers, "a", "a*")
	f.Add(manyRows(documentedRows, "b"), "b", "*b")
	f.Fuzz(func(t *testing.T, body, address, pattern string) {
		answer, form := decode([]byte(body))
		if form != shapeSuccess || address == "" {
			return
		}
		reply := answer.read()
		for _, minted := range []bool{true, false} {
			user, err := decodeUser(reply, minted)
			switch {
			case err == nil && (user.UID == "" || minted && user.Token.IsEmpty()):
				t.Errorf("a user without uid or token: %+v", user)
			case err != nil && user != (User{}):
				t.Errorf("%+v, %v", user, err)
			}
		}

		found, err := decodeUsers(reply, address, documentedRows)
		lookup := Lookup(found)
		if err != nil {
			if !errors.Is(err, ErrUnexpectedResponse) || lookup.Found() || lookup.Truncated {
				t.Errorf("%+v, %v", lookup, err)
			}

			return
		}
		// The same list, read by the simplest means.
		var rows []map[string]any
		if json.Unmarshal(reply.Users, &rows) != nil || rows == nil {
			t.Fatalf("%s is taken for a list of users", reply.Users)
		}
		for _, row := range rows {
			if named := slices.ContainsFunc(slices.Collect(maps.Keys(row)), isAddressKey); !named && lookup.Absent() {
				t.Errorf("%q is taken for absent, though a row names nobody: %s", address, reply.Users)
			}
		}
		for _, row := range lookup.Rows {
			if row.Address != address {
				t.Errorf("%q was asked for, and %q is found", address, row.Address)
			}
		}

		list, err := decodeUsers(reply, pattern, listRows)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range list.Rows {
			if row.Address == "" {
				t.Errorf("a row without an address is listed")
			}
			if i > 0 && list.Rows[i-1].Address > row.Address {
				t.Errorf("not in order: %+v", list.Rows)
			}
		}
		if !list.Truncated && pattern == "*" && len(list.Rows) != len(rows) {
			t.Errorf("%d of %d rows, and that is said to be all", len(list.Rows), len(rows))
		}
	})
}

// isAddressKey reports whether encoding/json takes a key for "address".
func isAddressKey(key string) bool { return strings.EqualFold(key, "address") }

// The users that a server shows are read as they are, in whichever form it writes them.
func TestUserRowsSurvive(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		var want []UserRow
		var rows []any
		for range rapid.IntRange(0, 5).Draw(t, "users") {
			row := UserRow{
				UID:     strconv.FormatUint(rapid.Uint64().Draw(t, "uid"), 10),
				Address: rapid.StringN(1, 20, -1).Draw(t, "address"),
				AppID:   rapid.String().Draw(t, "appid"),
				Token:   NewSecret(rapid.String().Draw(t, "token")),
			}
			shown := map[string]any{
				"uid": anyID(t, row.UID), "address": row.Address, "appid": row.AppID, "token": row.Token.Reveal(), "flags": 0,
			}
			if rapid.Bool().Draw(t, "with a status") {
				row.Active = new(rapid.Bool().Draw(t, "active"))
				shown["active"] = anyFlag(t, *row.Active)
			}
			want, rows = append(want, row), append(rows, shown)
		}
		slices.SortStableFunc(want, func(a, b UserRow) int {
			return cmp2.Or(strings.Compare(a.Address, b.Address), strings.Compare(a.AppID, b.AppID))
		})
		list, err := decodeUsers(members{Users: encoded(t, rows)}, "*", listRows)
		got := list.Rows
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	})
}

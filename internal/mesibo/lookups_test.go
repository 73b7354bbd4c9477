// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		"only others":       {reply: `{"users":[{"address":"A"},{"address":"ab"},{"address":null},{}],"result":true}`, absent: true},
		"a bare row":        {reply: `{"users":[{"address":"b"},{"address":"a"}],"result":true}`, want: Lookup{Rows: []UserRow{{Address: "a"}}}},
		"cut, by its count": {reply: `{"userscount":3,"users":[{"address":"b"}],"result":true}`, want: Lookup{Truncated: true}},
		"one below the cap": {reply: manyRows(maxRows-1, "b"), absent: true},
		"at the cap":        {reply: manyRows(maxRows, "b"), want: Lookup{Truncated: true}},
		"found and cut":     {reply: strings.Replace(full, `"1"`, `"9"`, 1), want: Lookup{Rows: []UserRow{row}, Truncated: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := newClient(t, newServer(t, ok(test.reply)).URL).FindUser(t.Context(), "a")
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
		_, err := newClient(t, newServer(t, ok(reply)).URL).FindUser(t.Context(), "a")
		assertKinds(t, err, ErrOddReply)
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
				_, err := client.FindUser(t.Context(), "a")
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
	client := newClient(t, newServer(t, ok(badOp)).URL, WithLogger(&log))
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			_, err := client.FindUser(t.Context(), "a")
			assertKinds(t, err, ErrNoLookups)
		})
	}
	group.Wait()

	if n := strings.Count(strings.Join(log.lines, "\n"), "no look-ups"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// TestLookupsStay checks that other failures teach nothing.
func TestLookupsStay(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(authFail), ok(`{"error":"BADOP"}`), ok(okNoUsers))
	client := newClient(t, s.URL)
	_, err := client.FindUser(t.Context(), "a")
	assertKinds(t, err, ErrRejectedAppToken)
	_, err = client.FindUser(t.Context(), "a")
	assertKinds(t, err, ErrOddReply)
	if lookup, err := client.FindUser(t.Context(), "a"); err != nil || !lookup.Absent() {
		t.Errorf("got %+v, %v", lookup, err)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// manyRows is an answer to usersget with that many rows of one address.
func manyRows(n int, address string) string {
	row, _ := json.Marshal(map[string]any{"uid": 1, "address": address, "appid": "com.x", "token": userToken, "active": 1, "flags": 0})
	return `{"users":[` + strings.TrimSuffix(strings.Repeat(string(row)+",", n), ",") + `],"result":true}`
}

// TestReplies checks what is read of the reply of a success.
func TestReplies(t *testing.T) {
	t.Parallel()
	mint, add := calls["useradd"].do, calls["useradd plain"].do
	get := func(ctx context.Context, c *Client) (any, error) { return c.GetUser(ctx, "a") }
	groups := func(ctx context.Context, c *Client) (any, error) { return c.ListGroups(ctx, "*") }
	matching, members := calls["groupsget"].do, calls["groupgetmembers"].do // "G*"
	group, message := calls["groupadd"].do, calls["message"].do
	const full = `{"userscount":"1","count":1,"users":[{"uid":1,"address":"a","ipaddr":0,"lastonline":0,"active":1,"pinned":0,` +
		`"online":0,"flag":0,"flags":0,"token":"` + userToken + `","appid":"com.x"}],"op":"usersget","result":true}`
	row := UserRow{UID: "1", Address: "a", AppID: "com.x", Token: NewSecret(userToken), Active: new(true)}
	member := func(address string) string { return `{"address":"` + address + `","permissions":{}}` }
	twenty, rows := MemberList{Truncated: true}, []string{}
	for letter := 'a'; letter < 'a'+20; letter++ {
		twenty.Members, rows = append(twenty.Members, Member{Address: string(letter)}), append(rows, member(string(letter)))
	}
	tests := map[string]struct {
		call  func(context.Context, *Client) (any, error)
		reply string
		want  any
	}{
		"quick start":       {mint, okAdded, User{UID: "5302", Token: NewSecret(userToken)}},
		"number":            {mint, `{"user":{"uid":9007199254740993,"address":"a","token":"t"},"result":1}`, User{UID: "9007199254740993", Address: "a", Token: NewSecret("t")}},
		"no token":          {add, `{"user":{"uid":1,"token":null},"result":"OK"}`, User{UID: "1"}},
		"large number":      {add, `{"user":{"uid":123456789012345678901234567890},"result":true}`, User{UID: "123456789012345678901234567890"}},
		"number as address": {add, `{"user":{"uid":1,"address":18005551234},"result":true}`, User{UID: "1", Address: "18005551234"}},

		"found":             {get, full, Lookup{Rows: []UserRow{row}}},
		"nobody":            {get, okNoUsers, Lookup{}},
		"only others":       {get, `{"users":[{"address":"b"},{"address":"ab"}],"result":true}`, Lookup{}},
		"another spelling":  {get, `{"users":[{"address":"A"},{"address":"ab"}],"result":true}`, Lookup{Rows: []UserRow{{Address: "A"}}, OtherSpelling: "A"}},
		"no address":        {get, `{"users":[{"uid":1,"addr":"a"}],"result":true}`, Lookup{Truncated: true}},
		"an empty row":      {get, `{"users":[{"address":"a"},null],"result":true}`, Lookup{Rows: []UserRow{{Address: "a"}}, Truncated: true}},
		"unknown status":    {get, `{"users":[{"address":"a","active":2},{"address":"a","active":"0"}],"result":true}`, Lookup{Rows: []UserRow{{Address: "a"}, {Address: "a", Active: new(false)}}}},
		"a bare row":        {get, `{"users":[{"address":"b"},{"address":"a"}],"result":true}`, Lookup{Rows: []UserRow{{Address: "a"}}}},
		"cut, by its count": {get, `{"userscount":3,"users":[{"address":"b"}],"result":true}`, Lookup{Truncated: true}},
		"one below the cap": {get, manyRows(documentedRows-1, "b"), Lookup{}},
		"at the cap":        {get, manyRows(documentedRows, "b"), Lookup{Truncated: true}},
		"beyond the cap":    {get, manyRows(documentedRows+1, "b"), Lookup{Truncated: true}},
		"found and cut":     {get, strings.Replace(full, `"1"`, `"9"`, 1), Lookup{Rows: []UserRow{row}, Truncated: true}},

		"gid as a number":       {group, `{"group":{"gid":102529},"result":true}`, "102529"},
		"gid as a string":       {group, `{"group":{"gid":"102529"},"result":true}`, "102529"},
		"groups of the console": {groups, `{"groups":[{"gid":10,"name":"G","pinned":0,"flag":129},{"gid":"9","flags":0,"active":1}],"result":true}`, GroupList{Groups: []Group{{GID: "9", Flags: new(uint32), Active: new(true)}, {GID: "10", Name: new("G"), Flags: new(uint32(129))}}}},
		"no groups":             {groups, `{"groups":[],"groupscount":0,"result":true}`, GroupList{}},
		"more groups":           {groups, `{"groups":[{"gid":1}],"groupscount":2,"result":true}`, GroupList{Groups: []Group{{GID: "1"}}, Truncated: true}},
		"a group without a gid": {groups, `{"groups":[{"gid":2},{"id":1,"name":"G"}],"result":true}`, GroupList{Groups: []Group{{GID: "2"}}, Truncated: true}},
		"other groups":          {matching, `{"groups":[{"gid":1,"name":"Goal"},{"gid":2,"name":"Users"}],"result":true}`, GroupList{Groups: []Group{{GID: "1", Name: new("Goal")}}}},
		"groups without names":  {matching, `{"groups":[{"gid":1}],"result":true}`, GroupList{Truncated: true}},
		"members, sorted":       {members, `{"members":[` + member("b") + `,` + member("a") + `],"result":true}`, MemberList{Members: []Member{{Address: "a"}, {Address: "b"}}}},
		"permissions": {members, `{"members":[{"uid":1,"address":"a","permissions":{"send":true,"recv":1,"pub":"1","sub":"true","list":"yes"}},` +
			`{"address":"b","permissions":{"send":false,"recv":0,"pub":"0","sub":"false","list":[1]}}],"result":true}`,
			MemberList{Members: []Member{{"1", "a", Permissions{Send: true, Receive: true, Publish: true, Subscribe: true}}, {Address: "b"}}}},
		"no members":        {members, `{"members":[],"count":0,"result":true}`, MemberList{}},
		"twenty members":    {members, `{"members":[` + strings.Join(rows, ",") + `],"result":true}`, twenty},
		"a member twice":    {members, `{"members":[` + member("a") + `,{"address":"a","permissions":{"send":1}}],"result":true}`, MemberList{Members: []Member{{Address: "a"}}}},
		"a message id":      {message, `{"mid":1387628,"result":true}`, "1387628"},
		"no message id":     {message, `{"result":true}`, ""},
		"an odd message id": {message, `{"mid":{},"result":true}`, ""},
	}
	for name, tt := range tests {
		got, err := tt.call(t.Context(), newClient(t, newServer(t, ok(tt.reply)).URL))
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestIncompleteReplies checks that a success which lacks what was asked for is an error, and never an empty list.
func TestIncompleteReplies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		call, want string
		replies    []string
	}{
		{"useradd", "contains no token", []string{`{"user":{"uid":1},"result":true}`, `{"user":{"uid":1,"token":""},"result":true}`}},
		{"useradd", "contains no uid", []string{`{"user":{"token":"` + userToken + `"},"result":true}`, `{"user":{},"result":true}`}},
		{"useradd", "contains no well-formed user", []string{
			`{"result":true}`, `{"user":[],"result":true}`, `{"user":{"uid":1.5,"token":"t"},"result":true}`, `{"user":{"uid":1,"token":12345},"result":true}`,
		}},
		{"useradd plain", "contains no uid", []string{`{"user":{},"result":true}`}},
		{"usersget", "contains no well-formed list of users", []string{
			`{"result":true}`, `{"users":null,"result":true}`, `{"users":{},"result":true}`, `{"users":[1],"result":true}`,
			`{"users":[{"address":"a","uid":1.5}],"result":true}`, `{"users":[{"address":"a","token":5}],"result":true}`,
		}},
		{"usersget all", "contains no well-formed list of users", []string{`{"users":null,"result":true}`}},
		{"groupadd", "contains no gid", []string{`{"group":{},"result":true}`, `{"result":true}`}},
		{"groupsget", "contains no well-formed list of groups", []string{
			`{"result":true}`, `{"groups":{"gid":1},"result":true}`, `{"groups":[{"gid":1,"flag":4294967296}],"result":true}`,
		}},
		{"groupgetmembers", "contains no well-formed list of members", []string{
			`{"result":true}`, `{"members":[{"address":"a"}],"result":true}`, `{"members":[{"addr":"a","permissions":{}}],"result":true}`,
		}},
	} {
		for _, reply := range tt.replies {
			_, err := calls[tt.call].do(t.Context(), newClient(t, newServer(t, ok(reply)).URL))
			want := []error{ErrUnexpectedResponse, ErrOutcomeUnknown}
			if calls[tt.call].class == "read" {
				want = want[:1]
			}
			assertKinds(t, err, want...)
			assertText(t, err, tt.want)
		}
	}
}

// TestLookup reads a lookup: there are a user, nobody, or nothing that can be relied on.
func TestLookup(t *testing.T) {
	t.Parallel()
	rows := []UserRow{{AppID: "x"}, {AppID: "y", Token: NewSecret("t")}}
	for _, tt := range []struct {
		lookup        Lookup
		found, absent bool
	}{
		{Lookup{Rows: rows}, true, false},
		{Lookup{Rows: rows, Truncated: true}, true, false},
		{Lookup{}, false, true},
		{Lookup{Truncated: true}, false, false},
		{Lookup{Rows: rows, OtherSpelling: "A"}, false, false},
	} {
		if tt.lookup.Found() != tt.found || tt.lookup.Absent() != tt.absent {
			t.Errorf("%+v: found %t, absent %t", tt.lookup, tt.lookup.Found(), tt.lookup.Absent())
		}
	}
	for appID, want := range map[string]bool{"x": true, "y": true, "z": false} {
		if token, found := (Lookup{Rows: rows}).Token(appID); found != want || token.IsEmpty() != (appID != "y") {
			t.Errorf("%s: found %t, empty %t", appID, found, token.IsEmpty())
		}
	}
}

// TestOtherSpelling looks up users of a server that ignores case.
func TestOtherSpelling(t *testing.T) {
	t.Parallel()
	for rows, want := range map[string]struct{ spelling, uids string }{
		`{"uid":1,"address":"Alice"}`:                             {"Alice", "1"},
		`{"uid":1,"address":"alice"},{"uid":2,"address":"Alice"}`: {"", "1"},
		`{"uid":1,"address":"Alicia"}`:                            {},
	} {
		s := newServer(t, ok(`{"users":[`+rows+`],"userscount":1,"result":true}`))
		lookup, err := newClient(t, s.URL).GetUser(t.Context(), "alice")
		uids := ""
		for _, row := range lookup.Rows {
			uids += row.UID
		}
		if err != nil || lookup.OtherSpelling != want.spelling || uids != want.uids {
			t.Errorf("%s: %q, uids %s, %v, want %+v", rows, lookup.OtherSpelling, uids, err, want)
		}
	}
}

// TestDeleteByUID: a server that misses a parameter in a userdel by address gets the uid, and no other refusal leads to it.
func TestDeleteByUID(t *testing.T) {
	t.Parallel()
	const byAddress, byUID = `{"address":"a"}`, `{"uid":5302}`
	for name, tt := range map[string]struct {
		answer, uid string
		want        []string
	}{
		"short form":    {`{"op":"userdel","error":"MISSINGPARA","result":false}`, "5302", []string{byAddress, byUID}},
		"full form":     {`{"op":"userdel","error":"X","code":400,"result":false}`, "5302", []string{byAddress, byUID}},
		"unknown uid":   {`{"op":"userdel","error":"MISSINGPARA","result":false}`, "", []string{byAddress}},
		"other refusal": {authFail, "5302", []string{byAddress}},
	} {
		s := newServer(t, ok(tt.answer), ok(okAny))
		err := newClient(t, s.URL).DeleteUser(t.Context(), "a", tt.uid)
		var got []string
		for _, body := range s.requests() {
			_, user, _ := strings.Cut(body, `"user":`)
			got = append(got, strings.TrimSuffix(user, "}"))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (len(tt.want) == 2) {
			t.Errorf("%s: error %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	const rows = `{"uid":3,"address":"b"},{"uid":1,"address":"ab","appid":"y"},{"uid":1,"address":"ab","appid":"x"},{"uid":2,"address":"a"},{"address":"a\n.b"}`
	s := newServer(t, ok(`{"users":[`+rows+`],"userscount":5,"result":true}`)) // It ignores the pattern.
	for pattern, want := range map[string]string{
		"*": "[a a\n.b ab/x ab/y b]", "a*": "[a a\n.b ab/x ab/y]", "*b": "[a\n.b ab/x ab/y b]", "a": "[a]", "c*": "[]",
		"*a*b*": "[a\n.b ab/x ab/y]", "a*b*b": "[]", "ab*ab": "[]", "a.b": "[]", "**": "[a a\n.b ab/x ab/y b]", "*.b": "[a\n.b]",
	} {
		list, err := newClient(t, s.URL).ListUsers(t.Context(), pattern)
		if err != nil || list.Truncated {
			t.Fatalf("%+v, %v", list, err)
		}
		got := []string{}
		for _, row := range list.Rows {
			got = append(got, strings.TrimSuffix(row.Address+"/"+row.AppID, "/"))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

// TestLookupsMode checks what each mode makes of a server without lookups, which is found out for each op alone.
func TestLookupsMode(t *testing.T) {
	t.Parallel()
	for mode, test := range map[Lookups]struct {
		kind     error
		requests int // that two lookups of users and two of groups send
	}{
		LookupsAuto:     {ErrNoLookups, 2},
		LookupsRequired: {ErrUnsupportedOp, 4},
		LookupsDisabled: {ErrNoLookups, 0},
	} {
		s := newServer(t, ok(badOp))
		client := newClient(t, s.URL, WithLookups(mode))
		for _, name := range []string{"groupsget", "groupsget", "usersget", "usersget all"} {
			_, err := calls[name].do(t.Context(), client)
			assertKinds(t, err, test.kind)
		}
		if n := len(s.requests()); n != test.requests || client.LookupsMode() != mode {
			t.Errorf("%s: %d requests, want %d", mode, n, test.requests)
		}
	}
	_, err := calls["groupgetmembers"].do(t.Context(), newClient(t, newServer(t, ok(badOp)).URL)) // no lookup in this sense
	assertKinds(t, err, ErrUnsupportedOp)
}

// TestLookupsStay checks that other failures of a lookup do not end lookups, and that many find out at once that there
// are none.
func TestLookupsStay(t *testing.T) {
	t.Parallel()
	var log recorder
	client := newClient(t, newServer(t, ok(authFail), ok(`{"error":"BADOP"}`), ok(okNoUsers), ok(badOp)).URL, WithLogger(slog.New(&log)))
	_, err := client.GetUser(t.Context(), "a")
	assertKinds(t, err, ErrUnauthorized)
	_, err = client.GetUser(t.Context(), "a")
	assertKinds(t, err, ErrUnexpectedResponse)
	if lookup, err := client.GetUser(t.Context(), "a"); err != nil || !lookup.Absent() {
		t.Errorf("got %+v, %v", lookup, err)
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			_, err := client.GetUser(t.Context(), "a")
			assertKinds(t, err, ErrNoLookups)
		})
	}
	group.Wait()
	if n := strings.Count(log.text, "no lookups"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// However many members there are: none is lost, they keep their order, and no body is too large for nginx.
func TestManyMembersTakeSeveralRequests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		addresses := rapid.SliceOf(rapid.StringMatching(`[^,]{1,200}`)).Draw(t, "addresses")
		var got []string
		for _, text := range joined(addresses) {
			object := groupObject{GID: "1", Delete: 1, Members: &membersObject{Addresses: text, Remove: 1}}
			if body := encode(OpGroupEditMembers, NewSecret(appToken), payload{Group: &object}); len(body) > 8192 {
				t.Fatalf("%d bytes", len(body))
			}
			got = append(got, strings.Split(text, ",")...)
		}
		if diff := cmp.Diff(addresses, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
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
	groups, members := calls["groupsget"].do, calls["groupgetmembers"].do
	group, message := calls["groupadd"].do, calls["message"].do
	const full = `{"userscount":"1","count":1,"users":[{"uid":1,"address":"a","ipaddr":0,"lastonline":0,"active":1,"pinned":0,` +
		`"online":0,"flag":0,"flags":0,"token":"` + userToken + `","appid":"com.x"}],"op":"usersget","result":true}`
	row := UserRow{UID: "1", Address: "a", AppID: "com.x", Token: NewSecret(userToken), Active: new(true)}
	member := func(address string) string { return `{"address":"` + address + `","permissions":{}}` }
	nobody := MemberList{Truncated: true}
	for range 20 {
		nobody.Members = append(nobody.Members, Member{Address: "a"})
	}
	tests := map[string]struct {
		call  func(context.Context, *Client) (any, error)
		reply string
		want  any
	}{
		"quick start":       {mint, okAdded, User{UID: "5302", Token: NewSecret(userToken)}},
		"number":            {mint, `{"user":{"uid":9007199254740993,"address":"a","token":"t"},"result":1}`, User{UID: "9007199254740993", Address: "a", Token: NewSecret("t")}},
		"no token":          {add, `{"user":{"uid":1,"token":null},"result":"OK"}`, User{UID: "1"}},
		"number as address": {add, `{"user":{"uid":1,"address":18005551234},"result":true}`, User{UID: "1", Address: "18005551234"}},

		"found":             {get, full, Lookup{Rows: []UserRow{row}}},
		"nobody":            {get, okNoUsers, Lookup{}},
		"only others":       {get, `{"users":[{"address":"A"},{"address":"ab"}],"result":true}`, Lookup{}},
		"no address":        {get, `{"users":[{"uid":1,"addr":"a"}],"result":true}`, Lookup{Truncated: true}},
		"an empty row":      {get, `{"users":[{"address":"a"},null],"result":true}`, Lookup{Rows: []UserRow{{Address: "a"}}, Truncated: true}},
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
		"members, sorted":       {members, `{"members":[` + member("b") + `,` + member("a") + `],"result":true}`, MemberList{Members: []Member{{Address: "a"}, {Address: "b"}}}},
		"no members":            {members, `{"members":[],"count":0,"result":true}`, MemberList{}},
		"twenty members":        {members, `{"members":[` + member("a") + strings.Repeat(`,`+member("a"), 19) + `],"result":true}`, nobody},
		"a message id":          {message, `{"mid":1387628,"result":true}`, "1387628"},
		"no message id":         {message, `{"result":true}`, ""},
		"an odd message id":     {message, `{"mid":{},"result":true}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := tt.call(t.Context(), newClient(t, newServer(t, ok(tt.reply)).URL))
			if diff := gocmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestIncompleteReplies checks that a success which lacks what was asked for is an error, and never an empty list.
func TestIncompleteReplies(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]map[string]string{ // the error by the reply, by the call
		"useradd": {
			`{"user":{"uid":1},"result":true}`:                           "contains no token",
			`{"user":{"uid":1,"token":""},"result":true}`:                "contains no token",
			`{"user":{"token":"` + userToken + `"},"result":true}`:       "contains no uid",
			`{"user":{},"result":true}`:                                  "contains no uid",
			`{"result":true}`:                                            "contains no well-formed user",
			`{"user":[],"result":true}`:                                  "contains no well-formed user",
			`{"user":{"uid":1.5,"token":"t"},"result":true}`:             "contains no well-formed user",
			`{"user":{"uid":1,"token":12345},"result":true}`:             "contains no well-formed user",
			`{"user":[{"uid":1,"t":"` + userToken + `"}],"result":true}`: "contains no well-formed user",
		},
		"useradd plain": {`{"user":{},"result":true}`: "contains no uid"},
		"usersget": {
			`{"result":true}`: "list of users", `{"users":null,"result":true}`: "list of users", `{"users":{},"result":true}`: "list of users",
			`{"users":[1],"result":true}`: "list of users", `{"users":[{"address":"a","uid":1.5}],"result":true}`: "list of users",
			`{"users":[{"address":"a","token":5}],"result":true}`: "list of users",
		},
		"usersget all": {`{"users":null,"result":true}`: "list of users"},
		"groupadd":     {`{"group":{},"result":true}`: "no gid", `{"result":true}`: "no gid"},
		"groupsget": {
			`{"result":true}`: "list of groups", `{"groups":{"gid":1},"result":true}`: "list of groups",
			`{"groups":[{"gid":1,"flag":4294967296}],"result":true}`: "list of groups",
		},
		"groupgetmembers": {
			`{"gid":1,"result":true}`: "list of members", `{"members":[{"address":"a"}],"result":true}`: "list of members",
			`{"members":[{"addr":"a","permissions":{}}],"result":true}`: "list of members",
		},
	} {
		for reply, want := range tt {
			s := newServer(t, ok(reply))
			_, err := calls[name].do(t.Context(), newClient(t, s.URL))
			if calls[name].class == "read" {
				assertKinds(t, err, ErrUnexpectedResponse)
			} else {
				assertKinds(t, err, ErrUnexpectedResponse, ErrOutcomeUnknown)
			}
			assertText(t, err, want)
			if n := len(s.requests()); n != 1 {
				t.Errorf("%s, %s: %d requests", name, reply, n)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		lookup        Lookup
		found, absent bool
	}{
		"found": {Lookup{Rows: []UserRow{{}}}, true, false}, "found and cut": {Lookup{Rows: []UserRow{{}}, Truncated: true}, true, false},
		"absent": {Lookup{}, false, true}, "cut": {Lookup{Truncated: true}, false, false},
	} {
		if tt.lookup.Found() != tt.found || tt.lookup.Absent() != tt.absent {
			t.Errorf("%s: found %t, absent %t", name, tt.lookup.Found(), tt.lookup.Absent())
		}
	}
	lookup := Lookup{Rows: []UserRow{{AppID: "x"}, {AppID: "y", Token: NewSecret("t")}}}
	for appID, want := range map[string]bool{"x": true, "y": true, "z": false} {
		if token, found := lookup.Token(appID); found != want || token.IsEmpty() != (appID != "y") {
			t.Errorf("%s: found %t, empty %t", appID, found, token.IsEmpty())
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

// TestLookupsAutoFindsOutOnce lets many lookups find out at the same time.
func TestLookupsAutoFindsOutOnce(t *testing.T) {
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
	if n := strings.Count(log.text, "no lookups"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// TestLookupsStay checks that other failures of a lookup do not end lookups.
func TestLookupsStay(t *testing.T) {
	t.Parallel()

	client := newClient(t, newServer(t, ok(authFail), ok(`{"error":"BADOP"}`), ok(okNoUsers)).URL)
	_, err := client.GetUser(t.Context(), "a")
	assertKinds(t, err, ErrUnauthorized)
	_, err = client.GetUser(t.Context(), "a")
	assertKinds(t, err, ErrUnexpectedResponse)
	if lookup, err := client.GetUser(t.Context(), "a"); err != nil || !lookup.Absent() {
		t.Errorf("got %+v, %v", lookup, err)
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
		if diff := gocmp.Diff(addresses, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzReplies: whatever a server sends as a success, what is read of it is whole, in order and about somebody; what is
// read of a lookup is about the user who was asked for, and only a list with an address in each row proves absence.
func FuzzReplies(f *testing.F) {
	for _, seed := range []string{
		okAdded, okNoUsers, twoUsers, manyRows(documentedRows, "b"), okAny, `{"result":true}`, `{"groups":[null],"members":[null],"result":true}`,
		`{"groups":[{"gid":-1}],"result":true}`, `{"members":[{"permissions":null}],"result":true}`, `{"group":{"gid":1e3},"mid":1e9,"result":true}`,
	} {
		f.Add(seed, "a", "a*")
	}
	f.Fuzz(func(t *testing.T, body, address, pattern string) {
		answer, form := decode([]byte(body))
		if form != shapeSuccess || address == "" || strings.Contains(address, "*") {
			return
		}
		reply := answer.read()
		failed := func(what string, err error, empty bool) bool {
			if err != nil && (!empty || !errors.Is(err, ErrUnexpectedResponse)) {
				t.Errorf("%s in spite of %v", what, err)
			}

			return err != nil
		}

		for _, minted := range []bool{true, false} {
			user, err := decodeUser(reply, minted)
			if !failed("a user", err, user == User{}) && (user.UID == "" || minted && user.Token.IsEmpty()) {
				t.Errorf("a user without uid or token: %+v", user)
			}
		}
		gid, err := decodeGID(reply)
		if !failed("a gid", err, gid == "") && gid == "" {
			t.Error("an empty gid")
		}

		found, err := decodeUsers(reply, address, documentedRows)
		if lookup := Lookup(found); !failed("a user", err, !lookup.Found() && !lookup.Truncated) {
			var rows []map[string]any // the same list, read by the simplest means
			if json.Unmarshal(reply.Users, &rows) != nil || rows == nil {
				t.Fatalf("%s is taken for a list of users", reply.Users)
			}
			isAddress := func(key string) bool { return strings.EqualFold(key, "address") }
			for _, row := range rows {
				if !slices.ContainsFunc(slices.Collect(maps.Keys(row)), isAddress) && lookup.Absent() {
					t.Errorf("%q is taken for absent, though a row has no address: %s", address, reply.Users)
				}
			}
			for _, row := range lookup.Rows {
				if row.Address != address {
					t.Errorf("%q was asked for, and %q is found", address, row.Address)
				}
			}
			list, err := decodeUsers(reply, pattern, listRows)
			if err != nil || !slices.IsSortedFunc(list.Rows, func(a, b UserRow) int { return cmp.Compare(a.Address, b.Address) }) {
				t.Errorf("not in order: %+v, %v", list.Rows, err)
			}
			if !list.Truncated && pattern == "*" && len(list.Rows) != len(rows) {
				t.Errorf("%d of %d rows, and that is said to be all", len(list.Rows), len(rows))
			}
		}

		groups, err := decodeGroups(reply)
		if !failed("groups", err, len(groups.Groups) == 0) && !strings.HasPrefix(string(reply.Groups), "[") {
			t.Errorf("%s is taken for a list of groups", reply.Groups)
		}
		for i, group := range groups.Groups {
			if group.GID == "" || i > 0 && len(groups.Groups[i-1].GID) > len(group.GID) {
				t.Errorf("without a gid, or not in order: %+v", groups)
			}
		}
		list, err := decodeMembers(reply)
		if !failed("members", err, len(list.Members) == 0) && !strings.HasPrefix(string(reply.Members), "[") {
			t.Errorf("%s is taken for a list of members", reply.Members)
		}
		for i, member := range list.Members {
			if member.Address == "" || i > 0 && list.Members[i-1].Address > member.Address {
				t.Errorf("without an address, or not in order: %+v", list)
			}
		}
	})
}

// The rows that a server shows are read as they are, in whichever form it writes them.
func TestRowsSurvive(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		number := func(label string) string { return strconv.FormatUint(rapid.Uint64Min(1).Draw(t, label), 10) }
		anyID := func(id string) any { return rapid.SampledFrom([]any{id, json.Number(id)}).Draw(t, "id") }
		anyFlag := func(value bool) any {
			digit := map[bool]int{false: 0, true: 1}[value]

			return rapid.SampledFrom([]any{value, digit, strconv.Itoa(digit), strconv.FormatBool(value)}).Draw(t, "flag")
		}
		toss := func(label string) bool { return rapid.Bool().Draw(t, label) }
		encoded := func(rows []any) json.RawMessage {
			body, err := json.Marshal(append([]any{}, rows...))
			if err != nil {
				t.Fatal(err)
			}

			return body
		}
		addresses := rapid.SliceOfNDistinct(rapid.StringN(1, 20, -1), 0, 5, rapid.ID[string]).Draw(t, "addresses")
		slices.Sort(addresses)
		var users UserList
		var memberList MemberList
		var userRows, memberRows []any
		for _, address := range addresses {
			row := UserRow{UID: number("uid"), Address: address, AppID: rapid.String().Draw(t, "appid"), Token: NewSecret(rapid.String().Draw(t, "token"))}
			shown := map[string]any{"uid": anyID(row.UID), "address": address, "appid": row.AppID, "token": row.Token.Reveal(), "flags": 0}
			if toss("with a status") {
				row.Active = new(toss("active"))
				shown["active"] = anyFlag(*row.Active)
			}
			users.Rows, userRows = append(users.Rows, row), append([]any{shown}, userRows...)

			may := Permissions{Send: toss("send"), Receive: toss("receive"), Publish: toss("publish"), Subscribe: toss("subscribe"), List: toss("list")}
			memberList.Members = append(memberList.Members, Member{UID: row.UID, Address: address, Permissions: may})
			memberRows = append([]any{map[string]any{"address": address, "uid": anyID(row.UID), "permissions": map[string]any{
				"send": anyFlag(may.Send), "recv": anyFlag(may.Receive), "pub": anyFlag(may.Publish), "sub": anyFlag(may.Subscribe), "list": anyFlag(may.List),
			}}}, memberRows...)
		}
		var groups GroupList
		var groupRows []any
		gids := rapid.SliceOfNDistinct(rapid.Uint64Min(1), 0, 5, rapid.ID[uint64]).Draw(t, "gids")
		slices.Sort(gids)
		for _, gid := range gids {
			group := Group{GID: strconv.FormatUint(gid, 10)}
			shown := map[string]any{"gid": anyID(group.GID)}
			if toss("with a name") {
				group.Name = new(rapid.String().Draw(t, "name"))
				shown["name"] = group.Name
			}
			if toss("with flags") {
				group.Flags = new(rapid.Uint32().Draw(t, "flags"))
				shown[rapid.SampledFrom([]string{"flag", "flags"}).Draw(t, "key")] = group.Flags
			}
			groups.Groups, groupRows = append(groups.Groups, group), append([]any{shown}, groupRows...)
		}

		same := func(want, got any, err error) {
			if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
		}
		gotUsers, err := decodeUsers(members{Users: encoded(userRows)}, "*", listRows)
		same(users, gotUsers, err)
		gotMembers, err := decodeMembers(members{Members: encoded(memberRows)})
		same(memberList, gotMembers, err)
		gotGroups, err := decodeGroups(members{Groups: encoded(groupRows)})
		same(groups, gotGroups, err)
	})
}

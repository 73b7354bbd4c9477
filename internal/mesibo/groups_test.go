// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	stdcmp "cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// groupReply answers every op on groups and messages.
const groupReply = `{"group":{"gid":97284},"groups":[{"gid":97284,"name":"G","flag":129}],"groupscount":1,` +
	`"members":[{"uid":1,"address":"a","permissions":{"send":true,"recv":1,"pub":false,"sub":"0","list":true}}],"mid":1387628,"result":true}`

// groupCalls are all calls that are about groups and messages, and the requests that they send.
func groupCalls() map[string]struct {
	call func(context.Context, *Client) error
	want string // after op and token
	once bool
} {
	name, flags, off, seconds := "G", uint32(0x81), false, int64(60)

	return map[string]struct {
		call func(context.Context, *Client) error
		want string
		once bool
	}{
		"groupadd": {func(ctx context.Context, c *Client) error {
			_, err := c.CreateGroup(ctx, CreateGroupRequest{Name: name, Flags: flags, Active: &off})

			return err
		}, `"group":{"name":"G","flags":129,"active":false}`, true},
		"groupset": {func(ctx context.Context, c *Client) error {
			return c.UpdateGroup(ctx, UpdateGroupRequest{GID: "12345", Flags: &flags})
		}, `"group":{"gid":12345,"flags":129}`, false},
		"groupdel": {func(ctx context.Context, c *Client) error {
			return c.DeleteGroup(ctx, "a-1")
		}, `"group":{"gid":"a-1"}`, false},
		"groupsget": {func(ctx context.Context, c *Client) error {
			_, err := c.ListGroups(ctx, "G*")

			return err
		}, `"count":100000,"group":{"name":"G*"}`, false},
		"groupgetmembers": {func(ctx context.Context, c *Client) error {
			_, err := c.ListMembers(ctx, "12345")

			return err
		}, `"count":100000,"group":{"gid":12345}`, false},
		"groupeditmembers": {func(ctx context.Context, c *Client) error {
			return errorOf(c.SetMembers(ctx, "12345", Permissions{Send: true, List: true}, "a", "b"))
		}, `"group":{"gid":12345,"members":{"m":"a,b","permissions":{"send":true,"recv":false,"pub":false,"sub":false,"list":true}}}`, false},
		"groupeditmembers to remove": {func(ctx context.Context, c *Client) error {
			return errorOf(c.RemoveMembers(ctx, "12345", "a", "b"))
		}, `"group":{"gid":12345,"members":{"m":"a,b","permissions":null,"remove":1},"delete":1}`, false},
		"message": {func(ctx context.Context, c *Client) error {
			_, err := c.SendMessage(ctx, Message{From: "a", To: []string{"b", "c"}, Text: "<Hi>", ExpirySeconds: &seconds, DelaySeconds: new(int64(0))})

			return err
		}, `"message":{"from":"a","to":"b,c","expiry":60,"when":0,"message":"<Hi>"}`, true},
		"message to a group": {func(ctx context.Context, c *Client) error {
			_, err := c.SendMessage(ctx, Message{From: "a", GID: "7", URL: "https://x", Title: "T", Type: &seconds})

			return err
		}, `"message":{"from":"a","gid":7,"type":60,"url":"https://x","title":"T"}`, true},
	}
}

// Each request is byte for byte what the sources show.
func TestGroupRequests(t *testing.T) {
	t.Parallel()

	for name, tt := range groupCalls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, ok(groupReply))
			if err := tt.call(t.Context(), newClient(t, s.URL)); err != nil {
				t.Fatal(err)
			}
			op, _, _ := strings.Cut(name, " ")
			want := `{"op":"` + op + `","token":"` + appToken + `",` + tt.want + `}`
			if diff := cmp.Diff([]string{want}, s.requests()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What was sent and not answered is sent again, unless each request makes something new.
func TestGroupRetries(t *testing.T) {
	t.Parallel()

	for name, tt := range groupCalls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, drop, ok(groupReply))
			err := tt.call(t.Context(), newClient(t, s.URL))
			if tt.once && (!errors.Is(err, ErrOutcomeUnknown) || len(s.requests()) != 1) {
				t.Errorf("%v after %d requests, want to be told that the outcome is unknown after one", err, len(s.requests()))
			}
			if !tt.once && (err != nil || len(s.requests()) != 2) {
				t.Errorf("%v after %d requests, want success after two", err, len(s.requests()))
			}

			throttled := newServer(t, answer(429, "", "Retry-After", "0"), ok(groupReply))
			if err := tt.call(t.Context(), newClient(t, throttled.URL)); err != nil {
				t.Errorf("what was not carried out is not sent again: %v", err)
			}
		})
	}
}

func TestGroupReplies(t *testing.T) {
	t.Parallel()

	gid := func(ctx context.Context, c *Client) (any, error) {
		return c.CreateGroup(ctx, CreateGroupRequest{Name: "G"})
	}
	groups := func(ctx context.Context, c *Client) (any, error) { return c.ListGroups(ctx, "*") }
	testers := func(ctx context.Context, c *Client) (any, error) { return c.ListGroups(ctx, "T*") }
	members := func(ctx context.Context, c *Client) (any, error) { return c.ListMembers(ctx, "1") }
	message := func(ctx context.Context, c *Client) (any, error) {
		return c.SendMessage(ctx, Message{From: "a", To: []string{"b"}, Text: "Hi"})
	}
	name, flags, on := "G", uint32(129), true
	row := func(address string) string { return `{"address":"` + address + `","permissions":{}}` }
	tests := map[string]struct {
		call  func(context.Context, *Client) (any, error)
		reply string
		want  any
		err   error
	}{
		"gid as a number":       {gid, `{"group":{"gid":102529},"result":true}`, "102529", nil},
		"gid as a string":       {gid, `{"group":{"gid":"102529"},"result":true}`, "102529", nil},
		"no gid in a reply":     {gid, `{"group":{},"result":true}`, "", ErrOutcomeUnknown},
		"no group":              {gid, `{"result":true}`, "", ErrUnexpectedResponse},
		"refused":               {gid, `{"result":false,"error":"X","code":403}`, "", nil},
		"groups of the console": {groups, `{"groups":[{"gid":10,"name":"G","pinned":0,"flag":129},{"gid":"9","flags":0,"active":1}],"result":true}`, GroupList{Groups: []Group{{GID: "9", Flags: new(uint32), Active: &on}, {GID: "10", Name: &name, Flags: &flags}}}, nil},
		"other groups":          {testers, `{"groups":[{"gid":1,"name":"Testers"},{"gid":2,"name":"Users"}],"result":true}`, GroupList{Groups: []Group{{GID: "1", Name: new("Testers")}}}, nil},
		"groups without names":  {testers, `{"groups":[{"gid":1}],"result":true}`, GroupList{Truncated: true}, nil},
		"a member twice":        {members, `{"members":[` + row("a") + `,{"address":"a","permissions":{"send":1}}],"result":true}`, MemberList{Members: []Member{{Address: "a"}}}, nil},
		"no groups":             {groups, `{"groups":[],"groupscount":0,"result":true}`, GroupList{}, nil},
		"more groups":           {groups, `{"groups":[{"gid":1}],"groupscount":2,"result":true}`, GroupList{Groups: []Group{{GID: "1"}}, Truncated: true}, nil},
		"no list of groups":     {groups, `{"result":true}`, GroupList{}, ErrUnexpectedResponse},
		"groups that are none":  {groups, `{"groups":{"gid":1},"result":true}`, GroupList{}, ErrUnexpectedResponse},
		"flags out of range":    {groups, `{"groups":[{"gid":1,"flag":4294967296}],"result":true}`, GroupList{}, ErrUnexpectedResponse},
		"members, sorted":       {members, `{"members":[` + row("b") + `,` + row("a") + `],"result":true}`, MemberList{Members: []Member{{Address: "a"}, {Address: "b"}}}, nil},
		"no members":            {members, `{"members":[],"count":0,"result":true}`, MemberList{}, nil},
		"twenty members":        {members, `{"members":[` + row("a") + strings.Repeat(`,`+row("a"), 19) + `],"result":true}`, nil, nil},
		"no permissions":        {members, `{"members":[{"address":"a"}],"result":true}`, MemberList{}, ErrUnexpectedResponse},
		"a group without a gid": {groups, `{"groups":[{"gid":2},{"id":1,"name":"G"}],"result":true}`, GroupList{Groups: []Group{{GID: "2"}}, Truncated: true}, nil},
		"nameless member":       {members, `{"members":[{"addr":"a","permissions":{}}],"result":true}`, MemberList{}, ErrUnexpectedResponse},
		"no list of members":    {members, `{"gid":1,"result":true}`, MemberList{}, ErrUnexpectedResponse},
		"members not offered":   {members, `{"op":"groupgetmembers","result":false,"error":"BADOP"}`, MemberList{}, ErrUnsupportedOp},
		"no such group":         {members, `{"result":false,"error":"X","code":404}`, MemberList{}, ErrNotFound},
		"a message id":          {message, `{"mid":1387628,"result":true}`, "1387628", nil},
		"no message id":         {message, `{"result":true}`, "", nil},
		"an odd message id":     {message, `{"mid":{},"result":true}`, "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, ok(tt.reply))
			got, err := tt.call(t.Context(), newClient(t, s.URL))
			switch {
			case tt.err != nil && !errors.Is(err, tt.err):
				t.Errorf("%v, want %v", err, tt.err)
			case tt.err == nil && err != nil && !strings.Contains(tt.reply, `"X"`):
				t.Error(err)
			case name == "twenty members":
				if list, ok := got.(MemberList); !ok || !list.Truncated {
					t.Errorf("%+v is taken for all", got)
				}
			default:
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// What cannot be meant is refused before it is sent.
func TestGroupRequestsRefused(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(groupReply))
	c := newClient(t, s.URL)
	for name, err := range map[string]error{
		"no gid to set":        c.UpdateGroup(t.Context(), UpdateGroupRequest{}),
		"no gid to delete":     c.DeleteGroup(t.Context(), ""),
		"no gid to add to":     errorOf(c.SetMembers(t.Context(), "", Permissions{}, "a")),
		"no gid to remove of":  errorOf(c.RemoveMembers(t.Context(), "", "a")),
		"a comma":              errorOf(c.SetMembers(t.Context(), "1", Permissions{}, "a", "b,c")),
		"a comma to remove":    errorOf(c.RemoveMembers(t.Context(), "1", "b,c")),
		"an empty address":     errorOf(c.SetMembers(t.Context(), "1", Permissions{}, "")),
		"no gid to list":       errorOf(c.ListMembers(t.Context(), "")),
		"no sender":            errorOf(c.SendMessage(t.Context(), Message{To: []string{"a"}, Text: "Hi"})),
		"no receiver":          errorOf(c.SendMessage(t.Context(), Message{From: "a", Text: "Hi"})),
		"a comma in receivers": errorOf(c.SendMessage(t.Context(), Message{From: "a", To: []string{"b,c"}, Text: "Hi"})),
	} {
		if err == nil || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if sent := len(s.requests()); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func errorOf(_ any, err error) error { return err }

// A server that has no groupsget may have usersget, and the other way round.
func TestLookupsAreOfferedEachAlone(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(badOp), ok(okNoUsers))
	c := newClient(t, s.URL)
	for range 2 {
		if _, err := c.ListGroups(t.Context(), "*"); !errors.Is(err, ErrNoLookups) {
			t.Errorf("%v, want that there is none", err)
		}
	}
	if _, err := c.GetUser(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if sent := len(s.requests()); sent != 2 {
		t.Errorf("%d requests", sent)
	}

	required := newClient(t, newServer(t, ok(badOp)).URL, WithLookups(LookupsRequired))
	if _, err := required.ListGroups(t.Context(), "*"); !errors.Is(err, ErrUnsupportedOp) || errors.Is(err, ErrNoLookups) {
		t.Errorf("required: %v", err)
	}
	disabled := newClient(t, deadEndpoint(t), WithLookups(LookupsDisabled))
	if _, err := disabled.ListGroups(t.Context(), "*"); !errors.Is(err, ErrNoLookups) {
		t.Errorf("disabled: %v", err)
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
		if diff := cmp.Diff(addresses, got); len(addresses) > 0 && diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestListUsers(t *testing.T) {
	t.Parallel()

	const rows = `{"uid":3,"address":"b"},{"uid":1,"address":"ab","appid":"y"},{"uid":1,"address":"ab","appid":"x"},{"uid":2,"address":"a"}`
	for pattern, want := range map[string]string{
		"*": "[a ab/x ab/y b]", "a*": "[a ab/x ab/y]", "*b": "[ab/x ab/y b]", "a": "[a]", "c*": "[]", "*a*b*": "[ab/x ab/y]", "a*b*b": "[]",
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, ok(`{"users":[`+rows+`],"userscount":4,"result":true}`)) // It ignores the pattern.
			list, err := newClient(t, s.URL).ListUsers(t.Context(), pattern)
			if err != nil || list.Truncated {
				t.Fatalf("%+v, %v", list, err)
			}
			got := []string{}
			for _, row := range list.Rows {
				got = append(got, strings.TrimSuffix(row.Address+"/"+row.AppID, "/"))
			}
			if fmt.Sprint(got) != want {
				t.Errorf("%v, want %s", got, want)
			}
		})
	}
}

// Whatever a server sends as a success: what is read of it is whole, in order, and about somebody.
func FuzzGroupReplies(f *testing.F) {
	for _, seed := range []string{
		groupReply, `{"result":true}`, `{"groups":[null],"members":[null],"result":true}`, `{"groups":[{"gid":-1}],"result":true}`,
		`{"members":[{"permissions":null}],"result":true}`, `{"group":{"gid":1e3},"mid":1e9,"result":true}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		answer, form := decode([]byte(body))
		if form != shapeSuccess {
			return
		}
		reply := answer.read()
		if gid, err := decodeGID(reply); (gid == "") != (err != nil) {
			t.Errorf("gid %q, %v", gid, err)
		}

		groups, err := decodeGroups(reply, "*")
		isList := bytes.HasPrefix(reply.Groups, []byte("["))
		switch {
		case err == nil && !isList:
			t.Errorf("%s is taken for a list of groups", reply.Groups)
		case err != nil && (len(groups.Groups) > 0 || !errors.Is(err, ErrUnexpectedResponse)):
			t.Errorf("%+v, %v", groups, err)
		}
		for i, group := range groups.Groups {
			if group.GID == "" {
				t.Errorf("a group without a gid in %+v", groups)
			}
			if i > 0 && len(groups.Groups[i-1].GID) > len(group.GID) {
				t.Errorf("not in order: %+v", groups)
			}
		}

		list, err := decodeMembers(reply)
		isList = bytes.HasPrefix(reply.Members, []byte("["))
		switch {
		case err == nil && !isList:
			t.Errorf("%s is taken for a list of members", reply.Members)
		case err != nil && (len(list.Members) > 0 || !errors.Is(err, ErrUnexpectedResponse)):
			t.Errorf("%+v, %v", list, err)
		}
		for i, member := range list.Members {
			if member.Address == "" {
				t.Errorf("a member without an address in %+v", list)
			}
			if i > 0 && list.Members[i-1].Address >= member.Address {
				t.Errorf("not in order: %+v", list)
			}
		}
	})
}

// TestMembersAtOnce has fifty callers add a member each to one group, change all of them, and remove them.
func TestMembersAtOnce(t *testing.T) {
	t.Parallel()

	const members = 50
	server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.SetProfile(func(p *profile.Profile) { p.MemberCap = 0 })
	group := server.PutGroup(appToken, emulator.Group{Name: "G", Active: true}).GID
	want := make([]string, 0, members)
	for i := range members {
		want = append(want, fmt.Sprintf("user%02d", i))
		server.PutUser(appToken, emulator.User{Address: want[i], Active: true})
	}
	client := newClient(t, server.Endpoint())
	atOnce := func(edit func(address string) error) {
		t.Helper()

		var callers sync.WaitGroup
		for _, address := range want {
			callers.Go(func() {
				if err := edit(address); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if sent := server.Count("groupeditmembers"); sent != members {
			t.Errorf("%d requests, want %d", sent, members)
		}
		server.ResetRequests()
	}
	expect := func(may Permissions, want ...string) {
		t.Helper()

		list, err := client.ListMembers(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, member := range list.Members {
			got = append(got, member.Address)
			if member.Permissions != may {
				t.Errorf("%s may %+v, want %+v", member.Address, member.Permissions, may)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}

	for _, may := range []Permissions{{Send: true}, {Receive: true, List: true}} {
		atOnce(func(address string) error { return errorOf(client.SetMembers(t.Context(), group, may, address)) })
		expect(may, want...)
	}
	atOnce(func(address string) error { return errorOf(client.RemoveMembers(t.Context(), group, address)) })
	expect(Permissions{})
}

// The group and the members that a server shows are read as they are, in whichever form it writes them.
func TestGroupRowsSurvive(t *testing.T) {
	t.Parallel()

	number := rapid.Custom(func(t *rapid.T) string { return strconv.FormatUint(rapid.Uint64Min(1).Draw(t, "number"), 10) })
	rapid.Check(t, func(t *rapid.T) {
		var groups GroupList
		var rows []any
		for _, gid := range rapid.SliceOfNDistinct(number, 0, 5, rapid.ID[string]).Draw(t, "gids") {
			group, row := Group{GID: gid}, map[string]any{"gid": anyID(t, gid)}
			if rapid.Bool().Draw(t, "with a name") {
				group.Name = new(rapid.String().Draw(t, "name"))
				row["name"] = group.Name
			}
			if rapid.Bool().Draw(t, "with flags") {
				group.Flags = new(rapid.Uint32().Draw(t, "flags"))
				row[rapid.SampledFrom([]string{"flag", "flags"}).Draw(t, "key")] = group.Flags
			}
			if rapid.Bool().Draw(t, "with a status") {
				group.Active = new(rapid.Bool().Draw(t, "active"))
				row["active"] = anyFlag(t, *group.Active)
			}
			groups.Groups, rows = append(groups.Groups, group), append(rows, row)
		}
		slices.SortFunc(groups.Groups, func(a, b Group) int {
			return cmpUint(t, a.GID, b.GID)
		})
		got, err := decodeGroups(members{Groups: encoded(t, rows)}, "*")
		if diff := cmp.Diff(groups, got); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}

		var shown MemberList
		rows = nil
		for _, address := range rapid.SliceOfNDistinct(rapid.StringN(1, 20, -1), 0, 5, rapid.ID[string]).Draw(t, "addresses") {
			member := Member{Address: address, UID: number.Draw(t, "uid"), Permissions: Permissions{
				Send: rapid.Bool().Draw(t, "send"), Receive: rapid.Bool().Draw(t, "receive"), Publish: rapid.Bool().Draw(t, "publish"),
				Subscribe: rapid.Bool().Draw(t, "subscribe"), List: rapid.Bool().Draw(t, "list"),
			}}
			shown.Members = append(shown.Members, member)
			rows = append(rows, map[string]any{"address": address, "uid": anyID(t, member.UID), "permissions": map[string]any{
				"send": anyFlag(t, member.Permissions.Send), "recv": anyFlag(t, member.Permissions.Receive),
				"pub": anyFlag(t, member.Permissions.Publish), "sub": anyFlag(t, member.Permissions.Subscribe),
				"list": anyFlag(t, member.Permissions.List),
			}})
		}
		slices.SortFunc(shown.Members, func(a, b Member) int { return strings.Compare(a.Address, b.Address) })
		gotMembers, err := decodeMembers(members{Members: encoded(t, rows)})
		if diff := cmp.Diff(shown, gotMembers); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// anyID is an id in one of the forms in which servers write ids.
func anyID(t *rapid.T, id string) any {
	if rapid.Bool().Draw(t, "id as a string") {
		return id
	}

	return json.Number(id)
}

// anyFlag is a boolean in one of the forms in which servers write booleans.
func anyFlag(t *rapid.T, value bool) any {
	number := map[bool]int{false: 0, true: 1}[value]

	return rapid.SampledFrom([]any{value, number, strconv.Itoa(number), strconv.FormatBool(value)}).Draw(t, "flag")
}

// encoded is a list as a server sends it, also when it is empty.
func encoded(t *rapid.T, rows []any) json.RawMessage {
	if rows == nil {
		rows = []any{}
	}
	body, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}

	return body
}

// cmpUint compares ids as the numbers that they are.
func cmpUint(t *rapid.T, a, b string) int {
	x, err := strconv.ParseUint(a, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	y, err := strconv.ParseUint(b, 10, 64)
	if err != nil {
		t.Fatal(err)
	}

	return stdcmp.Compare(x, y)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// Exchanges on groups and messages, as the documents and captured answers have them. The app has the users a and b, and
// the group 12345 with the member a.
func TestGroupExchanges(t *testing.T) {
	t.Parallel()

	const (
		all       = `{"send":true,"recv":true,"pub":true,"sub":true,"list":true}`
		some      = `{"send":true,"recv":false,"pub":false,"sub":false,"list":false}`
		none      = `{"send":false,"recv":false,"pub":false,"sub":false,"list":false}`
		noGroup   = `"code":404,"cause":"No such group","properties":["gid"],"error":"NOTFOUND","result":false`
		missing   = `"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","result":false`
		nobody    = `"error":"NOTFOUND","code":404,"cause":"No such user","result":false`
		noUser    = `"error":"BADMEMBER","code":400,"cause":"Not a user: c","properties":["members"],"result":false`
		listing   = `{"op":"groupgetmembers","token":"APP","group":{"gid":12345}}`
		groupList = `{"op":"groupsget","token":"APP","group":{"name":"*"}}`
	)
	members := func(rows ...string) string {
		return fmt.Sprintf(`{"members":[%s],"count":%d,"gid":12345,"op":"groupgetmembers","result":true}`, strings.Join(rows, ","), len(rows))
	}
	row := func(uid int, address, may string) string {
		return fmt.Sprintf(`{"uid":"%d","address":%q,"permissions":%s}`, uid, address, may)
	}
	group := func(gid int, name string, flags int) string {
		return fmt.Sprintf(`{"gid":%d,"name":%q,"pinned":0,"flag":%d,"expinsec":31536000,"expiryext":0}`, gid, name, flags)
	}
	edit := func(rest string) string {
		return `{"op":"groupeditmembers","token":"APP","group":{"gid":12345,` + rest + `}}`
	}
	edited := `{"op":"groupeditmembers","result":true}`
	tests := map[string]struct {
		modes func(*profile.Profile)
		// Requests and their answers in turn: JSON, or the path and query of a GET.
		exchanges []string
	}{
		"groupadd": {exchanges: []string{
			`{"op":"groupadd","token":"APP","group":{"name":"G","flags":65}}`, `{"group":{"gid":97284},"op":"groupadd","result":true}`,
			`{"op":"groupadd","token":"APP","group":{"name":"G"}}`, `{"group":{"gid":97285},"op":"groupadd","result":true}`,
			groupList, `{"groups":[` + group(12345, "Old", 1) + "," + group(97284, "G", 65) + "," + group(97285, "G", 0) + `],"count":3,"groupscount":3,"op":"groupsget","result":true}`,
		}},
		"groupadd with members": {exchanges: []string{
			`{"op":"groupadd","token":"APP","group":{"name":"G","members":{"m":"b,a","permissions":` + some + `}}}`, `{"group":{"gid":97284},"op":"groupadd","result":true}`,
			`{"op":"groupgetmembers","token":"APP","group":{"gid":97284}}`,
			`{"members":[` + row(5302, "a", some) + "," + row(5303, "b", some) + `],"count":2,"gid":97284,"op":"groupgetmembers","result":true}`,
		}},
		"groupadd with who is no user": {exchanges: []string{
			`{"op":"groupadd","token":"APP","group":{"name":"G","members":{"m":"c"}}}`, `{` + noUser + `,"op":"groupadd"}`,
			groupList, `{"groups":[` + group(12345, "Old", 1) + `],"count":1,"groupscount":1,"op":"groupsget","result":true}`,
		}},
		"groupadd, legacy": {exchanges: []string{
			`/backend/?op=groupadd&token=APP&name=G&flag=2&active=0`, `{"group":{"gid":97284},"op":"groupadd","result":true}`,
			`/backend/?op=groupset&token=APP&gid=97284&name=H&flag=-1&active=-1`, `{"op":"groupset","result":true}`,
			`{"op":"groupsget","token":"APP","group":{"name":"H"}}`, `{"groups":[` + group(97284, "H", 2) + `],"count":1,"groupscount":1,"op":"groupsget","result":true}`,
		}},
		"groupset changes what it is given": {exchanges: []string{
			`{"op":"groupset","token":"APP","group":{"gid":12345,"flags":128}}`, `{"op":"groupset","result":true}`,
			`{"op":"groupset","token":"APP","group":{"gid":"12345","name":"New"}}`, `{"op":"groupset","result":true}`,
			groupList, `{"groups":[` + group(12345, "New", 128) + `],"count":1,"groupscount":1,"op":"groupsget","result":true}`,
			listing, members(row(5302, "a", all)),
		}},
		"groupset with members replaces them": {exchanges: []string{
			`{"op":"groupset","token":"APP","group":{"gid":12345,"members":{"m":"b"}}}`, `{"op":"groupset","result":true}`,
			listing, members(row(5303, "b", all)),
		}},
		"groupdel": {exchanges: []string{
			`{"op":"groupdel","token":"APP","group":{"gid":12345}}`, `{"op":"groupdel","result":true}`,
			listing, `{` + noGroup + `,"op":"groupgetmembers"}`,
			`{"op":"groupdel","token":"APP","group":{"gid":12345}}`, `{` + noGroup + `,"op":"groupdel"}`,
			`{"op":"groupset","token":"APP","group":{"gid":12345}}`, `{` + noGroup + `,"op":"groupset"}`,
		}},
		"a missing group is fine": {modes: func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) }, exchanges: []string{
			`{"op":"groupdel","token":"APP","group":{"gid":1}}`, `{"op":"groupdel","result":true}`,
			`{"op":"groupset","token":"APP","group":{"gid":1}}`, `{"op":"groupset","result":true}`,
			`{"op":"groupgetmembers","token":"APP","group":{"gid":1}}`, `{` + noGroup + `,"op":"groupgetmembers"}`,
			`{"op":"groupdel","token":"APP","group":{}}`, `{` + missing + `,"properties":["gid"],"op":"groupdel"}`,
		}},
		"members come and change": {exchanges: []string{
			edit(`"members":{"m":"b","permissions":` + some + `}`), edited,
			edit(`"members":{"m":"a","permissions":` + none + `}`), edited,
			listing, members(row(5302, "a", none), row(5303, "b", some)),
			edit(`"members":{"m":"a,c"}`), `{` + noUser + `,"op":"groupeditmembers"}`,
			listing, members(row(5302, "a", none), row(5303, "b", some)),
			edit(`"members":{}`), `{` + missing + `,"properties":["m"],"op":"groupeditmembers"}`,
			`{"op":"groupeditmembers","token":"APP","group":{"gid":1,"members":{"m":"a"}}}`, `{` + noGroup + `,"op":"groupeditmembers"}`,
		}},
		"members, legacy": {exchanges: []string{
			`/api.php?op=groupeditmembers&token=APP&gid=12345&m=b&cs=1&cr=0&canpub=0&cansub=0&canlist=0`, edited,
			listing, members(row(5302, "a", all), row(5303, "b", some)),
			`/api.php?op=groupeditmembers&token=APP&gid=12345&m=a,b&delete=1`, edited,
			`/api.php?op=groupgetmembers&token=APP&gid=12345&count=5`, members(),
		}},
		"any form removes": {exchanges: []string{
			edit(`"members":{"m":"a","remove":1}`), edited, listing, members(),
			edit(`"members":{"m":"a"}`), edited, edit(`"members":{"m":"a","permissions":null}`), edited, listing, members(),
			edit(`"members":{"m":"a"}`), edited, edit(`"delete":1,"members":{"m":"a"}`), edited, listing, members(),
			edit(`"members":{"m":"a"}`), edited, edit(`"delete":true,"members":{"m":"a","remove":1,"permissions":null}`), edited, listing, members(),
			edit(`"members":{"m":"b","remove":1}`), edited,
		}},
		"remove alone": {modes: func(p *profile.Profile) { p.MemberRemoval = profile.RemoveByRemove }, exchanges: []string{
			edit(`"delete":1,"members":{"m":"a","permissions":null}`), edited, listing, members(row(5302, "a", none)),
			edit(`"members":{"m":"a","remove":1}`), edited, listing, members(),
		}},
		"null alone": {modes: func(p *profile.Profile) { p.MemberRemoval = profile.RemoveByNullPermissions }, exchanges: []string{
			edit(`"delete":1,"members":{"m":"a","remove":1}`), edited, listing, members(row(5302, "a", all)),
			edit(`"members":{"m":"a","permissions":null}`), edited, listing, members(),
		}},
		"delete alone": {modes: func(p *profile.Profile) { p.MemberRemoval = profile.RemoveByDelete }, exchanges: []string{
			edit(`"members":{"m":"a","remove":1,"permissions":null}`), edited, listing, members(row(5302, "a", none)),
			edit(`"delete":1,"members":{"m":"a"}`), edited, listing, members(),
		}},
		"who is deleted leaves": {exchanges: []string{
			`{"op":"userdel","token":"APP","user":{"address":"a"}}`, `{"op":"userdel","result":true}`, listing, members(),
		}},
		"no look-ups": {modes: func(p *profile.Profile) { p.SetLookups(false) }, exchanges: []string{
			groupList, `{"op":"groupsget","result":false,"error":"BADOP"}`, listing, members(row(5302, "a", all)),
		}},
		"no lists of members": {modes: func(p *profile.Profile) { p.MemberLists = false }, exchanges: []string{
			listing, `{"op":"groupgetmembers","result":false,"error":"BADOP"}`,
			groupList, `{"groups":[` + group(12345, "Old", 1) + `],"count":1,"groupscount":1,"op":"groupsget","result":true}`,
		}},
		"caps": {modes: func(p *profile.Profile) { p.MemberCap, p.RowCap = 1, 1 }, exchanges: []string{
			edit(`"members":{"m":"b"}`), edited, listing, members(row(5302, "a", all)),
			`{"op":"groupadd","token":"APP","group":{"name":"G"}}`, `{"group":{"gid":97284},"op":"groupadd","result":true}`,
			groupList, `{"groups":[` + group(12345, "Old", 1) + `],"count":1,"groupscount":2,"op":"groupsget","result":true}`,
		}},
		"counts": {exchanges: []string{
			edit(`"members":{"m":"b"}`), edited,
			`{"op":"groupgetmembers","token":"APP","count":1,"group":{"gid":12345}}`, members(row(5302, "a", all)),
			`{"op":"groupsget","token":"APP","count":1,"group":{"name":"O*"}}`, `{"groups":[` + group(12345, "Old", 1) + `],"count":1,"groupscount":1,"op":"groupsget","result":true}`,
			`{"op":"groupsget","token":"APP","group":{"name":"ld"}}`, `{"groups":[],"count":0,"groupscount":0,"op":"groupsget","result":true}`,
		}},
		"message": {exchanges: []string{
			`{"op":"message","token":"APP","message":{"from":"a","to":"b","message":"Hi"}}`, `{"op":"message","mid":1387628,"result":true}`,
			`{"op":"message","token":"APP","message":{"from":"a","gid":12345,"url":"https://x"}}`, `{"op":"message","mid":1387629,"result":true}`,
			`/backend/?op=message&token=APP&from=a&to=b&msg=Hi`, `{"op":"message","mid":1387630,"result":true}`,
			`{"op":"message","token":"APP","message":{"to":"b","message":"Hi"}}`, `{` + missing + `,"properties":["from"],"op":"message"}`,
			`{"op":"message","token":"APP","message":{"from":"a","message":"Hi"}}`, `{` + missing + `,"properties":["to"],"op":"message"}`,
			`{"op":"message","token":"APP","message":{"from":"a","to":"b"}}`, `{` + missing + `,"properties":["message"],"op":"message"}`,
			`{"op":"message","token":"APP","message":{"from":"a","gid":1,"message":"Hi"}}`, `{` + noGroup + `,"op":"message"}`,
			`{"op":"message","token":"APP","message":{"from":"c","to":"b","message":"Hi"}}`, `{` + nobody + `,"properties":["from"],"op":"message"}`,
			`{"op":"message","token":"APP","message":{"from":"a","to":"b,c","message":"Hi"}}`, `{` + nobody + `,"properties":["to"],"op":"message"}`,
		}},
		"an unknown app token": {exchanges: []string{
			`{"op":"groupadd","token":"x","group":{"name":"G"}}`, strings.Replace(authFail, "useradd", "groupadd", 1),
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			modes := profile.Default()
			if tt.modes != nil {
				tt.modes(&modes)
			}
			e := emulator.New(emulator.WithApp("APP"), emulator.WithProfile(modes))
			for _, address := range []string{"a", "b"} {
				e.PutUser("APP", emulator.User{Address: address, Active: true})
			}
			e.PutGroup("APP", emulator.Group{GID: "12345", Name: "Old", Flags: 1, Active: true})
			e.PutMember("APP", "12345", "a", emulator.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true})

			for exchanged := range slices.Chunk(tt.exchanges, 2) {
				request, want := exchanged[0], decode(t, exchanged[1])
				var got object
				if strings.HasPrefix(request, "/") {
					got = exchange(t, e, httptest.NewRequest(http.MethodGet, request, http.NoBody))
				} else {
					got = post(t, e, request)
				}
				t.Log(request)
				expect(t, got, want)
			}
		})
	}
}

// What a test puts into the emulator is what the emulator shows, to a test and to a client.
func TestInspectGroups(t *testing.T) {
	t.Parallel()

	clock := newClock()
	e := newEmulator(emulator.WithApp(otherToken), emulator.WithClock(clock.Now))
	add(t, e, "a")
	may := emulator.Permissions{Send: true}
	group := e.PutGroup(appToken, emulator.Group{Name: "G", Flags: 3, Active: true})
	e.PutMember(appToken, group.GID, "a", may)
	want := emulator.Group{GID: "97284", Name: "G", Flags: 3, Active: true, Members: map[string]emulator.Permissions{"a": may}}
	expect(t, e.Groups(appToken), []emulator.Group{want})
	expect(t, len(e.Groups(otherToken)), 0)

	e.PutGroup(appToken, emulator.Group{GID: group.GID, Name: "H", Active: true})
	e.RemoveMember(appToken, group.GID, "a")
	expect(t, e.Groups(appToken), []emulator.Group{{GID: "97284", Name: "H", Active: true, Members: map[string]emulator.Permissions{}}})
	e.RemoveGroup(appToken, group.GID)
	expect(t, len(e.Groups(appToken)), 0)
	e.PutGroup(appToken, emulator.Group{GID: "97285"})
	expect(t, e.PutGroup(appToken, emulator.Group{}).GID, "97286") // The one that was given is passed over.
	e.RemoveGroup(appToken, "97285")
	e.RemoveGroup(appToken, "97286")

	post(t, e, encode(t, object{"op": "message", "token": appToken, "message": object{
		"from": "a", "to": "a", "message": "Hi", "type": 5, "url": "u", "title": "t", "expiry": 60, "when": 10,
	}}))
	expect(t, e.Messages(appToken), []emulator.Message{{
		MID: "1387628", From: "a", To: []string{"a"}, Text: "Hi", Type: 5, URL: "u", Title: "t", Expiry: 60, When: 10, At: clock.Now(),
	}})
	expect(t, len(e.Messages(otherToken)), 0)
	post(t, e, encode(t, object{"op": "groupdel", "token": appToken, "group": object{"gid": 7}}))
	expect(t, e.Requests()[len(e.Requests())-1].GID, "7")
}

// The log says what an exchange was about.
func TestGroupLog(t *testing.T) {
	t.Parallel()

	var log strings.Builder
	e := newEmulator(emulator.WithLog(&log))
	for _, about := range []object{
		{"op": "groupadd", "group": object{"name": "Testers"}},
		{"op": "groupset", "group": object{"gid": 97284, "name": "Users"}},
		{"op": "message", "message": object{"from": "a"}},
		{"op": "userdel", "user": object{"uid": 7}},
	} {
		about["token"] = appToken
		post(t, e, encode(t, about))
	}
	expect(t, log.String(), "groupadd \"Testers\": ok\ngroupset \"gid 97284\": ok\nmessage \"a\": MISSINGPARAM\nuserdel \"uid 7\": NOTFOUND\n")
}

// A groupadd that was carried out and not answered has made one group.
func TestGroupFaults(t *testing.T) {
	t.Parallel()

	s := start(t)
	s.Fail("groupadd", 1, emulator.DropAfterCommit())
	body := encode(t, object{"op": "groupadd", "token": appToken, "group": object{"name": "G"}})
	if _, err := over(t, newClient(t), s.Endpoint(), body); err == nil {
		t.Error("the request was answered")
	}
	expect(t, len(s.Groups(appToken)), 1)
}

// Members that come and go at once end as each was asked to.
func TestMembersAtOnce(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	group := e.PutGroup(appToken, emulator.Group{Name: "G", Active: true})
	var wg sync.WaitGroup
	for i := range 50 {
		address := fmt.Sprint(i)
		e.PutUser(appToken, emulator.User{Address: address, Active: true})
		wg.Go(func() {
			edit := func(rest object) {
				rest["m"] = address
				post(t, e, encode(t, object{
					"op": "groupeditmembers", "token": appToken, "group": object{"gid": group.GID, "members": rest},
				}))
			}
			edit(object{})
			if i%2 == 0 {
				edit(object{"remove": 1})
			}
		})
	}
	wg.Wait()
	expect(t, len(e.Groups(appToken)[0].Members), 25)
}

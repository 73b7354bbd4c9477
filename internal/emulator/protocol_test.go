// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// TestConversations sends requests and compares the whole replies, in turn. Requests are JSON, or the path and query of a GET.
// The app APP has the users a and b, with the uids 5302 and 5303, and the group 7 with the member a.
func TestConversations(t *testing.T) {
	t.Parallel()

	const (
		all     = `{"send":true,"recv":true,"pub":true,"sub":true,"list":true}`
		none    = `{"send":false,"recv":false,"pub":false,"sub":false,"list":false}`
		list    = `{"op":"groupgetmembers","token":"APP","group":{"gid":7}}`
		isEmpty = `{"members":[],"count":0,"gid":7,"op":"groupgetmembers","result":true}`
		edited  = `{"op":"groupeditmembers","result":true}`
		unknown = `"error":"NOTFOUND","code":404,"cause":"No such user","result":false`
		noGroup = `"error":"NOTFOUND","code":404,"cause":"No such group","properties":["gid"],"result":false`
	)
	hasA := func(may string) string {
		return `{"members":[{"uid":"5302","address":"a","permissions":` + may + `}],"count":1,"gid":7,"op":"groupgetmembers","result":true}`
	}
	edit := func(rest string) string {
		return `{"op":"groupeditmembers","token":"APP","group":{"gid":7,` + rest + `}}`
	}
	missing := func(op, property string) string {
		return `{"op":"` + op + `","error":"MISSINGPARA","code":400,"cause":"A required parameter is missing","properties":["` + property + `"],"result":false}`
	}
	removes := func(form profile.MemberRemoval) func(*profile.Profile) {
		return func(p *profile.Profile) { p.MemberRemoval = form }
	}
	tests := map[string]struct {
		change    func(*profile.Profile)
		exchanges []string
	}{
		"the example of the documentation": {nil, []string{
			`{"op":"useradd","token":"APP","id":7,"user":{"address":"xyz@example.com","token":{"appid":"com.mesibo.firstapp","expiry":525600}}}`,
			`{"user":{"uid":"5304","address":"xyz@example.com","token":"USER"},"op":"useradd","id":7,"result":true}`,
		}},
		"app tokens and ops": {nil, []string{
			`/api.php?op=useradd&token=wrong`,
			`{"error":"AUTHFAIL","code":401,"cause":"Invalid or expired app token","properties":["token"],"op":"useradd","result":false}`, // captured
			`{"op":"useradd","token":"APP","id":"x"}`, strings.Replace(missing("useradd", "address"), "{", `{"id":"x",`, 1),
			`{"op":"someop","token":"APP"}`, `{"op":"someop","result":false,"error":"BADOP"}`,
			`{"token":"APP"}`, `{"op":"","result":false,"error":"BADOP"}`,
		}},
		"missing parameters": {nil, []string{
			`{"op":"useradd","token":"APP","user":{"address":"a","token":{"expiry":60}}}`, missing("useradd", "appid"),
			`{"op":"useradd","token":"APP","user":{"address":"c","token":"x"}}`, missing("useradd", "appid"),
			`{"op":"userset","token":"APP","user":{"address":"","name":"N"}}`, missing("userset", "address"),
			`{"op":"userdel","token":"APP"}`, missing("userdel", "address"),
			`/backend/?op=usertoken&token=APP&appid=x`, missing("usertoken", "uid"),
			`/backend/?op=usertoken&token=APP&uid=5302`, missing("usertoken", "appid"),
			`{"op":"groupdel","token":"APP","group":{}}`, missing("groupdel", "gid"),
			edit(`"members":{}`), missing("groupeditmembers", "m"),
			`{"op":"message","token":"APP","message":{"to":"b","message":"Hi"}}`, missing("message", "from"),
			`{"op":"message","token":"APP","message":{"from":"a","message":"Hi"}}`, missing("message", "to"),
			`{"op":"message","token":"APP","message":{"from":"a","to":"b"}}`, missing("message", "message"),
			`{"op":"usersget","token":"APP","user":{"address":"c"}}`, `{"users":[],"count":0,"userscount":0,"op":"usersget","result":true}`,
		}},
		"unknown users and groups": {nil, []string{
			`{"op":"userset","token":"APP","user":{"address":"c"}}`, `{` + unknown + `,"properties":["address"],"op":"userset"}`,
			`{"op":"userdel","token":"APP","user":{"uid":1}}`, `{` + unknown + `,"properties":["uid"],"op":"userdel"}`,
			`/backend/?op=usertoken&token=APP&uid=1&appid=x`, `{` + unknown + `,"properties":["uid"],"op":"usertoken"}`,
			`{"op":"message","token":"APP","message":{"from":"c","to":"b","message":"Hi"}}`, `{` + unknown + `,"properties":["from"],"op":"message"}`,
			`{"op":"message","token":"APP","message":{"from":"a","to":"b,c","message":"Hi"}}`, `{` + unknown + `,"properties":["to"],"op":"message"}`,
			`{"op":"message","token":"APP","message":{"from":"a","gid":1,"message":"Hi"}}`, `{` + noGroup + `,"op":"message"}`,
			`{"op":"groupset","token":"APP","group":{"gid":1}}`, `{` + noGroup + `,"op":"groupset"}`,
			`{"op":"groupeditmembers","token":"APP","group":{"gid":1,"members":{"m":"a"}}}`, `{` + noGroup + `,"op":"groupeditmembers"}`,
			`{"op":"groupadd","token":"APP","group":{"name":"G","members":{"m":"a,c"}}}`,
			`{"error":"BADMEMBER","code":400,"cause":"Not a user: c","properties":["members"],"result":false,"op":"groupadd"}`,
			`{"op":"groupsget","token":"APP","group":{"name":"G*"}}`, `{"groups":[],"count":0,"groupscount":0,"op":"groupsget","result":true}`,
		}},
		"unknown is fine, without a member of that name": {func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) }, []string{
			`{"op":"userset","token":"APP","user":{"uid":1}}`, `{"op":"userset","result":true}`,
			`{"op":"userdel","token":"APP","user":{}}`, missing("userdel", "address"),
			`{"op":"groupdel","token":"APP","group":{"gid":0}}`, `{"op":"groupdel","result":true}`,
		}},
		"members given to groupset replace the others": {nil, []string{
			`{"op":"groupset","token":"APP","group":{"gid":"7","members":{"m":"b,c"}}}`,
			`{"error":"BADMEMBER","code":400,"cause":"Not a user: c","properties":["members"],"result":false,"op":"groupset"}`,
			list, hasA(all),
			`{"op":"groupset","token":"APP","group":{"gid":"7","members":{"m":"b"}}}`, `{"op":"groupset","result":true}`,
			edit(`"members":{"m":"b","remove":1}`), edited, list, isEmpty,
		}},
		"a message has an id": {nil, []string{
			`{"op":"message","token":"APP","message":{"from":"a","to":"b","message":"Hi"}}`, `{"op":"message","mid":1387628,"result":true}`,
			`{"op":"message","token":"APP","message":{"from":"a","gid":7,"url":"https://x"}}`, `{"op":"message","mid":1387629,"result":true}`,
		}},
		"uids as numbers": {func(p *profile.Profile) { p.UIDAsNumber = true }, []string{
			`{"op":"userset","token":"APP","user":{"uid":18446744073709551615}}`, `{` + unknown + `,"properties":["uid"],"op":"userset"}`,
			`{"op":"useradd","token":"APP","user":{"address":"a"}}`, `{"op":"useradd","result":true,"user":{"address":"a","uid":5302}}`,
		}},
		"who is deleted leaves its groups": {nil, []string{
			`{"op":"userdel","token":"APP","user":{"address":"a"}}`, `{"op":"userdel","result":true}`, list, isEmpty,
		}},
		"removed by remove": {removes(profile.RemoveByRemove), []string{
			edit(`"delete":1,"members":{"m":"a","permissions":null}`), edited, list, hasA(none),
			edit(`"members":{"m":"a","remove":1}`), edited, list, isEmpty,
		}},
		"removed by null": {removes(profile.RemoveByNullPermissions), []string{
			edit(`"delete":1,"members":{"m":"a","remove":1}`), edited, list, hasA(all),
			edit(`"members":{"m":"a","permissions":null}`), edited, list, isEmpty,
		}},
		"removed by delete": {removes(profile.RemoveByDelete), []string{
			edit(`"members":{"m":"a","remove":1,"permissions":null}`), edited, list, hasA(none),
			edit(`"delete":true,"members":{"m":"a"}`), edited, list, isEmpty,
		}},
		"removed in the legacy form": {removes(0), []string{
			`/backend/?op=groupeditmembers&token=APP&gid=7&m=a&delete=0`, edited, list, hasA(all),
			`/backend/?op=groupeditmembers&token=APP&gid=7&m=a&delete=1`, edited, list, isEmpty,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			e := emulator.New(emulator.WithApp("APP"), emulator.WithTokenSource(func() string { return "USER" }))
			if tt.change != nil {
				e.SetProfile(tt.change)
			}
			e.PutUser("APP", emulator.User{Address: "a", Active: true})
			e.PutUser("APP", emulator.User{Address: "b", Active: true})
			e.PutGroup("APP", emulator.Group{GID: "7", Name: "Old", Active: true})
			e.PutMember("APP", "7", "a", emulator.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true})
			for exchanged := range slices.Chunk(tt.exchanges, 2) {
				t.Log(exchanged[0])
				expect(t, send(t, e, exchanged[0]), decode(t, exchanged[1]))
			}
		})
	}
}

// TestEncodings sends the same request in every form, by every method and to every path.
func TestEncodings(t *testing.T) {
	t.Parallel()

	legacy := url.Values{
		"op": {"useradd"}, "token": {appToken}, "addr": {"a+b&c@example.com"}, "name": {"Ä"}, "active": {"0"}, "flag": {"3"},
		"appid": {firstApp}, "expiry": {"60"},
	}.Encode()
	inJSON := encode(t, object{"op": "useradd", "token": appToken, "user": object{
		"address": "a+b&c@example.com", "name": "Ä", "active": false, "flags": 3, "token": object{"appid": firstApp, "expiry": 60},
	}})
	forms := map[string]struct{ query, contentType, body string }{
		"query":           {query: "?" + legacy},
		"form":            {contentType: "application/x-www-form-urlencoded", body: legacy},
		"form in UTF-8":   {contentType: "application/x-www-form-urlencoded; charset=UTF-8", body: legacy},
		"JSON":            {contentType: "application/json", body: inJSON},
		"JSON, no header": {body: "\n " + inJSON + "\n"},
		"JSON and query":  {query: "?op=userdel&token=wrong", body: inJSON},
	}
	for name, form := range forms {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, "ANY"} {
			for _, path := range []string{"/backend", "/backend/", "/api.php", "/mesiboapi"} {
				e := newEmulator()
				request := httptest.NewRequest(method, path+form.query, strings.NewReader(form.body))
				request.Header.Set("Content-Type", form.contentType)
				expect(t, exchange(t, e, request), decode(t,
					`{"user":{"uid":"5302","address":"a+b&c@example.com","token":"token-1"},"op":"useradd","result":true}`))
				user, _ := e.User(appToken, "a+b&c@example.com")
				if user.Name != "Ä" || user.Active || user.Tokens[firstApp].ExpiryMinutes != 60 {
					t.Errorf("%s, %s %s makes %+v", name, method, path, user)
				}
				expect(t, encode(t, rows(t, e, "a+b&c@example.com")[0]["flags"]), "3")
			}
		}
	}

	e := newEmulator()
	for _, path := range []string{"/", "/backend/x", "/Backend", "/mesiboapi/", "/control"} {
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, path, strings.NewReader(inJSON)))
		expect(t, recorder.Code, http.StatusNotFound)
	}
	expect(t, e.Count(""), 0)
}

// TestUnreadable sends bodies in no known form. They are recorded all the same.
func TestUnreadable(t *testing.T) {
	t.Parallel()

	const inJSON, form = "application/json", "application/x-www-form-urlencoded"
	for body, contentType := range map[string]string{
		`op=useradd`: inJSON, `[]`: inJSON, `{"op":"useradd"`: inJSON, `{"op":"useradd"}{}`: inJSON, `{"op":"useradd"}}`: inJSON, `op=%zz`: form,
		"op=useradd&name=" + strings.Repeat("a", 1<<20): form, `{"op":"useradd"}` + strings.Repeat(" ", 1<<20): inJSON,
	} {
		e := newEmulator()
		request := httptest.NewRequest(http.MethodPost, "/backend/", strings.NewReader(body))
		request.Header.Set("Content-Type", contentType)
		if reply := exchange(t, e, request); reply["error"] != "BADREQUEST" || e.Count("") != 1 {
			t.Errorf("%.30s: %v", body, reply)
		}
	}
	for _, body := range []string{``, `null`, `{}`, `{"op":null,"token":[],"user":7}`} {
		expect(t, send(t, newEmulator(), body)["error"], any("AUTHFAIL"))
	}
}

// TestRequests has each request recorded with what tests look at.
func TestRequests(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	body := `{"op":"useradd", "token":"` + appToken + `", "user":{"address":"a"}}`
	request := httptest.NewRequest(http.MethodPost, "/mesiboapi?x=1", strings.NewReader(body))
	request.Header.Set("User-Agent", "test")
	exchange(t, e, request)
	send(t, e, `{"op":"groupdel","group":{"gid":7}}`)
	got := e.Requests()
	got[0].At = got[1].At
	expect(t, got[0], emulator.Request{
		Op: "useradd", Address: "a", Method: http.MethodPost, RawQuery: "x=1", Header: http.Header{"User-Agent": {"test"}},
		Body: []byte(body), At: got[1].At,
	})
	expect(t, got[1].GID, "7")
	expect(t, []int{len(got), e.Count(""), e.Count("useradd"), e.Count("userdel")}, []int{2, 2, 1, 0})
	e.ResetRequests()
	expect(t, e.Count(""), 0)
}

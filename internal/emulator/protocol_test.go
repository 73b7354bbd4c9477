// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// TestRecordedExchanges replays the requests and replies that documentation and clients have.
func TestRecordedExchanges(t *testing.T) {
	t.Parallel()

	xyz := emulator.User{UID: "123", Address: "xyz@example.com", Active: true}
	a := emulator.User{UID: "123", Address: "a", Active: true}
	asNumber := func(p *profile.Profile) { p.UIDAsNumber = true }
	const okSet, okDel = `{"op":"userset","result":true}`, `{"op":"userdel","result":true}`

	tests := map[string]struct {
		modes   func(*profile.Profile)
		user    emulator.User // there already
		appID   string        // with a token for it
		request string        // JSON, or the path and query of a GET
		reply   string
	}{
		"useradd, uid as a string": {
			request: `{"op":"useradd","token":"APP","user":{"address":"xyz@example.com","token":{"appid":"com.mesibo.firstapp","expiry":525600}}}`,
			reply:   `{"user":{"uid":"5302","address":"xyz@example.com","token":"USER"},"op":"useradd","result":true}`,
		},
		"useradd, uid as a number": {
			modes: asNumber, user: xyz,
			request: `{"op":"useradd","token":"APP","user":{"address":"xyz@example.com","name":"User Name","token":{"appid":"com.example.mesiboapp","expiry":525600}}}`,
			reply:   `{"user":{"uid":123,"address":"xyz@example.com","token":"USER"},"op":"useradd","result":true}`,
		},
		"useradd, legacy": {
			request: `/backend/?op=useradd&token=APP&addr=xyz@example.com&appid=com.mesibo.firstapp`,
			reply:   `{"user":{"uid":"5302","address":"xyz@example.com","token":"USER"},"op":"useradd","result":true}`,
		},
		"useradd, legacy, with JSON's name of the address": {
			request: `/backend/?op=useradd&token=APP&address=a`,
			reply:   `{"user":{"uid":"5302","address":"a"},"op":"useradd","result":true}`,
		},
		"useradd, legacy, with both names of the address": {
			request: `/backend/?op=useradd&token=APP&address=b&addr=a`,
			reply:   `{"user":{"uid":"5302","address":"a"},"op":"useradd","result":true}`,
		},
		"useradd without a token": {
			request: `{"op":"useradd","token":"APP","user":{"address":"a"}}`,
			reply:   `{"user":{"uid":"5302","address":"a"},"op":"useradd","result":true}`,
		},
		"useradd, version 2 without an App ID": {
			request: `{"op":"useradd","token":"APP","user":{"address":"a","token":{"v2":true,"expiry":60}}}`,
			reply:   `{"user":{"uid":"5302","address":"a","token":"USER"},"op":"useradd","result":true}`,
		},
		"useradd, version 1 without an App ID": {
			request: `{"op":"useradd","token":"APP","user":{"address":"a","token":{"expiry":60}}}`,
			reply:   `{"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","properties":["appid"],"op":"useradd","result":false}`,
		},
		"userset of a profile by uid": {
			user:    a,
			request: `{"op":"userset","token":"APP","user":{"uid":123,"profile":{"name":"N","image":"https://example.com/n.png"}}}`,
			reply:   okSet,
		},
		"userset of a profile by address": {
			user:    a,
			request: `{"op":"userset","token":"APP","user":{"address":"a","profile":{"name":"N","image":"","info":"I","update":true}}}`,
			reply:   okSet,
		},
		"userset that revokes, by address": {
			user: a, appID: firstApp,
			request: `{"op":"userset","token":"APP","user":{"address":"a","token":{"remove":true}}}`,
			reply:   okSet,
		},
		"userset that revokes, by uid": {
			user: a, appID: firstApp,
			request: `{"op":"userset","token":"APP","user":{"uid":123,"token":{"v2":true,"appid":"com.mesibo.firstapp","remove":true}}}`,
			reply:   okSet,
		},
		"userset, legacy": {
			user:    a,
			request: `/backend/?op=userset&token=APP&uid=123&flag=1&active=0`,
			reply:   okSet,
		},
		"userset of nobody": {
			request: `{"op":"userset","token":"APP","user":{"name":"N"}}`,
			reply:   `{"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","properties":["address"],"op":"userset","result":false}`,
		},
		"userset of an empty address": {
			request: `{"op":"userset","token":"APP","user":{"address":"","name":"N"}}`,
			reply:   `{"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","properties":["address"],"op":"userset","result":false}`,
		},
		"userset of somebody unknown": {
			request: `{"op":"userset","token":"APP","user":{"address":"a","name":"N"}}`,
			reply:   `{"error":"NOTFOUND","code":404,"cause":"No such user","properties":["address"],"op":"userset","result":false}`,
		},
		"userdel by address": {
			user:    a,
			request: `{"op":"userdel","token":"APP","user":{"address":"a"}}`,
			reply:   okDel,
		},
		"userdel by uid": {
			user:    a,
			request: `{"op":"userdel","token":"APP","user":{"uid":123}}`,
			reply:   okDel,
		},
		"userdel, legacy": {
			user:    emulator.User{UID: "456", Address: "a"},
			request: `/api.php?op=userdel&token=APP&uid=456`,
			reply:   okDel,
		},
		"userdel of nobody": {
			request: `{"op":"userdel","token":"APP"}`,
			reply:   `{"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","properties":["address"],"op":"userdel","result":false}`,
		},
		"userdel of a uid unknown": {
			user:    a,
			request: `{"op":"userdel","token":"APP","user":{"uid":124}}`,
			reply:   `{"error":"NOTFOUND","code":404,"cause":"No such user","properties":["uid"],"op":"userdel","result":false}`,
		},
		"usersget": {
			modes: asNumber, user: emulator.User{UID: "1", Address: "a", Active: true}, appID: "com.x",
			request: `{"op":"usersget","token":"APP","count":20,"user":{"address":"a*"}}`,
			reply: `{"userscount":1,"count":1,"users":[{"uid":1,"address":"a","ipaddr":0,"lastonline":0,"active":1,"pinned":0,"online":0,
				"flag":0,"flags":0,"token":"USER","appid":"com.x"}],"op":"usersget","result":true}`,
		},
		"usersget, nothing found": {
			request: `{"op":"usersget","token":"APP","user":{"address":"a"}}`,
			reply:   `{"userscount":0,"count":0,"users":[],"op":"usersget","result":true}`,
		},
		"usersget, legacy": {
			user:    emulator.User{UID: "1", Address: "a"},
			request: `/backend/?op=usersget&token=APP&addr=*a*&count=20`,
			reply: `{"userscount":1,"count":1,"users":[{"uid":"1","address":"a","ipaddr":0,"lastonline":0,"active":0,"pinned":0,"online":0,
				"flag":0,"flags":0,"token":"","appid":""}],"op":"usersget","result":true}`,
		},
		"usersget of everybody": {
			request: `/backend/?op=usersget&token=APP`,
			reply:   `{"userscount":0,"count":0,"users":[],"op":"usersget","result":true}`,
		},
		"usertoken, legacy": {
			user:    a,
			request: `/api.php?op=usertoken&uid=123&appid=com.mesibo.firstapp&token=APP`,
			reply:   `{"user":{"uid":"123","appid":"com.mesibo.firstapp","token":"USER"},"op":"usertoken","result":true}`,
		},
		"usertoken": {
			user:    a,
			request: `{"op":"usertoken","token":"APP","user":{"uid":123,"appid":"com.mesibo.firstapp"}}`,
			reply:   `{"user":{"uid":"123","appid":"com.mesibo.firstapp","token":"USER"},"op":"usertoken","result":true}`,
		},
		"usertoken of nobody": {
			request: `{"op":"usertoken","token":"APP","user":{"address":"a","appid":"com.mesibo.firstapp"}}`,
			reply:   `{"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","properties":["uid"],"op":"usertoken","result":false}`,
		},
		"usertoken for nothing": {
			request: `{"op":"usertoken","token":"APP","user":{"uid":123}}`,
			reply:   `{"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","properties":["appid"],"op":"usertoken","result":false}`,
		},
		"usertoken of a uid unknown": {
			request: `{"op":"usertoken","token":"APP","user":{"uid":123,"appid":"com.mesibo.firstapp"}}`,
			reply:   `{"error":"NOTFOUND","code":404,"cause":"No such user","properties":["uid"],"op":"usertoken","result":false}`,
		},
		"no such op": {
			request: `{"op":"someop","token":"APP"}`,
			reply:   `{"op":"someop","result":false,"error":"BADOP"}`,
		},
		"no op": {
			request: `{"token":"APP"}`,
			reply:   `{"op":"","result":false,"error":"BADOP"}`,
		},
		"wrong app token, as captured": {
			request: `/api.php?op=useradd&token=wrong`,
			reply:   authFail,
		},
		"wrong app token": {
			request: `{"op":"useradd","token":"wrong","user":{"address":"a"}}`,
			reply:   authFail,
		},
		"no app token": {
			request: `{"op":"useradd","user":{"address":"a"}}`,
			reply:   authFail,
		},
		"check of an app token": {
			request: `{"op":"useradd","token":"APP"}`,
			reply:   `{"error":"MISSINGPARAM","code":400,"cause":"A required parameter is missing","properties":["address"],"op":"useradd","result":false}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			e := emulator.New(emulator.WithApp("APP"), emulator.WithTokenSource(func() string { return "USER" }))
			if tt.modes != nil {
				e.SetProfile(tt.modes)
			}
			if tt.user.Address != "" {
				e.PutUser("APP", tt.user)
			}
			if tt.appID != "" {
				e.MintToken("APP", tt.user.Address, tt.appID)
			}
			before := e.Users("APP")

			var got object
			if strings.HasPrefix(tt.request, "/") {
				got = exchange(t, e, httptest.NewRequest(http.MethodGet, tt.request, http.NoBody))
			} else {
				got = post(t, e, tt.request)
			}
			expect(t, got, decode(t, tt.reply))
			if got["result"] == false {
				expect(t, e.Users("APP"), before)
			}
		})
	}
}

// TestEncodings sends the same request in every form, by every method and to every path.
func TestEncodings(t *testing.T) {
	t.Parallel()

	legacy := url.Values{
		"op": {"useradd"}, "token": {appToken}, "addr": {"a+b&c@example.com"}, "name": {"Ä"}, "active": {"0"}, "flag": {"3"},
		"appid": {firstApp}, "expiry": {"60"}, "id": {"7"},
	}.Encode()
	inJSON := encode(t, object{
		"op": "useradd", "token": appToken, "id": 7,
		"user": object{"address": "a+b&c@example.com", "name": "Ä", "active": false, "flags": 3, "token": object{"appid": firstApp, "expiry": 60}},
	})
	forms := map[string]struct{ query, contentType, body string }{
		"query":           {query: "?" + legacy},
		"form":            {contentType: "application/x-www-form-urlencoded", body: legacy},
		"form in UTF-8":   {contentType: "application/x-www-form-urlencoded; charset=UTF-8", body: legacy},
		"form and query":  {query: "?id=7", contentType: "application/x-www-form-urlencoded", body: strings.ReplaceAll(legacy, "id=7", "id=8")},
		"JSON":            {contentType: "application/json", body: inJSON},
		"JSON, no header": {body: "\n " + inJSON + "\n"},
		"JSON and query":  {query: "?op=userdel&token=wrong&id=8", body: inJSON},
	}
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "ANY"}

	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, method := range methods {
				for _, path := range []string{"/backend", "/backend/", "/api.php", "/mesiboapi"} {
					e := newEmulator()
					request := httptest.NewRequest(method, path+form.query, strings.NewReader(form.body))
					request.Header.Set("Content-Type", form.contentType)
					expect(t, exchange(t, e, request), decode(t,
						`{"user":{"uid":"5302","address":"a+b&c@example.com","token":"token-1"},"op":"useradd","id":7,"result":true}`))

					user, _ := e.User(appToken, "a+b&c@example.com")
					if user.Name != "Ä" || user.Active || user.Tokens[firstApp].ExpiryMinutes != 60 {
						t.Errorf("%s %s makes %+v", method, path, user)
					}
					expect(t, encode(t, rows(t, e, "a+b&c@example.com")[0]["flags"]), "3")
				}
			}
		})
	}
}

func TestLegacyLeavesAsItIs(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	succeed(t, e, "useradd", object{"address": "a", "name": "A", "active": false, "flags": 3})
	for _, query := range []string{"flag=-1&active=-1&name=", "flag=&active=", "pinned=1"} {
		exchange(t, e, httptest.NewRequest(http.MethodGet, "/backend/?op=userset&uid=5302&token="+appToken+"&"+query, http.NoBody))
	}
	user, _ := e.User(appToken, "a")
	if user.Name != "A" || user.Active || encode(t, rows(t, e, "a")[0]["flag"]) != "3" {
		t.Errorf("got %+v", user)
	}
}

func TestID(t *testing.T) {
	t.Parallel()

	inJSON := map[string]string{`7`: `7`, `-1`: `-1`, `0`: `0`, `9007199254740993`: `9007199254740993`, `"seven"`: `"seven"`}
	for sent, want := range inJSON {
		for _, body := range []string{
			`{"op":"useradd","token":"` + appToken + `","user":{"address":"a"},"id":` + sent + `}`, // success
			`{"op":"useradd","token":"` + appToken + `","id":` + sent + `}`,                        // failure
			`{"op":"useradd","token":"wrong","id":` + sent + `}`,
		} {
			expect(t, encode(t, post(t, newEmulator(), body)["id"]), want)
		}
	}
	for sent, want := range map[string]string{"7": `7`, "-1": `-1`, "seven": `"seven"`} {
		request := httptest.NewRequest(http.MethodGet, "/backend/?op=useradd&token="+appToken+"&addr=a&id="+sent, http.NoBody)
		expect(t, encode(t, exchange(t, newEmulator(), request)["id"]), want)
	}
	if _, found := post(t, newEmulator(), `{"op":"useradd","token":"`+appToken+`"}`)["id"]; found {
		t.Error("there is an id that was not sent")
	}
}

func TestOtherPaths(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	for _, path := range []string{"/", "/backend/x", "/backend//", "/Backend", "/api", "/mesiboapi/", "/control"} {
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"op":"useradd"}`)))
		expect(t, recorder.Code, http.StatusNotFound)
	}
	expect(t, e.Count(""), 0)
}

// TestUnreadable sends what is in no known form. It is recorded all the same.
func TestUnreadable(t *testing.T) {
	t.Parallel()

	const inJSON, form = "application/json", "application/x-www-form-urlencoded"
	tests := map[string]struct{ contentType, body string }{
		"no JSON":                {inJSON, `op=useradd`},
		"a list":                 {inJSON, `[]`},
		"cut short":              {inJSON, `{"op":"useradd"`},
		"two objects":            {inJSON, `{"op":"useradd"}{}`},
		"a bracket too many":     {inJSON, `{"op":"useradd"}}`},
		"a form, badly encoded":  {form, `op=%zz`},
		"a form that is too big": {form, "op=useradd&name=" + strings.Repeat("a", 1<<20)},
		"JSON that is too big":   {inJSON, `{"op":"useradd"}` + strings.Repeat(" ", 1<<20)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			e := newEmulator()
			request := httptest.NewRequest(http.MethodPost, "/backend/", strings.NewReader(tt.body))
			request.Header.Set("Content-Type", tt.contentType)
			expect(t, exchange(t, e, request),
				decode(t, `{"error":"BADREQUEST","code":400,"cause":"The request cannot be read","properties":[],"op":"","result":false}`))
			expect(t, e.Count(""), 1)
		})
	}
	// These can be read, but say nothing.
	for _, body := range []string{``, `null`, `{}`, `{"op":null,"token":[],"user":7}`} {
		expect(t, post(t, newEmulator(), body)["error"], any("AUTHFAIL"))
	}
}

// TestOddTypes sends values of types that clients mix up, and of none that makes sense.
func TestOddTypes(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	succeed(t, e, "useradd", object{"address": 4912345, "active": "0", "flags": "3", "token": object{"appid": firstApp, "expiry": "60"}})
	user, _ := e.User(appToken, "4912345")
	if user.Active || user.Tokens[firstApp].ExpiryMinutes != 60 || encode(t, rows(t, e, "4912345")[0]["flags"]) != "3" {
		t.Errorf("got %+v", user)
	}
	for value, want := range map[any]bool{true: true, false: false, 1: true, 0: false, "1": true, "true": true, "false": false} {
		succeed(t, e, "userset", object{"uid": "5302", "active": value})
		if user, _ := e.User(appToken, "4912345"); user.Active != want {
			t.Errorf("active %#v gives %v", value, user.Active)
		}
	}
	succeed(t, e, "userset", object{"uid": 5302, "active": nil, "flags": "x", "name": nil, "profile": "x", "token": true})
	expect(t, len(live(t, e, "4912345")), 1)
	for _, token := range []any{"x", true, object{}, []any{}} {
		reply := call(t, e, "useradd", object{"address": "b", "token": token})
		expect(t, reply["properties"], any([]any{"appid"}))
	}
	if _, found := e.User(appToken, "b"); found {
		t.Error("a failed useradd has added a user")
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()

	now := newClock()
	e := newEmulator(emulator.WithClock(now.Now))
	body := `{"op":"useradd", "token":"` + appToken + `", "user":{"address":"a"}}`
	request := httptest.NewRequest(http.MethodPost, "/mesiboapi?x=1", strings.NewReader(body))
	request.Header.Set("User-Agent", "test")
	exchange(t, e, request)
	succeed(t, e, "userset", object{"uid": "5302", "name": "A"})

	got := e.Requests()
	expect(t, got[:1], []emulator.Request{{
		Op: "useradd", Address: "a", Method: http.MethodPost, Path: "/mesiboapi", RawQuery: "x=1",
		Header: http.Header{"User-Agent": {"test"}}, Body: []byte(body), At: now.now,
	}})
	got[0].Header.Set("User-Agent", "changed")
	got[0].Body[0] = '['
	again := e.Requests()[0]
	expect(t, []string{again.Header.Get("User-Agent"), string(again.Body)}, []string{"test", body}) // They were copies.
	expect(t, []int{len(got), e.Count(""), e.Count("userset"), e.Count("userdel")}, []int{2, 2, 1, 0})
	e.ResetRequests()
	expect(t, e.Count(""), 0)
}

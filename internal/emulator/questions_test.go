// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// A conversation is about a question: the last answer differs between the default and another answer.
type conversation struct {
	set      string   // question=answer
	requests []string // %s stands for the app token
	usual    string   // in the last answer, with the default
	other    string   // and with the other answer
}

func conversations() []conversation {
	user := func(op, user string) string { return `{"op":"` + op + `","token":"%s","user":` + user + `}` }
	group := func(op, group string) string { return `{"op":"` + op + `","token":"%s","group":` + group + `}` }
	const (
		first, second = `{"address":"a","token":{"appid":"x"}}`, `{"address":"a","token":{"appid":"y"}}`
		brief         = `{"address":"a","token":{"appid":"x","expiry":-1}}` // it has passed
		briefV2       = `{"address":"a","token":{"appid":"x","expiry":-1,"v2":true}}`
		onlyA, bodyA  = `{"address":"a"}`, `{"address":"a","name":"A"}`
		theGroup      = `{"gid":97284}`
	)
	add, mint, look := user("useradd", bodyA), user("useradd", first), user("usersget", onlyA)
	addB, makeGroup := user("useradd", `{"address":"b"}`), group("groupadd", `{"name":"G","members":{"m":"a"}}`)
	list := group("groupgetmembers", theGroup)
	edit := func(rest string) string { return group("groupeditmembers", `{"gid":97284,`+rest+`}`) }

	return []conversation{
		{"max_body_bytes=100", []string{user("useradd", `{"address":"`+strings.Repeat("a", 100)+`"}`)}, `"result":true`, "413 "},
		{`missing_parameter={"error":"X","code":422}`, []string{user("useradd", `{}`)}, `"code":400,"error":"MISSINGPARA"`, `"code":422,"error":"X"`},
		{"echo_app=true", []string{add}, `{"op"`, `{"app"`},
		{"echo_app=true", []string{user("useradd", `{}`)}, `{"cause"`, `{"app"`},
		{"uid_as_number=true", []string{add}, `"uid":"5302"`, `"uid":5302`},
		{"fold_case=true", []string{add, user("userdel", `{"address":"A"}`)}, "NOTFOUND", `"result":true`},
		{"add_existing_active=set", []string{add, user("useradd", `{"address":"a","active":false}`), look}, `"active":1`, `"active":0`},
		{"add_existing_active=reset", []string{user("useradd", `{"address":"a","active":false}`), add, look}, `"active":0`, `"active":1`},
		{"add_existing_name=set", []string{add, user("useradd", `{"address":"a","name":"B"}`), look}, `"name":"A"`, `"name":"B"`},
		{"add_existing_name=reset", []string{add, user("useradd", onlyA), look}, `"name":"A"`, `"name":""`},
		{"set_resets=true", []string{add, user("userset", `{"address":"a","active":false}`), look}, `"name":"A"`, `"name":""`},
		{"add_ends_tokens=true", []string{mint, add, look}, `"appid":"x"`, `"appid":""`},
		{"disable_ends_tokens=true", []string{mint, user("userset", `{"address":"a","active":false}`), look}, `"appid":"x"`, `"appid":""`},
		{`unknown_user={"error":"X","code":410}`, []string{user("userdel", onlyA)}, `"code":404`, `"code":410`},
		{"set_unknown_user=ok", []string{user("userset", onlyA)}, `"NOTFOUND"`, `"result":true`},
		{"set_unknown_user=added", []string{user("userset", onlyA), look}, `"count":0`, `"count":1`},
		{"delete_by_address=false", []string{add, user("userdel", onlyA)}, `"result":true`, `"MISSINGPARA"`},
		{"delete_unknown_user=ok", []string{user("userdel", onlyA)}, `"NOTFOUND"`, `"result":true`},
		{"keep_uid=true", []string{add, user("userdel", onlyA), addB, add}, `"uid":"5304"`, `"uid":"5302"`},
		{"mint_ends_earlier=false", []string{mint, user("useradd", brief), look}, `"appid":""`, `"appid":"x"`},
		{"versions_end_each_other=false", []string{mint, user("useradd", briefV2), look}, `"appid":""`, `"appid":"x"`},
		{"remove_scope=all", []string{mint, user("useradd", second), user("userset", `{"address":"a","token":{"remove":true,"appid":"x"}}`), look}, `"appid":"y"`, `"appid":""`},
		{"user_lookups=false", []string{look}, `"users":[]`, "BADOP"},
		{"group_lookups=false", []string{group("groupsget", `{}`)}, `"groups":[]`, "BADOP"},
		{"rows_per_app_id=true", []string{user("useradd", second), mint, look}, `"appid":"x"`, `"appid":"y"`},
		{"row_cap=1", []string{add, addB, user("usersget", `{}`)}, `"count":2`, `"count":1`},
		{"hide_tokens=true", []string{mint, look}, `"token":"token-`, `"token":""`},
		{"ignore_pattern=true", []string{addB, look}, `"count":0`, `"count":1`},
		{"ignore_group_pattern=true", []string{group("groupadd", `{"name":"G"}`), group("groupsget", `{"name":"H"}`)}, `"count":0`, `"count":1`},
		{"count_all=true", []string{add, addB, look}, `"userscount":1`, `"userscount":2`},
		{"group_expiry=60", []string{group("groupadd", `{"name":"G"}`), group("groupsget", `{}`)}, `"expinsec":31536000`, `"expinsec":60`},
		{"group_expiry_in_minutes=true", []string{group("groupadd", `{"name":"G","expiry":60}`), group("groupsget", `{}`)}, `"expinsec":60`, `"expinsec":3600`},
		{"set_group_resets=true", []string{group("groupadd", `{"name":"G","flags":8}`), group("groupset", `{"gid":97284,"name":"H"}`), group("groupsget", `{}`)}, `"flag":8`, `"flag":0`},
		{`unknown_group={"error":"X","code":410}`, []string{list}, `"code":404`, `"code":410`},
		{"set_unknown_group=ok", []string{group("groupset", theGroup)}, `"NOTFOUND"`, `"result":true`},
		{"delete_unknown_group=ok", []string{group("groupdel", theGroup)}, `"NOTFOUND"`, `"result":true`},
		{"member_lists=false", []string{add, makeGroup, list}, `"count":1`, "BADOP"},
		{"member_cap=1", []string{add, addB, makeGroup, edit(`"members":{"m":"b"}`), list}, `"count":2`, `"count":1`},
		{"member_removal=[]", []string{add, makeGroup, edit(`"delete":1,"members":{"m":"a","remove":1,"permissions":null}`), list}, `"count":0`, `"count":1`},
		{"remove_non_member=refused", []string{add, addB, makeGroup, edit(`"delete":1,"members":{"m":"b"}`)}, `"result":true`, `"BADMEMBER"`},
		{`unknown_member={"error":"X","code":410}`, []string{add, makeGroup, edit(`"members":{"m":"b"}`)}, `"code":400`, `"code":410`},
		{"requests_per_second=0.001", []string{add, add}, "200 ", "429 "},
		{"set_name=user.profile.name", []string{add, user("userset", `{"address":"a","name":"B"}`), look}, `"name":"B"`, `"name":"A"`},
		{"set_name=user.name", []string{add, user("userset", `{"address":"a","profile":{"name":"B"}}`), look}, `"name":"B"`, `"name":"A"`},
		{"show_names=true", []string{add, look}, `"online":0,"pinned"`, `"name":"A"`},
	}
}

// TestEveryQuestion compares the last answer under the default and under another answer to the question. Rows show names, so
// that a conversation can be about them.
func TestEveryQuestion(t *testing.T) {
	t.Parallel()

	asked := map[string]bool{"token_breach_after": true, "add_resets_permissions": true} // Other tests are about them.
	for _, tt := range conversations() {
		question, _, _ := strings.Cut(tt.set, "=")
		asked[question] = true
		other := profile.Answers{}
		if err := other.Set(tt.set); err != nil {
			t.Fatal(err)
		}
		for want, answers := range map[string]profile.Answers{tt.usual: {}, tt.other: other} {
			as, err := profile.File{Answers: answers}.Profile()
			if err != nil {
				t.Fatal(err)
			}
			as.ShowNames = as.ShowNames || question != "show_names"
			e, last := newEmulator(emulator.WithProfile(as)), ""
			for _, body := range tt.requests {
				recorder := httptest.NewRecorder()
				e.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/backend/", strings.NewReader(strings.ReplaceAll(body, "%s", appToken))))
				last = fmt.Sprint(recorder.Code, " ", recorder.Body)
			}
			if !strings.Contains(last, want) {
				t.Errorf("%s, with %s: %s, want %s", tt.set, answers, last, want)
			}
		}
	}
	for _, question := range profile.Questions() {
		if !asked[question] {
			t.Errorf("no conversation is about %s", question)
		}
	}
}

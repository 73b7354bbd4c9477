// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	t.Parallel()

	tests := map[string]shape{
		`{"result":true}`: shapeSuccess, `{"result":1}`: shapeSuccess, `{"result":"OK"}`: shapeSuccess,
		`{"result":"1"}`: shapeSuccess, `{"result":"true"}`: shapeSuccess, `  {"result":true}` + "\n": shapeSuccess,
		`{"result":true,"code":500,"error":7}`: shapeSuccess,

		`{"result":false}`: shapeFailure, `{"result":0}`: shapeFailure, `{"result":"0"}`: shapeFailure,
		`{"result":"FAIL"}`: shapeFailure, `{"result":"false"}`: shapeFailure,

		`{}`: shapeNoResult, `{"result":null}`: shapeNoResult, `{"result":2}`: shapeNoResult, `{"result":{}}`: shapeNoResult,
		`{"result":[true]}`: shapeNoResult, `{"result":""}`: shapeNoResult, `{"error":"BADOP"}`: shapeNoResult,

		``: shapeEmpty, " \r\n": shapeEmpty,

		`{`: shapeTruncated, `{"result":tr`: shapeTruncated, `{"result":true`: shapeTruncated, `{"a":"b`: shapeTruncated,

		`<html>`: shapeOther, `[]`: shapeOther, `true`: shapeOther, `null`: shapeOther, `"x"`: shapeOther, `{]`: shapeOther,
		`{"result":true}{"result":false}`: shapeOther, `{"result":true} x`: shapeOther, "\x00": shapeOther,
		`{"a":` + strings.Repeat("[", 100_000): shapeOther,
		`{"a":` + strings.Repeat("[", 100):     shapeTruncated,
	}
	for body, want := range tests {
		if _, got := decode([]byte(body)); got != want {
			t.Errorf("%.40s gives %d, want %d", body, got, want)
		}
	}
}

// TestJudge holds what an answer means, and what its error says and is.
func TestJudge(t *testing.T) {
	t.Parallel()

	const breach = `{"error":"TOKENBREACH","result":false}`
	tests := map[string]struct {
		status      int
		contentType string
		location    string
		body        string
		outcome     outcome
		text        string
		kinds       []error
	}{
		"success":                 {body: okAdded, outcome: succeeded},
		"success with status 201": {status: 201, body: okAdded, outcome: succeeded},
		"success with status 404": {status: 404, body: okAdded, outcome: succeeded},
		"success with a code":     {body: `{"code":401,"error":"","result":true}`, outcome: succeeded},
		"captured failure": {
			body: authFail, text: "useradd: the server answered AUTHFAIL (code 401): Invalid or expired app token",
			kinds: []error{ErrUnauthorized},
		},
		"older form":   {body: `{"error":"INVALIDTOKEN","result":false}`, text: "useradd: the server answered INVALIDTOKEN", kinds: []error{ErrUnauthorized}},
		"short form":   {body: `{"result":false,"error":"BADOP"}`, text: "useradd: the server answered BADOP", kinds: []error{ErrUnsupportedOp}},
		"not found":    {body: `{"result":false,"code":"404"}`, text: "useradd: the server refused (code 404)", kinds: []error{ErrNotFound}},
		"missing":      {body: `{"result":false,"code":400,"properties":["address",7]}`, text: "useradd: the server refused (code 400); properties: address, 7"},
		"one property": {body: `{"result":false,"properties":"address"}`, text: "useradd: the server refused; properties: address"},
		"no reason":    {body: `{"result":false}`, text: "useradd: the server refused"},
		"odd reason":   {body: `{"result":false,"error":{},"code":"x","cause":[1],"properties":{}}`, text: "useradd: the server refused"},
		"by status":    {status: 400, body: `{"result":false,"error":"X"}`, text: "useradd: the server answered X"},

		"breach":                 {body: breach, text: "useradd: the server answered TOKENBREACH", kinds: []error{ErrTokenBreach}},
		"breach with status 503": {status: 503, body: breach, text: "useradd: the server answered TOKENBREACH", kinds: []error{ErrTokenBreach}},
		"breach with status 429": {status: 429, body: breach, text: "useradd: the server answered TOKENBREACH", kinds: []error{ErrTokenBreach}},

		"too many, by status": {status: 429, outcome: rateLimited, text: "useradd: the server answered that there are too many requests (HTTP status 429)", kinds: []error{ErrRateLimited}},
		"too many, by code":   {body: `{"result":false,"code":429}`, outcome: rateLimited, text: "useradd: the server refused (code 429)", kinds: []error{ErrRateLimited}},

		"too large":            {status: 413, contentType: "text/html", body: "<html>", text: "useradd: the server answered that the request is too large (HTTP status 413)", kinds: []error{ErrRequestTooLarge}},
		"bad gateway":          {status: 502, contentType: "text/html", body: "<html>" + userToken, outcome: unanswered, text: "useradd at api.mesibo.com: the server answered HTTP status 502 with an HTML page", kinds: []error{ErrUnexpectedResponse}},
		"server error in JSON": {status: 500, body: okAdded, outcome: unanswered, text: "useradd at api.mesibo.com: the server answered HTTP status 500 with a JSON object", kinds: []error{ErrUnexpectedResponse}},
		"forbidden":            {status: 403, contentType: "text/plain", body: "no", text: "useradd at api.mesibo.com: the server answered HTTP status 403 with 2 bytes of text/plain", kinds: []error{ErrUnexpectedResponse}},
		"forbidden, empty":     {status: 403, text: "useradd at api.mesibo.com: the server answered HTTP status 403 with no content", kinds: []error{ErrUnexpectedResponse}},
		"unknown op, no result": {
			body: `{"error":"BADOP"}`, outcome: garbled, kinds: []error{ErrUnexpectedResponse},
			text: "useradd at api.mesibo.com: the server answered with a JSON object without a result, which is not a reply of the Backend API",
		},
		"redirect": {
			status: 301, location: "https://u:p@other.example/b/?token=" + appToken, kinds: []error{ErrUnexpectedResponse},
			text: "useradd at api.mesibo.com: the endpoint redirects to https://other.example/b/ (HTTP status 301), which is not followed because the app token would go along; set endpoint to the final URL",
		},
		"redirect to nowhere": {
			status: 302, body: okAdded, kinds: []error{ErrUnexpectedResponse},
			text: "useradd at api.mesibo.com: the endpoint redirects (HTTP status 302), which is not followed because the app token would go along; set endpoint to the final URL",
		},
		"empty":        {outcome: unanswered, text: "useradd at api.mesibo.com: the server answered with no content", kinds: []error{ErrUnexpectedResponse}},
		"truncated":    {body: okAdded[:60], outcome: unanswered, text: "useradd at api.mesibo.com: the server answered with truncated JSON", kinds: []error{ErrUnexpectedResponse}},
		"html":         {contentType: "application/xhtml+xml", body: " <p>", outcome: garbled, text: "useradd at api.mesibo.com: the server answered with an HTML page, which is not a reply of the Backend API", kinds: []error{ErrUnexpectedResponse}},
		"unknown type": {contentType: "?", body: "MESIBO OK", outcome: garbled, text: "useradd at api.mesibo.com: the server answered with 9 bytes of ?, which is not a reply of the Backend API", kinds: []error{ErrUnexpectedResponse}},
		"type echoes":  {contentType: "text/" + appToken, body: "x", outcome: garbled, text: "useradd at api.mesibo.com: the server answered with 1 bytes of text/(redacted), which is not a reply of the Backend API", kinds: []error{ErrUnexpectedResponse}},

		"cause echoes": {
			body: `{"result":false,"error":"BAD` + appToken + `","cause":"token ` + appToken + ` of user ` + userToken + `"}`,
			text: "useradd: the server answered BAD(redacted): token (redacted) of user (redacted)",
		},
		"property echoes": {body: `{"result":false,"properties":["` + appToken + `"]}`, text: "useradd: the server refused; properties: (redacted)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := &http.Response{StatusCode: test.status, Header: http.Header{"Content-Type": {test.contentType}}}
			if test.status == 0 {
				answer.StatusCode = http.StatusOK
			}
			if test.location != "" {
				answer.Header.Set("Location", test.location)
			}
			got, _, err := respond(newClient(t, DefaultEndpoint), answer, test.body)
			if got != test.outcome {
				t.Errorf("outcome is %d, want %d", got, test.outcome)
			}
			if (err == nil) != (got == succeeded) {
				t.Fatalf("outcome %d comes with error %v", got, err)
			}
			if err == nil {
				return
			}
			if diff := cmp.Diff(test.text, err.Error()); diff != "" {
				t.Error(diff)
			}
			assertKinds(t, err, test.kinds...)
		})
	}
}

// respond returns what a client makes of a response.
func respond(c *Client, resp *http.Response, body string) (outcome, envelope, *Error) {
	r := &request{client: c, op: OpUserAdd, maxBytes: maxReplyBytes}
	a := r.response(context.Background(), resp, []byte(body), nil)

	return a.outcome, a.reply, a.err
}

// assertKinds checks that an error is of the given kinds and of no other.
func assertKinds(t *testing.T, err error, want ...error) {
	t.Helper()

	for _, kind := range []error{
		ErrUnauthorized, ErrUnsupportedOp, ErrNotFound, ErrTokenBreach, ErrRateLimited,
		ErrRequestTooLarge, ErrUnexpectedResponse, ErrNoLookups, ErrUnreachable, ErrOutcomeUnknown,
	} {
		wanted := slices.Contains(want, kind)
		if errors.Is(err, kind) != wanted {
			t.Errorf("is it %q? %v, want %v; the error: %v", kind, !wanted, wanted, err)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		okAdded, okNoUsers, authFail, badOp, "", "{", "[]", "<html>", `{"result":1e999}`, `{"users":[{"uid":{}}],"result":true}`,
		`{"result":"OK","user":null}`, `{"result":false,"code":1.5,"properties":[[[]]]}`,
	} {
		f.Add(200, "application/json", seed)
		f.Add(502, "text/html", seed)
	}
	client := newClient(f, DefaultEndpoint)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		answer := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}}
		got, reply, err := respond(client, answer, body)
		if (err == nil) != (got == succeeded) {
			t.Fatalf("outcome %d comes with error %v", got, err)
		}
		if err != nil {
			if TokenPattern.MatchString(err.Error()) {
				t.Fatalf("%v shows what could be a token", err)
			}
			if n := utf8.RuneCountInString(err.Error()); n > 3*longestText {
				t.Fatalf("the error has %d characters", n)
			}

			return
		}
		if status >= 300 && status < 400 || status >= 500 || status == http.StatusTooManyRequests || !json.Valid([]byte(body)) {
			t.Fatalf("status %d with %q is taken for a success", status, body)
		}
		if user, err := decodeUser(reply.read(), true); err == nil && (user.UID == "" || user.Token.IsEmpty()) {
			t.Fatal("a user without uid or token")
		}
		if list, err := decodeUsers(reply.read(), "a", documentedRows); err == nil && Lookup(list).Found() && Lookup(list).Absent() {
			t.Fatal("found and absent")
		}
	})
}

// FuzzDecode: a body is an object if and only if it is one to everybody else, and however short it is cut, it never
// passes for a whole one.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{okAdded, okNoUsers, authFail, "{}", " {} ", `{"result":"OK"}`, "[]", `{"a":"\u00e4"}`, "{}{}", "null"} {
		f.Add([]byte(seed), uint(len(seed)/2))
	}
	f.Fuzz(func(t *testing.T, body []byte, cut uint) {
		reply, got := decode(body)
		trimmed := bytes.TrimSpace(body)
		isObject := got == shapeNoResult || got == shapeSuccess || got == shapeFailure
		if want := bytes.HasPrefix(trimmed, []byte("{")) && json.Valid(trimmed); isObject != want {
			t.Fatalf("%q is taken for shape %d", body, got)
		}
		if (got == shapeEmpty) != (len(trimmed) == 0) {
			t.Errorf("%q is taken for shape %d", body, got)
		}
		if !isObject {
			if !reflect.DeepEqual(reply.read(), members{}) {
				t.Errorf("something is read of %q", body)
			}

			return
		}

		var object map[string]json.RawMessage
		if err := json.Unmarshal(trimmed, &object); err != nil {
			t.Fatal(err)
		}
		if said := slices.ContainsFunc(slices.Collect(maps.Keys(object)), func(key string) bool { return strings.EqualFold(key, "result") }); !said && got != shapeNoResult {
			t.Errorf("%q says no result, and is taken for shape %d", body, got)
		}
		part := trimmed[:cut%uint(len(trimmed))]
		if _, got := decode(part); got != shapeTruncated && got != shapeEmpty {
			t.Errorf("%q is cut short, and taken for shape %d", part, got)
		}
	})
}

// manyRows is an answer to usersget with that many rows of one address.
func manyRows(n int, address string) string {
	row, _ := json.Marshal(map[string]any{"uid": 1, "address": address, "appid": "com.x", "token": userToken, "active": 1, "flags": 0})

	return `{"users":[` + strings.TrimSuffix(strings.Repeat(string(row)+",", n), ",") + `],"result":true}`
}

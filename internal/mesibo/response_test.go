// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for want, bodies := range map[shape][]string{
		shapeSuccess: {`{"result":true}`, `{"result":1}`, `{"result":"OK"}`, `{"result":"1"}`, `{"result":"true"}`, "  {\"result\":true}\n", `{"result":true,"code":500,"error":7}`, `{"result":true,"error":"TOKENBREACH"}`},
		shapeFailure: {`{"result":false}`, `{"result":0}`, `{"result":"0"}`, `{"result":"FAIL"}`, `{"result":"false"}`},
		shapeBreach:  {`{"result":false,"error":"TOKENBREACH"}`, `{"error":" TOKENBREACH\n"}`},
		shapeNoResult: {
			`{}`, `{"result":null}`, `{"result":2}`, `{"result":{}}`, `{"result":[true]}`, `{"result":""}`, `{"error":"BADOP"}`,
			`{"result":true,"result":false}`, `{"result":false,"RESULT":true}`,
		},
		shapeEmpty:     {``, " \r\n"},
		shapeTruncated: {`{`, `{"result":tr`, `{"result":true`, `{"a":"b`, `{"a":` + strings.Repeat("[", 100)},
		shapeOther: {
			`<html>`, `[]`, `true`, `null`, `"x"`, `{]`, `{"result":true}{"result":false}`, `{"result":true} x`, "\x00", `{"a":` + strings.Repeat("[", 100_000),
		},
	} {
		for _, body := range bodies {
			if _, got := decode([]byte(body)); got != want {
				t.Errorf("%.40s gives %d, want %d", body, got, want)
			}
			if want < shapeNoResult {
				continue
			}
			for cut := range strings.TrimSpace(body) { // However short a reply is cut, it never passes for a whole one.
				if _, got := decode([]byte(body[:cut])); got != shapeTruncated && got != shapeEmpty {
					t.Errorf("%s gives %d", body[:cut], got)
				}
			}
		}
	}
}

// TestClassify checks what each status means with each shape.
func TestClassify(t *testing.T) {
	t.Parallel()
	// In the order of the shapes: other, empty, truncated, no result, success, failure, breach.
	always := func(o outcome) [7]outcome {
		return [7]outcome{o, o, o, o, o, o, refused}
	}
	fine := [7]outcome{garbled, unanswered, unanswered, garbled, succeeded, refused, refused}
	badRequest := [7]outcome{refused, refused, refused, refused, succeeded, refused, refused}
	for status, want := range map[int][7]outcome{
		101: always(garbled), 200: fine, 201: fine, 299: fine, 301: always(refused), 307: always(refused), 400: badRequest,
		404: badRequest, 429: always(rateLimited), 500: always(unanswered), 502: always(unanswered), 599: always(unanswered),
	} {
		for form, want := range want {
			for _, code := range []int{0, 401, 500} {
				if got := classify(status, shape(form), code); got != want {
					t.Errorf("status %d, shape %d, code %d: %d, want %d", status, form, code, got, want)
				}
			}
		}
	}
	for status, want := range map[int]outcome{200: rateLimited, 403: rateLimited, 302: refused, 500: unanswered} {
		if got := classify(status, shapeFailure, 429); got != want || classify(200, shapeSuccess, 429) != succeeded {
			t.Errorf("status %d, code 429: %d, want %d", status, got, want)
		}
	}
}

// TestResponseError checks what is said of a response, and what its error is.
func TestResponseError(t *testing.T) {
	t.Parallel()
	const answered, from, unread = "useradd: the server ", "useradd at api.mesibo.com: the server answered ", ", which is not a reply of the Backend API"
	unexpected := []error{ErrUnexpectedResponse}
	breach := []error{ErrTokenBreach}
	tests := map[string]struct {
		status            int
		contentType, body string
		text              string
		kinds             []error
	}{
		"captured failure": {200, "", authFail, answered + "answered AUTHFAIL (code 401): Invalid or expired app token", []error{ErrUnauthorized}},
		"older form":       {200, "", `{"error":"INVALIDTOKEN","result":false}`, answered + "answered INVALIDTOKEN", []error{ErrUnauthorized}},
		"short form":       {200, "", badOp, answered + "answered BADOP", []error{ErrUnsupportedOp}},
		"not found":        {200, "", `{"result":false,"code":"404"}`, answered + "refused (code 404)", []error{ErrNotFound}},
		"missing":          {200, "", `{"result":false,"code":400,"properties":["address",7]}`, answered + "refused (code 400); properties: address, 7", []error{ErrMissingParameter}},
		"missing, short":   {200, "", `{"op":"useradd","error":"MISSINGPARA","result":false}`, answered + "answered MISSINGPARA", []error{ErrMissingParameter}},
		"one property":     {200, "", `{"result":false,"properties":"address"}`, answered + "refused; properties: address", nil},
		"malformed reason": {200, "", `{"result":false,"error":{},"code":"x","cause":[1],"properties":{}}`, answered + "refused", nil},
		"breach":           {503, "", `{"error":"TOKENBREACH","result":false}`, answered + "answered TOKENBREACH", breach},
		"too many":         {429, "", "", answered + "answered that there are too many requests (HTTP status 429)", []error{ErrRateLimited}},
		"too large":        {413, "text/html", "<html>", answered + "answered that the request is too large (HTTP status 413)", []error{ErrRequestTooLarge}},
		"too many by code": {200, "", `{"result":false,"code":429}`, answered + "refused (code 429)", []error{ErrRateLimited}},
		"gateway":          {502, "text/html", "<html>" + userToken, from + "HTTP status 502 with an HTML page", unexpected},
		"error in JSON":    {500, "", okAdded, from + "HTTP status 500 with a JSON object", unexpected},
		"forbidden":        {403, "text/plain", "no", from + "HTTP status 403 with 2 bytes of text/plain", unexpected},
		"forbidden, empty": {403, "", "", from + "HTTP status 403 with no content", unexpected},
		"no result":        {200, "", `{"error":"BADOP"}`, from + "with a JSON object without a result" + unread, unexpected},
		"empty":            {200, "", "", from + "with no content", unexpected},
		"truncated":        {200, "", okAdded[:60], from + "with truncated JSON", unexpected},
		"html":             {200, "application/xhtml+xml", " <p>", from + "with an HTML page" + unread, unexpected},
		"no type":          {200, "", "MESIBO OK", from + "with 9 bytes of unknown type" + unread, unexpected},
		"type echoes":      {200, "text/" + appToken, "x", from + "with 1 bytes of text/(redacted)" + unread, unexpected},
		"cause echoes": {
			200, "", `{"result":false,"error":"BAD` + appToken + `","cause":"token ` + appToken + ` of user ` + userToken + `"}`,
			answered + "answered BAD(redacted): token (redacted) of user (redacted)", nil,
		},
		"property echoes": {200, "", `{"result":false,"properties":["` + appToken + `"]}`, answered + "refused; properties: (redacted)", nil},
		"redirect": {
			301, "https://u:p@other.example/b/?token=" + appToken, "", "useradd at api.mesibo.com: the endpoint redirects to https://other.example/b/ (HTTP status 301), " +
				"which is not followed because the app token would go along; set endpoint to the final URL", unexpected,
		},
	}
	client := newClient(t, DefaultEndpoint)
	for name, test := range tests {
		a := respond(client, test.status, test.contentType, test.body)
		if a.err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if diff := cmp.Diff(test.text, a.err.Error()); diff != "" || a.err.HTTPStatus != test.status {
			t.Errorf("%s, status %d: %s", name, a.err.HTTPStatus, diff)
		}
		assertKinds(t, a.err, test.kinds...)
	}
}

// respond returns the attempt that got a response to useradd. The content type stands in for the location too.
func respond(c *Client, status int, contentType, body string) attempt {
	resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}, "Location": {contentType}}}
	return c.request(OpUserAdd, "", nil).response(context.Background(), resp, []byte(body), nil)
}

// FuzzResponse: whatever a server answers, it is a success or an error, and the error can be shown on a terminal, is not
// endless and shows no token.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		okAdded, okNoUsers, authFail, badOp, "", "{", "[]", "<html>" + userToken, `{"result":1e999}`, `{"result":"OK","user":null}`,
		`{"result":false,"code":1.5,"properties":[[[]]]}`, `{"result":false,"error":"X","code":"+404","cause":"\ud800\u2028\u200b","properties":["a\u0000b"]}`,
		`{"result":false,"error":"X","cause":"\u001b]0;owned\u0007\u001b[31m\u202e\u009b2J\u0000\r\nError: no"}`, "{\"result\":false,\"cause\":\"\xff\xfe\\u001b[2J\"}",
		`{"result":false,"cause":"` + strings.Repeat("very ", 5_000) + `"}`, `{"result":false,"code":` + strings.Repeat("9", 400) + `}`,
		`{"result":false,"properties":[` + strings.Repeat(`"address","`+strings.Repeat("very ", 200)+`",`, 50) + `"x"]}`,
	} {
		f.Add(200, "application/json", seed)
		f.Add(502, "text/html", seed)
	}
	client := newClient(f, DefaultEndpoint)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		a := respond(client, status, contentType, body)
		if (a.err == nil) != (a.outcome == succeeded) {
			t.Fatalf("outcome %d comes with error %v", a.outcome, a.err)
		}
		if a.err == nil {
			if status >= 300 && status < 400 || status >= 500 || status == http.StatusTooManyRequests || !json.Valid([]byte(body)) {
				t.Fatalf("status %d with %q is taken for a success", status, body)
			}
			return
		}
		shown := a.err.Error()
		for _, text := range append([]string{shown, a.err.Symbol, a.err.Cause}, a.err.Properties...) {
			if !utf8.ValidString(text) || printable(text) != text || TokenPattern.MatchString(text) {
				t.Errorf("%q cannot be shown", text)
			}
		}
		if n := utf8.RuneCountInString(shown); n > 3*longestText {
			t.Errorf("the error has %d characters", n)
		}
	})
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEveryOpHasAClass finds the ops in the source, so that a new one cannot be forgotten in the table.
func TestEveryOpHasAClass(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`\tOp\w*\s+(?:Op )?= (?:Op\()?"(\w+)"`).FindAllSubmatch(source, -1) {
			op := string(match[1])
			found[op] = true
			if _, known := classes[Op(op)]; !known || calls[op].do == nil {
				t.Errorf("the op %s has no class, or no call in these tests", op)
			}
		}
	}
	if len(found) != len(classes) {
		t.Errorf("%d ops in the source, %d in the table", len(found), len(classes))
	}
	if classes["unheard of"] != classOnce {
		t.Error("an unknown op would be repeated")
	}
}

// TestRetries makes every call fail in every way: how many requests are sent, and what the error is.
func TestRetries(t *testing.T) {
	t.Parallel()
	type want struct {
		requests int
		kinds    []error // nil: the call succeeds
	}
	type wants map[string]want // by class
	none := []error{}          // an error without a known meaning
	unknown, unexpected := []error{ErrOutcomeUnknown}, []error{ErrUnexpectedResponse}
	both := []error{ErrUnexpectedResponse, ErrOutcomeUnknown}
	same := func(requests int, kinds ...error) wants {
		if requests == 1 && kinds == nil {
			kinds = none
		}
		return wants{"read": {requests, kinds}, "repeatable": {requests, kinds}, "once": {requests, kinds}}
	}
	recovers := wants{"read": {2, nil}, "repeatable": {2, nil}, "once": {1, both}}
	ends := wants{"read": {1, unexpected}, "repeatable": {1, both}, "once": {1, both}}

	tests := map[string]struct {
		steps []step
		want  wants
	}{
		"dropped once":       {[]step{drop, ok(okAny)}, wants{"read": {2, nil}, "repeatable": {2, nil}, "once": {1, unknown}}},
		"dropped every time": {[]step{drop}, wants{"read": {3, none}, "repeatable": {3, unknown}, "once": {1, unknown}}},
		"500":                {[]step{answer(500, "x"), ok(okAny)}, recovers},
		"502":                {[]step{answer(502, "<html>"), ok(okAny)}, recovers},
		"503":                {[]step{answer(503, `{"result":false}`), ok(okAny)}, recovers},
		"502 every time":     {[]step{answer(502, "")}, wants{"read": {3, unexpected}, "repeatable": {3, both}, "once": {1, both}}},
		"empty":              {[]step{ok(""), ok(okAny)}, recovers},
		"truncated":          {[]step{ok(okAny[:30]), ok(okAny)}, recovers},
		"broken off":         {[]step{answer(200, okAny[:30], "Content-Length", "1000"), ok(okAny)}, recovers},
		"429":                {[]step{answer(429, "slow down"), answer(429, ""), ok(okAny)}, same(3)},
		"429 every time":     {[]step{answer(429, "")}, same(3, ErrRateLimited)},
		"code 429":           {[]step{ok(`{"result":false,"code":429}`), ok(okAny)}, same(2)},
		"refused":            {[]step{ok(`{"result":false,"error":"X"}`)}, same(1)},
		"AUTHFAIL":           {[]step{ok(authFail)}, same(1, ErrUnauthorized)},
		"TOKENBREACH":        {[]step{ok(`{"result":false,"error":"TOKENBREACH"}`)}, same(1, ErrTokenBreach)},
		"html":               {[]step{ok("<html>")}, ends},
		"no result":          {[]step{ok("{}")}, ends},
		"redirect":           {[]step{answer(307, "", "Location", "/elsewhere")}, same(1, ErrUnexpectedResponse)},
		"403":                {[]step{answer(403, "<html>")}, same(1, ErrUnexpectedResponse)},

		"dropped, then refused": {[]step{drop, ok(authFail)}, wants{
			"read": {2, []error{ErrUnauthorized}}, "repeatable": {2, []error{ErrUnauthorized, ErrOutcomeUnknown}}, "once": {1, unknown},
		}},
		"429, then dropped, then 429": {[]step{answer(429, ""), drop, answer(429, "")}, wants{
			"read": {3, []error{ErrRateLimited}}, "repeatable": {3, []error{ErrRateLimited, ErrOutcomeUnknown}}, "once": {2, unknown},
		}},
	}
	for failure, test := range tests {
		for name, call := range calls {
			t.Run(failure+"/"+name, func(t *testing.T) {
				t.Parallel()
				var log recorder
				s, want := newServer(t, test.steps...), test.want[call.class]
				client := newClient(t, s.URL, WithMaxRetries(2), WithLogger(slog.New(&log)), WithLookups(LookupsRequired))
				_, err := call.do(t.Context(), client)
				if n := len(s.requests()); n != want.requests || n != len(log.attempts) {
					t.Errorf("%d requests, %d in the log, want %d", n, len(log.attempts), want.requests)
				}
				assertNoSecret(t, log.text)
				if want.kinds == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				assertKinds(t, err, want.kinds...)
				op, _, _ := strings.Cut(name, " ")
				var apiError *Error
				if !errors.As(err, &apiError) || apiError.Op != op {
					t.Errorf("%v is not an *Error of %s", err, op)
				}
				assertText(t, err, op)
			})
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	var log recorder
	s := newServer(t, drop, answer(502, ""), ok(authFail))
	_, err := newClient(t, s.URL, WithLogger(slog.New(&log))).CreateUser(t.Context(), minting)
	assertKinds(t, err, ErrUnauthorized, ErrOutcomeUnknown)
	want := "useradd: the server answered AUTHFAIL (code 401): Invalid or expired app token (3 tries). The request may have been carried out"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}

	for i, want := range []string{"status:0", "status:502", "error:AUTHFAIL http_status:200"} {
		fields := log.attempts[i]
		if _, isText := fields["duration"].(string); !isText || !strings.Contains(fmt.Sprint(fields), want) || fields["attempt"] != int64(i+1) || fields["op"] != "useradd" {
			t.Errorf("attempt %d: %v", i+1, fields)
		}
	}
	if n := strings.Count(log.text, "nobody knows a token"); n != 2 {
		t.Errorf("%d lines about lost tokens, want 2", n)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	const shortest, longest = 500 * time.Millisecond, 30 * time.Second
	for attempts, full := range map[int]time.Duration{
		1: shortest, 2: time.Second, 3: 2 * time.Second, 6: 16 * time.Second, 7: longest, 8: longest, 10_000: longest,
	} {
		for range 100 {
			if got := backoff(shortest, longest, attempts); got < full/2 || got > full {
				t.Errorf("after %d attempts: %s, want between %s and %s", attempts, got, full/2, full)
			}
		}
	}
	if got := backoff(0, 0, 10_000); got != 0 {
		t.Errorf("no wait at all is %s", got)
	}
}

var noon = time.Date(2026, time.August, 1, 12, 0, 0, 0, time.UTC)

const longestWait = 9223372036 * time.Second // that fits into a duration

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := map[string]time.Duration{
		"":                                 0,
		"7":                                7 * time.Second,
		" 120 ":                            2 * time.Minute,
		"-1":                               0,
		"9223372037":                       longestWait,
		strings.Repeat("9", 40):            longestWait,
		"Sat, 01 Aug 2026 12:00:30 GMT":    30 * time.Second,
		"Sat, 01 Aug 2026 11:00:00 GMT":    0,
		"Saturday, 01-Aug-26 12:01:00 GMT": time.Minute,
		"Sat Aug  1 12:00:01 2026":         time.Second,
	}
	for header, want := range tests {
		if got := retryAfter(header, noon); got != want {
			t.Errorf("%q gives %s, want %s", header, got, want)
		}
	}
}

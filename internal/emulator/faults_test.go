// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// TestFaults has a request go wrong in each way: what the client sees, and whether the request was carried out.
func TestFaults(t *testing.T) {
	t.Parallel()

	const inJSON, inHTML = "application/json", "text/html; charset=utf-8"
	isJSON := func(want string) func(*testing.T, answer) {
		return func(t *testing.T, got answer) {
			t.Helper()
			expect(t, decode(t, got.body), decode(t, want))
		}
	}
	isPage := func(title string) func(*testing.T, answer) {
		return func(t *testing.T, got answer) {
			t.Helper()
			if !strings.HasPrefix(got.body, "<!DOCTYPE html>") || !strings.Contains(got.body, title) {
				t.Errorf("got %q", got.body)
			}
		}
	}
	const failed = `{"error":"QUOTA","code":403,"cause":"Too many","properties":["address"],"op":"useradd","id":7,"result":false}`
	const whole = `{"user":{"uid":"5302","address":"new","token":"token-2"},"op":"useradd","id":7,"result":true}`

	tests := map[string]struct {
		fault       emulator.Fault
		done        bool // it was carried out
		dropped     bool // no answer comes
		status      int
		contentType string
		check       func(*testing.T, answer)
	}{
		"DropBefore":            {fault: emulator.DropBefore(), dropped: true},
		"DropAfterCommit":       {fault: emulator.DropAfterCommit(), dropped: true, done: true},
		"BadGateway":            {fault: emulator.BadGateway(), status: 502, contentType: inHTML, check: isPage("502 Bad Gateway")},
		"BadGatewayAfterCommit": {fault: emulator.BadGatewayAfterCommit(), done: true, status: 502, contentType: inHTML, check: isPage("502 Bad Gateway")},
		"HTMLPage":              {fault: emulator.HTMLPage(), status: 200, contentType: inHTML, check: isPage("Please log in")},
		"EmptyReply": {
			fault: emulator.EmptyReply(), status: 200, contentType: inJSON,
			check: func(t *testing.T, got answer) {
				t.Helper()
				expect(t, got.body, "")
			},
		},
		"TruncatedJSON": {
			fault: emulator.TruncatedJSON(), done: true, status: 200, contentType: inJSON,
			check: func(t *testing.T, got answer) {
				t.Helper()
				if !strings.HasPrefix(got.body, `{"`) || json.Valid([]byte(got.body)) {
					t.Errorf("got %q", got.body)
				}
			},
		},
		"HugeReply": {
			fault: emulator.HugeReply(), done: true, status: 200, contentType: inJSON,
			check: func(t *testing.T, got answer) {
				t.Helper()
				answer, filler, _ := strings.Cut(got.body, `,"filler":"`)
				expect(t, decode(t, answer+"}"), decode(t, whole))
				if strings.Trim(filler, "a") != "" || len(filler) < 1<<19 {
					t.Errorf("%d bytes follow: %.40q", len(filler), filler)
				}
			},
		},
		"TooManyRequests": {
			fault: emulator.TooManyRequests("7"), status: 429, contentType: inHTML,
			check: func(t *testing.T, got answer) {
				t.Helper()
				expect(t, got.header.Values("Retry-After"), []string{"7"})
			},
		},
		"TooManyRequests, no header": {
			fault: emulator.TooManyRequests(""), status: 429, contentType: inHTML,
			check: func(t *testing.T, got answer) {
				t.Helper()
				expect(t, len(got.header.Values("Retry-After")), 0)
			},
		},
		"Refuse": {
			fault: emulator.Refuse("QUOTA", 403, "Too many", "address"), status: 200, contentType: inJSON, check: isJSON(failed),
		},
		"RefuseAfterCommit": {
			fault: emulator.RefuseAfterCommit("QUOTA", 403, "Too many", "address"), done: true, status: 200, contentType: inJSON, check: isJSON(failed),
		},
		"AuthFail": {
			fault: emulator.AuthFail(), status: 200, contentType: inJSON,
			check: isJSON(strings.Replace(authFail, `{`, `{"id":7,`, 1)),
		},
		"TokenBreach": {
			fault: emulator.TokenBreach(), status: 200, contentType: inJSON,
			check: isJSON(`{"op":"useradd","id":7,"result":false,"error":"TOKENBREACH"}`),
		},
		"EchoSecretsInCause": {
			fault: emulator.EchoSecretsInCause(), status: 200, contentType: inJSON,
			check: isJSON(`{"error":"REFUSED","code":403,"cause":"app ` + appToken +
				` may not replace token token-1","properties":[],"op":"useradd","id":7,"result":false}`),
		},
		"Slow": {fault: emulator.Slow(time.Millisecond), done: true, status: 200, contentType: inJSON, check: isJSON(whole)},
		"Hold": {fault: emulator.Hold(closed()), done: true, status: 200, contentType: inJSON, check: isJSON(whole)},
		"none": {done: true, status: 200, contentType: inJSON, check: isJSON(whole)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			server := start(t)
			client := newClient(t)
			server.PutUser(appToken, emulator.User{UID: "1", Address: "old", Active: true})
			first := server.MintToken(appToken, "old", firstApp)
			body := encode(t, object{
				"op": "useradd", "token": appToken, "id": 7, "user": object{"address": "new", "token": object{"appid": firstApp}},
			})
			server.Fail("useradd", 1, tt.fault)
			got, err := over(t, client, server.Endpoint(), body)

			minted := server.MintedTokens()
			user, found := server.User(appToken, "new")
			if found != tt.done || user.Minted != len(minted)-1 {
				t.Errorf("carried out: %v, %d tokens", found, user.Minted)
			}
			if (err != nil) != tt.dropped {
				t.Fatalf("error: %v", err)
			}
			if !tt.dropped {
				got.body = strings.ReplaceAll(got.body, first, "token-1")
				got.body = strings.ReplaceAll(got.body, minted[len(minted)-1], "token-2")
				expect(t, got.status, tt.status)
				expect(t, got.header.Get("Content-Type"), tt.contentType)
				tt.check(t, got)
			}

			// It went wrong once.
			got, err = over(t, client, server.Endpoint(), body)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, decode(t, got.body)["result"], any(true))
			expect(t, server.Count("useradd"), 2)
		})
	}
}

func closed() <-chan struct{} {
	channel := make(chan struct{})
	close(channel)

	return channel
}

func TestEchoSecretsBeforeAnyToken(t *testing.T) {
	t.Parallel()

	e := newEmulator()
	e.FailAlways("", emulator.EchoSecretsInCause())
	expect(t, call(t, e, "userdel", object{"address": "a"})["cause"], any("app "+appToken+" may not replace token "))
}

// TestHugeReplyIsSound reads all of it, as a client without a limit would.
func TestHugeReplyIsSound(t *testing.T) {
	t.Parallel()

	server := start(t)
	server.PutUser(appToken, emulator.User{Address: "a"})
	server.Fail("", 1, emulator.HugeReply())
	body := `{"op":"userset","token":"` + appToken + `","user":{"address":"a"}}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.Endpoint(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := newClient(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()

	const opening, filler = `{"op":"userset","result":true,"filler":"`, 100 << 20
	first := make([]byte, len(opening))
	if _, err = io.ReadFull(response.Body, first); err != nil {
		t.Fatal(err)
	}
	var middle onlyA
	n, err := io.CopyN(&middle, response.Body, filler)
	if err != nil || middle.other {
		t.Fatalf("after %d bytes: %v; other bytes: %v", n, err, middle.other)
	}
	last, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, string(first)+string(last), opening+`"}`)
}

// onlyA notices when anything but the letter a is written to it.
type onlyA struct{ other bool }

func (o *onlyA) Write(p []byte) (int, error) {
	o.other = o.other || bytes.Count(p, []byte("a")) != len(p)

	return len(p), nil
}

// TestWhichRequestFails tells by the error which fault a request had.
func TestWhichRequestFails(t *testing.T) {
	t.Parallel()

	refuse := func(symbol string) emulator.Fault { return emulator.Refuse(symbol, 0, "") }
	tests := map[string]struct {
		plan func(*emulator.Emulator)
		ops  string
		want string // "-" for no fault
	}{
		"the next":        {func(e *emulator.Emulator) { e.Fail("useradd", 1, refuse("X")) }, "useradd useradd", "X -"},
		"0 is the next":   {func(e *emulator.Emulator) { e.Fail("useradd", 0, refuse("X")) }, "useradd useradd", "X -"},
		"the third":       {func(e *emulator.Emulator) { e.Fail("useradd", 3, refuse("X")) }, "useradd usersget useradd useradd useradd", "- - - X -"},
		"of any op":       {func(e *emulator.Emulator) { e.Fail("", 2, refuse("X")) }, "useradd usersget useradd", "- X -"},
		"of another op":   {func(e *emulator.Emulator) { e.Fail("userset", 1, refuse("X")) }, "useradd usersget", "- -"},
		"always":          {func(e *emulator.Emulator) { e.FailAlways("useradd", refuse("X")) }, "useradd usersget useradd", "X - X"},
		"always, any op":  {func(e *emulator.Emulator) { e.FailAlways("", refuse("X")) }, "useradd usersget someop", "X X X"},
		"an op not known": {func(e *emulator.Emulator) { e.Fail("someop", 1, refuse("X")) }, "someop", "X"},
		"several": {func(e *emulator.Emulator) {
			e.Fail("useradd", 3, refuse("X"))
			e.Fail("useradd", 1, refuse("Y"))
			e.Fail("usersget", 1, refuse("Z"))
		}, "useradd usersget useradd useradd useradd", "Y Z - X -"},
		"two at once": {func(e *emulator.Emulator) {
			e.Fail("useradd", 1, refuse("X"))
			e.Fail("", 1, refuse("Y"))
		}, "useradd useradd useradd", "X Y -"},
		"once before always": {func(e *emulator.Emulator) {
			e.FailAlways("useradd", refuse("X"))
			e.FailAlways("useradd", refuse("Y"))
			e.Fail("useradd", 2, refuse("Z"))
		}, "useradd useradd useradd", "X Z X"},
		"forgotten": {func(e *emulator.Emulator) {
			e.FailAlways("", refuse("X"))
			e.Fail("", 1, refuse("Y"))
			e.ClearFaults()
			e.Fail("", 2, refuse("Z"))
		}, "useradd useradd useradd", "- Z -"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			e := newEmulator()
			tt.plan(e)
			var got []string
			for op := range strings.FieldsSeq(tt.ops) {
				symbol, failed := call(t, e, op, object{"address": "a"})["error"].(string)
				if !failed {
					symbol = "-"
				}
				got = append(got, symbol)
			}
			expect(t, strings.Join(got, " "), tt.want)
		})
	}
}

// TestHold has answers wait, while their requests have been carried out.
func TestHold(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		e := newEmulator()
		release := make(chan struct{})
		e.FailAlways("useradd", emulator.Hold(release))
		answered := make(chan object, 3)
		for _, address := range []string{"a", "b", "c"} {
			go func() { answered <- call(t, e, "useradd", object{"address": address}) }()
		}
		synctest.Wait()
		expect(t, []int{len(answered), len(e.Users(appToken)), e.PeakConcurrency()}, []int{0, 3, 3})
		expect(t, addresses(t, e, "*"), []string{"a", "b", "c"})
		expect(t, e.PeakConcurrency(), 4)

		close(release)
		for range 3 {
			expect(t, (<-answered)["result"], any(true))
		}
		expect(t, call(t, e, "useradd", object{"address": "d"})["result"], any(true))
		expect(t, e.PeakConcurrency(), 4)
		synctest.Wait()
		e.ResetPeakConcurrency()
		expect(t, call(t, e, "useradd", object{"address": "e"})["result"], any(true))
		expect(t, e.PeakConcurrency(), 1)
	})
}

// TestClientGoesAway ends exchanges that would last for ever.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		for name, fault := range map[string]emulator.Fault{"slow": emulator.Slow(time.Hour), "held": emulator.Hold(make(chan struct{}))} {
			var log bytes.Buffer
			e := newEmulator(emulator.WithLog(&log))
			e.Fail("", 1, fault)
			request := httptest.NewRequest(http.MethodGet, "/backend/?op=useradd&addr=a&token="+appToken, http.NoBody)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			recorder := httptest.NewRecorder()
			e.ServeHTTP(recorder, request.WithContext(ctx))
			cancel()
			expect(t, time.Since(began), time.Second)
			expect(t, recorder.Body.String(), "")
			expect(t, log.String(), map[string]string{"slow": "useradd \"a\": client gone\n", "held": "useradd \"a\": ok, fault: held\n"}[name])
			if _, found := e.User(appToken, "a"); found != (name == "held") {
				t.Errorf("%s: carried out: %v", name, found)
			}
		}
	})
}

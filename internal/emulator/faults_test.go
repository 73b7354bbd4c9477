// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// TestFaults makes one request fail in each way: what the client receives, and whether the request was carried out.
func TestFaults(t *testing.T) {
	t.Parallel()

	const (
		inJSON, inHTML = "application/json", "text/html; charset=utf-8"
		failed         = `{"cause":"Too many","code":403,"error":"QUOTA","id":7,"op":"useradd","properties":["address"],"result":false}`
		whole          = `{"id":7,"op":"useradd","result":true,"user":{"address":"new","token":"token-2","uid":"5302"}}`
		done           = true
	)
	released := make(chan struct{})
	close(released)
	for name, tt := range map[string]struct {
		fault       emulator.Fault
		done        bool // it was carried out
		status      int  // 0 for no answer
		contentType string
		body        string // its beginning
	}{
		"DropBefore":            {fault: emulator.DropBefore()},
		"DropAfterCommit":       {fault: emulator.DropAfterCommit(), done: done},
		"BadGateway":            {emulator.BadGateway(), false, 502, inHTML, "<!DOCTYPE html><html><head><title>502 Bad Gateway"},
		"BadGatewayAfterCommit": {emulator.BadGatewayAfterCommit(), done, 502, inHTML, "<!DOCTYPE html><html><head><title>502 Bad Gateway"},
		"HTMLPage":              {emulator.HTMLPage(), false, 200, inHTML, "<!DOCTYPE html><html><head><title>Please log in"},
		"EmptyReply":            {emulator.EmptyReply(), false, 200, inJSON, ""},
		"TruncatedJSON":         {emulator.TruncatedJSON(), done, 200, inJSON, `{"id":7,"op":"useradd"`},
		"HugeReply":             {emulator.HugeReply(), done, 200, inJSON, strings.TrimSuffix(whole, "}") + `,"filler":"` + strings.Repeat("a", 1<<19)},
		"TooManyRequests":       {emulator.TooManyRequests("7"), false, 429, inHTML, "<!DOCTYPE html>"},
		"Refuse":                {emulator.Refuse("QUOTA", 403, "Too many", "address"), false, 200, inJSON, failed},
		"RefuseAfterCommit":     {emulator.RefuseAfterCommit("QUOTA", 403, "Too many", "address"), done, 200, inJSON, failed},
		"AuthFail":              {emulator.AuthFail(), false, 200, inJSON, `{"cause":"Invalid or expired app token","code":401,"error":"AUTHFAIL","id":7`},
		"TokenBreach":           {emulator.TokenBreach(), false, 200, inJSON, `{"error":"TOKENBREACH","id":7,"op":"useradd","result":false}`},
		"EchoSecretsInCause":    {emulator.EchoSecretsInCause(), false, 200, inJSON, `{"cause":"app ` + appToken + ` may not replace token token-1","code":403`},
		"Slow":                  {emulator.Slow(time.Millisecond), done, 200, inJSON, whole},
		"Hold":                  {emulator.Hold(released), done, 200, inJSON, whole},
		"none":                  {emulator.Fault{}, done, 200, inJSON, whole},
	} {
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
			status, header, answer, err := over(client, server, body)
			minted := server.MintedTokens()
			if user, found := server.User(appToken, "new"); found != tt.done || user.Minted != len(minted)-1 {
				t.Errorf("carried out: %v, %d tokens", found, user.Minted)
			}
			if (err == nil) != (tt.status > 0) {
				t.Fatalf("error: %v", err)
			}
			if tt.status > 0 {
				answer = strings.NewReplacer(first, "token-1", minted[len(minted)-1], "token-2").Replace(answer)
				expect(t, []any{status, header.Get("Content-Type")}, []any{tt.status, tt.contentType})
				if !strings.HasPrefix(answer, tt.body) || name == "TruncatedJSON" && json.Valid([]byte(answer)) {
					t.Errorf("got %.200q, want %.200q", answer, tt.body)
				}
				expect(t, header.Get("Retry-After"), map[int]string{429: "7"}[tt.status])
			}

			_, _, answer, err = over(client, server, body) // The fault happened once.
			if err != nil || !strings.Contains(answer, `"result":true`) || server.Count("useradd") != 2 {
				t.Errorf("afterwards: %s, %v", answer, err)
			}
		})
	}
}

// TestWhichRequestFails plans faults as op:nth:symbol, with * for always, and shows by the symbols which fault a request had.
func TestWhichRequestFails(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct{ plan, ops, want string }{ // - is no fault
		{"useradd:1:X", "useradd useradd", "X -"},
		{"useradd:0:X", "useradd useradd", "X -"},
		{"useradd:3:X", "useradd usersget useradd useradd useradd", "- - - X -"},
		{":2:X", "useradd usersget useradd", "- X -"},
		{"userset:1:X", "useradd usersget", "- -"},
		{"someop:1:X", "someop", "X"},
		{"useradd:*:X", "useradd usersget useradd", "X - X"},
		{":*:X", "useradd usersget someop", "X X X"},
		{"useradd:3:X useradd:1:Y usersget:1:Z", "useradd usersget useradd useradd useradd", "Y Z - X -"},
		{"useradd:1:X :1:Y", "useradd useradd useradd", "X Y -"},
		{"useradd:*:X useradd:*:Y useradd:2:Z", "useradd useradd useradd", "X Z X"},
		{":*:X :1:Y clear :2:Z", "useradd useradd useradd", "- Z -"},
	} {
		e := newEmulator()
		for plan := range strings.FieldsSeq(tt.plan) {
			switch parts := strings.Split(plan, ":"); {
			case plan == "clear":
				e.ClearFaults()
			case parts[1] == "*":
				e.FailAlways(parts[0], emulator.Refuse(parts[2], 0, ""))
			default:
				nth, _ := strconv.Atoi(parts[1])
				e.Fail(parts[0], nth, emulator.Refuse(parts[2], 0, ""))
			}
		}
		var got []string
		for op := range strings.FieldsSeq(tt.ops) {
			symbol, _ := call(t, e, op, object{"address": "a"})["error"].(string)
			got = append(got, cmp.Or(symbol, "-"))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %s, want %s", tt.plan, got, tt.want)
		}
	}
}

// TestHold delays answers after their requests were carried out, and counts the requests in flight.
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
		expect(t, addressesIn(succeed(t, e, "usersget", object{"address": "*"})), "a b c")
		close(release)
		synctest.Wait()
		expect(t, len(answered), 3)
		e.ResetPeakConcurrency()
		succeed(t, e, "useradd", object{"address": "d"})
		expect(t, e.PeakConcurrency(), 1)
	})
}

// TestClientGoesAway ends exchanges that would last forever.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		for name, fault := range map[string]emulator.Fault{"slow": emulator.Slow(time.Hour), "held": emulator.Hold(make(chan struct{}))} {
			e := newEmulator()
			e.Fail("", 1, fault)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began, recorder := time.Now(), httptest.NewRecorder()
			e.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, "/backend/?op=useradd&addr=a&token="+appToken, http.NoBody))
			cancel()
			expect(t, []any{time.Since(began), recorder.Body.String()}, []any{time.Second, ""})
			if _, found := e.User(appToken, "a"); found != (name == "held") {
				t.Errorf("%s: carried out: %v", name, found)
			}
		}
	})
}

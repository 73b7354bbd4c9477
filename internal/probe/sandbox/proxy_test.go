// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// TestProxy is the Backend API for another program.
func TestProxy(t *testing.T) {
	t.Parallel()

	add := func(address string) string {
		return `{"op":"useradd","token":"` + appToken + `","user":{"address":"` + address + `"}}`
	}
	for name, tt := range map[string]struct {
		fault  []emulator.Fault
		body   string
		status int
		want   string
		sent   int
	}{
		"ours":               {nil, add(Prefix + "a"), 200, `"uid":"5302"`, 1},
		"a stranger":         {nil, add("somebody"), 200, `"error":"GUARD"`, 0},
		"no JSON":            {nil, "op=useradd&addr=somebody", 200, `"error":"GUARD"`, 0},
		"too large":          {nil, strings.Repeat(" ", maxRequestBytes+1), 413, "", 0},
		"a disabled app":     {[]emulator.Fault{emulator.TokenBreach()}, add(Prefix + "a"), 200, "TOKENBREACH", 1},
		"a rejected token":   {[]emulator.Fault{emulator.AuthFail()}, add(Prefix + "a"), 200, `"code":401`, 1},
		"a page":             {[]emulator.Fault{emulator.HTMLPage()}, add(Prefix + "a"), 200, "no JSON", 1},
		"a bad gateway":      {[]emulator.Fault{emulator.BadGateway()}, add(Prefix + "a"), 502, "", 1},
		"too many requests":  {[]emulator.Fault{emulator.TooManyRequests("7")}, add(Prefix + "a"), 429, "", 1},
		"secrets in a cause": {[]emulator.Fault{emulator.EchoSecretsInCause()}, add(Prefix + "a"), 200, "REFUSED", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			app := b.open(t)
			for _, fault := range tt.fault {
				b.Fail("useradd", 1, fault)
			}
			before := b.Count("")
			recorder := httptest.NewRecorder()
			app.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body)))
			if recorder.Code != tt.status || !strings.Contains(recorder.Body.String(), tt.want) {
				t.Errorf("status %d, %s", recorder.Code, recorder.Body)
			}
			if after := recorder.Header().Get("Retry-After"); (after == "7") != (tt.status == http.StatusTooManyRequests) {
				t.Errorf("Retry-After is %q", after)
			}
			if sent := b.Count("") - before; sent != tt.sent {
				t.Errorf("%d requests were sent, want %d", sent, tt.sent)
			}
		})
	}

	t.Run("no answer", func(t *testing.T) {
		t.Parallel()

		app := newBench(t).open(t)
		app.guard.next = broken{}
		recorder := httptest.NewRecorder()
		app.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(add(Prefix+"a"))))
		if recorder.Code != http.StatusBadGateway {
			t.Errorf("status %d", recorder.Code)
		}
		secrettest.None(t, []string{appToken}, recorder.Body.String())
	})
}

// FuzzGuard lets nothing through that names somebody else, however it is written.
func FuzzGuard(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		b := newBench(t)
		b.options.Agreed = 2
		b.PutUser(appToken, emulator.User{Address: "somebody", Name: "Somebody", Active: true})
		b.PutGroup(appToken, emulator.Group{GID: "1", Name: "Theirs", Active: true})
		b.PutMember(appToken, "1", "somebody", emulator.Permissions{})
		app := b.open(t)
		if members, err := decode(body); err == nil {
			members["token"] = appToken
			op, _ := members["op"].(string)
			app.Call(t.Context(), op, members) //nolint:errcheck // Whether it is sent is not the question.
		}
		app.send(t.Context(), body) //nolint:errcheck // As above.

		user, there := b.User(appToken, "somebody")
		groups := b.Groups(appToken)
		if !there || user.Name != "Somebody" || !user.Active || user.Minted > 0 || len(b.Messages(appToken)) > 0 ||
			groups[0].Name != "Theirs" || len(groups[0].Members) != 1 {
			t.Errorf("%v, %v", user, groups)
		}
		for _, address := range b.addresses() {
			if address != "somebody" && !strings.HasPrefix(address, Prefix) {
				t.Errorf("%q was added", address)
			}
		}
	})
}

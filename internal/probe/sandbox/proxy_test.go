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

func TestProxy(t *testing.T) {
	t.Parallel()

	add := func(address string) string {
		return `{"op":"useradd","token":"` + appToken + `","user":{"address":"` + address + `"}}`
	}
	fail := func(fault emulator.Fault, times int) func(*bench) {
		return func(b *bench) {
			for n := range times {
				b.Fail("useradd", 2+n, fault) // Opening the app sends the first.
			}
		}
	}
	for name, tt := range map[string]struct {
		prepare func(*bench)
		body    string
		status  int
		want    string
	}{
		"ours":              {nil, add(Prefix + "a"), 200, `"uid":"530`},
		"of others":         {nil, add("somebody"), 200, `"error":"GUARD"`},
		"no JSON":           {nil, "op=useradd&addr=somebody", 200, `"error":"GUARD"`},
		"no requests left":  {func(b *bench) { b.options.MaxRequests = 3 }, add(Prefix + "a"), 200, `"error":"GUARD"`},
		"too large":         {nil, strings.Repeat(" ", maxRequestBytes+1), 413, ""},
		"disabled app":      {fail(emulator.TokenBreach(), 1), add(Prefix + "a"), 200, "TOKENBREACH"},
		"wrong token":       {fail(emulator.AuthFail(), 1), add(Prefix + "a"), 200, `"code":401`},
		"page":              {fail(emulator.HTMLPage(), 1), add(Prefix + "a"), 200, "not a JSON object"},
		"bad gateway":       {fail(emulator.BadGateway(), 1), add(Prefix + "a"), 502, ""},
		"too many requests": {fail(emulator.TooManyRequests("7"), 3), add(Prefix + "a"), 429, ""},
		"no answer":         {fail(emulator.DropBefore(), 1), add(Prefix + "a"), 502, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			if tt.prepare != nil {
				tt.prepare(b)
			}
			app := b.open(t)
			recorder := httptest.NewRecorder()
			app.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body)))
			if recorder.Code != tt.status || !strings.Contains(recorder.Body.String(), tt.want) {
				t.Errorf("status %d, %s", recorder.Code, recorder.Body)
			}
			secrettest.None(t, []string{appToken}, recorder.Body.String())
		})
	}
}

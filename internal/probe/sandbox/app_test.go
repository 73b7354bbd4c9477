// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// TestOpenRefuses checks that nothing is changed before the refusal, by the number of requests.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()

	journal := func(content string) func(*bench) {
		return func(b *bench) {
			if err := os.WriteFile(b.options.JournalFile, []byte(content), 0o600); err != nil {
				panic(err)
			}
		}
	}
	confirmedOnce := func(b *bench) { b.options.Confirmations = 1 }
	usersNotShown := func(b *bench) {
		b.SetProfile(func(p *profile.Profile) { p.RowCap = 1 })
		b.PutUser(appToken, emulator.User{Address: "another", Active: true})
		confirmedOnce(b)
	}
	for name, tt := range map[string]struct {
		prepare func(*bench)
		want    error
		says    string
		sent    int
	}{
		"not confirmed":     {func(b *bench) { b.options.Confirmations = 0 }, ErrNotConfirmed, "all its users and groups may be lost", 0},
		"wrong token":       {func(b *bench) { b.options.AppToken = "wrong" }, ErrUnauthorized, "mesibo.example", 1},
		"users of others":   {confirmedOnce, ErrNotConfirmed, "1 or more users", 2},
		"users not shown":   {usersNotShown, ErrNotConfirmed, "2 or more users", 2},
		"disabled app":      {func(b *bench) { b.Breach() }, ErrTokenBreach, "", 1},
		"page":              {func(b *bench) { b.Fail("", 1, emulator.HTMLPage()) }, ErrUnexpectedResponse, "mesibo.example, status 200", 1},
		"bad gateway":       {func(b *bench) { b.Fail("", 2, emulator.BadGateway()) }, ErrUnexpectedResponse, "status 502", 2},
		"no answer":         {func(b *bench) { b.intercept = networkDown }, ErrUnreachable, "no route", 0},
		"no URL":            {func(b *bench) { b.options.Endpoint = "mesibo" }, nil, "full URL", 0},
		"password in URL":   {func(b *bench) { b.options.Endpoint = "https://a:" + appToken + "@mesibo.example/" }, nil, "without a password", 0},
		"invalid journal":   {journal("{"), nil, "cannot read the journal", 0},
		"another server":    {journal(`{"host":"other.example","users":{"` + Prefix + `a":""}}`), nil, "on other.example", 0},
		"another's user":    {journal(`{"host":"mesibo.example","users":{"somebody":""}}`), nil, "not created here", 0},
		"another's group":   {journal(`{"host":"mesibo.example","groups":{"1":"Theirs"}}`), nil, "not created here", 0},
		"folder as journal": {func(b *bench) { b.options.JournalFile = os.TempDir() }, nil, "cannot read the journal", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			tt.prepare(b)
			_, err := Open(t.Context(), b.options)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want %v with %q", err, tt.want, tt.says)
			}
			secrettest.None(t, []string{appToken}, err)
			if sent := b.Count(""); sent != tt.sent {
				t.Errorf("%d requests were sent, want %d", sent, tt.sent)
			}
		})
	}
}

// TestOpen opens an app with users of others, whether the server lists them or not.
func TestOpen(t *testing.T) {
	t.Parallel()

	for _, lookups := range []bool{true, false} {
		b := newBench(t, func(p *profile.Profile) { p.SetLookups(lookups) })
		if !lookups {
			b.options.Confirmations = 1
		}
		first, second := b.open(t), b.open(t)
		if first.Lookups != lookups || first.Prefix() == second.Prefix() || !strings.HasPrefix(first.Prefix(), Prefix) {
			t.Errorf("lookups %v, prefixes %s and %s", first.Lookups, first.Prefix(), second.Prefix())
		}
		b.expectClean(t)
	}
}

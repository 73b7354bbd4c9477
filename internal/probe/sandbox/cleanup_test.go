// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// TestJournal ends runs at once. The next run deletes everything before it does anything else.
func TestJournal(t *testing.T) {
	t.Parallel()

	for _, missing := range []profile.Unknown{profile.UnknownRefused, profile.UnknownOK} {
		b := newBench(t, func(p *profile.Profile) { p.SetUnknown(missing) })
		app := b.open(t)
		address, gone, lost := add(t, app, "a"), add(t, app, "b"), app.Prefix()+"lost"
		addGroup(t, app)
		b.RemoveUser(appToken, gone)
		b.Fail("useradd", 1, emulator.DropAfterCommit())
		if _, err := app.Call(t.Context(), "useradd", Object{"user": Object{"address": lost}}); !errors.Is(err, ErrUnreachable) {
			t.Errorf("got %v", err)
		}
		journal, err := os.ReadFile(b.options.JournalFile)
		for _, entry := range []string{address, gone, lost, app.Prefix() + "group", "mesibo.example"} {
			if !strings.Contains(string(journal), entry) {
				t.Errorf("%s is not in the journal: %s, %v", entry, journal, err)
			}
		}
		secrettest.None(t, append(b.MintedTokens(), appToken), string(journal))
		b.open(t)
		b.expectClean(t)
	}
}

// TestCleanUpByUID: on a server that deletes users by uid alone, also one is deleted whose uid no reply has told.
func TestCleanUpByUID(t *testing.T) {
	t.Parallel()

	for _, lookups := range []bool{true, false} {
		b := newBench(t, func(p *profile.Profile) { p.DeleteByAddress = false; p.SetLookups(lookups) })
		app := b.open(t)
		add(t, app, "a")
		ours := add(t, app, "b")
		b.Fail("useradd", 1, emulator.DropAfterCommit())
		lost := Object{"user": Object{"address": app.Prefix() + "lost"}}
		if _, err := app.Call(t.Context(), "useradd", lost); !errors.Is(err, ErrUnreachable) {
			t.Errorf("got %v", err)
		}
		user, _ := b.User(appToken, ours)
		byUID := Object{"user": Object{"uid": user.UID}}
		if reply, err := app.Call(t.Context(), "userdel", byUID); err != nil || !reply.OK() {
			t.Errorf("one of ours is not deleted by uid: %v, %v", reply, err)
		}
		if err := app.CleanUp(t.Context()); err != nil {
			t.Error(err)
		}
		b.expectClean(t)
		b.expectOthers(t)
	}
}

// TestJournalNotWritable checks that nothing is sent that nobody could clean up.
func TestJournalNotWritable(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	app.journal.file += "/in/no/folder"
	sent := b.Count("")
	_, err := app.Call(t.Context(), "useradd", Object{"user": Object{"address": Prefix + "a"}})
	if !errors.Is(err, ErrBlocked) || b.Count("") != sent {
		t.Errorf("got %v", err)
	}
}

// TestCleanUpFails checks what is left when something goes wrong, and that the next run deletes it.
func TestCleanUpFails(t *testing.T) {
	t.Parallel()

	fail := func(op string, fault emulator.Fault) func(*testing.T, *bench, *App) {
		return func(_ *testing.T, b *bench, _ *App) { b.Fail(op, 1, fault) }
	}
	sent := func(t *testing.T, app *App, op string, members Object) {
		t.Helper()
		if _, err := app.Call(t.Context(), op, members); err != nil {
			t.Error(err)
		}
	}
	loseGroup := func(t *testing.T, b *bench, app *App) {
		b.Fail("groupadd", 1, emulator.BadGatewayAfterCommit())
		sent(t, app, "groupadd", Object{"group": Object{"name": app.Prefix() + "lost"}})
	}
	for name, tt := range map[string]struct {
		profile func(*profile.Profile)
		prepare func(*testing.T, *bench, *App)
		want    []error
		left    int // of three users and a group
	}{
		"page":                {nil, fail("userdel", emulator.HTMLPage()), []error{ErrNotDeleted, ErrUnexpectedResponse}, 1},
		"bad gateway":         {nil, fail("userdel", emulator.BadGateway()), []error{ErrUnexpectedResponse}, 1},
		"wrong token":         {nil, fail("userdel", emulator.AuthFail()), []error{ErrUnauthorized}, 3},
		"truncated reply":     {nil, fail("userdel", emulator.TruncatedJSON()), []error{ErrUnexpectedResponse}, 0},
		"refused":             {nil, fail("userdel", emulator.EchoSecretsInCause()), []error{ErrNotDeleted}, 1},
		"rate-limited":        {nil, fail("userdel", emulator.TooManyRequests("30")), nil, 0},
		"network down":        {func(p *profile.Profile) { p.RowCap = 2 }, func(_ *testing.T, b *bench, _ *App) { b.intercept = networkDown }, []error{ErrUnreachable, errNoRoute}, 4},
		"lost group":          {func(p *profile.Profile) { p.IgnoreGroupPattern = true }, loseGroup, nil, 0},
		"lost group, no list": {func(p *profile.Profile) { p.GroupLookups = false }, loseGroup, []error{ErrNotDeleted, ErrNotListed}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var changes []func(*profile.Profile)
			if tt.profile != nil {
				changes = append(changes, tt.profile)
			}
			b := newBench(t, changes...)
			app := b.open(t)
			addGroup(t, app)
			for i := range 3 {
				add(t, app, fmt.Sprint(i))
			}
			tt.prepare(t, b, app)
			err := app.CleanUp(t.Context())
			if (err == nil) != (len(tt.want) == 0) || len(b.own()) != tt.left {
				t.Errorf("got %v, left are %v", err, b.own())
			}
			for _, want := range tt.want {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
			secrettest.None(t, []string{appToken}, err)
			if err != nil && strings.Count(err.Error(), "no route") > 2 {
				t.Errorf("it does not give up: %v", err)
			}

			b.intercept = nil
			for _, group := range b.Groups(appToken) {
				if strings.HasSuffix(group.Name, "lost") {
					b.RemoveGroup(appToken, group.GID) // Nobody could find it.
				}
			}
			b.open(t)
			b.expectClean(t)
		})
	}
}

// TestSweep deletes everything with the prefix and nothing else, whatever the server lists.
func TestSweep(t *testing.T) {
	t.Parallel()

	const all = 12
	for name, tt := range map[string]struct {
		profile func(*profile.Profile)
		swept   int
		want    error
	}{
		"default":                {func(*profile.Profile) {}, all, nil},
		"lists cut short":        {func(p *profile.Profile) { p.RowCap = 3 }, all, nil},
		"row for each App ID":    {func(p *profile.Profile) { p.RowsPerAppID = true }, all, nil},
		"patterns ignored":       {func(p *profile.Profile) { p.IgnorePattern, p.IgnoreGroupPattern, p.RowCap = true, true, 0 }, all, nil},
		"groups not listed":      {func(p *profile.Profile) { p.GroupLookups = false }, 8, ErrNotListed},
		"users not listed":       {func(p *profile.Profile) { p.UserLookups = false }, 4, ErrNotListed},
		"nothing listed":         {func(p *profile.Profile) { p.SetLookups(false) }, 0, ErrNotListed},
		"nothing really deleted": {nil, all, ErrNotDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			if tt.profile == nil {
				b.intercept = func(body []byte) ([]byte, error) {
					return []byte(strings.Replace(string(body), "userdel", "userset", 1)), nil
				}
			} else {
				b.SetProfile(tt.profile)
			}
			b.PutUser(appToken, emulator.User{Address: "x" + Prefix + "b", Active: true})
			for i := range 8 {
				address := fmt.Sprint(Prefix, "old-", i)
				b.PutUser(appToken, emulator.User{Address: address, Active: true})
				b.MintToken(appToken, address, "com.example.a")
				b.MintToken(appToken, address, "com.example.b")
			}
			for i := range 4 {
				b.PutGroup(appToken, emulator.Group{GID: fmt.Sprint(i + 2), Name: fmt.Sprint(Prefix, "old-", i), Active: true})
			}
			app := b.open(t)
			if swept, err := app.Sweep(t.Context()); swept != tt.swept || !errors.Is(err, tt.want) || err == nil && tt.want != nil {
				t.Errorf("swept %d, %v", swept, err)
			}
			if tt.want == nil {
				b.expectClean(t)
			}
			b.expectOthers(t)
			if _, exists := b.User(appToken, "x"+Prefix+"b"); !exists {
				t.Error("a user with another prefix was deleted")
			}
		})
	}
}

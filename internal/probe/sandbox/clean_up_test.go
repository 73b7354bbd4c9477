// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// expectClean checks that nothing of ours is left, nor a journal.
func expectClean(t *testing.T, b *bench) {
	t.Helper()

	for _, address := range b.addresses() {
		if strings.HasPrefix(address, Prefix) {
			t.Errorf("%s is left", address)
		}
	}
	for _, group := range b.Groups(appToken) {
		if strings.HasPrefix(group.Name, Prefix) {
			t.Errorf("the group %s is left", group.Name)
		}
	}
	if content, err := os.ReadFile(b.options.JournalFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is left: %s", content)
	}
}

// TestCrash has a run end at once, at any time. The next one cleans up before it does anything else.
func TestCrash(t *testing.T) {
	t.Parallel()

	for name, answer := range map[string]profile.Unknown{"an error": profile.UnknownRefused, "a success": profile.UnknownOK} {
		t.Run("deleting what is gone is "+name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t, func(p *profile.Profile) { p.SetUnknown(answer) })
			app := b.open(t)
			address, gone := add(t, app, "a"), add(t, app, "b")
			addGroup(t, app)
			b.Fail("useradd", 1, emulator.DropBefore())
			lost := Prefix + "lost"
			func() {
				defer func() { _ = recover() }()                                          // So does an emulator without a network drop a request.
				app.Call(t.Context(), "useradd", Object{"user": Object{"address": lost}}) //nolint:errcheck // It is to fail.
			}()
			b.RemoveUser(appToken, gone)

			journal, err := os.ReadFile(b.options.JournalFile)
			if err != nil {
				t.Fatal(err)
			}
			for _, there := range []string{address, gone, lost, "mesibo.example"} {
				if !strings.Contains(string(journal), there) {
					t.Errorf("%s is not in the journal: %s", there, journal)
				}
			}
			secrettest.None(t, append(b.MintedTokens(), appToken), string(journal))
			b.open(t)
			expectClean(t, b)
		})
	}
}

// TestInterrupted ends the context in the middle; what is left goes later.
func TestInterrupted(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	add(t, app, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := app.CleanUp(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := app.CleanUp(t.Context()); err != nil {
		t.Error(err)
	}
	expectClean(t, b)
}

// TestNetworkLoss has a server go away; cleaning up gives up after two tries, and the next run resumes, though the server
// does not show all that is left.
func TestNetworkLoss(t *testing.T) {
	t.Parallel()

	b := newBench(t, func(p *profile.Profile) { p.RowCap = 2 })
	app := b.open(t)
	for i := range 5 {
		add(t, app, fmt.Sprint(i))
	}
	app.guard.next = broken{}
	err := app.CleanUp(t.Context())
	if !errors.Is(err, ErrLeft) || !errors.Is(err, ErrUnreachable) || strings.Count(err.Error(), "no route") != 2 {
		t.Errorf("got %v", err)
	}
	b.open(t)
	expectClean(t, b)
}

// TestLostGroup has no answer come to a groupadd. Where groups are listed it is found; else somebody has to look.
func TestLostGroup(t *testing.T) {
	t.Parallel()

	for _, listed := range []bool{true, false} {
		t.Run(fmt.Sprint(listed), func(t *testing.T) {
			t.Parallel()

			b := newBench(t, func(p *profile.Profile) { p.GroupLookups, p.IgnoreGroupPattern = listed, true })
			theirs := b.PutGroup(appToken, emulator.Group{Name: "Theirs", Active: true})
			app := b.open(t)
			b.Fail("groupadd", 1, emulator.BadGatewayAfterCommit())
			name := app.Prefix() + "group"
			if _, err := app.Call(t.Context(), "groupadd", Object{"group": Object{"name": name}}); err != nil {
				t.Fatal(err)
			}
			err := app.CleanUp(t.Context())
			if listed && err != nil || !listed && (!errors.Is(err, ErrLeft) || !strings.Contains(err.Error(), name)) {
				t.Errorf("got %v", err)
			}
			if groups := b.Groups(appToken); listed && (len(groups) != 1 || groups[0].GID != theirs.GID) {
				t.Errorf("left are %v", groups)
			}
			b.RemoveGroup(appToken, "97285")
			if app = b.open(t); !app.journal.empty() { // A group that nobody can find does not stop the next run.
				t.Error("something is still to be cleaned up")
			}
			expectClean(t, b)
		})
	}
}

// TestRefusedDeletion has a server not delete a user that is there. It is said, and tried again by the next run.
func TestRefusedDeletion(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	address := add(t, app, "a")
	b.Fail("userdel", 1, emulator.Refuse("QUOTA", 403, "not now"))
	if err := app.CleanUp(t.Context()); !errors.Is(err, ErrLeft) || !strings.Contains(err.Error(), address) {
		t.Errorf("got %v", err)
	}
	b.open(t)
	expectClean(t, b)
}

// shortening is a server that shortens addresses. Its replies to useradd have the address only if it echoes.
type shortening struct {
	next   http.RoundTripper
	echoes bool
}

var long, echo = regexp.MustCompile(`"address":"([^"]{30})[^"]*"`), regexp.MustCompile(`"address":"[^"]*",`)

func (s shortening) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(string(body), "userdel") { // It does so when it keeps one, not when it looks for one.
		body = long.ReplaceAll(body, []byte(`"address":"$1"`))
	}
	shortened := request.Clone(request.Context())
	shortened.Body = io.NopCloser(bytes.NewReader(body))

	response, err := s.next.RoundTrip(shortened)
	if err != nil || s.echoes || !strings.Contains(string(body), "useradd") {
		return response, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(echo.ReplaceAll(answer, nil)))

	return response, err
}

// TestShortenedAddress has a server keep a user under a shorter address. A reply that has it tells; else a look-up does, and
// the user is left to the next run.
func TestShortenedAddress(t *testing.T) {
	t.Parallel()

	for _, echoed := range []bool{true, false} {
		t.Run(fmt.Sprint(echoed), func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			b.options.Transport = shortening{b.options.Transport, echoed}
			app := b.open(t)
			add(t, app, "a-long-name-of-a-user")
			if err := app.CleanUp(t.Context()); echoed && err != nil || !echoed && !errors.Is(err, ErrLeft) {
				t.Errorf("got %v", err)
			}
			if left := b.addresses(); echoed != (len(left) == 0) {
				t.Errorf("left are %v", left)
			}
			b.open(t)
			expectClean(t, b)
		})
	}
}

// TestCleanUpGoesOn has one deletion fail. The others are made all the same, but for a token that is rejected.
func TestCleanUpGoesOn(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		fault emulator.Fault
		left  int
		want  error
	}{
		"a page":             {emulator.HTMLPage(), 1, ErrOther},
		"a bad gateway":      {emulator.BadGateway(), 1, ErrOther},
		"a rejected token":   {emulator.AuthFail(), 3, ErrRejected},
		"half a reply":       {emulator.TruncatedJSON(), 0, ErrOther},
		"secrets in a cause": {emulator.EchoSecretsInCause(), 1, ErrLeft},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			app := b.open(t)
			for i := range 3 {
				add(t, app, fmt.Sprint(i))
			}
			b.Fail("userdel", 1, tt.fault)
			err := app.CleanUp(t.Context())
			if !errors.Is(err, tt.want) || len(b.addresses()) != tt.left {
				t.Errorf("got %v, left are %v", err, b.addresses())
			}
			secrettest.None(t, []string{appToken}, err)
			b.open(t)
			expectClean(t, b)
		})
	}
}

// TestPutOff has a server put off what cleans up.
func TestPutOff(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		app := b.open(t)
		add(t, app, "a")
		b.Fail("userdel", 1, emulator.TooManyRequests("30"))
		b.Fail("userdel", 2, emulator.TooManyRequests(""))
		if err := app.CleanUp(t.Context()); err != nil {
			t.Error(err)
		}
		expectClean(t, b)
	})
}

// TestSweep deletes whatever carries the prefix and nothing else, whatever lists the server gives.
func TestSweep(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*profile.Profile){
		"usual":              func(*profile.Profile) {},
		"lists that are cut": func(p *profile.Profile) { p.RowCap = 3 },
		"a row per App ID":   func(p *profile.Profile) { p.RowsPerAppID = true },
		"patterns ignored":   func(p *profile.Profile) { p.IgnorePattern, p.IgnoreGroupPattern, p.RowCap = true, true, 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t, change)
			b.options.Agreed = 2
			b.PutUser(appToken, emulator.User{Address: "somebody", Active: true})
			b.PutUser(appToken, emulator.User{Address: "x" + Prefix + "b", Active: true})
			b.PutGroup(appToken, emulator.Group{Name: "Theirs", Active: true})
			for i := range 8 {
				b.PutUser(appToken, emulator.User{Address: fmt.Sprint(Prefix, "old-", i), Active: true})
				b.MintToken(appToken, fmt.Sprint(Prefix, "old-", i), "com.example.a")
				b.MintToken(appToken, fmt.Sprint(Prefix, "old-", i), "com.example.b")
			}
			for i := range 4 {
				b.PutGroup(appToken, emulator.Group{GID: fmt.Sprint(i + 1), Name: fmt.Sprint(Prefix, "old-", i), Active: true})
			}
			app := b.open(t)
			add(t, app, "a")
			if swept, err := app.Sweep(t.Context()); err != nil || swept != 13 {
				t.Errorf("swept %d, %v", swept, err)
			}
			expectClean(t, b)
			if diff := cmp.Diff([]string{"somebody", "x" + Prefix + "b"}, b.addresses()); diff != "" || len(b.Groups(appToken)) != 1 {
				t.Errorf("%s; groups %v", diff, b.Groups(appToken))
			}
		})
	}
}

// TestSweepUnlisted deletes what is listed, and says that there may be more.
func TestSweepUnlisted(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		users, groups bool
		swept         int
	}{{false, false, 0}, {true, false, 1}, {false, true, 1}} {
		b := newBench(t, func(p *profile.Profile) { p.UserLookups, p.GroupLookups = tt.users, tt.groups })
		b.PutUser(appToken, emulator.User{Address: Prefix + "old", Active: true})
		b.PutGroup(appToken, emulator.Group{Name: Prefix + "old", Active: true})
		swept, err := b.open(t).Sweep(t.Context())
		if !errors.Is(err, ErrUnlisted) || swept != tt.swept {
			t.Errorf("swept %d, %v", swept, err)
		}
		if len(b.addresses()) == 1 == tt.users || len(b.Groups(appToken)) == 1 == tt.groups {
			t.Errorf("left are %v, %v", b.addresses(), b.Groups(appToken))
		}
	}
}

// pretending is a server that says of each deletion that it is done.
type pretending struct{ next http.RoundTripper }

func (p pretending) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(body, []byte("userdel")) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"result":true}`))}, nil
	}
	request = request.Clone(request.Context())
	request.Body = io.NopCloser(bytes.NewReader(body))

	return p.next.RoundTrip(request)
}

// TestSweepWithoutEnd has a server say that it deletes, and not do it.
func TestSweepWithoutEnd(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.PutUser(appToken, emulator.User{Address: Prefix + "old", Active: true})
	b.options.Transport = pretending{b.options.Transport}
	app := b.open(t)
	if swept, err := app.Sweep(t.Context()); !errors.Is(err, ErrLeft) || swept != 1 {
		t.Errorf("swept %d, %v", swept, err)
	}
}

// TestJournalCannotBeWritten sends nothing that nobody could clean up.
func TestJournalCannotBeWritten(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	app.journal.file += "/in/no/folder"
	sent := b.Count("")
	_, err := app.Call(t.Context(), "useradd", Object{"user": Object{"address": Prefix + "a"}})
	if !errors.Is(err, ErrBeyond) || b.Count("") != sent {
		t.Errorf("got %v", err)
	}
}

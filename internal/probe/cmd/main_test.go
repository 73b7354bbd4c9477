// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// asProgram makes the test binary run the program instead of the tests.
const asProgram = "MESIBO_PROBE_IN_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()

		return
	}
	goleak.VerifyTestMain(m)
}

const (
	appToken  = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
	confirmed = "-this-app-is-disposable"
)

var update = flag.Bool("update", false, "write the files in testdata")

// A bench runs the program against an emulator without a network, in a folder of its own.
type bench struct {
	*emulator.Emulator
	env    map[string]string
	folder string
	before func(nth int) error // sees each request
	sent   int

	stdout, stderr bytes.Buffer
}

// inBubble runs a test in a bubble, where a second takes no time.
func inBubble(t *testing.T, as profile.Profile, test func(*testing.T, *bench)) {
	t.Helper()

	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))
		test(t, &bench{Emulator: e, env: map[string]string{"MESIBO_APP_TOKEN": appToken}, folder: folder})
	})
}

func (b *bench) RoundTrip(request *http.Request) (*http.Response, error) {
	b.sent++
	if b.before != nil {
		if err := b.before(b.sent); err != nil {
			return nil, err
		}
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	b.ServeHTTP(recorder, request)

	return recorder.Result(), nil
}

func (b *bench) file(name string) string { return filepath.Join(b.folder, name) }

// run runs the program until the contexts end, and checks that nothing shows a secret.
func (b *bench) run(t *testing.T, ctx, cleanUp context.Context, args ...string) error {
	t.Helper()

	b.stdout.Reset()
	b.stderr.Reset()
	p := program{cleanUp: cleanUp, getenv: func(name string) string { return b.env[name] }, stdout: &b.stdout, stderr: &b.stderr}
	p.options.Transport = b
	err := p.run(ctx, append([]string{"-journal", b.file("journal"), "-profile", b.file("profile")}, args...))

	secrets := append(append(b.MintedTokens(), b.WebhookSecrets()...), appToken)
	for _, text := range []string{fmt.Sprint(err), b.stdout.String(), b.stderr.String(), b.content("journal"), b.content("profile")} {
		if form, shown := secrettest.Shows(text, secrets...); shown {
			t.Errorf("a secret shows in the form %s: %s", form, text)
		}
	}

	return err
}

// content is empty when there is no such file.
func (b *bench) content(name string) string {
	content, err := os.ReadFile(b.file(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		panic(err)
	}

	return string(content)
}

// expectClean checks that the app has only these users, and that there is no journal.
func (b *bench) expectClean(t *testing.T, want ...string) {
	t.Helper()

	var users []string
	for _, user := range b.Users(appToken) {
		users = append(users, user.Address)
	}
	if diff := cmp.Diff(want, users); diff != "" || len(b.Groups(appToken)) > 0 || b.content("journal") != "" {
		t.Errorf("left behind: %s, groups %v, journal %s", diff, b.Groups(appToken), b.content("journal"))
	}
}

// TestProbe probes a back end whose answers differ from the default and contain secrets, with a user of others.
func TestProbe(t *testing.T) {
	t.Parallel()

	as, err := profile.Load("legacy")
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, as, func(t *testing.T, b *bench) {
		b.PutUser(appToken, emulator.User{Address: "somebody", Active: true})
		if err := b.run(t, t.Context(), t.Context(), confirmed, confirmed); err != nil {
			t.Fatal(err)
		}
		b.expectClean(t, "somebody")
		if b.sent > sandbox.MaxRequests {
			t.Errorf("%d requests", b.sent)
		}
		if progress := b.stderr.String(); !strings.Contains(progress, "\nlookups\n") || !strings.HasSuffix(progress, "\ncleaning up\n") {
			t.Errorf("the progress is %s", progress)
		}

		golden := filepath.Join("testdata", "legacy.txt")
		if *update {
			if err := os.WriteFile(golden, b.stdout.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.stdout.String()); diff != "" {
			t.Errorf("the table (-want +got):\n%s", diff)
		}

		found, err := profile.Load(b.file("profile"))
		if about := "The hosted service as mesibo-probe found it on 2000-01-01"; err != nil || !strings.Contains(b.content("profile"), about) {
			t.Fatalf("%v: %s", err, b.content("profile"))
		}
		found.SetUnknownGroup, found.AddResetsPermissions = as.SetUnknownGroup, as.AddResetsPermissions // not asked
		found.AddExistingName = as.AddExistingName                                                      // not answered, because the rows have no names
		if diff := cmp.Diff(as, found); diff != "" {
			t.Errorf("the profile (-want +got):\n%s", diff)
		}
		if err := b.run(t, t.Context(), t.Context(), confirmed, confirmed, "-assumed", b.file("profile")); err != nil || !strings.Contains(b.stdout.String(), " 0 different") {
			t.Errorf("%v: %s", err, b.stdout.String())
		}
	})
}

// TestRefuses checks that a run ends before anything is changed.
func TestRefuses(t *testing.T) {
	t.Parallel()

	const other = "https://other.example/backend"
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		sent int
		want string
	}{
		"help":               {nil, []string{"-help"}, 0, "help requested"},
		"not confirmed":      {nil, nil, 0, "give -this-app-is-disposable"},
		"flag set to false":  {nil, []string{confirmed + "=false"}, 0, "leave the flag out"},
		"no app token":       {map[string]string{"MESIBO_APP_TOKEN": ""}, []string{confirmed}, 0, "set MESIBO_APP_TOKEN"},
		"an argument":        {nil, []string{confirmed, appToken[:10]}, 0, "unexpected argument"},
		"unknown profile":    {nil, []string{confirmed, "-assumed", "moon"}, 0, "moon"},
		"invalid endpoint":   {nil, []string{confirmed, "-endpoint", "moon"}, 0, "the endpoint must be a full URL"},
		"wrong app token":    {map[string]string{"MESIBO_APP_TOKEN": "moon"}, []string{confirmed}, 1, "rejected by api.mesibo.com"},
		"endpoint from env":  {map[string]string{"MESIBO_APP_TOKEN": "moon", "MESIBO_ENDPOINT": other}, []string{confirmed}, 1, "by other.example"},
		"endpoint from flag": {map[string]string{"MESIBO_APP_TOKEN": "moon", "MESIBO_ENDPOINT": "x"}, []string{confirmed, "-endpoint", other}, 1, "by other.example"},
		"users of others":    {nil, []string{confirmed}, 2, "confirm it twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
				b.PutUser(appToken, emulator.User{Address: "somebody", Active: true})
				maps.Copy(b.env, tt.env)
				err := b.run(t, t.Context(), t.Context(), tt.args...)
				if err == nil || !strings.Contains(err.Error(), tt.want) || b.sent != tt.sent {
					t.Errorf("got %v after %d requests, want %q after %d", err, b.sent, tt.want, tt.sent)
				}
				b.expectClean(t, "somebody")
			})
		})
	}
}

// TestEndsEarly has something happen from the nth request on. What the run has not deleted, -clean-up deletes.
func TestEndsEarly(t *testing.T) {
	t.Parallel()

	const inCleanUp = 71
	failOnce := func(fault emulator.Fault) func(*bench, int, func(), func()) error {
		return func(b *bench, since int, _, _ func()) error {
			if since == 0 {
				b.Fail("", 1, fault)
			}

			return nil
		}
	}
	for name, tt := range map[string]struct {
		nth  []int
		do   func(b *bench, since int, interrupt, giveUp func()) error
		want string
		sent int // after the nth, -1 for any
		left bool
	}{
		"network lost": {[]int{4, 20, 45}, func(*bench, int, func(), func()) error { return io.ErrUnexpectedEOF }, "the server did not answer", -1, true},
		"interrupted": {[]int{1, 2, 3, 10, 25, 31, 45}, func(_ *bench, _ int, interrupt, _ func()) error {
			interrupt()

			return nil
		}, "interrupted", -1, false},
		"interrupted twice": {[]int{30}, func(_ *bench, since int, interrupt, giveUp func()) error {
			interrupt()
			if since == 5 {
				giveUp()
			}

			return nil
		}, "interrupted", 5, true},
		"app disabled":   {[]int{1, 2, 3, 20, inCleanUp}, failOnce(emulator.TokenBreach()), "TOKENBREACH", 0, true},
		"token rejected": {[]int{30}, failOnce(emulator.AuthFail()), "the app token was rejected", -1, false},
	} {
		for _, nth := range tt.nth {
			t.Run(fmt.Sprint(name, " at ", nth), func(t *testing.T) {
				t.Parallel()

				inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
					ctx, interrupt := context.WithCancel(t.Context())
					defer interrupt()
					cleanUp, giveUp := context.WithCancel(t.Context())
					defer giveUp()
					b.before = func(sent int) error {
						if sent < nth {
							return nil
						}

						return tt.do(b, sent-nth, interrupt, giveUp)
					}
					err := b.run(t, ctx, cleanUp, confirmed)
					if err == nil || !strings.Contains(err.Error(), tt.want) {
						t.Errorf("got %v", err)
					}
					if tt.sent >= 0 && b.sent != nth+tt.sent {
						t.Errorf("%d requests", b.sent)
					}
					if hasResult := b.content("profile") != "" && b.stdout.Len() > 0; hasResult != (nth == inCleanUp) {
						t.Errorf("there is a result: %v", hasResult)
					}
					b.before = nil
					if tt.left && nth > 3 { // The first three requests create nothing.
						b.expectCleanedUpLater(t, err)
					}
					b.expectClean(t)
				})
			})
		}
	}
}

// expectCleanedUpLater checks that the journal prevents a second run until -clean-up has deleted everything.
func (b *bench) expectCleanedUpLater(t *testing.T, err error) {
	t.Helper()

	for _, err := range []error{err, b.run(t, t.Context(), t.Context(), confirmed)} {
		if want := "run with -clean-up to delete what is left, which is listed in " + b.file("journal"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
	for _, want := range []string{"everything is deleted", "nothing to clean up"} {
		if err := b.run(t, t.Context(), t.Context(), confirmed, "-clean-up"); err != nil || !strings.Contains(b.stderr.String(), want) {
			t.Errorf("%v: %s", err, b.stderr.String())
		}
	}
}

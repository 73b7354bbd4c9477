// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
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

// asProgram makes the test binary be the program.
const asProgram = "MESIBO_PROBE_IN_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()

		return
	}
	goleak.VerifyTestMain(m)
}

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"

var update = flag.Bool("update", false, "write the files in testdata")

// A bench has all that a run needs: an emulator that is reached without a network, in a folder.
type bench struct {
	*emulator.Emulator
	folder string
	before func(nth int) error // called before each request; an error loses it
	sent   int

	stdout, stderr bytes.Buffer
}

// inBubble runs a test in a bubble, where a second takes no time.
func inBubble(t *testing.T, as profile.Profile, test func(*testing.T, *bench)) {
	t.Helper()

	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))
		test(t, &bench{Emulator: e, folder: folder})
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

func (b *bench) has(name string) bool {
	_, err := os.Stat(b.file(name))

	return err == nil
}

// run runs the program until the contexts end, with an app token, on an app that is said to be disposable.
func (b *bench) run(ctx, cleaning context.Context, args ...string) error {
	env := map[string]string{"MESIBO_APP_TOKEN": appToken}

	return b.runWith(ctx, cleaning, env, append([]string{"-this-app-is-disposable"}, args...)...)
}

func (b *bench) runWith(ctx, cleaning context.Context, env map[string]string, args ...string) error {
	b.stdout.Reset()
	b.stderr.Reset()
	p := program{cleaning: cleaning, getenv: func(name string) string { return env[name] }, stdout: &b.stdout, stderr: &b.stderr}
	p.options.Transport = b

	return p.run(ctx, append([]string{"-journal", b.file("journal"), "-profile", b.file("profile")}, args...))
}

// expectError checks an error, and that no secret is in it nor in anything else.
func (b *bench) expectError(t *testing.T, err error, want ...string) {
	t.Helper()

	if err == nil {
		t.Fatal("it succeeds")
	}
	for _, part := range want {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %q, without %q", err, part)
		}
	}
	b.expectNoSecret(t, err.Error())
}

func (b *bench) expectNoSecret(t *testing.T, texts ...string) {
	t.Helper()

	for _, name := range []string{"journal", "profile"} {
		content, err := os.ReadFile(b.file(name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		texts = append(texts, string(content))
	}
	secrets := append(append(b.MintedTokens(), b.WebhookSecrets()...), appToken)
	for _, text := range append(texts, b.stdout.String(), b.stderr.String()) {
		if form, shown := secrettest.Shows(text, secrets...); shown {
			t.Errorf("a secret shows in the form %s: %s", form, text)
		}
	}
}

// expectClean checks that all is gone that was made, and nothing says that there is more.
func (b *bench) expectClean(t *testing.T) {
	t.Helper()

	for _, user := range b.Users(appToken) {
		if strings.HasPrefix(user.Address, sandbox.Prefix) {
			t.Errorf("%s is left", user.Address)
		}
	}
	if groups := b.Groups(appToken); len(groups) > 0 {
		t.Errorf("groups are left: %v", groups)
	}
	if b.has("journal") {
		t.Error("the journal is left")
	}
}

// TestProbes goes through a whole run, on a back end whose answers differ from the default and hold secrets.
func TestProbes(t *testing.T) {
	t.Parallel()

	as := opened(t, "legacy")
	inBubble(t, as, func(t *testing.T, b *bench) {
		if err := b.run(t.Context(), t.Context()); err != nil {
			t.Fatal(err)
		}
		b.expectClean(t)
		b.expectNoSecret(t)
		if b.sent > sandbox.MaxRequests {
			t.Errorf("%d requests", b.sent)
		}
		if progress := b.stderr.String(); !strings.Contains(progress, "users (of at most 80 requests, 7") || !strings.HasSuffix(progress, "cleaning up\n") {
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

		// The emulator takes the profile, and behaves as the back end did.
		file, err := profile.Open(b.file("profile"))
		if err != nil {
			t.Fatal(err)
		}
		if want := "The hosted service as mesibo-probe found it on 2000-01-01"; file.About != want {
			t.Errorf("it is about %q", file.About)
		}
		found, err := file.Profile()
		if err != nil {
			t.Fatal(err)
		}
		found.SetUnknownGroup = as.SetUnknownGroup // It is not asked,
		found.AddExistingName = as.AddExistingName // and this is not seen, because the rows have no names.
		if diff := cmp.Diff(as, found); diff != "" {
			t.Errorf("the profile (-want +got):\n%s", diff)
		}

		// Compared with itself, nothing differs.
		if err := b.run(t.Context(), t.Context(), "-assumed", b.file("profile")); err != nil {
			t.Fatal(err)
		}
		if table := b.stdout.String(); !strings.Contains(table, " 0 different") {
			t.Errorf("got %s", table)
		}
	})
}

// opened reads a committed profile.
func opened(t *testing.T, name string) profile.Profile {
	t.Helper()

	as, err := profile.Load(name)
	if err != nil {
		t.Fatal(err)
	}

	return as
}

// TestRefuses ends before anything is changed.
func TestRefuses(t *testing.T) {
	t.Parallel()

	env := map[string]string{"MESIBO_APP_TOKEN": appToken}
	const agreed = "-this-app-is-disposable"
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		sent int
		want string
	}{
		"no flag":           {env, nil, 0, "give -this-app-is-disposable"},
		"a flag of no":      {env, []string{agreed + "=false"}, 0, "leave it out instead"},
		"no token":          {nil, []string{agreed}, 0, "set MESIBO_APP_TOKEN"},
		"an argument":       {env, []string{agreed, appToken[:10]}, 0, "unexpected argument"},
		"no profile":        {env, []string{agreed, "-assumed", "moon"}, 0, "neither one of cloud, legacy, onpremise nor a file"},
		"no endpoint":       {env, []string{agreed, "-endpoint", "moon"}, 0, "the endpoint must be a full URL"},
		"another app token": {map[string]string{"MESIBO_APP_TOKEN": "moon"}, []string{agreed}, 1, "rejected by api.mesibo.com"},
		"users of others":   {env, []string{agreed}, 2, "confirm it twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
				b.PutUser(appToken, emulator.User{Address: "somebody@example.com", Active: true})
				err := b.runWith(t.Context(), t.Context(), tt.env, tt.args...)
				b.expectError(t, err, tt.want)
				if b.sent != tt.sent {
					t.Errorf("%d requests, want %d", b.sent, tt.sent)
				}
				if users := b.Users(appToken); len(users) != 1 || b.has("journal") || b.has("profile") {
					t.Errorf("something was changed: %v", users)
				}
			})
		})
	}
}

// TestSparesOthers probes an app with users of others when it is said twice that they may be lost. They are not.
func TestSparesOthers(t *testing.T) {
	t.Parallel()

	inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
		b.PutUser(appToken, emulator.User{Address: "somebody@example.com", Active: true})
		if err := b.run(t.Context(), t.Context(), "-this-app-is-disposable"); err != nil {
			t.Fatal(err)
		}
		b.expectClean(t)
		if users := b.Users(appToken); len(users) != 1 {
			t.Errorf("got %v", users)
		}
	})
}

// TestCannotSeeOthers says so where users are not listed.
func TestCannotSeeOthers(t *testing.T) {
	t.Parallel()

	inBubble(t, opened(t, "cloud"), func(t *testing.T, b *bench) {
		b.PutUser(appToken, emulator.User{Address: "somebody@example.com", Active: true})
		if err := b.run(t.Context(), t.Context()); err != nil {
			t.Fatal(err)
		}
		if progress := b.stderr.String(); !strings.Contains(progress, "not known whether the app has users of others") {
			t.Errorf("the progress is %s", progress)
		}
		b.expectClean(t)
		if users := b.Users(appToken); len(users) != 1 {
			t.Errorf("got %v", users)
		}
	})
}

// TestEndpoint takes the flag, else the environment, else the hosted service.
func TestEndpoint(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct{ env, flag, want string }{
		{"", "", "api.mesibo.com"},
		{"https://one.example/backend", "", "one.example"},
		{"https://one.example/backend", "https://two.example/backend", "two.example"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()

			inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
				var args []string
				if tt.flag != "" {
					args = []string{"-endpoint", tt.flag}
				}
				b.FailAlways("", emulator.AuthFail())
				err := b.runWith(t.Context(), t.Context(), map[string]string{"MESIBO_APP_TOKEN": appToken, "MESIBO_ENDPOINT": tt.env},
					append(args, "-this-app-is-disposable")...)
				b.expectError(t, err, "rejected by "+tt.want)
			})
		})
	}
}

// TestLosesNetwork ends when no answer comes any more, and a later run deletes what is left.
func TestLosesNetwork(t *testing.T) {
	t.Parallel()

	for _, nth := range []int{4, 20, 45} {
		inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
			b.before = func(sent int) error {
				if sent >= nth {
					return io.ErrUnexpectedEOF
				}

				return nil
			}
			err := b.run(t.Context(), t.Context())
			b.expectError(t, err, "the server did not answer", b.file("journal")+" says what is left: run again with -clean-up")
			if b.has("profile") {
				t.Error("there is a profile")
			}
			b.expectError(t, b.run(t.Context(), t.Context()), "a run before has left something")
			b.expectError(t, b.run(t.Context(), t.Context(), "-clean-up"), "run again with -clean-up")

			b.before = nil
			if err := b.run(t.Context(), t.Context(), "-clean-up"); err != nil || !strings.Contains(b.stderr.String(), "all is deleted") {
				t.Fatalf("%v: %s", err, b.stderr.String())
			}
			b.expectClean(t)
			if err := b.run(t.Context(), t.Context(), "-clean-up"); err != nil || !strings.Contains(b.stderr.String(), "nothing to clean up") {
				t.Errorf("%v: %s", err, b.stderr.String())
			}
		})
	}
}

// TestInterrupted cleans up after an interrupt, at any time.
func TestInterrupted(t *testing.T) {
	t.Parallel()

	for _, nth := range []int{1, 2, 3, 10, 25, 31, 45} {
		inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			b.before = func(sent int) error {
				if sent == nth {
					interrupt()
				}

				return nil
			}
			b.expectError(t, b.run(ctx, t.Context()), "interrupted")
			b.expectClean(t)
			if b.has("profile") || b.stdout.Len() > 0 {
				t.Error("there is a result")
			}
		})
	}
}

// TestInterruptedTwice ends at once, and a later run deletes what is left.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()

	inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
		ctx, interrupt := context.WithCancel(t.Context())
		cleaning, giveUp := context.WithCancel(t.Context())
		b.before = func(sent int) error {
			switch sent {
			case 30:
				interrupt()
			case 35:
				giveUp()
			}

			return nil
		}
		b.expectError(t, b.run(ctx, cleaning), "interrupted", "run again with -clean-up")
		if b.sent != 35 {
			t.Errorf("%d requests", b.sent)
		}
		if err := b.run(t.Context(), t.Context(), "-clean-up"); err != nil {
			t.Fatal(err)
		}
		b.expectClean(t)
	})
}

// TestBreach sends nothing more when the app is disabled.
func TestBreach(t *testing.T) {
	t.Parallel()

	for _, nth := range []int{1, 2, 3, 20, 71} {
		inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
			b.before = func(sent int) error {
				if sent == nth {
					b.Breach()
				}

				return nil
			}
			err := b.run(t.Context(), t.Context())
			b.expectError(t, err, "TOKENBREACH", "Nothing more was sent")
			if b.sent != nth {
				t.Errorf("request %d said it, and there were %d", nth, b.sent)
			}
		})
	}
}

// TestTokenRejectedMidway ends the run, for every answer after that would be another.
func TestTokenRejectedMidway(t *testing.T) {
	t.Parallel()

	inBubble(t, profile.Default(), func(t *testing.T, b *bench) {
		b.Fail("", 30, emulator.AuthFail())
		b.expectError(t, b.run(t.Context(), t.Context()), "the app token was rejected")
		b.expectClean(t)
		if b.has("profile") {
			t.Error("there is a profile")
		}
	})
}

// TestHelp exits well and shows no secret.
func TestHelp(t *testing.T) {
	t.Parallel()

	b := &bench{Emulator: emulator.New(emulator.WithApp(appToken)), folder: t.TempDir()}
	if err := b.run(t.Context(), t.Context(), "-help"); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	if !strings.Contains(b.stderr.String(), "-this-app-is-disposable") {
		t.Error(b.stderr.String())
	}
	b.expectNoSecret(t)
}

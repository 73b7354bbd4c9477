// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package livetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

func TestOptions(t *testing.T) {
	t.Parallel()

	const token, root = "an-app-token", ".mesibo-live.json"
	for name, tt := range map[string]struct {
		env   map[string]string
		want  sandbox.Options
		error string
	}{
		"the emulator":    {map[string]string{"MESIBO_APP_TOKEN": token, "MESIBO_ENDPOINT": "https://mesibo.example/"}, sandbox.Options{}, ""},
		"no app token":    {map[string]string{"MESIBO_LIVE": "1", "MESIBO_THIS_APP_IS_DISPOSABLE": "yes"}, sandbox.Options{}, "set MESIBO_APP_TOKEN"},
		"nobody agreed":   {map[string]string{"MESIBO_LIVE": "1", "MESIBO_APP_TOKEN": token}, sandbox.Options{}, "MESIBO_THIS_APP_IS_DISPOSABLE=yes"},
		"another word":    {map[string]string{"MESIBO_LIVE": "1", "MESIBO_APP_TOKEN": token, "MESIBO_THIS_APP_IS_DISPOSABLE": "no"}, sandbox.Options{}, "MESIBO_THIS_APP_IS_DISPOSABLE=yes"},
		"the hosted one":  {map[string]string{"MESIBO_LIVE": "1", "MESIBO_APP_TOKEN": token, "MESIBO_THIS_APP_IS_DISPOSABLE": "yes"}, sandbox.Options{Endpoint: hosted, AppToken: token, Confirmations: 1, JournalFile: root}, ""},
		"one of your own": {map[string]string{"MESIBO_LIVE": "1", "MESIBO_APP_TOKEN": token, "MESIBO_THIS_APP_IS_DISPOSABLE": "yes,yes", "MESIBO_ENDPOINT": "https://mesibo.example/", "MESIBO_JOURNAL": "j"}, sandbox.Options{Endpoint: "https://mesibo.example/", AppToken: token, Confirmations: 2, JournalFile: "j"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := options(func(name string) string { return tt.env[name] })
			if tt.error != "" {
				if err == nil || !strings.Contains(err.Error(), tt.error) {
					t.Errorf("got %v, want %q", err, tt.error)
				}

				return
			}
			if tt.want.JournalFile == root {
				got.JournalFile = filepath.Base(got.JournalFile)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v, %s", err, diff)
			}
		})
	}
}

// TestGuards runs the tests of this package, of which there is none of the name, with a server that stands for a real one.
// Interval and transport are those of a real run.
func TestGuards(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		agreed, token, says string
		requests            int
	}{
		"nobody agreed":             {"", acctest.AppToken, "MESIBO_THIS_APP_IS_DISPOSABLE=yes", 0},
		"a token that is rejected":  {"yes", "another-app-token", "the app token was rejected", 1},
		"an app with users":         {"yes", acctest.AppToken, "has 1 or more users that were not created here", 2},
		"an app with users, really": {"yes,yes", acctest.AppToken, "1 users and groups of other runs were deleted", 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(acctest.AppToken))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			server.PutUser(acctest.AppToken, emulator.User{Address: "somebody", Active: true})
			server.PutUser(acctest.AppToken, emulator.User{Address: sandbox.Prefix + "old", Active: true})
			tests := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
			tests.Env = append(os.Environ(), "MESIBO_LIVE=1", "MESIBO_ENDPOINT="+server.Endpoint(), "MESIBO_APP_TOKEN="+tt.token,
				"MESIBO_THIS_APP_IS_DISPOSABLE="+tt.agreed, "MESIBO_JOURNAL="+filepath.Join(t.TempDir(), "journal.json"))
			output, err := tests.CombinedOutput()
			refused := tt.requests <= 2
			if (err != nil) != refused || !strings.Contains(string(output), tt.says) {
				t.Errorf("%v: %s", err, output)
			}
			if form, shown := secrettest.Shows(string(output), tt.token); shown {
				t.Errorf("the app token is shown in the form %s", form)
			}
			if sent := server.Count(""); sent != tt.requests {
				t.Errorf("%d requests were sent, want %d", sent, tt.requests)
			}
			_, ours := server.User(acctest.AppToken, sandbox.Prefix+"old")
			_, others := server.User(acctest.AppToken, "somebody")
			if ours != refused || !others {
				t.Errorf("left are %v", server.Users(acctest.AppToken))
			}
		})
	}
}

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

	const token, own = "an-app-token", "https://mesibo.example/"
	journal := filepath.Join(acctest.Root(), ".mesibo-live.json")
	for name, tt := range map[string]struct {
		live, disposable, endpoint, journal string
		want                                sandbox.Options
	}{
		"emulator":     {"", "yes", own, "", sandbox.Options{}},
		"hosted":       {"1", "yes", "", "", sandbox.Options{Endpoint: hosted, AppToken: token, Confirmations: 1, JournalFile: journal}},
		"own server":   {"1", "yes,yes", own, "j", sandbox.Options{Endpoint: own, AppToken: token, Confirmations: 2, JournalFile: "j"}},
		"another word": {"1", "yes,no", own, "j", sandbox.Options{Endpoint: own, AppToken: token, Confirmations: 1, JournalFile: "j"}},
	} {
		env := map[string]string{
			"MESIBO_APP_TOKEN": token, "MESIBO_LIVE": tt.live, "MESIBO_THIS_APP_IS_DISPOSABLE": tt.disposable,
			"MESIBO_ENDPOINT": tt.endpoint, "MESIBO_JOURNAL": tt.journal,
		}
		got, err := options(func(name string) string { return env[name] })
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
}

// TestGuard runs this package without a test, on a server that stands for a real one, at the pace of a real run.
func TestGuard(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		disposable, token, says string
		requests                int
		cleaned                 bool
	}{
		"no app token":           {"yes", "", "set MESIBO_APP_TOKEN", 0, false},
		"not confirmed":          {"no", acctest.AppToken, "MESIBO_THIS_APP_IS_DISPOSABLE=yes", 0, false},
		"wrong token":            {"yes", "another-app-token", "the app token was rejected", 1, false},
		"users of others":        {"yes", acctest.AppToken, "has 1 or more users that were not created here", 2, false},
		"users of others, twice": {"yes,yes", acctest.AppToken, "1 users and groups of other runs were deleted", 7, true},
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
				"MESIBO_THIS_APP_IS_DISPOSABLE="+tt.disposable, "MESIBO_JOURNAL="+filepath.Join(t.TempDir(), "journal.json"))
			output, err := tests.CombinedOutput()
			if (err == nil) != tt.cleaned || !strings.Contains(string(output), tt.says) || server.Count("") != tt.requests {
				t.Errorf("%v after %d requests: %s", err, server.Count(""), output)
			}
			if form, shown := secrettest.Shows(string(output), acctest.AppToken, "another-app-token"); shown {
				t.Errorf("the app token is shown in the form %s", form)
			}
			_, old := server.User(acctest.AppToken, sandbox.Prefix+"old")
			_, others := server.User(acctest.AppToken, "somebody")
			if old == tt.cleaned || !others {
				t.Errorf("left are %v", server.Users(acctest.AppToken))
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// TestAccHostileServers holds what a user is told of servers that are no mesibo, or behave as none should. The CLI ends
// soon, nothing is created, and no secret goes elsewhere.
func TestAccHostileServers(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	const (
		user       = "resource \"mesibo_user\" \"test\" {\n  address = \"alice@example.com\"\n  appid   = \"com.example.app\"\n}\n"
		dataSource = "data \"mesibo_user\" \"test\" {\n  address = \"alice@example.com\"\n}\n"
	)
	always := func(op string, fault emulator.Fault) func(*testing.T, *acctest.Backend, *acctest.Workspace) {
		return func(_ *testing.T, b *acctest.Backend, _ *acctest.Workspace) { b.FailAlways(op, fault) }
	}
	tests := map[string]struct {
		config string
		turn   func(*testing.T, *acctest.Backend, *acctest.Workspace)
		want   []string
	}{
		"huge body": {user, always("useradd", emulator.HugeReply()), []string{
			"with mesibo_user.test", "useradd at 127.0.0.1:", "the answer is larger than 1048576 bytes", "may have been carried out",
		}},
		"huge list": {dataSource, always("usersget", emulator.HugeReply()), []string{
			"with data.mesibo_user.test", "usersget at 127.0.0.1:", "the answer is larger than 1048576 bytes", "Check endpoint",
		}},
		"redirect to another host": {user, redirect, []string{
			"with mesibo_user.test", "the endpoint redirects to http://127.0.0.1:", "set endpoint to the final URL", "Check endpoint",
		}},
		"wrong name in the certificate": {user, misnamed, []string{
			"with mesibo_user.test", "the certificate of localhost:", "is not trusted", "has to name the server as the certificate does",
			"Nothing was sent.",
		}},
		"endless 429": {user, always("", emulator.TooManyRequests("1")), []string{
			"with mesibo_user.test", "too many requests (HTTP status 429) (2 tries)", "Set requests_per_second", "-parallelism",
		}},
		"429 for years": {dataSource, always("", emulator.TooManyRequests("99999999")), []string{
			"with data.mesibo_user.test", "HTTP status 429", "the server asked to wait 27777h46m39s", "Set requests_per_second",
		}},
		"429 for years, resource": {user, always("", emulator.TooManyRequests("99999999")), []string{
			"with mesibo_user.test", "the server asked to wait 27777h46m39s", "Set requests_per_second",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			w := b.NewWorkspace(t, requirement+tt.config)
			w.Setenv("MESIBO_MAX_RETRIES", "1")
			tt.turn(t, b, w)
			began := time.Now()
			output, err := w.Run(t, "apply", "-auto-approve", "-no-color")
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %s", took)
			}
			if err == nil {
				t.Fatalf("the apply succeeded:\n%s", output)
			}
			shown := unwrapped(output)
			for _, want := range tt.want {
				if !strings.Contains(shown, want) {
					t.Errorf("the output does not hold %q:\n%s", want, output)
				}
			}
			for _, secret := range append(b.MintedTokens(), acctest.AppToken) {
				if strings.Contains(shown, secret) {
					t.Errorf("a secret was shown:\n%s", output)
				}
			}
			if n := len(b.MintedTokens()); n > 1 {
				t.Errorf("%d tokens were minted", n)
			}
		})
	}
}

// border is what a CLI draws in front of each line of an error, and where it breaks lines.
var border = regexp.MustCompile(`[\s│╷╵]+`)

// unwrapped puts what a CLI prints on one line.
func unwrapped(output string) string {
	return border.ReplaceAllString(output, " ")
}

// redirect has the endpoint send every request on to another server, which nothing may reach.
func redirect(t *testing.T, _ *acctest.Backend, w *acctest.Workspace) {
	t.Helper()

	var followed atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(func() {
		other.Close()
		if n := followed.Load(); n != 0 {
			t.Errorf("%d requests followed the redirect", n)
		}
	})
	server := httptest.NewServer(http.RedirectHandler(other.URL+"/backend/", http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	w.Setenv("MESIBO_ENDPOINT", server.URL+"/backend/")
}

// misnamed has the endpoint be a server whose certificate is of a trusted authority, and for another name.
func misnamed(t *testing.T, _ *acctest.Backend, w *acctest.Workspace) {
	t.Helper()

	var served atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served.Add(1) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(func() {
		server.Close()
		if n := served.Load(); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Setenv("MESIBO_CA_CERT_FILE", file)
	w.Setenv("MESIBO_ENDPOINT", strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+"/backend/")
}

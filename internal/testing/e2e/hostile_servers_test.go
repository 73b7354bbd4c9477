// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// What a user is told of servers that are not mesibo, or behave as none should. The CLI ends soon, nothing is created, and
// no secret goes elsewhere.
func TestAccHostileServers(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	type prepare = func(*testing.T, *acctest.Backend, *acctest.Workspace)
	always := func(op string, fault emulator.Fault) prepare {
		return func(_ *testing.T, b *acctest.Backend, _ *acctest.Workspace) { b.FailAlways(op, fault) }
	}
	const (
		resource = "resource \"mesibo_user\" \"test\" {\n  address = \"alice@example.com\"\n  appid   = \"com.example.app\"\n}\n"
		data     = "data \"mesibo_user\" \"test\" {\n  address = \"alice@example.com\"\n}\n"
	)
	for name, tt := range map[string]struct {
		config  string
		prepare prepare
		want    []string
	}{
		"huge body": {resource, always("useradd", emulator.HugeReply()), []string{
			"useradd at 127.0.0.1:", "the answer is larger than 1048576 bytes", "may have been carried out",
		}},
		"huge list": {data, always("usersget", emulator.HugeReply()), []string{
			"usersget at 127.0.0.1:", "the answer is larger than 1048576 bytes", "Check endpoint",
		}},
		"redirect to another host": {resource, redirect, []string{
			"the endpoint redirects to http://127.0.0.1:", "set endpoint to the final URL", "Check endpoint",
		}},
		"wrong name in the certificate": {resource, otherName, []string{
			"the certificate of localhost:", "is not trusted", "has to name the server as the certificate does", "Nothing was sent.",
		}},
		"endless 429": {resource, always("", emulator.TooManyRequests("1")), []string{
			"too many requests (HTTP status 429) (2 tries)", "Set requests_per_second", "-parallelism",
		}},
		"429 for years": {data, always("", emulator.TooManyRequests("99999999")), []string{
			"HTTP status 429", "the server asked to wait 27777h46m39s", "Set requests_per_second",
		}},
		"429 for years, resource": {resource, always("", emulator.TooManyRequests("99999999")), []string{
			"the server asked to wait 27777h46m39s", "Set requests_per_second",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			w := b.NewWorkspace(t, requirement+tt.config)
			w.Setenv("MESIBO_MAX_RETRIES", "1")
			tt.prepare(t, b, w)
			began := time.Now()
			output, err := w.Run(t, "apply", "-auto-approve", "-no-color")
			if took := time.Since(began); err == nil || took > time.Minute {
				t.Errorf("the apply succeeded, or took %s: %v", took, err)
			}
			shown := regexp.MustCompile(`[\s│╷╵]+`).ReplaceAllString(output, " ") // as one line, without a border
			for _, want := range append(tt.want, map[string]string{resource: "with mesibo_user", data: "with data.mesibo_user"}[tt.config]) {
				if !strings.Contains(shown, want) {
					t.Errorf("the output does not contain %q:\n%s", want, output)
				}
			}
			if minted := len(b.MintedTokens()); showsSecret(b, shown) || minted > 1 {
				t.Errorf("a secret is shown, or %d tokens were minted:\n%s", minted, output)
			}
		})
	}
}

// unreached fails the test if a server gets a request.
func unreached(t *testing.T) *httptest.Server {
	t.Helper()

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)

	return server
}

// redirect has the endpoint redirect to another server, which nothing may reach.
func redirect(t *testing.T, _ *acctest.Backend, w *acctest.Workspace) {
	t.Helper()

	other := unreached(t)
	other.Start()
	server := httptest.NewServer(http.RedirectHandler(other.URL+"/backend/", http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	w.Setenv("MESIBO_ENDPOINT", server.URL+"/backend/")
}

// otherName has the endpoint be a server whose certificate is trusted, and has another name.
func otherName(t *testing.T, _ *acctest.Backend, w *acctest.Workspace) {
	t.Helper()

	server := unreached(t)
	server.StartTLS()
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	w.Write(t, "ca.pem", string(pem.EncodeToMemory(block)))
	w.Setenv("MESIBO_CA_CERT_FILE", filepath.Join(w.Dir, "ca.pem"))
	w.Setenv("MESIBO_ENDPOINT", strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+"/backend/")
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// appToken has the form of a real app token.
const appToken = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"

// userToken has the form of a real user token.
const userToken = "cn9cfed0123456789abcdef0123456789abcdef012345678"

// Answers of the API, with placeholders filled in.
const (
	okAdded   = `{"user":{"uid":"5302","token":"` + userToken + `"},"op":"useradd","result":true}`
	okSet     = `{"op":"userset","result":true}`
	okNoUsers = `{"userscount":0,"count":0,"users":[],"op":"usersget","result":true}`
	authFail  = `{"error":"AUTHFAIL","code":401,"cause":"Invalid or expired app token","properties":["token"],"op":"useradd","result":false}`
	badOp     = `{"op":"usersget","result":false,"error":"BADOP"}`
)

// A server answers each request with the next of its steps, and the last step again and again.
type server struct {
	*httptest.Server

	mu     sync.Mutex
	bodies []string
}

// A step answers one request, whose body was read.
type step func(http.ResponseWriter, *http.Request)

func newServer(t *testing.T, steps ...step) *server {
	t.Helper()

	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading a request: %v", err)
		}
		s.mu.Lock()
		s.bodies = append(s.bodies, string(body))
		n := len(s.bodies)
		s.mu.Unlock()

		steps[min(n, len(steps))-1](w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)

	return s
}

// requests returns the bodies that came so far.
func (s *server) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return append([]string(nil), s.bodies...)
}

// answer is a step that answers with a status, a body and header lines in pairs.
func answer(status int, body string, header ...string) step {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// ok is a step that answers with HTTP status 200.
func ok(body string) step { return answer(http.StatusOK, body) }

// drop is a step that closes the connection without an answer.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// newClient returns a client of a server, with short waits.
func newClient(t testing.TB, endpoint string, opts ...Option) *Client {
	t.Helper()

	base := []Option{WithEndpoint(endpoint), WithBackoff(time.Microsecond, time.Millisecond)}
	client, err := New(NewSecret(appToken), append(base, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)

	return client
}

// deadEndpoint returns a URL at which nobody listens.
func deadEndpoint(t *testing.T) string {
	t.Helper()

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}

	return "http://" + listener.Addr().String() + "/backend"
}

// A recorder is a slog.Handler that keeps what it gets.
type recorder struct {
	mu     sync.Mutex
	lines  []string
	fields []map[string]any
}

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }

func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	fields := map[string]any{}
	record.Attrs(func(attr slog.Attr) bool {
		fields[attr.Key] = attr.Value.Any()

		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprint(record.Level, record.Message, fields))
	r.fields = append(r.fields, fields)

	return nil
}

// minting is a request that asks for a token.
var minting = CreateUserRequest{
	Address: "xyz@example.com",
	Token:   &TokenRequest{AppID: "com.mesibo.firstapp", ExpiryMinutes: 525600},
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// calls are one call of each kind that the retry policy tells apart.
var calls = map[string]func(context.Context, *Client) error{
	"read": func(ctx context.Context, c *Client) error { _, err := c.GetUser(ctx, "a"); return err },
	"repeatable": func(ctx context.Context, c *Client) error {
		_, err := c.CreateUser(ctx, minting)
		return err
	},
	"once": func(ctx context.Context, c *Client) error {
		_, err := c.call(ctx, OpGroupAdd, payload{})
		return err
	},
}

// okAny satisfies every one of the calls.
const okAny = `{"user":{"uid":"5302","token":"` + userToken + `"},"users":[],"result":true}`

// TestTries holds, for each kind of failure and of call, how many requests are sent, and what the error is.
func TestTries(t *testing.T) {
	t.Parallel()

	type want struct {
		requests int
		kinds    []error // nil: the call succeeds
	}
	const retries = 2
	unknown := []error{ErrUnexpectedResponse, ErrOutcomeUnknown}
	once := map[string]want{"read": {1, []error{ErrUnexpectedResponse}}, "repeatable": {1, unknown}, "once": {1, unknown}}
	same := func(requests int, kinds ...error) map[string]want {
		return map[string]want{"read": {requests, kinds}, "repeatable": {requests, kinds}, "once": {requests, kinds}}
	}
	mended := map[string]want{"read": {2, nil}, "repeatable": {2, nil}, "once": {1, unknown}}

	tests := map[string]struct {
		steps []step
		want  map[string]want
	}{
		"success": {[]step{ok(okAny)}, same(1)},
		"dropped once": {[]step{drop, ok(okAny)}, map[string]want{
			"read": {2, nil}, "repeatable": {2, nil}, "once": {1, []error{ErrOutcomeUnknown}},
		}},
		"dropped for ever": {[]step{drop}, map[string]want{
			"read": {3, []error{}}, "repeatable": {3, []error{ErrOutcomeUnknown}}, "once": {1, []error{ErrOutcomeUnknown}},
		}},
		"500":       {[]step{answer(500, "x"), ok(okAny)}, mended},
		"502":       {[]step{answer(502, "<html>"), ok(okAny)}, mended},
		"503":       {[]step{answer(503, `{"result":false}`), ok(okAny)}, mended},
		"504":       {[]step{answer(504, ""), ok(okAny)}, mended},
		"empty":     {[]step{ok(""), ok(okAny)}, mended},
		"truncated": {[]step{ok(okAny[:30]), ok(okAny)}, mended},
		"broken off": {[]step{func(w http.ResponseWriter, r *http.Request) {
			answer(200, okAny[:30], "Content-Length", "1000")(w, r)
		}, ok(okAny)}, mended},
		"502 for ever": {[]step{answer(502, "")}, map[string]want{
			"read": {3, []error{ErrUnexpectedResponse}}, "repeatable": {3, unknown}, "once": {1, unknown},
		}},
		"429":              {[]step{answer(429, "slow down"), answer(429, ""), ok(okAny)}, same(3)},
		"429 for ever":     {[]step{answer(429, "")}, same(3, ErrRateLimited)},
		"code 429":         {[]step{ok(`{"result":false,"code":429}`), ok(okAny)}, same(2)},
		"refused":          {[]step{ok(`{"result":false,"error":"X"}`)}, same(1, []error{}...)},
		"AUTHFAIL":         {[]step{ok(authFail)}, same(1, ErrUnauthorized)},
		"TOKENBREACH":      {[]step{ok(`{"result":false,"error":"TOKENBREACH"}`)}, same(1, ErrTokenBreach)},
		"TOKENBREACH, 503": {[]step{answer(503, `{"result":false,"error":"TOKENBREACH"}`)}, same(1, ErrTokenBreach)},
		"html":             {[]step{ok("<html>")}, once},
		"no result":        {[]step{ok("{}")}, once},
		"too large":        {[]step{ok(strings.Repeat(" ", maxReplyBytes+1))}, once},
		"redirect":         {[]step{answer(307, "", "Location", "/elsewhere")}, same(1, ErrUnexpectedResponse)},
		"403":              {[]step{answer(403, "<html>")}, same(1, ErrUnexpectedResponse)},

		"dropped, then refused": {[]step{drop, ok(authFail)}, map[string]want{
			"read": {2, []error{ErrUnauthorized}}, "repeatable": {2, []error{ErrUnauthorized, ErrOutcomeUnknown}},
			"once": {1, []error{ErrOutcomeUnknown}},
		}},
		"429, then dropped, then 429": {[]step{answer(429, ""), drop, answer(429, "")}, map[string]want{
			"read": {3, []error{ErrRateLimited}}, "repeatable": {3, []error{ErrRateLimited, ErrOutcomeUnknown}},
			"once": {2, []error{ErrOutcomeUnknown}},
		}},
	}
	// A refusal without a known meaning is of no kind, which must not read as success.
	for kind, w := range tests["refused"].want {
		tests["refused"].want[kind] = want{w.requests, []error{}}
	}

	for name, test := range tests {
		for kind, want := range test.want {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()

				var log recorder
				s := newServer(t, test.steps...)
				err := calls[kind](t.Context(), newClient(t, s.URL, WithMaxRetries(retries), WithLogger(slog.New(&log))))
				if n := len(s.requests()); n != want.requests || n != len(log.attempts()) {
					t.Errorf("%d requests, %d in the log, want %d", n, len(log.attempts()), want.requests)
				}
				if (err == nil) != (want.kinds == nil) {
					t.Fatalf("the error is %v", err)
				}
				if err == nil {
					return
				}
				assertKinds(t, err, want.kinds...)
				assertNoSecret(t, err.Error()+strings.Join(log.lines, ""))
				var failure *Error
				if !errors.As(err, &failure) || failure.Op == "" {
					t.Errorf("%v is no *Error", err)
				}
			})
		}
	}
}

// attempts returns the fields of the lines about tries.
func (r *recorder) attempts() []map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()

	var attempts []map[string]any
	for _, fields := range r.fields {
		if _, isTry := fields["http_status"]; isTry {
			attempts = append(attempts, fields)
		}
	}

	return attempts
}

func TestNoRetries(t *testing.T) {
	t.Parallel()

	s := newServer(t, answer(429, ""))
	for kind, call := range calls {
		err := call(t.Context(), newClient(t, s.URL, WithMaxRetries(0)))
		assertKinds(t, err, ErrRateLimited)
		if strings.Contains(err.Error(), "tries") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if n := len(s.requests()); n != len(calls) {
		t.Errorf("%d requests", n)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()

	var log recorder
	s := newServer(t, drop, answer(502, ""), ok(authFail))
	_, err := newClient(t, s.URL, WithLogger(slog.New(&log))).CreateUser(t.Context(), minting)
	assertKinds(t, err, ErrUnauthorized, ErrOutcomeUnknown)
	want := "useradd: the server answered AUTHFAIL (code 401): Invalid or expired app token (3 tries). The request may have been carried out"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}

	attempts := log.attempts()
	for _, fields := range attempts {
		if _, isText := fields["duration"].(string); !isText {
			t.Errorf("the duration is %v", fields["duration"])
		}
		delete(fields, "duration")
	}
	lines := []map[string]any{
		{"op": "useradd", "attempt": int64(1), "http_status": int64(0), "error": ""},
		{"op": "useradd", "attempt": int64(2), "http_status": int64(502), "error": ""},
		{"op": "useradd", "attempt": int64(3), "http_status": int64(200), "error": "AUTHFAIL"},
	}
	if diff := cmp.Diff(lines, attempts); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(strings.Join(log.lines, "\n"), "nobody knows"); n != 2 {
		t.Errorf("%d lines about lost tokens, want 2", n)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()

	for kind, call := range calls {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()

			var log recorder
			err := call(t.Context(), newClient(t, deadEndpoint(t), WithMaxRetries(3), WithLogger(slog.New(&log))))
			assertKinds(t, err, ErrUnreachable)
			if !strings.Contains(err.Error(), "no connection to 127.0.0.1:") || !strings.Contains(err.Error(), "(4 tries)") {
				t.Error(err)
			}
			if n := len(log.attempts()); n != 4 {
				t.Errorf("%d tries", n)
			}
		})
	}
}

// TestDroppedThenUnreachable checks that what was sent once is not forgotten.
func TestDroppedThenUnreachable(t *testing.T) {
	t.Parallel()

	for kind, want := range map[string][]error{"read": nil, "repeatable": {ErrOutcomeUnknown}} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()

			var s *server
			s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
				_ = s.Listener.Close()
				drop(w, r)
			})
			err := calls[kind](t.Context(), newClient(t, s.URL))
			assertKinds(t, err, want...)
			if err == nil || !strings.Contains(err.Error(), "no connection to") {
				t.Error(err)
			}
		})
	}
}

func TestRequestTimeout(t *testing.T) {
	t.Parallel()

	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	s := newServer(t, hang, ok(okAny))
	if err := calls["repeatable"](t.Context(), newClient(t, s.URL, WithRequestTimeout(300*time.Millisecond))); err != nil {
		t.Error(err)
	}

	slow := newServer(t, hang)
	err := calls["once"](t.Context(), newClient(t, slow.URL, WithRequestTimeout(300*time.Millisecond)))
	assertKinds(t, err, ErrOutcomeUnknown)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the request timeout of 300ms has passed") {
		t.Error(err)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()

	for _, status := range []int{429, 503} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()

			s := newServer(t, answer(status, "", "Retry-After", "1"), ok(okAny))
			began := time.Now()
			if err := calls["read"](t.Context(), newClient(t, s.URL)); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took < time.Second {
				t.Errorf("waited %s", took)
			}
		})
	}
}

// TestWaitBeyondDeadline checks that a wait which would outlast the deadline is not begun.
func TestWaitBeyondDeadline(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		header string
		opt    Option
		text   string
	}{
		"asked":    {"3600", WithMaxRetries(1), "the server asked to wait 1h0m0s, and only "},
		"for eons": {"99999999999999999999", WithMaxRetries(1), "the server asked to wait 2562047h"},
		"a date":   {time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat), WithMaxRetries(1), "the server asked to wait 1h59m"},
		"backoff":  {"", WithBackoff(time.Hour, time.Hour), "the next attempt would start in "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, answer(429, "", "Retry-After", test.header))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := calls["once"](ctx, newClient(t, s.URL, test.opt))
			assertKinds(t, err, ErrRateLimited)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), test.text) {
				t.Error(err)
			}
			if ctx.Err() != nil {
				t.Error("the wait was begun")
			}
		})
	}
}

// TestCancelDuringChange checks that a change under way runs to its reply, which is kept.
func TestCancelDuringChange(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		time.Sleep(100 * time.Millisecond)
		ok(okAdded)(w, r)
	})
	client := newClient(t, s.URL)
	user, err := client.CreateUser(ctx, minting)
	if err != nil || user.UID != "5302" || user.Token.Reveal() != userToken {
		t.Errorf("got %+v, %v", user, err)
	}

	// Nothing new is begun.
	for kind, call := range calls {
		err := call(ctx, client)
		assertKinds(t, err)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestDeadlineDuringChange is the same for a deadline, and for a change whose answer is lost.
func TestDeadlineDuringChange(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		<-ctx.Done()
		drop(w, r)
	})
	err := calls["repeatable"](ctx, newClient(t, s.URL))
	assertKinds(t, err, ErrOutcomeUnknown)
	if !errors.Is(err, context.DeadlineExceeded) || len(s.requests()) != 1 {
		t.Errorf("%d requests, %v", len(s.requests()), err)
	}
}

// TestCancelDuringRead checks that a read is cut off at once.
func TestCancelDuringRead(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	err := calls["read"](ctx, newClient(t, s.URL))
	assertKinds(t, err)
	if !errors.Is(err, context.Canceled) || len(s.requests()) != 1 {
		t.Errorf("%d requests, %v", len(s.requests()), err)
	}
	if strings.Contains(err.Error(), "given up") {
		t.Errorf("says the same twice: %v", err)
	}
}

// onLog is a slog.Handler that calls a function for every event.
type onLog struct {
	recorder
	do func()
}

func (l *onLog) Handle(context.Context, slog.Record) error {
	l.do()

	return nil
}

// TestCancelDuringWait checks that a wait ends with its context, and that nothing is sent afterwards.
func TestCancelDuringWait(t *testing.T) {
	t.Parallel()

	for kind, call := range calls {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()

			s := newServer(t, answer(429, "", "Retry-After", "60"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cancelSoon := func() { time.AfterFunc(20*time.Millisecond, cancel) }

			began := time.Now()
			err := call(ctx, newClient(t, s.URL, WithLogger(slog.New(&onLog{do: cancelSoon}))))
			assertKinds(t, err, ErrRateLimited)
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "given up: context canceled") {
				t.Error(err)
			}
			if took := time.Since(began); took > 10*time.Second || len(s.requests()) != 1 {
				t.Errorf("%d requests in %s", len(s.requests()), took)
			}
		})
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(okAny))
	client := newClient(t, s.URL, WithRequestsPerSecond(20))
	began := time.Now()
	for range 3 {
		if err := calls["read"](t.Context(), client); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 90*time.Millisecond {
		t.Errorf("three requests took %s", took)
	}
}

// TestRateLimitBeyondDeadline checks that a request which would have to wait for too long is not sent.
func TestRateLimitBeyondDeadline(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(okAny))
	client := newClient(t, s.URL, WithRequestsPerSecond(0.001))
	if err := calls["once"](t.Context(), client); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := calls["once"](ctx, client)
	assertKinds(t, err)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nothing was sent") || ctx.Err() != nil {
		t.Error(err)
	}

	waiting, interrupt := context.WithCancel(t.Context())
	stop := time.AfterFunc(20*time.Millisecond, interrupt)
	defer stop.Stop()
	if err := calls["once"](waiting, client); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()

	other := newServer(t, ok(okAny))
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := newServer(t, answer(status, "", "Location", other.URL+"/backend/?token="+appToken))
		err := calls["repeatable"](t.Context(), newClient(t, s.URL))
		assertKinds(t, err, ErrUnexpectedResponse)
		if !strings.Contains(err.Error(), "redirects to "+other.URL+"/backend/ (HTTP status "+strconv.Itoa(status)) {
			t.Error(err)
		}
		assertNoSecret(t, err.Error())
	}
	if n := len(other.requests()); n != 0 {
		t.Errorf("%d requests followed", n)
	}
}

// TestConnectionsAreReused sends many requests, some of which fail, over a few connections: one for each worker, and
// no more unless the machine stalls, for net/http gives up a connection that is not ready again in 50 ms.
func TestConnectionsAreReused(t *testing.T) {
	const workers, each = 10, 100
	var opened, served atomic.Int64

	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch served.Add(1) % 10 {
		case 0:
			answer(502, strings.Repeat("<html>", 1000))(w, r)
		case 1:
			answer(429, "")(w, r)
		default:
			ok(okAny)(w, r)
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()

	client := newClient(t, s.URL, WithMaxRetries(20))
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range each {
				if err := calls["read"](t.Context(), client); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := opened.Load(); n > workers {
		t.Logf("%d connections for %d workers: did the machine stall?", n, workers)
		if n > 2*workers {
			t.Errorf("%d connections for %d requests", n, served.Load())
		}
	}
}

// tlsServer returns a server with a certificate of its own, and how to trust it.
func tlsServer(t *testing.T, http2 bool) (*httptest.Server, *tls.Config, *atomic.Int64) {
	t.Helper()

	var opened atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Proto", r.Proto)
		ok(okAny)(w, r)
	}))
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(s.Certificate())

	return s, &tls.Config{RootCAs: trusted}, &opened
}

func TestPrivateCA(t *testing.T) {
	t.Parallel()

	for _, http2 := range []bool{false, true} {
		s, config, opened := tlsServer(t, http2)
		client := newClient(t, s.URL, WithTLSConfig(config))
		for range 5 {
			if err := calls["repeatable"](t.Context(), client); err != nil {
				t.Error(err)
			}
		}
		if n := opened.Load(); n != 1 {
			t.Errorf("HTTP/2 %v: %d connections", http2, n)
		}
	}
}

// TestUntrustedCertificate checks that trying again is not even begun.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()

	s, config, opened := tlsServer(t, false)
	config.ServerName = "other.example"
	for cure, opts := range map[string][]Option{"private certificate authority": nil, "name the server": {WithTLSConfig(config)}} {
		opened.Store(0)
		err := calls["read"](t.Context(), newClient(t, s.URL, opts...))
		assertKinds(t, err, ErrUnreachable)
		if !strings.Contains(err.Error(), "is not trusted") || !strings.Contains(err.Error(), cure) {
			t.Errorf("%s: %v", cure, err)
		}
		if n := opened.Load(); n != 1 {
			t.Errorf("%s: %d connections", cure, n)
		}
	}
}

// TestServerThatIsNoHTTP checks that what such a server says is scrubbed too.
func TestServerThatIsNoHTTP(t *testing.T) {
	t.Parallel()

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); group.Wait() })
	group.Go(func() {
		for {
			conn, acceptErr := listener.Accept()
			if acceptErr != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, appToken+" "+userToken+"\r\n\r\n")
			_ = conn.Close()
		}
	})

	err = calls["repeatable"](t.Context(), newClient(t, "http://"+listener.Addr().String(), WithMaxRetries(1)))
	assertKinds(t, err, ErrOutcomeUnknown)
	assertNoSecret(t, err.Error())
	if !strings.Contains(err.Error(), redacted) {
		t.Error(err)
	}
}

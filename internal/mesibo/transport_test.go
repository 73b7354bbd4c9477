// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A tlsServer is a server with a certificate for 127.0.0.1, which is its own authority.
type tlsServer struct {
	*httptest.Server

	opened, served, http2 atomic.Int64
}

// newTLSServer starts a server, after a change that may be nil.
func newTLSServer(t *testing.T, change func(*httptest.Server)) *tlsServer {
	t.Helper()
	s := &tlsServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.http2.Add(int64(r.ProtoMajor - 1))
		switch s.served.Add(1) % 10 {
		case 3:
			answer(502, strings.Repeat("<html>", 1000))(w, r)
		case 5:
			answer(429, "")(w, r)
		default:
			ok(okAny)(w, r)
		}
	}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.opened.Add(1)
		}
	}
	if change != nil {
		change(s.Server)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// trust is what a client needs that takes it for the given year.
func (s *tlsServer) trust(year int) *tls.Config {
	config := &tls.Config{RootCAs: x509.NewCertPool(), Time: func() time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }}
	config.RootCAs.AddCert(s.Certificate())
	return config
}

// TestTLS checks what is said of servers whose TLS is not what it should be, and that nothing is sent to them.
func TestTLS(t *testing.T) {
	t.Parallel()
	valid := newTLSServer(t, nil)
	old := newTLSServer(t, func(s *httptest.Server) { s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 })
	mutual := newTLSServer(t, func(s *httptest.Server) {
		s.TLS.MaxVersion, s.TLS.ClientAuth = tls.VersionTLS12, tls.RequireAnyClientCert
	})
	plain := newServer(t, ok(okAny))
	tests := map[string]struct {
		endpoint string
		trust    *tls.Config
		once     bool // no retry
		text     string
	}{
		"expired":             {valid.URL, valid.trust(2100), true, "It has to be renewed, or the clock of this machine is wrong"},
		"not valid yet":       {valid.URL, valid.trust(1960), true, "the clock of this machine is wrong"},
		"wrong name":          {strings.Replace(valid.URL, "127.0.0.1", "localhost", 1), valid.trust(2026), true, "The endpoint has to name the server as the certificate does"},
		"private CA":          {valid.URL, nil, true, "its CA certificate must be configured"},
		"old version":         {old.URL, old.trust(2026), false, "no connection to 127.0.0.1"},
		"wants a certificate": {mutual.URL, mutual.trust(2026), false, "no connection to 127.0.0.1"},
		"plain http":          {strings.Replace(plain.URL, "http:", "https:", 1), nil, false, "does not speak TLS there"},
		"silence":             {"https://" + listen(t).Addr().String(), nil, false, "no connection to 127.0.0.1"},
	}
	for name, tt := range tests {
		for _, call := range classCalls {
			var log recorder
			opts := []Option{WithMaxRetries(1), WithLogger(slog.New(&log)), WithTLSConfig(tt.trust)}
			if name == "silence" {
				opts = append(opts, WithRequestTimeout(50*time.Millisecond))
			}
			_, err := call(t.Context(), newClient(t, tt.endpoint, opts...))
			assertKinds(t, err, ErrUnreachable)
			assertText(t, err, tt.text)
			if n := len(log.attempts); tt.once != (n == 1) {
				t.Errorf("%s: %d attempts", name, n)
			}
		}
	}
	if n := valid.served.Load() + old.served.Load() + mutual.served.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}

	// The other way round, the server of TLS answers in plain text.
	_, err := classCalls["repeatable"](t.Context(), newClient(t, strings.Replace(valid.URL, "https:", "http:", 1)))
	assertKinds(t, err, ErrUnexpectedResponse)
	assertText(t, err, "answered HTTP status 400")
}

// A slowListener makes the TLS handshake of each connection take up to 200 milliseconds.
type slowListener struct{ net.Listener }

func (l slowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &slowConn{Conn: conn}, err
}

type slowConn struct {
	net.Conn
	once sync.Once
}

func (c *slowConn) Read(b []byte) (int, error) {
	c.once.Do(func() { time.Sleep(rand.N(200 * time.Millisecond)) })
	return c.Conn.Read(b)
}

// TestConnectionsAreBounded has callers begin at once on a server where connecting takes much longer than a request, and
// which fails some of them. There may be no more connections than callers, but where the machine stalls: net/http gives
// up a connection that is not ready again in 50 ms.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	most := 200
	if testing.Short() {
		most = 40
	}
	for _, http2 := range []bool{false, true} {
		for _, callers := range []int{1, 10, most} {
			s := newTLSServer(t, func(s *httptest.Server) {
				s.Listener, s.EnableHTTP2 = slowListener{s.Listener}, http2
			})
			client := newClient(t, s.URL, WithTLSConfig(s.trust(2026)), WithMaxRetries(20))
			var group sync.WaitGroup
			for range callers {
				group.Go(func() {
					for range 10 {
						if _, err := classCalls["read"](t.Context(), client); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			n, requests, over2 := s.opened.Load(), s.served.Load(), s.http2.Load()
			t.Logf("HTTP/2 %t: %d connections for %d callers and %d requests", http2, n, callers, requests)
			if n > int64(callers)*3/2 || http2 != (over2 == requests) || http2 != (over2 > 0) {
				t.Errorf("HTTP/2 %t: %d connections for %d callers, %d of %d requests over HTTP/2", http2, n, callers, over2, requests)
			}
		}
	}
}

// TestHungConnection checks that a connection which never becomes ready does not keep later attempts from their own.
func TestHungConnection(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	over := make(chan struct{})
	s := newTLSServer(t, func(s *httptest.Server) {
		s.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if connections.Add(1) == 1 {
				<-over
			}
			return nil, nil //nolint:nilnil // That is how it says that nothing changes.
		}
	})
	defer close(over)
	client := newClient(t, s.URL, WithTLSConfig(s.trust(2026)), WithRequestTimeout(time.Second), WithBackoff(100*time.Millisecond, time.Second))
	if _, err := classCalls["once"](t.Context(), client); err != nil {
		t.Error(err)
	}
}

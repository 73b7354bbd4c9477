// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A tlsServer is a server whose certificate is its own authority.
type tlsServer struct {
	*httptest.Server

	trust          *tls.Config // what a client needs
	opened, served atomic.Int64
}

// newTLSServer starts a server whose certificate for 127.0.0.1 is valid at the given times from now. The change may be
// nil.
func newTLSServer(t *testing.T, from, to time.Duration, change func(*httptest.Server)) *tlsServer {
	t.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	s := &tlsServer{trust: &tls.Config{RootCAs: x509.NewCertPool()}}
	s.trust.RootCAs.AddCert(certificate)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.served.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		ok(okAny)(w, r)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{encoded}, PrivateKey: key}}}
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

// TestTLS checks what is said of servers whose TLS is not what it should be, and that nothing is sent to them.
func TestTLS(t *testing.T) {
	t.Parallel()

	valid := newTLSServer(t, -time.Hour, time.Hour, nil)
	expired := newTLSServer(t, -2*time.Hour, -time.Hour, nil)
	future := newTLSServer(t, time.Hour, 2*time.Hour, nil)
	old := newTLSServer(t, -time.Hour, time.Hour, func(s *httptest.Server) { s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 })
	mutual := newTLSServer(t, -time.Hour, time.Hour, func(s *httptest.Server) {
		s.TLS.MaxVersion, s.TLS.ClientAuth = tls.VersionTLS12, tls.RequireAnyClientCert
	})
	plain := newServer(t, ok(okAny))
	tests := map[string]struct {
		endpoint string
		trust    *tls.Config
		once     bool // no retry
		text     string
	}{
		"expired":             {expired.URL, expired.trust, true, "It has to be renewed, or the clock of this machine is wrong"},
		"not valid yet":       {future.URL, future.trust, true, "the clock of this machine is wrong"},
		"wrong name":          {strings.Replace(valid.URL, "127.0.0.1", "localhost", 1), valid.trust, true, "The endpoint has to name the server as the certificate does"},
		"unknown CA":          {valid.URL, nil, true, "is not trusted: "},
		"private CA":          {valid.URL, nil, true, "its CA certificate must be configured"},
		"old version":         {old.URL, old.trust, false, "no connection to 127.0.0.1"},
		"wants a certificate": {mutual.URL, mutual.trust, false, "no connection to 127.0.0.1"},
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
	if n := valid.served.Load() + expired.served.Load() + future.served.Load() + old.served.Load() + mutual.served.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}

	// The other way round, the server of TLS answers in plain text.
	_, err := classCalls["repeatable"](t.Context(), newClient(t, strings.Replace(valid.URL, "https:", "http:", 1)))
	assertKinds(t, err, ErrUnexpectedResponse)
	assertText(t, err, "answered HTTP status 400")
}

// TestConnectionIsReused trusts a private authority, and calls one after the other, some of which fail.
func TestConnectionIsReused(t *testing.T) {
	t.Parallel()

	for _, http2 := range []bool{false, true} {
		served := 0
		s := newTLSServer(t, -time.Hour, time.Hour, func(s *httptest.Server) {
			s.EnableHTTP2 = http2
			s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if (r.ProtoMajor == 2) != http2 {
					t.Errorf("%s is spoken", r.Proto)
				}
				served++
				[]step{ok(okAny), answer(502, strings.Repeat("<html>", 1000)), answer(429, "")}[served%3](w, r)
			})
		})
		client := newClient(t, s.URL, WithTLSConfig(s.trust))
		for range 5 {
			if _, err := classCalls["repeatable"](t.Context(), client); err != nil {
				t.Error(err)
			}
		}
		if n := s.opened.Load(); n != 1 {
			t.Errorf("HTTP/2 %v: %d connections", http2, n)
		}
	}
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
	c.once.Do(func() { time.Sleep(mathrand.N(200 * time.Millisecond)) })

	return c.Conn.Read(b)
}

// TestConnectionsAreBounded has callers begin at once on a server where connecting takes much longer than a request.
// There may be no more connections than callers, but where the machine stalls: net/http gives up a connection that is
// not ready again in 50 ms.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()

	for _, callers := range []int{1, 10, 100} {
		s := newTLSServer(t, -time.Hour, time.Hour, func(s *httptest.Server) { s.Listener = slowListener{s.Listener} })
		client := newClient(t, s.URL, WithTLSConfig(s.trust))
		var group sync.WaitGroup
		for range callers {
			group.Go(func() {
				for range 20 {
					if _, err := classCalls["read"](t.Context(), client); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if n := s.opened.Load(); n > int64(callers)*3/2 {
			t.Errorf("%d connections for %d callers", n, callers)
		} else {
			t.Logf("%d connections for %d callers", n, callers)
		}
		if n := s.served.Load(); n != int64(callers)*20 {
			t.Errorf("%d requests", n)
		}
	}
}

// TestHungConnection checks that a connection which never becomes ready does not keep later attempts from their own.
func TestHungConnection(t *testing.T) {
	t.Parallel()

	first := true
	s := newTLSServer(t, -time.Hour, time.Hour, func(s *httptest.Server) {
		s.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if first {
				first = false
				time.Sleep(time.Second)
			}

			return nil, nil //nolint:nilnil // That is how it says that nothing changes.
		}
	})
	client := newClient(t, s.URL, WithTLSConfig(s.trust), WithRequestTimeout(300*time.Millisecond), WithBackoff(100*time.Millisecond, time.Second))
	if _, err := classCalls["once"](t.Context(), client); err != nil {
		t.Error(err)
	}
}

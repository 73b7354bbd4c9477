// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A hostile server answers on a bare connection, over which a request has come. It stops when the connection is closed.
type hostile struct {
	host   string
	served atomic.Int64 // requests
	sent   atomic.Int64 // bytes that went out
}

// A wire is the connection of a hostile server, which counts what goes out.
type wire struct {
	net.Conn
	sent *atomic.Int64
}

func (w wire) Write(data []byte) (int, error) {
	n, err := w.Conn.Write(data)
	w.sent.Add(int64(n))

	return n, err
}

// newHostile serves until the test ends, and then waits for all that it started.
func newHostile(t *testing.T, answer func(w wire) error) *hostile {
	t.Helper()

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{host: listener.Addr().String()}
	var group sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	group.Go(func() {
		for {
			conn, acceptErr := listener.Accept()
			if acceptErr != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			group.Go(func() {
				defer func() { _ = conn.Close() }()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body)
				h.served.Add(1)
				_ = answer(wire{conn, &h.sent}) // until the client goes away
			})
		}
	})

	return h
}

// say writes texts, one by one.
func say(texts ...string) func(wire) error {
	return func(w wire) error {
		for _, text := range texts {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}

		return nil
	}
}

// forever writes a text, and then another again and again with a pause before each.
func forever(first, again string, pause time.Duration) func(wire) error {
	return func(w wire) error {
		_, err := io.WriteString(w, first)
		for err == nil {
			time.Sleep(pause)
			_, err = io.WriteString(w, again)
		}

		return err
	}
}

// begin is the head of an answer without its end.
const begin = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// switching is an answer after which the connection is no longer one of HTTP.
const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"

// TestHostileServers holds for each kind of server and of call how often is tried, and what the user is told.
func TestHostileServers(t *testing.T) {
	t.Parallel()

	const short, long = 50 * time.Millisecond, 500 * time.Millisecond // long enough for the beginning of an answer
	filler := strings.Repeat("a", 64<<10)
	body := func(text string) string {
		return begin + "Content-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text
	}

	tests := map[string]struct {
		answer  func(wire) error
		again   bool          // what may be repeated is sent again
		odd     bool          // the error is ErrUnexpectedResponse
		timeout time.Duration // after which the error is context.DeadlineExceeded
		text    string        // of the error
		maxSent int64         // bytes in each try that a server gets rid of; 0 for any number
	}{
		"100 MB": {
			answer: forever(begin+"Content-Length: 104857600\r\n\r\n{\"result\":true,\"filler\":\"", filler, 0),
			odd:    true, text: "is larger than 1048576 bytes", maxSent: 16 << 20,
		},
		"endless chunks": {
			answer: forever(begin+"Transfer-Encoding: chunked\r\n\r\n", "10000\r\n"+filler+"\r\n", 0),
			odd:    true, text: "is larger than 1048576 bytes", maxSent: 16 << 20,
		},
		"endless until it closes": {answer: forever(begin+"\r\n", filler, 0), odd: true, text: "is larger than", maxSent: 16 << 20},
		"endless header":          {answer: forever(begin, "X-Filler: "+filler+"\r\n", 0), again: true, text: "headers exceeded", maxSent: 16 << 20},
		"endless header line":     {answer: forever(begin+"X-Filler: ", filler, 0), again: true, text: "headers exceeded", maxSent: 16 << 20},
		"endless status line":     {answer: forever("HTTP/1.1 200 ", filler, 0), again: true, text: "headers exceeded", maxSent: 16 << 20},
		"endless 1xx": {
			answer: forever("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0), again: true, text: "headers exceeded", maxSent: 16 << 20,
		},
		"slow 1xx": {
			answer: forever("", "HTTP/1.1 103 Early Hints\r\n\r\n", 20*time.Millisecond),
			again:  true, timeout: short, text: "the request timeout of 50ms has passed",
		},
		"slow header": {
			answer: forever("HTTP/1.1 200 OK\r\nX-Filler: ", "a", 10*time.Millisecond),
			again:  true, timeout: short, text: "no answer from 127.0.0.1:",
		},
		"slow body": {
			answer: forever(begin+"Content-Length: 1000\r\n\r\n{\"result\":true,\"filler\":\"", "a", 10*time.Millisecond),
			again:  true, odd: true, timeout: long, text: "broke off: the request timeout of 500ms has passed",
		},
		"slow chunks": {
			answer: forever(begin+"Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 10*time.Millisecond),
			again:  true, odd: true, timeout: long, text: "the request timeout of 500ms has passed",
		},
		"silence":    {answer: forever("", "", 10*time.Millisecond), again: true, timeout: short, text: "no answer from 127.0.0.1:"},
		"nothing":    {answer: say(), again: true, text: "no answer from 127.0.0.1:"},
		"broken off": {answer: say(begin + "Content-Length: 1000\r\n\r\n{\"res"), again: true, odd: true, text: "broke off"},
		"reset": {answer: func(w wire) error {
			err := say(begin + "Content-Length: 1000\r\n\r\n{\"res")(w)
			if tcp, ok := w.Conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}

			return err
		}, again: true, odd: true, text: "broke off"},
		"no status":            {answer: say("HTTP/1.1 \x1b[31m" + appToken + "\r\n\r\n"), again: true, text: "no answer from 127.0.0.1:"},
		"another protocol":     {answer: say("SSH-2.0-OpenSSH_9.9\r\n"), again: true, text: "no answer from 127.0.0.1:"},
		"two lengths":          {answer: say(begin + "Content-Length: 2\r\nContent-Length: 15\r\n\r\n{\"result\":true}"), again: true, text: "no answer from 127.0.0.1:"},
		"no chunks":            {answer: say(begin + "Transfer-Encoding: chunked\r\n\r\n{\"result\":true}"), again: true, odd: true, text: "broke off"},
		"no gzip":              {answer: say(begin + "Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 15\r\n\r\n{\"result\":true}"), again: true, odd: true, text: "broke off"},
		"two objects":          {answer: say(body(`{"result":true,"users":[]}{"result":false}`)), odd: true, text: "is not a reply of the Backend API"},
		"NUL in front":         {answer: say(body("\x00" + okAny)), odd: true, text: "is not a reply of the Backend API"},
		"nested in the result": {answer: say(body(`{"result":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)), odd: true, text: "is not a reply of the Backend API"},
		"switches protocols":   {answer: say(switching, okAny), odd: true, text: "answered HTTP status 101"},
		"switches and waits":   {answer: forever(switching, "", 10*time.Millisecond), odd: true, text: "answered HTTP status 101"},
	}
	for name, tt := range tests {
		for kind, call := range calls {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()

				h := newHostile(t, tt.answer)
				var log recorder
				timeout := cmp.Or(tt.timeout, time.Minute)
				client := newClient(t, "http://"+h.host+"/backend/", WithMaxRetries(1), WithRequestTimeout(timeout), WithLogger(slog.New(&log)))
				began := time.Now()
				err := call(t.Context(), client)
				tries := int64(1)
				if tt.again && kind != "once" {
					tries = 2
				}
				if took := time.Since(began); took > time.Duration(tries)*tt.timeout+20*time.Second {
					t.Errorf("it took %s", took)
				}
				if n := h.served.Load(); n != tries {
					t.Errorf("%d requests, want %d", n, tries)
				}
				var want []error
				if tt.odd {
					want = append(want, ErrUnexpectedResponse)
				}
				if kind != "read" {
					want = append(want, ErrOutcomeUnknown)
				}
				assertKinds(t, err, want...)
				if errors.Is(err, context.DeadlineExceeded) != (tt.timeout > 0) {
					t.Errorf("is it late? %v", err)
				}
				if err == nil || !strings.Contains(err.Error(), tt.text) || !strings.Contains(err.Error(), h.host) {
					t.Errorf("the error is %v, want %q and the host in it", err, tt.text)
				}
				if err != nil {
					assertPresentable(t, err.Error())
				}
				assertNoSecret(t, strings.Join(log.lines, ""))
				if sent := h.sent.Load(); tt.maxSent > 0 && sent > tries*tt.maxSent {
					t.Errorf("%d bytes were taken", sent)
				}
			})
		}
	}
}

// assertPresentable checks that a text can be shown: on one line, not long, without secrets and control characters.
func assertPresentable(t *testing.T, text string) {
	t.Helper()

	assertNoSecret(t, text)
	if len(text) > 1000 || printable(text) != text {
		t.Errorf("%q is not presentable", text)
	}
}

// TestMemoryIsBounded answers more than a client should take, also where little goes over the wire.
func TestMemoryIsBounded(t *testing.T) { // not parallel: it counts what the process allocates
	filler := strings.Repeat(" ", 1<<20)
	bomb := gzipped(t, filler)
	bomb = strings.Repeat(bomb, 100) + gzipped(t, okAny) // A file of many members unpacks to all of them.
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	manyMembers := `{"result":true,"users":[],` + strings.Repeat(`"a":1,`, 100_000) + `"b":1}`

	for name, tt := range map[string]struct {
		answer step
		odd    bool
	}{
		"gzip bomb":         {answer(200, bomb, "Content-Encoding", "gzip"), true},
		"100 MB":            {func(w http.ResponseWriter, _ *http.Request) { writeMany(w, filler, 100) }, true},
		"deep user":         {ok(`{"result":true,"users":` + deep(100_000) + `}`), true},
		"deep unused":       {ok(`{"result":true,"users":[],"x":` + deep(9_000) + `}`), false},
		"many members":      {ok(manyMembers), false},
		"endless redirects": {answer(302, "", "Location", "/"), true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, tt.answer)
			client := newClient(t, s.URL, WithMaxRetries(3))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := calls["read"](t.Context(), client)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 24<<20 {
				t.Errorf("%d bytes were allocated", took)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
			if !tt.odd {
				if err != nil {
					t.Error(err)
				}

				return
			}
			assertKinds(t, err, ErrUnexpectedResponse)
			assertPresentable(t, err.Error())
		})
	}
}

// gzipped returns a text in the form of gzip.
func gzipped(t *testing.T, text string) string {
	t.Helper()

	var packed strings.Builder
	zip := gzip.NewWriter(&packed)
	_, _ = io.WriteString(zip, text)
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}

	return packed.String()
}

// writeMany writes a text so many times, until the client goes away.
func writeMany(w io.Writer, text string, times int) {
	for range times {
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
	}
}

// TestHostileReplies holds what a client makes of replies that are JSON, and odd.
func TestHostileReplies(t *testing.T) {
	t.Parallel()

	const escape = "\x1b]0;owned\x07\x1b[31m\u202e\u009b2J\x00\r\nError: no"
	encoded, err := json.Marshal(escape)
	if err != nil {
		t.Fatal(err)
	}
	quoted := string(encoded)
	tests := map[string]struct {
		body  string
		kinds []error // beside ErrOutcomeUnknown where a change is ErrUnexpectedResponse
		text  string
	}{
		"says yes and no":       {`{"result":true,"result":false,"users":[]}`, []error{ErrUnexpectedResponse}, "without a result"},
		"says no and yes":       {`{"result":false,"users":[],"user":{"uid":"1","token":"x"},"result":true}`, []error{ErrUnexpectedResponse}, "without a result"},
		"in capitals":           {`{"result":false,"users":[],"RESULT":true}`, []error{ErrUnexpectedResponse}, "without a result"},
		"says no twice":         {`{"result":false,"error":"A","error":"B","result":false}`, nil, "answered B"},
		"escapes in the cause":  {`{"result":false,"error":"X","cause":` + quoted + `}`, nil, "answered X: ]0;owned"},
		"escapes in the error":  {`{"result":false,"error":` + quoted + `}`, nil, "]0;owned"},
		"escapes in properties": {`{"result":false,"properties":[` + quoted + `,` + quoted + `]}`, nil, "properties: ]0;owned"},
		"a long cause":          {`{"result":false,"cause":"` + strings.Repeat("very ", 5_000) + `"}`, nil, "very very"},
		"many properties":       {`{"result":false,"properties":[` + strings.Repeat(`"address",`, 5_000) + `"x"]}`, nil, "properties: address"},
		"long properties":       {`{"result":false,"properties":["` + strings.Repeat(strings.Repeat("very ", 200)+`","`, 19) + `"]}`, nil, "properties: very"},
		"no UTF-8":              {"{\"result\":false,\"cause\":\"\xff\xfe\\u001b[2J\"}", nil, "the server refused: "},
		"a huge code":           {`{"result":false,"code":` + strings.Repeat("9", 400) + `}`, nil, "refused"},
	}
	for name, tt := range tests {
		for kind, call := range calls {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()

				s := newServer(t, ok(tt.body))
				err := call(t.Context(), newClient(t, s.URL))
				want := tt.kinds
				if kind != "read" && slices.Contains(want, ErrUnexpectedResponse) {
					want = append(slices.Clone(want), ErrOutcomeUnknown)
				}
				assertKinds(t, err, want...)
				if n := len(s.requests()); n != 1 {
					t.Errorf("%d requests", n)
				}
				if err == nil {
					t.Fatal("it succeeded")
				}
				assertPresentable(t, err.Error())
				var failure *Error
				if errors.As(err, &failure) {
					for _, text := range append([]string{failure.Symbol, failure.Cause}, failure.Properties...) {
						assertPresentable(t, text)
					}
				}
				if !strings.Contains(err.Error(), tt.text) {
					t.Errorf("%v, want %q", err, tt.text)
				}
			})
		}
	}
}

// TestWrongTypes puts values of every wrong type into every member of every reply. No call may panic or be sent twice,
// and what comes of it is a success that holds what a success has to, or an error that can be shown.
func TestWrongTypes(t *testing.T) {
	t.Parallel()

	allCalls := map[string]func(context.Context, *Client) error{
		"useradd with token": func(ctx context.Context, c *Client) error {
			user, err := c.CreateUser(ctx, minting)
			if err == nil && (user.UID == "" || user.Token.IsEmpty()) {
				return errors.New("a success without uid or token")
			}

			return err
		},
		"usersget": calls["read"],
		"usersget of all": func(ctx context.Context, c *Client) error {
			_, err := c.ListUsers(ctx, "*")

			return err
		},
	}
	for name, call := range groupCalls() {
		allCalls[name] = call.call
	}
	values := []string{
		`null`, `true`, `false`, `0`, `1`, `-1`, `1.5`, `1e400`, `123456789012345678901234567890`, `""`, `"x"`, `"\u0000"`,
		`[]`, `[1]`, `[null]`, `[[]]`, `[{}]`, `{}`, `{"uid":[]}`, `{"gid":{}}`, `{"uid":1,"token":2}`, `{"uid":"1","token":[]}`,
		`[{"uid":{}}]`, `[{"address":"a","active":[]}]`, `[{"gid":1,"name":7}]`, `[{"gid":1,"flag":-1}]`, `[{"address":"a","permissions":1}]`,
		`[{"address":"a","permissions":{"send":[]}}]`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000),
	}
	members := []string{
		"result", "error", "code", "cause", "properties", "user", "users", "userscount", "group", "groups", "groupscount", "members", "mid",
	}
	whole := map[string]string{
		"result": "true", "user": `{"uid":"1","token":"x"}`, "users": "[]", "group": `{"gid":1}`, "groups": "[]", "members": "[]",
	}
	for _, member := range members {
		t.Run(member, func(t *testing.T) {
			t.Parallel()

			var body atomic.Value
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				text, _ := body.Load().([]byte)
				ok(string(text))(w, r)
			})
			client := newClient(t, s.URL, WithMaxRetries(2), WithLookups(LookupsRequired))
			for _, value := range values {
				reply := map[string]json.RawMessage{}
				for name, good := range whole {
					reply[name] = json.RawMessage(good)
				}
				reply[member] = json.RawMessage(value)
				encoded, err := json.Marshal(reply)
				if err != nil {
					t.Fatal(err)
				}
				body.Store(encoded)
				for name, call := range allCalls {
					before := len(s.requests())
					err := call(t.Context(), client)
					if n := len(s.requests()) - before; n != 1 {
						t.Errorf("%s, %s: %.60s: %d requests", name, member, value, n)
					}
					var failure *Error
					if err != nil && !errors.As(err, &failure) {
						t.Errorf("%s, %s: %.60s: %v", name, member, value, err)
					}
					if err != nil {
						assertPresentable(t, err.Error())
					}
					change := !strings.Contains(name, "get")
					if errors.Is(err, ErrUnexpectedResponse) && change != errors.Is(err, ErrOutcomeUnknown) {
						t.Errorf("%s, %s: %.60s: %v", name, member, value, err)
					}
				}
			}
		})
	}
}

// certificate returns a certificate for 127.0.0.1 that is its own authority.
func certificate(t *testing.T, from, to time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: to,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(parsed)

	return tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: key}, trusted
}

// TestTLS holds what is said of servers whose TLS is not what it should be, and that nothing is sent to them.
func TestTLS(t *testing.T) {
	t.Parallel()

	now := time.Now()
	serve := func(t *testing.T, from, to time.Time, change func(*tls.Config)) (string, *tls.Config, *atomic.Int64) {
		t.Helper()

		var served atomic.Int64
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served.Add(1) }))
		own, trusted := certificate(t, from, to)
		s.TLS = &tls.Config{Certificates: []tls.Certificate{own}}
		if change != nil {
			change(s.TLS)
		}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)

		return s.URL, &tls.Config{RootCAs: trusted}, &served
	}
	valid := func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
		t.Helper()

		return serve(t, now.Add(-time.Hour), now.Add(time.Hour), nil)
	}
	tests := map[string]struct {
		serve func(t *testing.T) (endpoint string, config *tls.Config, served *atomic.Int64)
		text  string
		once  bool // no retry
	}{
		"expired": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			return serve(t, now.Add(-2*time.Hour), now.Add(-time.Hour), nil)
		}, "It has to be renewed, or the clock of this machine is wrong", true},
		"not valid yet": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			return serve(t, now.Add(time.Hour), now.Add(2*time.Hour), nil)
		}, "the clock of this machine is wrong", true},
		"wrong name": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			endpoint, config, served := valid(t)

			return strings.Replace(endpoint, "127.0.0.1", "localhost", 1), config, served
		}, "The endpoint has to name the server as the certificate does", true},
		"unknown CA": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			endpoint, _, served := valid(t)

			return endpoint, nil, served
		}, "its CA certificate must be configured", true},
		"old version": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			return serve(t, now.Add(-time.Hour), now.Add(time.Hour), func(c *tls.Config) {
				c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			})
		}, "no connection to 127.0.0.1", false},
		"wants a certificate": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			return serve(t, now.Add(-time.Hour), now.Add(time.Hour), func(c *tls.Config) {
				c.MaxVersion, c.ClientAuth = tls.VersionTLS12, tls.RequireAnyClientCert
			})
		}, "no connection to 127.0.0.1", false},
		"plain http": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			s := newServer(t, ok(okAny))

			return strings.Replace(s.URL, "http:", "https:", 1), nil, new(atomic.Int64)
		}, "does not speak TLS there", false},
		"silence": {func(t *testing.T) (string, *tls.Config, *atomic.Int64) {
			listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // nobody accepts
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })

			return "https://" + listener.Addr().String(), nil, new(atomic.Int64)
		}, "no connection to 127.0.0.1", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			endpoint, config, served := tt.serve(t)
			for kind, call := range calls {
				var log recorder
				opts := []Option{WithMaxRetries(1), WithLogger(slog.New(&log)), WithTLSConfig(config)}
				if name == "silence" {
					opts = append(opts, WithRequestTimeout(50*time.Millisecond))
				}
				err := call(t.Context(), newClient(t, endpoint, opts...))
				assertKinds(t, err, ErrUnreachable)
				if err == nil || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("%s: %v, want %q", kind, err, tt.text)
				}
				if err != nil {
					assertPresentable(t, err.Error())
				}
				if tries := len(log.attempts()); tt.once != (tries == 1) {
					t.Errorf("%s: %d tries", kind, tries)
				}
			}
			if n := served.Load(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}

	// The other way round, the server of TLS answers in plain text.
	endpoint, _, _ := valid(t)
	err := calls["repeatable"](t.Context(), newClient(t, strings.Replace(endpoint, "https:", "http:", 1)))
	assertKinds(t, err, ErrUnexpectedResponse)
	if !strings.Contains(err.Error(), "answered HTTP status 400") {
		t.Error(err)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A hostile server answers on a bare connection, over which a request has come.
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

	listener := listen(t)
	h := &hostile{host: listener.Addr().String()}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			closeConn := sync.OnceFunc(func() { _ = conn.Close() })
			context.AfterFunc(t.Context(), closeConn)
			group.Go(func() {
				defer closeConn()
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
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait()
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

// TestHostileServers checks how often a request is sent to each kind of server, and what the user is told.
func TestHostileServers(t *testing.T) {
	t.Parallel()

	const short, long = 50 * time.Millisecond, 500 * time.Millisecond // long enough for the beginning of an answer
	filler := strings.Repeat("a", 64<<10)
	body := func(text string) string {
		return begin + "Content-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text
	}

	tests := map[string]struct {
		answer     func(wire) error
		again      bool          // what may be repeated is sent again
		unexpected bool          // the error is ErrUnexpectedResponse
		timeout    time.Duration // after which the error is context.DeadlineExceeded
		text       string        // of the error
		maxSent    int64         // bytes in each try that a server gets rid of; 0 for any number
	}{
		"100 MB": {
			answer:     forever(begin+"Content-Length: 104857600\r\n\r\n{\"result\":true,\"filler\":\"", filler, 0),
			unexpected: true, text: "is larger than 1048576 bytes", maxSent: 16 << 20,
		},
		"endless chunks": {
			answer:     forever(begin+"Transfer-Encoding: chunked\r\n\r\n", "10000\r\n"+filler+"\r\n", 0),
			unexpected: true, text: "is larger than 1048576 bytes", maxSent: 16 << 20,
		},
		"endless until it closes": {answer: forever(begin+"\r\n", filler, 0), unexpected: true, text: "is larger than", maxSent: 16 << 20},
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
			again:  true, unexpected: true, timeout: long, text: "broke off: the request timeout of 500ms has passed",
		},
		"slow chunks": {
			answer: forever(begin+"Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 10*time.Millisecond),
			again:  true, unexpected: true, timeout: long, text: "the request timeout of 500ms has passed",
		},
		"silence":    {answer: forever("", "", 10*time.Millisecond), again: true, timeout: short, text: "no answer from 127.0.0.1:"},
		"nothing":    {answer: say(), again: true, text: "no answer from 127.0.0.1:"},
		"broken off": {answer: say(begin + "Content-Length: 1000\r\n\r\n{\"res"), again: true, unexpected: true, text: "broke off"},
		"reset": {answer: func(w wire) error {
			err := say(begin + "Content-Length: 1000\r\n\r\n{\"res")(w)
			if tcp, ok := w.Conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}

			return err
		}, again: true, unexpected: true, text: "broke off"},
		"no status":            {answer: say("HTTP/1.1 \x1b[31m" + appToken + "\r\n\r\n"), again: true, text: redacted},
		"another protocol":     {answer: say("SSH-2.0-OpenSSH_9.9\r\n"), again: true, text: "no answer from 127.0.0.1:"},
		"two lengths":          {answer: say(begin + "Content-Length: 2\r\nContent-Length: 15\r\n\r\n{\"result\":true}"), again: true, text: "no answer from 127.0.0.1:"},
		"no chunks":            {answer: say(begin + "Transfer-Encoding: chunked\r\n\r\n{\"result\":true}"), again: true, unexpected: true, text: "broke off"},
		"no gzip":              {answer: say(begin + "Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 15\r\n\r\n{\"result\":true}"), again: true, unexpected: true, text: "broke off"},
		"two objects":          {answer: say(body(`{"result":true,"users":[]}{"result":false}`)), unexpected: true, text: "is not a reply of the Backend API"},
		"NUL in front":         {answer: say(body("\x00" + okAny)), unexpected: true, text: "is not a reply of the Backend API"},
		"nested in the result": {answer: say(body(`{"result":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)), unexpected: true, text: "is not a reply of the Backend API"},
		"switches protocols":   {answer: say(switching, okAny), unexpected: true, text: "answered HTTP status 101"},
		"switches and waits":   {answer: forever(switching, "", 10*time.Millisecond), unexpected: true, text: "answered HTTP status 101"},
	}
	for name, tt := range tests {
		for class, call := range classCalls {
			t.Run(name+"/"+class, func(t *testing.T) {
				t.Parallel()

				h := newHostile(t, tt.answer)
				var log recorder
				client := newClient(t, "http://"+h.host+"/backend/", WithMaxRetries(1), WithLogger(slog.New(&log)),
					WithRequestTimeout(cmp.Or(tt.timeout, time.Minute)))
				began := time.Now()
				_, err := call(t.Context(), client)
				attempts := int64(1)
				if tt.again && class != "once" {
					attempts = 2
				}
				if took := time.Since(began); took > time.Duration(attempts)*tt.timeout+20*time.Second {
					t.Errorf("it took %s", took)
				}
				if n := h.served.Load(); n != attempts {
					t.Errorf("%d requests, want %d", n, attempts)
				}
				var want []error
				if tt.unexpected {
					want = append(want, ErrUnexpectedResponse)
				}
				if class != "read" {
					want = append(want, ErrOutcomeUnknown)
				}
				assertKinds(t, err, want...)
				if errors.Is(err, context.DeadlineExceeded) != (tt.timeout > 0) {
					t.Errorf("is it late? %v", err)
				}
				assertText(t, err, tt.text)
				assertText(t, err, h.host)
				assertNoSecret(t, log.text)
				if sent := h.sent.Load(); tt.maxSent > 0 && sent > attempts*tt.maxSent {
					t.Errorf("%d bytes were taken", sent)
				}
			})
		}
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
		answer     step
		unexpected bool
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
			_, err := classCalls["read"](t.Context(), client)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 24<<20 {
				t.Errorf("%d bytes were allocated", took)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
			if tt.unexpected {
				assertKinds(t, err, ErrUnexpectedResponse)
				assertText(t, err, "usersget")
			} else if err != nil {
				t.Error(err)
			}
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

// TestHostileReplies checks what becomes of replies that are malformed JSON.
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
		for class, call := range classCalls {
			t.Run(name+"/"+class, func(t *testing.T) {
				t.Parallel()

				s := newServer(t, ok(tt.body))
				_, err := call(t.Context(), newClient(t, s.URL))
				want := tt.kinds
				if class != "read" && slices.Contains(want, ErrUnexpectedResponse) {
					want = append(slices.Clone(want), ErrOutcomeUnknown)
				}
				assertKinds(t, err, want...)
				assertText(t, err, tt.text)
				var failure *Error
				if errors.As(err, &failure) {
					for _, text := range append([]string{failure.Symbol, failure.Cause}, failure.Properties...) {
						assertPresentable(t, text)
					}
				}
				if n := len(s.requests()); n != 1 {
					t.Errorf("%d requests", n)
				}
			})
		}
	}
}

// TestWrongTypes puts values of every wrong type into every member of every reply. No call may panic or be sent twice,
// and what comes of it is a success that contains what a success has to, or an error that can be shown.
func TestWrongTypes(t *testing.T) {
	t.Parallel()

	values := []string{
		`null`, `true`, `false`, `0`, `1`, `-1`, `1.5`, `1e400`, `123456789012345678901234567890`, `""`, `"x"`, `"\u0000"`,
		`[]`, `[1]`, `[null]`, `[[]]`, `[{}]`, `{}`, `{"uid":[]}`, `{"gid":{}}`, `{"uid":1,"token":2}`, `{"uid":"1","token":[]}`,
		`[{"uid":{}}]`, `[{"address":"a","active":[]}]`, `[{"gid":1,"name":7}]`, `[{"gid":1,"flag":-1}]`, `[{"address":"a","permissions":1}]`,
		`[{"address":"a","permissions":{"send":[]}}]`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000),
	}
	members := []string{
		"result", "error", "code", "cause", "properties", "user", "users", "userscount", "group", "groups", "groupscount", "members", "mid",
	}
	for _, member := range members {
		t.Run(member, func(t *testing.T) {
			t.Parallel()

			var body string
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) { ok(body)(w, r) })
			client := newClient(t, s.URL, WithMaxRetries(2), WithLookups(LookupsRequired))
			for _, value := range values {
				reply := map[string]json.RawMessage{}
				if err := json.Unmarshal([]byte(okAny), &reply); err != nil {
					t.Fatal(err)
				}
				reply[member] = json.RawMessage(value)
				encoded, err := json.Marshal(reply)
				if err != nil {
					t.Fatal(err)
				}
				body = string(encoded)
				for name, call := range calls {
					before := len(s.requests())
					got, err := call.do(t.Context(), client)
					if n := len(s.requests()) - before; n != 1 {
						t.Errorf("%s, %s: %.60s: %d requests", name, member, value, n)
					}
					if user, isUser := got.(User); isUser && err == nil && (user.UID == "" || name != "useradd plain" && user.Token.IsEmpty()) {
						t.Errorf("%s, %s: %.60s: a success without uid or token", name, member, value)
					}
					if err == nil {
						continue
					}
					assertPresentable(t, err.Error())
					if errors.Is(err, ErrUnexpectedResponse) && (call.class != "read") != errors.Is(err, ErrOutcomeUnknown) {
						t.Errorf("%s, %s: %.60s: %v", name, member, value, err)
					}
				}
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
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
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// raw is a step that answers on the bare connection, whose bytes it counts, until the client goes away.
func raw(sent *atomic.Int64, answer func(net.Conn) error) step {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = conn.Close() }()
		_ = answer(wire{conn, sent})
	}
}

// A wire counts what goes out.
type wire struct {
	net.Conn
	sent *atomic.Int64
}

func (w wire) Write(data []byte) (int, error) {
	n, err := w.Conn.Write(data)
	w.sent.Add(int64(n))
	return n, err
}

// forever writes a text, and then another again and again with a pause before each.
func forever(first, again string, pause time.Duration) func(net.Conn) error {
	return func(w net.Conn) error {
		_, err := io.WriteString(w, first)
		for err == nil {
			time.Sleep(pause)
			_, err = io.WriteString(w, again)
		}
		return err
	}
}

// hang writes a text, and waits until the client goes away.
func hang(text string) func(net.Conn) error {
	return func(w net.Conn) error {
		_, _ = io.WriteString(w, text)
		_, err := io.Copy(io.Discard, w)
		return err
	}
}

// say writes a text.
func say(text string) func(net.Conn) error {
	return func(w net.Conn) error {
		_, err := io.WriteString(w, text)
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
	const (
		timeout  = 500 * time.Millisecond // long enough for the beginning of an answer
		pause    = 10 * time.Millisecond
		chunked  = begin + "Transfer-Encoding: chunked\r\n\r\n"
		thousand = begin + "Content-Length: 1000\r\n\r\n{\"res"
	)
	filler := strings.Repeat("a", 64<<10)
	reset := func(w net.Conn) error {
		if tcp, ok := w.(wire).Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return nil
	}
	tests := map[string]struct {
		answer     func(net.Conn) error
		again      bool          // what may be repeated is sent again
		unexpected bool          // the error is ErrUnexpectedResponse
		timeout    time.Duration // after which the error is context.DeadlineExceeded
		text       string        // of the error
	}{
		"100 MB":             {forever(begin+"Content-Length: 104857600\r\n\r\n{", filler, 0), false, true, 0, "is larger than 1048576 bytes"},
		"endless chunks":     {forever(chunked, "10000\r\n"+filler+"\r\n", 0), false, true, 0, "is larger than 1048576 bytes"},
		"endless header":     {forever(begin, "X-Filler: "+filler+"\r\n", 0), true, false, 0, "headers exceeded"},
		"endless 1xx":        {forever("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0), true, false, 0, "headers exceeded"},
		"slow header":        {forever("HTTP/1.1 200 OK\r\nX-Filler: ", "a", pause), true, false, timeout, "no answer from 127.0.0.1:"},
		"slow body":          {forever(thousand, "a", pause), true, true, timeout, "broke off: the request timeout of 500ms has passed"},
		"slow chunks":        {forever(chunked, "1\r\n \r\n", pause), true, true, timeout, "the request timeout of 500ms has passed"},
		"silence":            {hang(""), true, false, timeout, "no answer from 127.0.0.1:"},
		"nothing":            {say(""), true, false, 0, "no answer from 127.0.0.1:"},
		"broken off":         {say(thousand), true, true, 0, "broke off"},
		"reset":              {reset, true, false, 0, "no answer from 127.0.0.1:"},
		"no status":          {say("HTTP/1.1 \x1b[31m" + appToken + "\r\n\r\n"), true, false, 0, redacted},
		"another protocol":   {say("SSH-2.0-OpenSSH_9.9\r\n"), true, false, 0, "no answer from 127.0.0.1:"},
		"two lengths":        {say(begin + "Content-Length: 2\r\nContent-Length: 15\r\n\r\n{\"result\":true}"), true, false, 0, "no answer from 127.0.0.1:"},
		"no chunks":          {say(chunked + "{\"result\":true}"), true, true, 0, "broke off"},
		"no gzip":            {say(begin + "Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n{\"result\":true}"), true, true, 0, "broke off"},
		"switches protocols": {say(switching + okAny), false, true, 0, "answered HTTP status 101"},
		"switches and waits": {hang(switching), false, true, 0, "answered HTTP status 101"},
	}
	for name, tt := range tests {
		for class, call := range classCalls {
			t.Run(name+"/"+class, func(t *testing.T) {
				t.Parallel()
				var sent atomic.Int64
				var log recorder
				s := newServer(t, raw(&sent, tt.answer))
				client := newClient(t, s.URL, WithMaxRetries(1), WithLogger(slog.New(&log)), WithRequestTimeout(cmp.Or(tt.timeout, time.Minute)))
				began := time.Now()
				_, err := call(t.Context(), client)
				attempts := 1
				if tt.again && class != "once" {
					attempts = 2
				}
				if took := time.Since(began); took > time.Duration(attempts)*tt.timeout+20*time.Second {
					t.Errorf("it took %s", took)
				}
				if n := len(s.requests()); n != attempts {
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
				assertText(t, err, s.Listener.Addr().String())
				assertNoSecret(t, log.text)
				if n := sent.Load(); n > int64(attempts)<<24 { // what buffers on the way take
					t.Errorf("%d bytes were taken", n)
				}
			})
		}
	}
}

// TestMemoryIsBounded answers more than a client should take, also where little goes over the wire.
func TestMemoryIsBounded(t *testing.T) { // not parallel: it counts what the process allocates
	gzipped := func(text string) string {
		var packed strings.Builder
		zip := gzip.NewWriter(&packed)
		_, _ = io.WriteString(zip, text)
		_ = zip.Close()
		return packed.String()
	}
	filler := strings.Repeat(" ", 1<<20)
	bomb := strings.Repeat(gzipped(filler), 100) + gzipped(okAny) // A file of many members unpacks to all of them.
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, tt := range map[string]struct {
		answer     step
		unexpected bool
	}{
		"gzip bomb":    {answer(200, bomb, "Content-Encoding", "gzip"), true},
		"100 MB":       {raw(new(atomic.Int64), forever(begin+"\r\n", filler, 0)), true},
		"deep user":    {ok(`{"result":true,"users":` + deep(100_000) + `}`), true},
		"deep unused":  {ok(`{"result":true,"users":[],"x":` + deep(9_000) + `}`), false},
		"many members": {ok(`{"result":true,"users":[],` + strings.Repeat(`"a":1,`, 100_000) + `"b":1}`), false},
	} {
		s := newServer(t, tt.answer)
		client := newClient(t, s.URL, WithMaxRetries(3))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := classCalls["read"](t.Context(), client)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 24<<20 {
			t.Errorf("%s: %d bytes were allocated", name, took)
		}
		if errors.Is(err, ErrUnexpectedResponse) != tt.unexpected || (err != nil) != tt.unexpected || len(s.requests()) != 1 {
			t.Errorf("%s: %d requests, %v", name, len(s.requests()), err)
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
	names := []string{"useradd", "useradd plain", "userset", "usersget", "usersget all", "groupadd", "groupsget", "groupgetmembers", "message"}
	for _, member := range strings.Fields("result error code cause properties user users userscount group groups groupscount members mid") {
		for _, value := range values {
			reply := map[string]json.RawMessage{}
			_ = json.Unmarshal([]byte(okAny), &reply)
			reply[member] = json.RawMessage(value)
			body, err := json.Marshal(reply)
			if err != nil {
				t.Fatal(err)
			}
			sent := 0
			client := newOffline(t, func(w http.ResponseWriter, r *http.Request) {
				sent++
				ok(string(body))(w, r)
			}, WithLookups(LookupsRequired))
			for i, name := range names {
				got, err := calls[name].do(t.Context(), client)
				if user, isUser := got.(User); sent != i+1 || isUser && err == nil && (user.UID == "" || name == "useradd" && user.Token.IsEmpty()) {
					t.Errorf("%s, %s: %.60s: %d requests, a user: %t", name, member, value, sent, isUser)
				}
				if err == nil {
					continue
				}
				assertPresentable(t, err.Error())
				if errors.Is(err, ErrUnexpectedResponse) && (calls[name].class != "read") != errors.Is(err, ErrOutcomeUnknown) {
					t.Errorf("%s, %s: %.60s: %v", name, member, value, err)
				}
			}
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is an [Emulator] that listens.
type Server struct {
	*Emulator

	address string
	opened  atomic.Int64
	open    sync.WaitGroup  // connections, each with what it is busy with
	ctx     context.Context // Of all that is served, for as long as the server is there.
	cancel  context.CancelFunc

	mu       sync.Mutex
	front    *front
	left     int // requests until connections are refused; 0 for no end
	refusing bool
}

// front is what listens.
type front struct {
	server *http.Server
	done   chan struct{} // closed when it takes no more connections
}

// Start listens on an address, such as 127.0.0.1:0 for any free port, and serves until Close. The address has to
// be a loopback one, because the emulator keeps secrets from nobody.
func Start(address string, options ...Option) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("the address to listen on: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the emulator listens on loopback addresses only, such as 127.0.0.1:0, not on %q", host)
	}
	listener, err := net.Listen("tcp", address) //nolint:noctx // Listening takes no time.
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{Emulator: New(options...), address: listener.Addr().String(), ctx: ctx, cancel: cancel}
	s.serve(listener)

	return s, nil
}

func (s *Server) serve(listener net.Listener) {
	front := &front{done: make(chan struct{})}
	front.server = &http.Server{
		Handler:           s,
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.opened.Add(1)
				s.open.Add(1)
			case http.StateClosed:
				s.open.Done()
			default: // Nothing else is of interest.
			}
		},
	}
	go func() {
		defer close(front.done)
		front.server.Serve(listener) //nolint:errcheck // It ends by Close or Shutdown.
	}()
	s.front = front
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.left > 0 {
		if s.left--; s.left == 0 {
			s.refuse()
		}
	}
	s.mu.Unlock()
	s.Emulator.ServeHTTP(w, r)
}

// RefuseFrom makes the server one that cannot be reached: from the nth request on, 1 being the next, connections are
// refused, until Accept. What is under way by then is answered.
func (s *Server) RefuseFrom(nth int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left = nth - 1; s.left == 0 && !s.refusing {
		s.refuse()
	}
}

// refuse listens no more. Shutdown would wait for the requests that are under way, one of which may be the caller.
func (s *Server) refuse() {
	go s.front.server.Shutdown(context.Background()) //nolint:errcheck // It fails only when its context ends.
	<-s.front.done
	s.refusing = true
}

// Accept ends RefuseFrom.
func (s *Server) Accept() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = 0
	if !s.refusing {
		return nil
	}

	listener, err := net.Listen("tcp", s.address) //nolint:noctx // Listening takes no time.
	if err == nil {
		s.serve(listener)
		s.refusing = false
	}

	return err
}

// Endpoint returns the URL of the Backend API.
func (s *Server) Endpoint() string {
	return "http://" + s.address + "/backend/"
}

// Connections returns how many connections have been opened so far.
func (s *Server) Connections() int {
	return int(s.opened.Load())
}

// Close stops the server and cuts all connections. When it returns, nothing goes on any more.
func (s *Server) Close() {
	s.mu.Lock()
	front := s.front
	s.mu.Unlock()
	front.server.Close() //nolint:errcheck // Nothing is left to do about it.
	s.cancel()           // Whoever has not read all of a request does not see that its connection was cut.
	<-front.done
	s.open.Wait()
}

// logf writes a line about an exchange. Whoever sends a secret as an op or an address does not find it in the log.
func (e *Emulator) logf(call call, outcome string) {
	if e.log == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()

	op, subject := call.op, call.subject()
	if _, offered := handlers[op]; !offered {
		op = strconv.Quote(e.redact(call, op))
	}
	fmt.Fprintf(e.log, "%s %q: %s\n", op, e.redact(call, subject), outcome)
}

// redact takes the place of a text that has a secret in it. It has to come before any quoting, which may hide one.
func (e *Emulator) redact(call call, text string) string {
	holds := func(secret string) bool { return secret != "" && strings.Contains(text, secret) }
	secret := holds(call.appToken) || slices.ContainsFunc(e.minted, holds)
	for token, app := range e.apps {
		secret = secret || holds(token) || holds(app.webhookSecret)
	}
	if secret {
		return "(redacted)"
	}

	return text
}

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

	listener net.Listener
	server   *http.Server
	opened   atomic.Int64
	cancel   context.CancelFunc
	done     chan struct{}  // closed when no more connections are taken
	open     sync.WaitGroup // connections, each with what it is busy with
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
	s := &Server{Emulator: New(options...), listener: listener, cancel: cancel, done: make(chan struct{})}
	s.server = &http.Server{
		Handler:           s,
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
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
		defer close(s.done)
		s.server.Serve(listener) //nolint:errcheck // It ends by Close.
	}()

	return s, nil
}

// Endpoint returns the URL of the Backend API.
func (s *Server) Endpoint() string {
	return "http://" + s.listener.Addr().String() + "/backend/"
}

// Connections returns how many connections have been opened so far.
func (s *Server) Connections() int {
	return int(s.opened.Load())
}

// Close stops the server and cuts all connections. When it returns, nothing goes on any more.
func (s *Server) Close() {
	s.server.Close() //nolint:errcheck // Nothing is left to do about it.
	s.cancel()       // Whoever has not read all of a request does not see that its connection was cut.
	<-s.done
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

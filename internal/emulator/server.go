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
	"sync"
	"sync/atomic"
	"time"
)

// Server is an [Emulator] that listens.
type Server struct {
	*Emulator

	address string
	http    *http.Server
	cancel  context.CancelFunc // ends the contexts of all requests
	opened  atomic.Int64
	running sync.WaitGroup // connections with their handlers, and Serve

	mu       sync.Mutex
	listener net.Listener // nil while connections are refused
	left     int          // requests until connections are refused; 0 for no end
}

// Start listens on a loopback address (the emulator protects no secrets), such as 127.0.0.1:0 for any free port, until Close.
func Start(address string, options ...Option) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("the address to listen on: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the emulator listens on loopback addresses only, such as 127.0.0.1:0, not on %q", host)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{Emulator: New(options...), address: address, cancel: cancel}
	s.http = &http.Server{
		Handler:           s,
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state { //nolint:exhaustive // Only these two matter.
			case http.StateNew:
				s.opened.Add(1)
				s.running.Add(1)
			case http.StateClosed:
				s.running.Done()
			}
		},
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	s.address = s.listener.Addr().String()

	return s, nil
}

// listen accepts connections.
func (s *Server) listen() error {
	listener, err := net.Listen("tcp", s.address) //nolint:noctx // Listening takes no time.
	if err != nil {
		return err
	}
	s.listener = listener
	s.running.Go(func() { s.http.Serve(listener) }) //nolint:errcheck // It ends when the listener is closed.

	return nil
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

// RefuseFrom makes the server refuse connections from the nth request on, 1 being the next. Requests under way are answered.
func (s *Server) RefuseFrom(nth int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left = nth - 1; s.left == 0 {
		s.refuse()
	}
}

// refuse stops listening and closes each connection when it is idle.
func (s *Server) refuse() {
	if s.listener != nil {
		s.listener.Close() //nolint:errcheck // It is not used any more.
		s.listener = nil
	}
	s.http.SetKeepAlivesEnabled(false)
}

// Accept ends RefuseFrom.
func (s *Server) Accept() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = 0
	if s.listener != nil {
		return nil
	}
	s.http.SetKeepAlivesEnabled(true)

	return s.listen()
}

// Endpoint returns the URL of the Backend API.
func (s *Server) Endpoint() string { return "http://" + s.address + "/backend/" }

// Connections returns how many connections were opened so far.
func (s *Server) Connections() int { return int(s.opened.Load()) }

// Close stops the server, closes all connections and waits until nothing runs any more.
func (s *Server) Close() {
	s.http.Close() //nolint:errcheck // Nothing is left to do about it.
	s.cancel()     // A request that was not read to its end does not notice that its connection was closed.
	s.running.Wait()
}

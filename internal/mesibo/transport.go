// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"crypto/tls"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// newTransport returns the transport of a client. A proxy is taken from the usual environment variables.
func newTransport(tlsConfig *tls.Config, connections *connections, timeout time.Duration) *http.Transport {
	connections.dialer.Timeout = timeout

	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            connections.dial,
		TLSClientConfig:        tlsConfig.Clone(),
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    math.MaxInt, // connections bounds them
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    min(10*time.Second, timeout),
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// connections keeps a transport from opening more connections than there are requests under way. A transport dials for
// each request that finds no idle connection, and goes on dialing when the request gets the connection of another one.
// Where dialing takes longer than a request, that would make several connections for each caller.
type connections struct {
	dialer net.Dialer

	mu       sync.Mutex
	changed  *sync.Cond
	requests int // under way
	open     int // open, or being opened
}

func newConnections() *connections {
	c := &connections{}
	c.changed = sync.NewCond(&c.mu)

	return c
}

// A connWait says whether a request waits for a connection.
type connWait struct {
	connections *connections
	waiting     bool
}

type connWaitKey struct{}

// begin counts a request until end is called, and returns its context. A custom transport may not say that it waits for
// a connection, so its request counts as sent until it does.
func (c *connections) begin(ctx context.Context, custom bool) (context.Context, *connWait) {
	w := &connWait{connections: c, waiting: !custom}
	c.update(func() { c.requests++ })
	ctx = context.WithValue(ctx, connWaitKey{}, w)

	// A transport asks for a second connection only when nothing was written to the first.
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.update(func() { w.waiting = true }) },
		GotConn: func(httptrace.GotConnInfo) { c.update(func() { w.waiting = false }) },
	}), w
}

func (w *connWait) end() {
	w.connections.update(func() { w.waiting, w.connections.requests = false, w.connections.requests-1 })
}

// neverSent reports whether the request got no connection, so that nothing left this machine.
func (w *connWait) neverSent() bool {
	w.connections.mu.Lock()
	defer w.connections.mu.Unlock()

	return w.waiting
}

func (c *connections) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	c.changed.Broadcast()
}

// dial opens a connection for a request once there are fewer connections than requests. It fails when the request has
// got another connection by then, or has ended; nobody sees that error.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w, _ := ctx.Value(connWaitKey{}).(*connWait)
	c.mu.Lock()
	for w.waiting && c.open >= c.requests {
		c.changed.Wait()
	}
	if !w.waiting {
		c.mu.Unlock()
		return nil, context.Canceled
	}
	c.open++
	c.mu.Unlock()

	release := sync.OnceFunc(func() { c.update(func() { c.open-- }) })
	conn, err := c.dialer.DialContext(ctx, network, address)
	if err != nil {
		release()
		return nil, err
	}

	return &countedConn{conn, release}, nil
}

// A countedConn is released when it is closed.
type countedConn struct {
	net.Conn
	release func()
}

func (c *countedConn) Close() error {
	defer c.release()

	return c.Conn.Close()
}

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
func newTransport(tlsConfig *tls.Config, connections *connections) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            connections.dial,
		TLSClientConfig:        tlsConfig.Clone(),
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    math.MaxInt, // connections bounds them
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    min(10*time.Second, connections.dialer.Timeout),
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// connections keeps a transport from opening more connections than there are requests under way. A transport dials for
// each request that finds no idle connection, and goes on dialing when the request gets the connection of another one.
// Where dialing takes longer than a request, that would make several connections for each caller.
type connections struct {
	dialer   net.Dialer
	changed  *sync.Cond // one of the following, or whether a request waits; its lock guards them
	requests int        // under way
	open     int        // open, or being opened
}

// waitingKey finds in the context of a request whether it waits for a connection.
type waitingKey struct{}

func newConnections(timeout time.Duration) *connections {
	return &connections{dialer: net.Dialer{Timeout: timeout}, changed: sync.NewCond(&sync.Mutex{})}
}

// begin counts a request and returns its context, and what to call when its response was read or did not come: that
// returns whether the request got no connection, so that nothing left this machine. A custom transport may not say that
// it waits for a connection, so its request counts as sent until it does.
func (c *connections) begin(ctx context.Context, custom bool) (context.Context, func() (neverSent bool)) {
	waiting := !custom
	c.update(func() { c.requests++ })
	ctx = context.WithValue(ctx, waitingKey{}, &waiting)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// A transport asks for a second connection only when nothing was written to the first.
		GetConn: func(string) { c.update(func() { waiting = true }) },
		GotConn: func(httptrace.GotConnInfo) { c.update(func() { waiting = false }) },
	})
	return ctx, func() (neverSent bool) {
		c.update(func() { neverSent, waiting, c.requests = waiting, false, c.requests-1 })
		return neverSent
	}
}

// update changes what dials wait for.
func (c *connections) update(change func()) {
	c.changed.L.Lock()
	defer c.changed.L.Unlock()
	change()
	c.changed.Broadcast()
}

// dial opens a connection for a request once there are fewer connections than requests. It fails when the request has
// got another connection by then, or has ended; nobody sees that error.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	waiting, _ := ctx.Value(waitingKey{}).(*bool)
	c.changed.L.Lock()
	for *waiting && c.open >= c.requests {
		c.changed.Wait()
	}
	if !*waiting {
		c.changed.L.Unlock()
		return nil, context.Canceled
	}
	c.open++
	c.changed.L.Unlock()

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

// Close closes the connection.
func (c *countedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
)

// errAddressChanged prevents use from several IP addresses, for which mesibo disables an app.
var errAddressChanged = errors.New("the next connection would come from another IP address of this machine, and mesibo disables an app that is used from several")

// newTransport returns a transport with one connection at a time, always from the same IP address.
func newTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: requestTimeout}

	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 1, TLSHandshakeTimeout: requestTimeout,
		DialContext: pinAddress(dialer.DialContext),
	}
}

type dial = func(ctx context.Context, network, address string) (net.Conn, error)

// pinAddress refuses connections from any other local address than the first.
func pinAddress(next dial) dial {
	var first atomic.Value

	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		local, _, _ := net.SplitHostPort(connection.LocalAddr().String())
		first.CompareAndSwap(nil, local)
		if first.Load() != local {
			_ = connection.Close() // Nothing was sent.

			return nil, errAddressChanged
		}

		return connection, nil
	}
}

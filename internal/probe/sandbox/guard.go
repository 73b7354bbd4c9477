// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// maxReplyBytes bounds what is read of a reply.
const maxReplyBytes = 4 << 20

// guard sends what stays within the bounds, one request at a time.
type guard struct {
	next    http.RoundTripper
	journal *journal
	limiter *rate.Limiter

	mu      sync.Mutex
	bounded bool
	left    int
	stopped error // why nothing is sent any more
}

// remaining is how many requests may still be sent.
func (g *guard) remaining() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.bounded {
		return int(^uint(0) >> 1)
	}

	return g.left
}

// send sends a request, as the guard has understood it. What it would make is in the journal before.
func (g *guard) send(ctx context.Context, endpoint string, body []byte) (Reply, error) {
	g.mu.Lock()
	defer g.mu.Unlock()

	request, err := decode(body)
	if err != nil {
		return Reply{}, fmt.Errorf("%w: the request is no JSON object", ErrBeyond)
	}
	call := read(request)
	switch {
	case !call.allowed(g.journal):
		return Reply{}, fmt.Errorf("%w: %s is about something that was not made here, whose name does not begin with %s", ErrBeyond, call.op, Prefix)
	case g.stopped != nil:
		return Reply{}, g.stopped
	case g.bounded && g.left == 0:
		return Reply{}, fmt.Errorf("%w: there have been enough requests", ErrBeyond)
	}
	if err = g.limiter.Wait(ctx); err != nil {
		return Reply{}, err
	}
	if err = g.journal.before(call); err != nil {
		return Reply{}, fmt.Errorf("%w: it cannot be written down what there would be to clean up: %w", ErrBeyond, err)
	}
	g.left--
	reply, err := g.exchange(ctx, endpoint, request)
	if err != nil {
		return Reply{}, err
	}
	if reply.Status == http.StatusTooManyRequests {
		g.limiter.SetLimit(g.limiter.Limit() / 2) // From here on more slowly: what is put off costs a request too.
	}
	if reply.Symbol() == "TOKENBREACH" {
		g.stopped = ErrBreach

		return Reply{}, ErrBreach
	}

	return reply, g.journal.after(call, reply)
}

// exchange sends a request and reads the reply. A redirect is a reply like any other: the app token does not follow it.
func (g *guard) exchange(ctx context.Context, endpoint string, members Object) (Reply, error) {
	body, err := json.Marshal(members)
	if err != nil {
		return Reply{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return Reply{}, errors.New("the endpoint is not a URL")
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return Reply{}, unreachable(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxReplyBytes))
	if err != nil {
		return Reply{}, unreachable(ctx, err)
	}

	return readReply(response.StatusCode, response.Header, answer), nil
}

// unreachable is the error of a request without an answer.
func unreachable(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, errMoved):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
}

// A call is what the guard has to know of a request.
type call struct {
	op        string
	address   string   // of the user that it is about
	name      string   // of the group
	gid       string   // of the group
	addresses []string // all that it names
	odd       bool     // it has something that is not known here
}

// known are the members that a request may have, for each object of it. Others might name somebody.
var known = map[string][]string{
	"":        {"op", "token", "id", "count", "padding", "user", "group", "message"},
	"user":    {"address", "name", "active", "flags", "token", "profile"},
	"group":   {"gid", "name", "flags", "active", "delete", "members"},
	"members": {"m", "permissions", "remove"},
	"message": {"from", "to", "gid", "message", "type", "url", "title", "expiry", "when"},
}

// read reads a request. Servers may take names for the same that differ in case; here they are those that clients send.
func read(request Object) call {
	c := call{}
	part := func(name string, members Object) {
		for member := range members {
			c.odd = c.odd || !slices.Contains(known[name], member)
		}
	}
	object := func(outer Object, name string) Object {
		inner, isObject := outer[name].(Object)
		c.odd = c.odd || outer[name] != nil && !isObject
		part(name, inner)

		return inner
	}
	text := func(outer Object, name string) string {
		switch value := outer[name].(type) {
		case nil:
			return ""
		case string:
			return value
		case json.Number:
			return value.String()
		default:
			c.odd = true

			return ""
		}
	}
	list := func(outer Object, name string) {
		if joined := text(outer, name); joined != "" {
			c.addresses = append(c.addresses, strings.Split(joined, ",")...)
		}
	}

	part("", request)
	user, group, message := object(request, "user"), object(request, "group"), object(request, "message")
	c.op, c.address = text(request, "op"), text(user, "address")
	c.name, c.gid = text(group, "name"), text(group, "gid")
	if gid := text(message, "gid"); gid != "0" && gid != "" {
		c.gid = gid
	}
	list(user, "address")
	list(object(group, "members"), "m")
	list(message, "from")
	list(message, "to")

	return c
}

// allowed tells whether a request is about our own users and groups, or changes nothing.
func (c call) allowed(journal *journal) bool {
	ours := func(text string) bool { return strings.HasPrefix(text, Prefix) }
	switch {
	case c.odd:
		return false
	case c.op == "usersget", c.op == "groupsget", c.op == "groupgetmembers":
		return true
	case slices.ContainsFunc(c.addresses, func(address string) bool { return !ours(address) }),
		c.name != "" && !ours(c.name), c.gid != "" && !journal.made(c.gid):
		return false
	}
	switch c.op {
	case "useradd":
		return true // Without an address nobody is added.
	case "userset", "userdel":
		return c.address != ""
	case "groupadd":
		return c.name != "" && c.gid == ""
	case "groupset", "groupdel", "groupeditmembers":
		return c.gid != ""
	case "message":
		return len(c.addresses) > 0
	default:
		return false
	}
}

// errMoved says that this machine would be seen under a second address.
var errMoved = errors.New("the next connection would come from another address of this machine, and mesibo disables an app that is used from several")

// newTransport returns a transport with one connection at a time, always from the same address.
func newTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: requestTimeout}

	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 1, TLSHandshakeTimeout: requestTimeout,
		DialContext: oneAddress(dialer.DialContext),
	}
}

type dial = func(ctx context.Context, network, address string) (net.Conn, error)

// oneAddress refuses a connection from another address than the first.
func oneAddress(next dial) dial {
	var mu sync.Mutex
	var first string

	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		local, _, _ := net.SplitHostPort(connection.LocalAddr().String())
		if first == "" {
			first = local
		}
		if local != first {
			_ = connection.Close() // Nothing was sent.

			return nil, errMoved
		}

		return connection, nil
	}
}

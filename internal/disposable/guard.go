// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package disposable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// maxReplyBytes bounds what is read of a reply.
const maxReplyBytes = 4 << 20

// guard lets through what stays within the bounds. It sends one request at a time.
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

// RoundTrip implements [http.RoundTripper]. What a request would make is in the journal before it is sent.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()

	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	call := parse(body)
	if err := call.check(g.journal); err != nil {
		return nil, err
	}
	switch {
	case g.stopped != nil:
		return nil, g.stopped
	case g.bounded && g.left == 0:
		return nil, fmt.Errorf("%w: there have been enough requests", ErrBeyond)
	}
	if err := g.limiter.Wait(request.Context()); err != nil {
		return nil, err
	}
	if err := g.journal.before(call); err != nil {
		return nil, fmt.Errorf("%w: it cannot be written down what there would be to clean up: %w", ErrBeyond, err)
	}
	g.left--
	request.Body = io.NopCloser(bytes.NewReader(body))
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return nil, unreachable(request.Context(), err)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxReplyBytes))
	response.Body.Close() //nolint:errcheck // It has been read.
	if err != nil {
		return nil, unreachable(request.Context(), err)
	}
	response.Body = io.NopCloser(bytes.NewReader(answer))

	var reply struct {
		Result any    `json:"result"`
		Error  string `json:"error"`
		Code   int    `json:"code"`
		Group  struct{ GID json.Number }
	}
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.Decode(&reply) //nolint:errcheck // What is no reply has none of its members.
	if reply.Error == "TOKENBREACH" {
		g.stopped = ErrBreach

		return nil, ErrBreach
	}

	// Who deletes what is not there may be refused; what else would be wrong with a deletion is not for it to say.
	refused := reply.Result == false && reply.Error != "AUTHFAIL" && reply.Error != "INVALIDTOKEN" && reply.Code != http.StatusUnauthorized &&
		response.StatusCode < http.StatusInternalServerError && response.StatusCode != http.StatusTooManyRequests

	return response, g.journal.after(call, reply.Result == true, refused, reply.Group.GID.String())
}

// unreachable is the error of a request without an answer. The transport's own might show a URL; it shows its cause.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errMoved) {
		return err
	}

	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// A call is what the guard has to know of a request.
type call struct {
	op      string
	user    bool     // it is about a user
	address string   // of that user
	name    string   // of the group
	gid     string   // of the group
	others  []string // further addresses
	foreign bool     // it names somebody in another way
}

// parse reads a request. What is no JSON has no op, and does nothing.
func parse(body []byte) call {
	var request struct {
		Op   string `json:"op"`
		User *struct {
			Address string `json:"address"`
			UID     any    `json:"uid"`
		} `json:"user"`
		Group struct {
			GID     json.Number `json:"gid"`
			Name    string      `json:"name"`
			Members struct {
				M string `json:"m"`
			} `json:"members"`
		} `json:"group"`
		Message struct {
			From string      `json:"from"`
			To   string      `json:"to"`
			GID  json.Number `json:"gid"`
		} `json:"message"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return call{foreign: request.Op != ""}
	}
	c := call{op: request.Op, name: request.Group.Name, gid: request.Group.GID.String()}
	if request.User != nil {
		c.user, c.address, c.foreign = true, request.User.Address, request.User.UID != nil
	}
	for _, list := range []string{request.Group.Members.M, request.Message.To, request.Message.From} {
		if list != "" {
			c.others = append(c.others, strings.Split(list, ",")...)
		}
	}
	if gid := request.Message.GID.String(); gid != "" && gid != "0" {
		c.gid = gid
	}

	return c
}

// check refuses what is not about our own users and groups.
func (c call) check(journal *journal) error {
	ours := func(text string) bool { return strings.HasPrefix(text, Prefix) }
	for _, address := range c.others {
		if !ours(address) {
			return c.refuse()
		}
	}
	allowed := false
	switch c.op {
	case "", "usersget", "groupsget", "groupgetmembers":
		allowed = true
	case "useradd":
		allowed = !c.user || ours(c.address)
	case "userset", "userdel":
		allowed = ours(c.address)
	case "groupadd":
		allowed = ours(c.name)
	case "groupset":
		allowed = journal.made(c.gid) && (c.name == "" || ours(c.name))
	case "groupdel", "groupeditmembers":
		allowed = journal.made(c.gid)
	case "message":
		allowed = c.gid == "" || journal.made(c.gid)
	}
	if !allowed || c.foreign {
		return c.refuse()
	}

	return nil
}

func (c call) refuse() error {
	return fmt.Errorf("%w: %s is about something that was not made here, whose name does not begin with %s", ErrBeyond, c.op, Prefix)
}

// errMoved says that this machine would be seen under a second address.
var errMoved = errors.New("the next connection would come from another address of this machine, and mesibo disables an app that is used from several")

// newTransport returns a transport with one connection at a time, always from the same address.
func newTransport() http.RoundTripper {
	var mu sync.Mutex
	var first string
	dialer := &net.Dialer{Timeout: requestTimeout}

	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 1, TLSHandshakeTimeout: requestTimeout,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			connection, err := dialer.DialContext(ctx, network, address)
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
				connection.Close() //nolint:errcheck // Nothing was sent.

				return nil, errMoved
			}

			return connection, nil
		},
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	defaultInterval = time.Second
	requestTimeout  = 30 * time.Second // with the wait for its turn
	maxReplyBytes   = 4 << 20
)

// A guard sends requests that are allowed, one at a time.
type guard struct {
	endpoint string
	next     http.RoundTripper
	journal  *journal
	limiter  *rate.Limiter

	mu      sync.Mutex
	left    int // requests
	stopped error
}

func newGuard(options Options, journal *journal) *guard {
	g := &guard{
		endpoint: options.Endpoint, next: options.Transport, journal: journal,
		limiter: rate.NewLimiter(rate.Every(cmp.Or(options.Interval, defaultInterval)), 1),
		left:    cmp.Or(options.MaxRequests, math.MaxInt),
	}
	if g.next == nil {
		g.next = newTransport()
	}

	return g
}

// send encodes a request anew and sends it, so that the server gets what the guard has read. What the request may create
// is in the journal before. With reserve, requests that clean-up will need are not used.
func (g *guard) send(ctx context.Context, body []byte, reserve bool) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	g.mu.Lock()
	defer g.mu.Unlock()

	object, err := decode(body)
	if err != nil {
		return Reply{}, fmt.Errorf("%w: the request is not a JSON object", ErrBlocked)
	}
	var r request
	r.read("", object)
	needed := 1
	if after := g.journal.left(); reserve {
		after.addPending(r)
		needed += after.cost()
	}
	switch {
	case !g.allows(r):
		return Reply{}, fmt.Errorf("%w: %s names a user or group that was not created here, whose name does not begin with %s", ErrBlocked, r.op, Prefix)
	case g.stopped != nil:
		return Reply{}, g.stopped
	case g.left < needed:
		return Reply{}, ErrNoRequestsLeft
	}
	if err = g.journal.change(func(e *entries) { e.addPending(r) }); err != nil {
		return Reply{}, fmt.Errorf("%w: the journal cannot be written: %w", ErrBlocked, err)
	}
	reply, err := g.exchange(ctx, object)
	for try := 1; err == nil && reply.rateLimited() && try < 3 && g.left > 0; try++ {
		g.limiter.SetLimit(g.limiter.Limit() / 2)
		reply, err = g.exchange(ctx, object)
	}
	if err != nil {
		return Reply{}, err
	}
	if reply.Symbol() == "TOKENBREACH" {
		g.stopped = ErrTokenBreach

		return Reply{}, ErrTokenBreach
	}

	return reply, g.journal.change(func(e *entries) { g.journal.addOutcome(e, r, reply) })
}

// exchange sends a request when it is its turn. It does not follow redirects: the app token stays with this endpoint.
func (g *guard) exchange(ctx context.Context, object Object) (Reply, error) {
	if err := g.limiter.Wait(ctx); err != nil {
		return Reply{}, err
	}
	g.left--
	body, err := json.Marshal(object)
	if err != nil {
		return Reply{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.endpoint, bytes.NewReader(body))
	if err != nil {
		return Reply{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxReplyBytes))
	if err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	reply := Reply{Status: response.StatusCode}
	reply.Body, _ = decode(answer)

	return reply, nil
}

// allows reports whether a request only reads, or changes our own users and groups.
func (g *guard) allows(r request) bool {
	switch r.op {
	case "usersget", "groupsget", "groupgetmembers":
		return !r.unknown
	case "useradd":
		return g.own(r) // Without an address it adds nobody.
	case "userset", "userdel":
		return g.own(r) && r.address != "" || r.op == "userdel" && !r.unknown && r.address == "" && g.journal.createdUser(r.uid)
	case "groupadd":
		return g.own(r) && r.name != "" && r.gid == ""
	case "groupset", "groupdel", "groupeditmembers":
		return g.own(r) && r.gid != ""
	default:
		return false
	}
}

// own reports whether a request names no users or groups of others.
func (g *guard) own(r request) bool {
	for name := range strings.SplitSeq(r.address+","+r.members+","+r.name, ",") {
		if name != "" && !strings.HasPrefix(name, Prefix) {
			return false
		}
	}

	return !r.unknown && r.uid == "" && (r.gid == "" || g.journal.created(r.gid))
}

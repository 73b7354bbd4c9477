// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package emulator is the mesibo Backend API in memory: as faithful as the public sources allow, and faulty on
// demand. Tests drive the provider against it, and it serves whoever has no mesibo at hand.
//
// Where the sources differ or are silent, a mode says what the emulator does, so that tests can hold under every
// answer that the real service may turn out to give. What no source backs is marked "Invented" at its place.
//
// The package imports nothing of the client or the provider: a mistake of one must not hide in the other.
package emulator

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Emulator is a Backend API with its apps and users. It is an [http.Handler], safe for concurrent use.
type Emulator struct {
	clock    func() time.Time
	newToken func() string
	log      io.Writer // nil for none

	mu       sync.Mutex
	modes    Modes
	apps     map[string]*app // by app token
	minted   []string
	faults   []*pending
	requests []Request
	limiter  *rate.Limiter
	inFlight int
	peak     int
}

// An Option sets up an [Emulator].
type Option func(*Emulator)

// WithApp adds an app. Apps know nothing of each other's users.
func WithApp(appToken string) Option {
	return func(e *Emulator) { e.apps[appToken] = newApp(appToken) }
}

// WithModes sets how the server behaves; without it, as [DefaultModes] say.
func WithModes(modes Modes) Option {
	return func(e *Emulator) { e.setModes(modes) }
}

// WithClock sets the clock that tokens age by.
func WithClock(clock func() time.Time) Option {
	return func(e *Emulator) { e.clock = clock }
}

// WithTokenSource sets where user tokens come from. Without it they are 48 random hexadecimal digits, the form
// that the official documentation shows.
func WithTokenSource(newToken func() string) Option {
	return func(e *Emulator) { e.newToken = newToken }
}

// WithLog writes one line for each exchange: the op, the address of the user and how it ended. No secret is in it.
func WithLog(w io.Writer) Option {
	return func(e *Emulator) { e.log = w }
}

// New returns an emulator that nobody can reach yet.
func New(options ...Option) *Emulator {
	e := &Emulator{
		clock:    time.Now,
		newToken: randomToken,
		apps:     map[string]*app{},
	}
	e.setModes(DefaultModes())
	for _, option := range options {
		option(e)
	}

	return e
}

// paths are where the Backend API is found: on the hosted service today and formerly (official documentation), and
// behind the vendor's web server template for on-premise.
var paths = map[string]bool{"/backend": true, "/backend/": true, "/api.php": true, "/mesiboapi": true}

// ServeHTTP answers one request. The HTTP status is always 200, except for unknown paths and for faults.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !paths[r.URL.Path] {
		http.NotFound(w, r)

		return
	}

	call := parse(r)
	modes, fault := e.begin(r, call)
	defer e.end()

	if !pause(r, modes.Latency+fault.delay) {
		e.logf(call, "client gone")

		return
	}
	if fault.before != nil {
		e.logf(call, "fault: "+fault.name)
		fault.before(e, w, call)

		return
	}
	reply := e.carryOut(call, clientAddress(r))
	ended := reply.outcome()
	if fault.name != "" {
		ended += ", fault: " + fault.name
	}
	e.logf(call, ended)
	if fault.hold != nil {
		select {
		case <-fault.hold:
		case <-r.Context().Done():
			return
		}
	}
	if fault.after != nil {
		fault.after(w, reply)

		return
	}
	writeJSON(w, reply)
}

// begin records the request and returns how it is to be treated.
func (e *Emulator) begin(r *http.Request, call call) (Modes, Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()

	e.requests = append(e.requests, Request{
		Op:       call.op,
		Address:  call.user().text("address"),
		GID:      call.group().text("gid"),
		Method:   r.Method,
		Path:     r.URL.Path,
		RawQuery: r.URL.RawQuery,
		Header:   r.Header.Clone(),
		Body:     call.body,
		At:       e.clock(),
	})
	e.inFlight++
	e.peak = max(e.peak, e.inFlight)
	if e.limiter != nil && !e.limiter.Allow() {
		return e.modes, TooManyRequests("1") // What is due to go wrong waits for a request that comes through.
	}

	return e.modes, e.takeFault(call.op)
}

func (e *Emulator) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inFlight--
}

// handlers has a function for each op that the emulator offers.
var handlers = map[string]func(*Emulator, *app, call) outcome{
	"useradd":   (*Emulator).userAdd,
	"userset":   (*Emulator).userSet,
	"userdel":   (*Emulator).userDel,
	"usersget":  (*Emulator).usersGet,
	"usertoken": (*Emulator).userToken,

	"groupadd":         (*Emulator).groupAdd,
	"groupset":         (*Emulator).groupSet,
	"groupdel":         (*Emulator).groupDel,
	"groupeditmembers": (*Emulator).groupEditMembers,
	"groupgetmembers":  (*Emulator).groupGetMembers,
	"groupsget":        (*Emulator).groupsGet,

	"message": (*Emulator).send,
}

// carryOut does what the call asks for. The app token is checked before the parameters (a captured answer).
// Invented: it is checked before the op too.
func (e *Emulator) carryOut(call call, client string) reply {
	e.mu.Lock()
	defer e.mu.Unlock()

	if call.unreadable {
		// Invented: no source shows the answer to a body that is not JSON.
		return failure("BADREQUEST", http.StatusBadRequest, "The request cannot be read").reply("", nil)
	}
	app, known := e.apps[call.appToken]
	if !known {
		return authFail().reply(call.op, call.id)
	}
	app.clients[client] = true
	if limit := e.modes.TokenBreachAfter; limit > 0 && len(app.clients) > limit {
		app.breached = true
	}
	var result outcome
	handler, offered := handlers[call.op]
	switch {
	case app.breached:
		result = tokenBreach()
	case !offered, !e.modes.Lookups && (call.op == "usersget" || call.op == "groupsget"),
		!e.modes.MemberLists && call.op == "groupgetmembers":
		result = outcome{"error": "BADOP"}
	default:
		result = handler(e, app, call)
	}
	if e.modes.EchoApp {
		result["app"] = app.echo()
	}

	return result.reply(call.op, call.id)
}

// pause waits, unless the client goes away first.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// clientAddress is the IP address that a request comes from.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}

	return host
}

func randomToken() string {
	var bytes [24]byte
	rand.Read(bytes[:])

	return hex.EncodeToString(bytes[:])
}

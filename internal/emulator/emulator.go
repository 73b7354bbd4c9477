// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package emulator is the mesibo Backend API in memory: as faithful as the public sources allow, and faulty on
// demand. Tests drive the provider against it, and it serves whoever has no mesibo at hand.
//
// Where the sources differ or are silent, a [profile.Profile] says what the emulator does, so that tests can hold under
// every answer that the real service may turn out to give. What several sources agree on it always does.
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

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// Emulator is a Backend API with its apps and users. It is an [http.Handler], safe for concurrent use.
type Emulator struct {
	clock    func() time.Time
	newToken func() string
	log      io.Writer // nil for none

	mu       sync.Mutex
	profile  profile.Profile
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

// WithProfile sets how the server behaves; without it, as [profile.Default] says.
func WithProfile(as profile.Profile) Option {
	return func(e *Emulator) { e.setProfile(as) }
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
	e.setProfile(profile.Default())
	for _, option := range options {
		option(e)
	}

	return e
}

// paths are where the Backend API is found: on the hosted service today and formerly (official documentation), and
// behind the vendor's web server template for on-premise.
var paths = map[string]bool{"/backend": true, "/backend/": true, "/api.php": true, "/mesiboapi": true}

// ServeHTTP answers one request. Clients rely on HTTP status 200 for failures too; only unknown paths, requests that are too
// large and faults have another.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !paths[r.URL.Path] {
		http.NotFound(w, r)

		return
	}

	call := parse(r)
	as, fault := e.begin(r, call)
	defer e.end()

	if !pause(r, fault.delay) {
		e.logf(call, "client gone")

		return
	}
	if fault.before != nil {
		e.logf(call, "fault: "+fault.name)
		fault.before(e, w, call)

		return
	}
	if as.MaxBodyBytes > 0 && len(call.body) > as.MaxBodyBytes {
		e.logf(call, "too large")
		page(w, http.StatusRequestEntityTooLarge, "413 Request Entity Too Large") // as a web server in front does

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
	reply.write(w)
}

// begin records the request and returns how it is to be treated.
func (e *Emulator) begin(r *http.Request, call call) (profile.Profile, Fault) {
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
		return e.profile, TooManyRequests("1") // What is due to go wrong waits for a request that comes through.
	}

	return e.profile, e.takeFault(call.op)
}

func (e *Emulator) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inFlight--
}

// A handler carries out an op for an app.
type handler func(*Emulator, *app, call) outcome

// handlers has one for each op that the emulator knows.
var handlers = map[string]handler{
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
func (e *Emulator) carryOut(call call, client string) reply {
	e.mu.Lock()
	defer e.mu.Unlock()

	if call.unreadable {
		return failure("BADREQUEST", http.StatusBadRequest, "The request cannot be read").reply("", nil) // Invented.
	}
	app, known := e.apps[call.appToken]
	if !known {
		return authFail().reply(call.op, call.id)
	}
	app.clients[client] = true
	if limit := e.profile.TokenBreachAfter; limit > 0 && len(app.clients) > limit {
		app.breached = true
	}
	carryOut, offered := e.handler(call.op)
	var result outcome
	switch {
	case app.breached:
		result = tokenBreach()
	case !offered:
		result = badOp()
	default:
		result = carryOut(e, app, call)
	}
	if e.profile.EchoApp {
		result["app"] = app.echo()
	}

	return result.reply(call.op, call.id)
}

// handler returns what carries out an op, if it is offered.
func (e *Emulator) handler(op string) (carryOut handler, offered bool) {
	carryOut, offered = handlers[op]
	switch op {
	case "usersget":
		offered = e.profile.UserLookups
	case "groupsget":
		offered = e.profile.GroupLookups
	case "groupgetmembers":
		offered = e.profile.MemberLists
	}

	return carryOut, offered
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

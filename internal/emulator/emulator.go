// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package emulator is the mesibo Backend API in memory, for tests, demos and development without a mesibo account. Faults
// can be injected into it.
//
// It is built from public documentation, the vendor's samples and the code of clients. Nobody has compared it with the real
// service, which may differ:
//   - Where sources are silent or contradict each other, a [profile.Profile] says how the emulator behaves. Its fields
//     name the source of each answer.
//   - A comment that says "invented" or "inferred" marks behaviour that has no source. Most errors are invented: documented
//     are AUTHFAIL, BADOP and TOKENBREACH.
//   - It accepts any address, name, App ID and expiry, because the limits of the real service are unknown, and has no quotas.
//   - It delivers no messages, logs no user in, and does not enforce permissions. A disabled user is only shown to be disabled.
//   - The ops for one-time passwords, webhooks and access control are missing.
//
// The package imports neither the client nor the provider, so that it cannot share their mistakes.
package emulator

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// Emulator is a Backend API with its apps. It is an [http.Handler] and safe for concurrent use.
type Emulator struct {
	clock    func() time.Time
	newToken func() string
	log      io.Writer // nil for none

	mu       sync.Mutex
	profile  profile.Profile
	apps     map[string]*app // by app token
	minted   []string
	faults   []*pendingFault
	requests []Request
	limiter  *rate.Limiter
	inFlight int
	peak     int
}

// An Option configures an [Emulator].
type Option func(*Emulator)

// WithApp adds an app. Apps are isolated from each other.
func WithApp(appToken string) Option {
	return func(e *Emulator) { e.apps[appToken] = newApp(appToken) }
}

// WithProfile sets how the server behaves, instead of [profile.Default].
func WithProfile(as profile.Profile) Option { return func(e *Emulator) { e.setProfile(as) } }

// WithClock sets the clock that decides when tokens expire.
func WithClock(clock func() time.Time) Option { return func(e *Emulator) { e.clock = clock } }

// WithTokenSource sets the source of user tokens, instead of 48 random hexadecimal digits (as in the official documentation).
func WithTokenSource(newToken func() string) Option {
	return func(e *Emulator) { e.newToken = newToken }
}

// WithLog writes one line per exchange: the op, what it is about and how it ended. Secrets are redacted.
func WithLog(w io.Writer) Option { return func(e *Emulator) { e.log = w } }

// New returns an emulator that does not listen; see [Start].
func New(options ...Option) *Emulator {
	e := &Emulator{clock: time.Now, newToken: randomToken, apps: map[string]*app{}, profile: profile.Default()}
	for _, option := range options {
		option(e)
	}

	return e
}

// lock locks the emulator and returns what unlocks it: defer e.lock()().
func (e *Emulator) lock() (unlock func()) {
	e.mu.Lock()

	return e.mu.Unlock
}

// Profile returns how the server behaves.
func (e *Emulator) Profile() profile.Profile {
	defer e.lock()()
	return e.profile
}

// SetProfile changes how the server behaves from the next request on. Existing users and groups stay as they are.
func (e *Emulator) SetProfile(change func(*profile.Profile)) {
	defer e.lock()()
	changed := e.profile
	change(&changed)
	e.setProfile(changed)
}

func (e *Emulator) setProfile(to profile.Profile) {
	if most := to.RequestsPerSecond; most != e.profile.RequestsPerSecond {
		e.limiter = rate.NewLimiter(rate.Limit(most), max(1, int(most)))
	}
	e.profile = to
}

// paths are those of the hosted service today and formerly (official documentation), and of the vendor's on-premise template.
var paths = []string{"/backend", "/backend/", "/api.php", "/mesiboapi"}

// ServeHTTP answers one request. Failures have status 200 too, as clients expect; limits, faults and unknown paths do not.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(paths, r.URL.Path) {
		http.NotFound(w, r)

		return
	}
	call := parse(r)
	fault := e.begin(r, call)
	defer e.end()

	if fault.delay > 0 && !await(r.Context(), time.After(fault.delay)) {
		return
	}
	if fault.before != nil {
		e.logf(call, "fault: "+fault.name)
		fault.before(e, w, call)

		return
	}
	reply := e.carryOut(call, r.RemoteAddr)
	outcome, failed := reply["error"].(string)
	if !failed {
		outcome = "ok"
	}
	if fault.name != "" {
		outcome += ", fault: " + fault.name
	}
	e.logf(call, outcome)
	if fault.hold != nil && !await(r.Context(), fault.hold) {
		return
	}
	if fault.after != nil {
		fault.after(w, call, reply)

		return
	}
	reply.write(w)
}

// begin records the request and returns the fault that is due. Faults wait for a request that the limits let through.
func (e *Emulator) begin(r *http.Request, call call) Fault {
	defer e.lock()()
	e.requests = append(e.requests, Request{
		Op: call.op, Address: call.user().text("address"), GID: call.group().text("gid"),
		Method: r.Method, RawQuery: r.URL.RawQuery, Header: r.Header.Clone(), Body: call.body, At: e.clock(),
	})
	e.inFlight++
	e.peak = max(e.peak, e.inFlight)
	switch most := e.profile.MaxBodyBytes; {
	case e.profile.RequestsPerSecond > 0 && !e.limiter.Allow():
		return TooManyRequests("1")
	case most > 0 && len(call.body) > most:
		return instead("too large", func(w http.ResponseWriter) {
			page(w, http.StatusRequestEntityTooLarge, "413 Request Entity Too Large")
		})
	default:
		return e.takeFault(call.op)
	}
}

func (e *Emulator) end() {
	defer e.lock()()
	e.inFlight--
}

// await waits for a channel. It returns false when the client goes away first.
func await[T any](ctx context.Context, done <-chan T) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// handlers carry out each op for an app. They return the part of the reply that belongs to the op.
var handlers = map[string]func(*Emulator, *app, call) reply{
	"useradd":          (*Emulator).userAdd,
	"userset":          (*Emulator).userSet,
	"userdel":          (*Emulator).userDel,
	"usersget":         (*Emulator).usersGet,
	"usertoken":        (*Emulator).userToken,
	"groupadd":         (*Emulator).groupAdd,
	"groupset":         (*Emulator).groupSet,
	"groupdel":         (*Emulator).groupDel,
	"groupeditmembers": (*Emulator).groupEditMembers,
	"groupgetmembers":  (*Emulator).groupGetMembers,
	"groupsget":        (*Emulator).groupsGet,
	"message":          (*Emulator).message,
	"pushupload":       (*Emulator).pushUpload,
}

// carryOut executes a call. The app token is checked before the parameters (captured) and before the op (invented).
func (e *Emulator) carryOut(call call, client string) reply {
	defer e.lock()()
	var r reply
	app, handler := e.apps[call.appToken], handlers[call.op]
	switch {
	case call.unreadable:
		r = failure("BADREQUEST", http.StatusBadRequest, "The request cannot be read") // invented
	case app == nil:
		r = authFail()
	case app.disabledFor(client, e.profile.TokenBreachAfter):
		r = reply{"error": "TOKENBREACH"} // official documentation; that it is the short form is inferred
	case handler == nil,
		call.op == "usersget" && !e.profile.UserLookups,
		call.op == "groupsget" && !e.profile.GroupLookups,
		call.op == "groupgetmembers" && !e.profile.MemberLists:
		r = reply{"error": "BADOP"} // official documentation
	default:
		r = handler(e, app, call)
	}
	if app != nil && e.profile.EchoApp {
		r["app"] = app.echo()
	}

	return r.complete(call)
}

// logf writes a line about an exchange.
func (e *Emulator) logf(call call, outcome string) {
	if e.log == nil {
		return
	}
	defer e.lock()()
	op := call.op
	if handlers[op] == nil {
		op = strconv.Quote(e.redact(call, op))
	}
	fmt.Fprintf(e.log, "%s %q: %s\n", op, e.redact(call, call.subject()), outcome)
}

// redact replaces a text that contains a secret. Quoting comes afterwards: it could change how the secret is written.
func (e *Emulator) redact(call call, text string) string {
	secrets := append([]string{call.appToken}, e.minted...)
	for token, app := range e.apps {
		secrets = append(secrets, token, app.webhookSecret)
	}
	if slices.ContainsFunc(secrets, func(secret string) bool { return secret != "" && strings.Contains(text, secret) }) {
		return "(redacted)"
	}

	return text
}

// An app has its own users, groups and messages.
type app struct {
	token         string
	webhookSecret string
	users         map[string]*user // by the key of the address
	uids          map[string]bool  // all that were ever given
	lastUID       int64
	former        map[string]string // uids of deleted users, by the key of the address
	groups        map[string]*group // by gid
	lastGID       int
	messages      []Message

	pushCredentials []PushCredentials
	clients         map[string]bool // IP addresses that calls came from
	breached        bool
}

func newApp(token string) *app {
	return &app{
		token: token, webhookSecret: randomToken(), users: map[string]*user{}, uids: map[string]bool{}, lastUID: firstUID - 1,
		former: map[string]string{}, groups: map[string]*group{}, lastGID: firstGID - 1, clients: map[string]bool{},
	}
}

// disabledFor records a call from a client and reports whether the app is disabled, as too many client addresses make it.
func (a *app) disabledFor(client string, limit int) bool {
	if host, _, err := net.SplitHostPort(client); err == nil {
		client = host
	}
	a.clients[client] = true
	a.breached = a.breached || limit > 0 && len(a.clients) > limit

	return a.breached
}

// echo is the app as replies of 2020 showed it, with its secrets.
func (a *app) echo() map[string]any {
	return map[string]any{"aid": "1", "name": "emulated", "secret": a.webhookSecret, "token": a.token, "flag": "33024"}
}

func randomToken() string {
	var bytes [24]byte
	rand.Read(bytes[:])

	return hex.EncodeToString(bytes[:])
}

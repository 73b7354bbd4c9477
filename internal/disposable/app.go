// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package disposable is for trying things out on a real mesibo app that nobody needs. Whatever goes through it stays
// within bounds: few requests, slowly, from one address, about nothing but what carries the prefix; and all that was
// made is written down first, so that it can be deleted also by a later run.
package disposable

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Prefix is what the addresses of users and the names of groups begin with that are made, changed or deleted here.
const Prefix = "tf-mesibo-test-"

// Bounds of a run.
const (
	MaxRequests    = 80               // of the probe, with those that clean up
	perSecond      = 1                // requests
	requestTimeout = 30 * time.Second // of one exchange
)

// Errors of a run, for errors.Is.
var (
	// ErrNotAgreed: nobody has said that the app is disposable, or not as clearly as it takes.
	ErrNotAgreed = errors.New("the app is not known to be disposable")
	// ErrRejected: the server does not take the app token.
	ErrRejected = errors.New("the app token was rejected")
	// ErrBreach: mesibo has disabled the app. Nothing more is sent.
	ErrBreach = errors.New("mesibo has disabled the app (TOKENBREACH)")
	// ErrBeyond: the request is about something that is not ours, or there have been enough requests.
	ErrBeyond = errors.New("not sent")
	// ErrUnreachable: no answer came.
	ErrUnreachable = errors.New("the server did not answer")
)

// Options say which app to use, and how.
type Options struct {
	Endpoint string // full URL of the Backend API
	AppToken string
	// Agreed is how often somebody has said that the app is disposable. Once is enough for an app without users of
	// others; twice for any.
	Agreed int
	// JournalFile is where it is written down what there is to clean up.
	JournalFile string
	// MaxRequests bounds the requests, those that clean up among them; 0 is for any number.
	MaxRequests int
	// Interval is the least time between two requests; 0 is for a second.
	Interval time.Duration
	// Transport sends the requests; nil is for one that keeps to one address of this machine.
	Transport http.RoundTripper
}

// App is a disposable app.
type App struct {
	options Options
	prefix  string
	journal *journal
	guard   *guard
	// Lookups says whether the server was found to offer usersget.
	Lookups bool
}

// Open makes sure that the app may be used, deletes what a run before has left, and returns the app. Nothing that
// changes the app is sent before somebody has agreed.
func Open(ctx context.Context, options Options) (*App, error) {
	if options.Agreed < 1 {
		return nil, fmt.Errorf("%w: say that it is, if all its users and groups may be lost", ErrNotAgreed)
	}
	if options.Interval == 0 {
		options.Interval = time.Second / perSecond
	}
	if options.Transport == nil {
		options.Transport = newTransport()
	}
	journal, err := openJournal(options.JournalFile, options.Endpoint)
	if err != nil {
		return nil, err
	}
	app := &App{
		options: options, prefix: newPrefix(), journal: journal,
		guard: &guard{
			next: options.Transport, journal: journal, left: options.MaxRequests, bounded: options.MaxRequests > 0,
			limiter: rate.NewLimiter(rate.Every(options.Interval), 1),
		},
	}
	if err := app.check(ctx); err != nil {
		return nil, err
	}
	if journal.empty() {
		return app, nil
	}

	return app, app.CleanUp(ctx)
}

// newPrefix returns the prefix of one run.
func newPrefix() string {
	var random [4]byte
	rand.Read(random[:])

	return Prefix + hex.EncodeToString(random[:]) + "-"
}

// check looks whether the app token is good and whose users the app has.
func (a *App) check(ctx context.Context) error {
	// Without a user nothing can be added: a good app token gives code 400 (a client in production use).
	reply, err := a.Call(ctx, "useradd", nil)
	switch {
	case err != nil:
		return err
	case reply.Code() == http.StatusUnauthorized || reply.Error() == "AUTHFAIL" || reply.Error() == "INVALIDTOKEN":
		return fmt.Errorf("%w by %s", ErrRejected, a.host())
	}

	reply, err = a.Call(ctx, "usersget", Object{"count": 1000, "user": Object{"address": "*"}})
	if err != nil {
		return err
	}
	rows, listed := reply.Members["users"].([]any)
	if !listed {
		return nil // It offers no list. What is done is about our own users in any case.
	}
	a.Lookups = true
	others := 0
	for _, row := range rows {
		row, _ := row.(map[string]any)
		if address, _ := row["address"].(string); !strings.HasPrefix(address, Prefix) {
			others++
		}
	}
	if others > 0 && a.options.Agreed < 2 {
		return fmt.Errorf("%w: it has %d users at least that were not made here; say it twice if they may be lost", ErrNotAgreed, others)
	}

	return nil
}

// Prefix is what the addresses and names of this run are to begin with. No other run has the same.
func (a *App) Prefix() string { return a.prefix }

// Left is how many requests may still be sent; those that clean up are not counted off.
func (a *App) Left() int { return a.guard.remaining() - a.journal.size() }

// An Object is a JSON object.
type Object = map[string]any

// A Reply is what came back.
type Reply struct {
	Status  int
	Header  http.Header
	Members Object // nil when the body is no JSON object
}

// OK tells whether the request succeeded.
func (r Reply) OK() bool { return r.Members["result"] == true }

// Error is the symbol of a failure.
func (r Reply) Error() string {
	symbol, _ := r.Members["error"].(string)

	return symbol
}

// Code is the code of a reply, 0 for none.
func (r Reply) Code() int {
	code, _ := r.Members["code"].(json.Number)
	number, _ := code.Int64()

	return int(number)
}

// Call sends an op with further members of the request.
func (a *App) Call(ctx context.Context, op string, members Object) (Reply, error) {
	request := Object{"op": op, "token": a.options.AppToken}
	for name, value := range members {
		request[name] = value
	}
	body, err := json.Marshal(request)
	if err != nil {
		return Reply{}, err
	}

	return a.Send(ctx, body)
}

// Send sends a body as it stands.
func (a *App) Send(ctx context.Context, body []byte) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.options.Endpoint, bytes.NewReader(body))
	if err != nil {
		return Reply{}, errors.New("the endpoint is not a URL")
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.guard.RoundTrip(request)
	if err != nil {
		return Reply{}, err
	}
	defer response.Body.Close()
	reply := Reply{Status: response.StatusCode, Header: response.Header}
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&reply.Members); err != nil {
		reply.Members = nil
	}

	return reply, nil
}

// host names the server in errors.
func (a *App) host() string {
	request, err := http.NewRequest(http.MethodPost, a.options.Endpoint, http.NoBody) //nolint:noctx // It is not sent.
	if err != nil {
		return "the server"
	}

	return request.URL.Host
}

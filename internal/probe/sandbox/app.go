// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package sandbox is for trying things out on a real mesibo app that nobody needs. Whatever goes through it stays
// within bounds: few requests, slowly, from one address, about nothing but what carries the prefix; and all that was
// made is written down first, so that it can be deleted also by a later run.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Prefix is what the addresses of users and the names of groups begin with that are made, changed or deleted here.
const Prefix = "tf-mesibo-test-"

// MaxRequests bounds what the probe sends, with what cleans up.
const MaxRequests = 80

const (
	usualInterval  = time.Second      // between two requests
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
	// ErrBeyond: the request is about something that was not made here, or there have been enough requests.
	ErrBeyond = errors.New("not sent")
	// ErrUnreachable: no answer came.
	ErrUnreachable = errors.New("the server did not answer")
	// ErrOther: what answered is no Backend API.
	ErrOther = errors.New("what answered is no Backend API of mesibo")
	// ErrLeft: something could not be deleted.
	ErrLeft = errors.New("something is left")
	// ErrUnlisted: the server lists no users, or no groups.
	ErrUnlisted = errors.New("users or groups are not listed")
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
	// Lookups says whether the server was found to offer usersget.
	Lookups bool

	endpoint *url.URL
	appToken string
	agreed   int
	prefix   string
	journal  *journal
	guard    *guard
}

// Open makes sure that the app may be used, deletes what a run before has left, and returns the app. Nothing that
// changes the app is sent before somebody has agreed. An error never shows the app token.
func Open(ctx context.Context, options Options) (*App, error) {
	if options.Agreed < 1 {
		return nil, fmt.Errorf("%w: say that it is, if all its users and groups may be lost", ErrNotAgreed)
	}
	endpoint, err := url.Parse(options.Endpoint)
	if err != nil || endpoint.Host == "" || endpoint.User != nil {
		return nil, errors.New("the endpoint has to be a full URL without a password") // It is not shown, for it may have one.
	}
	journal, err := openJournal(options.JournalFile, endpoint.Host)
	if err != nil {
		return nil, err
	}
	app := &App{
		endpoint: endpoint, appToken: options.AppToken, agreed: options.Agreed, prefix: newPrefix(), journal: journal,
		guard: newGuard(options, journal),
	}
	if err := app.check(ctx); err != nil {
		return nil, err
	}
	if journal.empty() {
		return app, nil
	}

	return app, app.CleanUp(ctx)
}

func newGuard(options Options, journal *journal) *guard {
	g := &guard{next: options.Transport, journal: journal, bounded: options.MaxRequests > 0, left: options.MaxRequests}
	if g.next == nil {
		g.next = newTransport()
	}
	interval := options.Interval
	if interval == 0 {
		interval = usualInterval
	}
	g.limiter = rate.NewLimiter(rate.Every(interval), 1)

	return g
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
	case reply.Members["result"] == nil:
		return fmt.Errorf("%w: %s, status %d", ErrOther, a.endpoint.Host, reply.Status)
	case reply.rejects():
		return fmt.Errorf("%w by %s", ErrRejected, a.endpoint.Host)
	}

	users, err := a.list(ctx, "usersget", "*")
	if err != nil || !users.offered {
		return err // It offers no list. What is done is about our own users in any case.
	}
	a.Lookups = true
	others := 0
	if a.journal.empty() { // Else it may be ours that are not shown, and who they are is written down.
		others = users.hidden
	}
	for _, user := range users.rows {
		if address, _ := user["address"].(string); !strings.HasPrefix(address, Prefix) {
			others++
		}
	}
	if others > 0 && a.agreed < 2 {
		return fmt.Errorf("%w: it has %d or more users that were not made here; say it twice if they may be lost", ErrNotAgreed, others)
	}

	return nil
}

// Prefix is what the addresses and names of this run are to begin with. No other run has the same.
func (a *App) Prefix() string { return a.prefix }

// Left is how many requests may still be sent; those that clean up are not counted off.
func (a *App) Left() int { return a.guard.remaining() - a.journal.size() }

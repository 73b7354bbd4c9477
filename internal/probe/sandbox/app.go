// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package sandbox gives guarded access to a disposable test app of a real mesibo server. It sends few requests, slowly,
// from one IP address, and none that changes users or groups whose names lack [Prefix]. A journal records what may have
// been created before it is, so that a later run can delete what a killed one has left.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Prefix begins the addresses of users and the names of groups that may be created, changed or deleted.
const Prefix = "tf-mesibo-test-"

// MaxRequests limits a run of the probe, clean-up included.
const MaxRequests = 90

// Errors for errors.Is. None contains the app token.
var (
	ErrNotConfirmed       = errors.New("app not confirmed as disposable")
	ErrUnauthorized       = errors.New("the app token was rejected")
	ErrTokenBreach        = errors.New("mesibo has disabled the app (TOKENBREACH)") // Nothing more is sent.
	ErrBlocked            = errors.New("request blocked")                           // by the guard
	ErrNoRequestsLeft     = errors.New("no requests left")                          // but those that clean-up needs
	ErrUnreachable        = errors.New("the server did not answer")
	ErrUnexpectedResponse = errors.New("not a mesibo Backend API")
	ErrNotDeleted         = errors.New("not deleted")
	ErrNotListed          = errors.New("the server does not list users or groups")
)

// Options say which app to use, and how.
type Options struct {
	Endpoint string // full URL of the Backend API
	AppToken string
	// Confirmations is how often somebody has confirmed that the app is disposable: once for an app without users of
	// others, twice for any.
	Confirmations int
	// JournalFile lists what is left to delete. It exists only while there is something.
	JournalFile string
	// MaxRequests limits all requests, clean-up included; 0 means no limit.
	MaxRequests int
	// Interval is the least time between two requests; 0 means a second.
	Interval time.Duration
	// Transport sends the requests; nil means one that keeps to one IP address of this machine.
	Transport http.RoundTripper
}

// An App is a disposable test app.
type App struct {
	// Lookups reports whether the server offers usersget.
	Lookups bool

	options Options
	host    string
	prefix  string
	journal *journal
	guard   *guard
}

// Open checks that the app may be used, deletes what an earlier run has left, and returns the app. It sends nothing unless
// the app is confirmed as disposable.
func Open(ctx context.Context, options Options) (*App, error) {
	if options.Confirmations < 1 {
		return nil, fmt.Errorf("%w: confirm it if all its users and groups may be lost", ErrNotConfirmed)
	}
	endpoint, err := url.Parse(options.Endpoint)
	if err != nil || endpoint.Host == "" || endpoint.User != nil {
		return nil, errors.New("the endpoint must be a full URL without a password") // It may contain one, so it is not shown.
	}
	journal, err := openJournal(options.JournalFile, endpoint.Host)
	if err != nil {
		return nil, err
	}
	app := &App{
		options: options, host: endpoint.Host, journal: journal, guard: newGuard(options, journal),
		prefix: Prefix + strings.ToLower(rand.Text()[:8]) + "-",
	}
	if err := app.check(ctx); err != nil {
		return nil, err
	}

	return app, app.CleanUp(ctx)
}

// check finds out whether the app token is accepted and whether the app has users of others.
func (a *App) check(ctx context.Context) error {
	// Without a user nothing is created. A good app token gives code 400 (a client in production relies on it).
	reply, err := a.call(ctx, "useradd", nil, false)
	switch {
	case err != nil:
		return err
	case reply.Body["result"] == nil:
		return a.unexpected(reply)
	}

	users, hidden, err := a.list(ctx, "usersget", "*")
	if errors.Is(err, ErrNotListed) {
		return nil // The guard protects users of others all the same.
	}
	if err != nil {
		return err
	}
	a.Lookups = true
	others := 0
	if a.journal.left().cost() == 0 { // Otherwise those that are not shown may be ours.
		others = hidden
	}
	for _, user := range users {
		if !strings.HasPrefix(Text(user["address"]), Prefix) {
			others++
		}
	}
	if others > 0 && a.options.Confirmations < 2 {
		return fmt.Errorf("%w: it has %d or more users that were not created here; confirm it twice if they may be lost", ErrNotConfirmed, others)
	}

	return nil
}

// Prefix begins the addresses and names of this run. It is unique.
func (a *App) Prefix() string { return a.prefix }

// Call sends an op with further members of the request. It returns [ErrNoRequestsLeft] rather than use those that clean-up needs.
func (a *App) Call(ctx context.Context, op string, members Object) (Reply, error) {
	return a.call(ctx, op, members, true)
}

func (a *App) call(ctx context.Context, op string, members Object, reserve bool) (Reply, error) {
	request := Object{"op": op, "token": a.options.AppToken}
	maps.Copy(request, members)
	body, err := json.Marshal(request)
	if err != nil {
		return Reply{}, err
	}
	reply, err := a.guard.send(ctx, body, reserve)
	if err == nil && reply.unauthorized() {
		err = fmt.Errorf("%w by %s", ErrUnauthorized, a.host)
	}

	return reply, err
}

// list returns the users or groups that match a pattern, and how many more the server counts.
func (a *App) list(ctx context.Context, op, pattern string) (rows []Object, hidden int, err error) {
	const manyRows = 1000
	request, name := Object{"count": manyRows, "user": Object{"address": pattern}}, "users"
	if op == "groupsget" {
		request, name = Object{"count": manyRows, "group": Object{"name": pattern}}, "groups"
	}
	reply, err := a.call(ctx, op, request, false)
	if err != nil {
		return nil, 0, err
	}
	rows, offered := reply.Rows(name)
	switch {
	case reply.Body["result"] == nil, reply.rateLimited():
		return nil, 0, a.unexpected(reply)
	case !offered:
		return nil, 0, fmt.Errorf("%w: %s at %s", ErrNotListed, op, a.host)
	}
	count, _ := reply.Count(name + "count")

	return rows, max(count-len(rows), 0), nil
}

func (a *App) unexpected(reply Reply) error {
	return fmt.Errorf("%w: %s, status %d", ErrUnexpectedResponse, a.host, reply.Status)
}

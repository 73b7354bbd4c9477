// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"errors"
	"fmt"
	"strings"
)

// What an error can be, for errors.Is. One error may be several of them.
var (
	// ErrUnauthorized: the server does not know the app token, or it has expired. It shows as code 401 or as
	// AUTHFAIL (captured answer), in older third-party code as INVALIDTOKEN.
	ErrUnauthorized = errors.New("the app token was rejected")

	// ErrUnsupportedOp: the server has no such op; it answered BADOP (official documentation).
	ErrUnsupportedOp = errors.New("the server does not offer this operation")

	// ErrNotFound: the server answered with code 404. Inferred: which code a missing object gives is not documented.
	ErrNotFound = errors.New("not found")

	// ErrTokenBreach: mesibo has disabled the app because its app token seems to have leaked, or is used from more
	// than five IP addresses; it answered TOKENBREACH (official documentation). Never repeated.
	ErrTokenBreach = errors.New("mesibo has disabled the app")

	// ErrRateLimited: there were too many requests, by HTTP status 429 or code 429. Inferred: no rate limit is
	// documented.
	ErrRateLimited = errors.New("too many requests")

	// ErrUnexpectedResponse: what came back is not a reply of the Backend API: empty, cut short, too large, not JSON, without
	// "result" or without what was asked for, a redirect, or an HTTP error.
	ErrUnexpectedResponse = errors.New("not a reply of the Backend API")

	// ErrNoLookups: look-ups are disabled, or the server was found not to offer them. See [WithLookups].
	ErrNoLookups = errors.New("look-ups are not available")

	// ErrUnreachable: no connection was made in any try, so nothing was sent.
	ErrUnreachable = errors.New("the server cannot be reached")

	// ErrOutcomeUnknown: the request may have been carried out: in at least one try it was sent and no definite
	// answer came. It stays so when a later try of the same call fails in another way. Only a request that
	// changes something is ever this.
	ErrOutcomeUnknown = errors.New("the request may have been carried out")
)

// Error is a failed call. Nothing in it holds a secret: what the server said is scrubbed.
type Error struct {
	// Op is the operation, such as "useradd".
	Op string
	// Symbol is the server's "error", such as "AUTHFAIL"; empty when the server gave none.
	Symbol string
	// Code is the server's "code", which is like an HTTP status; 0 when the server gave none.
	Code int
	// Cause is the server's "cause", a text for people; empty when the server gave none.
	Cause string
	// Properties are the members of the request that the server blames.
	Properties []string
	// HTTPStatus is the status of the last answer; 0 when there was none.
	HTTPStatus int

	host  string  // where it happened, if the text does not say so
	text  string  // what happened, without the op
	kinds []error // what errors.Is finds
}

// Error returns one or two sentences that begin with the op.
func (e *Error) Error() string {
	if e.host != "" {
		return e.Op + " at " + e.host + ": " + e.text
	}

	return e.Op + ": " + e.text
}

// Unwrap returns what the error is: some of this package's Err values, and the error of the context if that
// ended the call.
func (e *Error) Unwrap() []error { return e.kinds }

// and adds a sentence, and what else the error is.
func (e *Error) and(sentence string, kind error) {
	e.text = strings.TrimRight(e.text, ".") + ". " + sentence
	e.kinds = append(e.kinds, kind)
}

// errorf returns an error of the given kind that comes from no answer. No argument may hold a secret.
func errorf(op Op, kind error, format string, args ...any) *Error {
	e := &Error{Op: string(op), text: fmt.Sprintf(format, args...)}
	if kind != nil {
		e.kinds = []error{kind}
	}

	return e
}

// quote puts what the server said into words.
func (e *Error) quote() string {
	text := "the server refused"
	if e.Symbol != "" {
		text = "the server answered " + e.Symbol
	}
	if e.Code != 0 {
		text += fmt.Sprintf(" (code %d)", e.Code)
	}
	switch {
	case e.Cause != "":
		text += ": " + e.Cause
	case len(e.Properties) > 0:
		text += "; it blames " + shorten(strings.Join(e.Properties, ", "))
	}

	return text
}

// kindsOfAnswer tells what a refusal means.
func kindsOfAnswer(symbol string, code int) []error {
	var kinds []error
	if code == 401 || symbol == "AUTHFAIL" || symbol == "INVALIDTOKEN" {
		kinds = append(kinds, ErrUnauthorized)
	}
	if code == 404 {
		kinds = append(kinds, ErrNotFound)
	}
	if code == 429 {
		kinds = append(kinds, ErrRateLimited)
	}
	if symbol == "BADOP" {
		kinds = append(kinds, ErrUnsupportedOp)
	}
	if symbol == symbolTokenBreach {
		kinds = append(kinds, ErrTokenBreach)
	}

	return kinds
}

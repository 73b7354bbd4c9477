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
	// ErrUnauthorized: the server does not know the app token, or it has expired: code 401, AUTHFAIL (captured answer) or,
	// in older third-party code, INVALIDTOKEN.
	ErrUnauthorized = errors.New("the app token was rejected")
	// ErrUnsupportedOp: the server has no such op; it answered BADOP (official documentation).
	ErrUnsupportedOp = errors.New("the server does not offer this operation")
	// ErrNotFound: the server answered with code 404. Inferred: which code a missing object gives is not documented.
	ErrNotFound = errors.New("not found")
	// ErrMissingParameter: the request lacks a parameter that the server requires: MISSINGPARA (captured answer) or code 400
	// (third-party code).
	ErrMissingParameter = errors.New("a required parameter is missing")
	// ErrTokenBreach: mesibo has disabled the app because its app token seems to have leaked, or is used from more than
	// five IP addresses; it answered TOKENBREACH (official documentation). It is never retried.
	ErrTokenBreach = errors.New("mesibo has disabled the app")
	// ErrRateLimited: HTTP status 429 or code 429. Inferred: no rate limit is documented.
	ErrRateLimited = errors.New("too many requests")
	// ErrRequestTooLarge: HTTP status 413, from the server or from a proxy before it. Nothing was carried out.
	ErrRequestTooLarge = errors.New("the request is too large")
	// ErrUnexpectedResponse: the response is not a reply of the Backend API: empty, truncated, too large, not JSON, without
	// "result" or without what was asked for, a redirect, or an HTTP error.
	ErrUnexpectedResponse = errors.New("not a reply of the Backend API")
	// ErrNoLookups: lookups are disabled, or the server turned out not to offer them. See [WithLookups].
	ErrNoLookups = errors.New("lookups are not available")
	// ErrUnreachable: no attempt got a connection, so nothing was sent.
	ErrUnreachable = errors.New("the server cannot be reached")
	// ErrOutcomeUnknown: a request that changes something may have been carried out: at least one attempt was sent and got
	// no definite answer, whatever came of later ones.
	ErrOutcomeUnknown = errors.New("the request may have been carried out")
)

// Error is a failed call. What the server said is redacted, so that no secret is in it.
type Error struct {
	Op         string   // the operation, such as "useradd"
	Symbol     string   // the server's "error", such as "AUTHFAIL"; empty when it gave none
	Code       int      // the server's "code", which is like an HTTP status; 0 when it gave none
	Cause      string   // the server's "cause", a text for people; empty when it gave none
	Properties []string // the server's "properties": the members of the request that it found at fault
	HTTPStatus int      // of the last response; 0 when there was none

	at    string  // where it happened, such as " at example.com", unless the text says so
	text  string  // what happened, without the op
	kinds []error // what errors.Is finds
}

// Error returns one or two sentences that begin with the op.
func (e *Error) Error() string { return e.Op + e.at + ": " + e.text }

// Unwrap returns what the error is: some of this package's Err values, and the error of a context that ended the call.
func (e *Error) Unwrap() []error { return e.kinds }

// add adds a sentence, and what else the error is.
func (e *Error) add(sentence string, kind error) {
	e.text = strings.TrimRight(e.text, ".") + ". " + sentence
	e.kinds = append(e.kinds, kind)
}

// addOutcomeUnknown adds that the request may have been carried out.
func (e *Error) addOutcomeUnknown() {
	e.add("The request may have been carried out", ErrOutcomeUnknown)
}

// errorf returns an error of the given kind, which may be nil. No argument may be secret.
func errorf(op Op, kind error, format string, args ...any) *Error {
	e := &Error{Op: string(op), text: fmt.Sprintf(format, args...)}
	if kind != nil {
		e.kinds = []error{kind}
	}
	return e
}

// incomplete returns the error of a success whose reply lacks what was asked for. A change may have been carried out.
func incomplete(op Op, missing string) *Error {
	e := errorf(op, ErrUnexpectedResponse, "the server reports success, but its reply contains no %s", missing)
	if classes[op] != classRead {
		e.addOutcomeUnknown()
	}
	return e
}

// checkNotEmpty refuses an empty value, because nobody knows what a server would take it for.
func checkNotEmpty(op Op, name, value string) error {
	if value == "" {
		return errorf(op, nil, "nothing was sent: the %s is empty", name)
	}
	return nil
}

// checkList refuses addresses that cannot be part of a list of them.
func checkList(op Op, addresses []string) error {
	for _, address := range addresses {
		if address == "" || strings.Contains(address, ",") {
			return errorf(op, nil, "nothing was sent: an address is empty, or contains a comma, which separates addresses")
		}
	}
	return nil
}

// describe puts what the server said into words.
func (e *Error) describe() string {
	text := "the server refused"
	if e.Symbol != "" {
		text = "the server answered " + e.Symbol
	}
	if e.Code != 0 {
		text += fmt.Sprintf(" (code %d)", e.Code)
	}
	if e.Cause != "" {
		text += ": " + e.Cause
	} else if len(e.Properties) > 0 {
		text += "; properties: " + shorten(strings.Join(e.Properties, ", "))
	}
	return text
}

// replyKinds returns what the "error" and the "code" of a reply mean.
func replyKinds(symbol string, code int) []error {
	var kinds []error
	for kind, found := range map[error]bool{
		ErrUnauthorized:     code == 401 || symbol == "AUTHFAIL" || symbol == "INVALIDTOKEN",
		ErrNotFound:         code == 404,
		ErrRateLimited:      code == 429,
		ErrUnsupportedOp:    symbol == "BADOP",
		ErrMissingParameter: code == 400 || symbol == "MISSINGPARA",
		ErrTokenBreach:      symbol == symbolTokenBreach,
	} {
		if found {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"time"

	"golang.org/x/time/rate"
)

// Modes are the answers to what is not known of the real service. Each can be switched, also while running.
type Modes struct {
	// Lookups offers usersget and groupsget. Self-hosted back ends do (official documentation); a server without answers BADOP.
	Lookups bool
	// RowsPerAppID shows a row for each address and App ID, not one for each address. Clients differ in what they
	// expect. Invented: a single row has the App ID that was minted last.
	RowsPerAppID bool
	// RowCap is the most rows that usersget returns, 0 for no cap. Official documentation of 2018-2020 says 20.
	RowCap int
	// HideTokens leaves the tokens out of the rows. Invented.
	HideTokens bool
	// IgnorePattern makes usersget return everybody, whatever address is asked for, as a server would that does
	// not know the JSON form of the op. Invented.
	IgnorePattern bool
	// VisibilityDelay is how long a new user is not in the rows. Invented.
	VisibilityDelay time.Duration

	// MintEndsEarlier makes a new token of an App ID end the one before, as the console warns.
	MintEndsEarlier bool
	// RemoveScope is what userset with token.remove ends; the vendor's sample and a client differ in what they send.
	RemoveScope RemoveScope
	// MissingTarget is the answer to a userset or userdel of a user that is not there. No source tells. Invented: a
	// usertoken for one is an error in any case.
	MissingTarget MissingTarget
	// AddUpdatesExisting makes useradd change the name and status of a user that exists. No source tells.
	AddUpdatesExisting bool

	// MemberLists offers groupgetmembers; a server without answers BADOP.
	MemberLists bool
	// MemberCap is the most rows that groupgetmembers returns, 0 for no cap. Official documentation of 2018-2020 says
	// 20; third-party code asks its own server for 100000.
	MemberCap int
	// MemberRemoval is the JSON forms that remove members.
	MemberRemoval MemberRemoval

	// GIDAsString writes gids as strings. Invented: every sample has numbers.
	GIDAsString bool
	// UIDAsNumber writes uids as numbers; documents of different ages have both.
	UIDAsNumber bool
	// EchoAddress repeats the address in the reply to useradd; documents of different ages differ.
	EchoAddress bool
	// EchoApp puts the whole app into each reply but those of faults, with its app token and webhook secret, as a real
	// server did in 2020. Invented: into failures too.
	EchoApp bool

	// Latency is added to each exchange.
	Latency time.Duration
	// RequestsPerSecond answers 429 with Retry-After above that rate; 0 sets no limit. Invented.
	RequestsPerSecond float64
	// TokenBreachAfter is how many client addresses may use an app before it is disabled for good, 0 for any number.
	// Official documentation says 5.
	TokenBreachAfter int
}

// RemoveScope says which tokens of a user are ended by userset with token.remove.
type RemoveScope int

// Scopes of a removal.
const (
	RemoveAppID RemoveScope = iota // those of the given App ID; all when none is given
	RemoveAll                      // all
)

// MissingTarget says how an op on a user that is not there ends.
type MissingTarget int

// Answers to an op on a user that is not there.
const (
	MissingIsError MissingTarget = iota // an error; Invented: with code 404
	MissingIsOK                         // success
)

// DefaultModes are the base behaviour.
func DefaultModes() Modes {
	return Modes{
		Lookups: true, RowCap: 20, MintEndsEarlier: true, EchoAddress: true,
		MemberLists: true, MemberCap: 20, MemberRemoval: RemoveByAny,
	}
}

// SetModes changes how the server behaves from the next request on.
func (e *Emulator) SetModes(change func(*Modes)) {
	e.mu.Lock()
	defer e.mu.Unlock()

	modes := e.modes
	change(&modes)
	e.setModes(modes)
}

func (e *Emulator) setModes(modes Modes) {
	if modes.RequestsPerSecond != e.modes.RequestsPerSecond {
		e.limiter = nil
		if modes.RequestsPerSecond > 0 {
			e.limiter = rate.NewLimiter(rate.Limit(modes.RequestsPerSecond), max(1, int(modes.RequestsPerSecond)))
		}
	}
	e.modes = modes
}

// Breach disables every app, as mesibo does when it thinks that an app token has leaked.
func (e *Emulator) Breach() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, app := range e.apps {
		app.breached = true
	}
}

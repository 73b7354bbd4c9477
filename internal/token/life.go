// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package token knows the life of a user access token: when it ends, and when it is time for the next one.
//
// mesibo never tells when a token expires, so all of this is arithmetic on the time of minting and the life
// that was asked for. The package is pure: it reads no clock but the one that it is given. A clock that is always
// wrong by as much changes nothing; machines whose clocks differ see the window of renewal earlier or later by the
// difference.
package token

import "time"

// DefaultExpiryMinutes is the life of a token, in minutes, when none is asked for: one year. It is the
// default of mesibo too (official documentation, field "expiry" of useradd).
const DefaultExpiryMinutes int64 = 525_600

// farthest is the last moment that RFC 3339 can write; a token that would live longer is said to end then.
var farthest = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// A Clock tells the time. Tests hand in one that they can move.
type Clock func() time.Time

// ExpiresAt returns when a token ends that is minted at the given moment for a life of expiryMinutes minutes.
// The result is in UTC and rounded down to a second, so it is never later than the real end.
func ExpiresAt(minted time.Time, expiryMinutes int64) time.Time {
	if expiryMinutes > (farthest.Unix()-minted.Unix())/60 {
		return farthest
	}

	return time.Unix(minted.Unix()+expiryMinutes*60, 0).UTC()
}

// RenewalDue reports whether a token that ends at expiresAt has, at the moment now, ended or less than
// earlyMinutes minutes left.
func RenewalDue(now, expiresAt time.Time, earlyMinutes int64) bool {
	secondsLeft := expiresAt.Unix() - now.Unix()

	// Whole minutes are compared, for earlyMinutes in seconds could overflow.
	return secondsLeft <= 0 || secondsLeft/60 < earlyMinutes
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package token computes when a user access token expires and when it is due for renewal.
//
// mesibo never returns an expiry time, so it is computed from the time of minting and the expiry that was requested.
// The package reads no clock. A clock that is always wrong by the same amount makes no difference; clocks of several
// machines that differ move the renewal window by that difference.
package token

import "time"

// DefaultExpiryMinutes is the expiry of a token, in minutes, when none is requested: one year. It is mesibo's own
// default too (official documentation, field "expiry" of useradd).
const DefaultExpiryMinutes int64 = 525_600

// latest is the last time that RFC 3339 can express. A token that would live longer is reported to expire then.
var latest = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// A Clock returns the current time. Tests use one that they can move.
type Clock func() time.Time

// ExpiresAt returns when a token expires that was minted with an expiry of expiryMinutes minutes. The result is in
// UTC and rounded down to a second, so it is never later than the real expiry.
func ExpiresAt(minted time.Time, expiryMinutes int64) time.Time {
	if expiryMinutes > (latest.Unix()-minted.Unix())/60 {
		return latest
	}

	return time.Unix(minted.Unix()+expiryMinutes*60, 0).UTC()
}

// RenewalDue reports whether a token has expired by now or expires in less than earlyMinutes minutes.
func RenewalDue(now, expiresAt time.Time, earlyMinutes int64) bool {
	secondsLeft := expiresAt.Unix() - now.Unix()

	// In minutes, because earlyMinutes in seconds could overflow.
	return secondsLeft <= 0 || secondsLeft/60 < earlyMinutes
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package token_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

const latestUnix = 253_402_300_799 // 9999-12-31T23:59:59Z

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestExpiresAt(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		minted  time.Time
		minutes int64
		want    string
	}{
		"the default is a year":       {noon, token.DefaultExpiryMinutes, "2027-03-01T12:00:00Z"},
		"a minute":                    {noon, 1, "2026-03-01T12:01:00Z"},
		"fractions are rounded down":  {noon.Add(900 * time.Millisecond), 1, "2026-03-01T12:01:00Z"},
		"another zone becomes UTC":    {noon.In(time.FixedZone("", 2*60*60)), 1, "2026-03-01T12:01:00Z"},
		"ten years, as clients send":  {noon, 5_256_000, "2036-02-27T12:00:00Z"},
		"the far future stays a date": {noon, math.MaxInt64, "9999-12-31T23:59:59Z"},
	} {
		if got := token.ExpiresAt(tt.minted, tt.minutes).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s: ExpiresAt(%s, %d) = %s, want %s", name, tt.minted, tt.minutes, got, tt.want)
		}
	}
}

func TestRenewalDue(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		left  time.Duration
		early int64
		want  bool
	}{
		"no window, alive":            {time.Second, 0, false},
		"no window, expires now":      {0, 0, true},
		"no window, expired":          {-time.Second, 0, true},
		"before the window":           {11 * time.Minute, 10, false},
		"at its edge":                 {10 * time.Minute, 10, false},
		"just inside":                 {10*time.Minute - time.Second, 10, true},
		"expired long ago":            {-10_000 * time.Hour, 10, true},
		"a window beyond any seconds": {time.Hour, math.MaxInt64, true},
	} {
		if got := token.RenewalDue(noon, noon.Add(tt.left), tt.early); got != tt.want {
			t.Errorf("%s: with %s left and a window of %d minutes: %t, want %t", name, tt.left, tt.early, got, tt.want)
		}
	}
}

// For all numbers: the expiry is neither before the mint nor beyond RFC 3339, an expired token is due, a token that is
// due stays due, and a clock that is always wrong by the same amount makes no difference.
func TestExpiryAndRenewalInvariants(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		minted := time.Unix(rapid.Int64Range(0, latestUnix-1).Draw(t, "minted"), 0)
		expiry, early := rapid.Int64Min(1).Draw(t, "expiry"), rapid.Int64Min(0).Draw(t, "early")
		expires := token.ExpiresAt(minted, expiry)

		if expires.Before(minted) || expires.Unix() > latestUnix {
			t.Fatalf("minted at %s, it expires at %s", minted, expires)
		}
		if !token.RenewalDue(expires, expires, early) {
			t.Fatal("an expired token is not due")
		}
		now := minted.Add(time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "milliseconds")) * time.Millisecond)
		due := token.RenewalDue(now, expires, early)
		if due && !token.RenewalDue(now.Add(time.Hour), expires, early) {
			t.Fatal("a token that was due is not due an hour later")
		}
		skew := time.Duration(rapid.Int64Range(-86400, 86400).Draw(t, "skew")) * time.Second
		skewed := token.ExpiresAt(minted.Add(skew), expiry)
		if max(expires.Unix(), skewed.Unix()) < latestUnix && token.RenewalDue(now.Add(skew), skewed, early) != due {
			t.Fatalf("due %t, but not with a skew of %s", due, skew)
		}
	})
}

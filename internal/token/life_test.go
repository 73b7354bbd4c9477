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

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestExpiresAt(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
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
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := token.ExpiresAt(tt.minted, tt.minutes).Format(time.RFC3339); got != tt.want {
				t.Errorf("ExpiresAt(%s, %d) = %s, want %s", tt.minted, tt.minutes, got, tt.want)
			}
		})
	}
}

func TestRenewalDue(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		left  time.Duration
		early int64
		want  bool
	}{
		"no window, alive":            {time.Second, 0, false},
		"no window, ends now":         {0, 0, true},
		"no window, ended":            {-time.Second, 0, true},
		"before the window":           {11 * time.Minute, 10, false},
		"at its edge":                 {10 * time.Minute, 10, false},
		"just inside":                 {10*time.Minute - time.Second, 10, true},
		"ended long ago":              {-10_000 * time.Hour, 10, true},
		"a window beyond any seconds": {time.Hour, math.MaxInt64, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := token.RenewalDue(noon, noon.Add(tt.left), tt.early); got != tt.want {
				t.Errorf("with %s left and a window of %d minutes: %t, want %t", tt.left, tt.early, got, tt.want)
			}
		})
	}
}

// Whatever the numbers: a fresh token is not due before its window, and stays due once it is.
func TestLifeHoldsForAnyNumbers(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		minted := time.Unix(rapid.Int64Range(0, farthestUnix-1).Draw(t, "minted"), 0)
		expiry := rapid.Int64Min(1).Draw(t, "expiry")
		early := rapid.Int64Range(0, math.MaxInt64).Draw(t, "early")

		ends := token.ExpiresAt(minted, expiry)
		if ends.Before(minted) || ends.Unix() > farthestUnix {
			t.Fatalf("minted at %s for %d minutes, it ends at %s", minted, expiry, ends)
		}
		if !token.RenewalDue(ends, ends, early) {
			t.Fatal("an ended token is not due")
		}

		now := minted.Add(time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "seconds")) * time.Millisecond)
		if token.RenewalDue(now, ends, early) && !token.RenewalDue(now.Add(time.Hour), ends, early) {
			t.Fatal("a token that was due is due no longer")
		}
	})
}

// A clock that is wrong by as much at the mint and at every look decides as a right one does. One that is wrong by
// so many seconds at the look alone moves the window by just as many, no more.
func TestClockSkew(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		minted := time.Unix(rapid.Int64Range(1<<30, 1<<33).Draw(t, "minted"), 0)
		expiry := rapid.Int64Range(1, 10*token.DefaultExpiryMinutes).Draw(t, "expiry")
		early := rapid.Int64Range(0, expiry).Draw(t, "early")
		now := minted.Add(time.Duration(rapid.Int64Range(0, 2*60*expiry).Draw(t, "seconds")) * time.Second)
		skew := time.Duration(rapid.Int64Range(-86400, 86400).Draw(t, "skew")) * time.Second

		right := token.RenewalDue(now, token.ExpiresAt(minted, expiry), early)
		if got := token.RenewalDue(now.Add(skew), token.ExpiresAt(minted.Add(skew), expiry), early); got != right {
			t.Fatalf("with the skew %t, without it %t", got, right)
		}

		ends := token.ExpiresAt(minted, expiry)
		opens := ends.Add(time.Second - time.Duration(early)*time.Minute) // the first moment inside the window
		if early == 0 {
			opens = ends
		}
		if got, want := token.RenewalDue(now.Add(skew), ends, early), !now.Add(skew).Before(opens); got != want {
			t.Fatalf("looking %s off, %s before the window opens: %t", skew, opens.Sub(now.Add(skew)), got)
		}
	})
}

const farthestUnix = 253402300799

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"strconv"
	"time"
)

// AddedKey is where a resource's private state keeps when its user was added, as [AddedAt] writes it.
const AddedKey = "added"

// VisibleWithin is how long look-ups may take to show a new user. That they are behind at all is not known; to take
// a new user for deleted would mint a second token and end the first.
const VisibleWithin = time.Minute

// AddedAt returns the value of AddedKey, a JSON string, for a user that was added at the given time.
func AddedAt(t time.Time) []byte {
	return []byte(strconv.Quote(FormatTime(t)))
}

// AddedJustNow reports whether a user was added so shortly before that a look-up without it proves nothing.
func AddedJustNow(added []byte, now time.Time) bool {
	at, err := time.Parse(strconv.Quote(time.RFC3339), string(added))

	return err == nil && now.Before(at.Add(VisibleWithin))
}

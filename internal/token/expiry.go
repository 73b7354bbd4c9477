// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package token

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// duration is compiled when it is first used, which few runs do.
var duration = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$`)
})

var unitMinutes = [...]int64{7 * 24 * 60, 24 * 60, 60, 1} // of w, d, h and m, the groups of duration

// ParseExpiry returns the minutes of a duration such as "30d" or "1h30m": whole numbers with the units w, d, h and m
// (weeks, days, hours and minutes), the largest unit first, each unit at most once. The result is at least 1. An
// error says what is wrong and what to write instead.
func ParseExpiry(text string) (minutes int64, err error) {
	numbers := duration().FindStringSubmatch(text)
	if numbers == nil || text == "" {
		return 0, explain(text)
	}
	for i, number := range numbers[1:] {
		if number == "" {
			continue
		}
		count, err := strconv.ParseInt(number, 10, 64)
		if err != nil || count > (math.MaxInt64-minutes)/unitMinutes[i] {
			return 0, fmt.Errorf("it is too long: write at most %d minutes", int64(math.MaxInt64))
		}
		minutes += count * unitMinutes[i]
	}
	if minutes == 0 {
		return 0, errors.New(`it is zero, but a token lives for at least a minute: write "1m" or more`)
	}

	return minutes, nil
}

// explain returns the error for a text that is not a duration.
func explain(text string) error {
	switch {
	case text == "":
		return errors.New(`it is empty: write a number and a unit, such as "30d"`)
	case strings.ContainsFunc(text, unicode.IsSpace):
		return errors.New(`it contains whitespace: write it without, such as "1h30m"`)
	case strings.ContainsAny(text, ".,"):
		return errors.New(`it contains a fraction: write whole numbers of a smaller unit, such as "90m" for 1.5 hours`)
	case strings.IndexAny(text, "+-\u2212") == 0: // the last is the minus sign of typesetters
		return errors.New(`it begins with a sign: write it without, such as "30d"`)
	case strings.IndexAny(text, "Pp") == 0:
		return errors.New(`it is an ISO 8601 duration, which is not accepted: write "30d", "12h" or "1h30m"`)
	}
	for _, part := range regexp.MustCompile(`(\d*)(\D*)`).FindAllStringSubmatch(text, -1) {
		if err := explainPart(part[0], part[1], part[2]); err != nil {
			return err
		}
	}

	return errors.New(`its units are repeated or out of order: write each unit once, the largest first, such as "1h30m"`)
}

// explainPart returns the error for a part of a text that is not a number with one of the units, or nil.
func explainPart(part, number, unit string) error {
	switch {
	case number == "":
		return fmt.Errorf(`%q has no number: write one before each unit, such as "30d"`, part)
	case unit == "":
		return fmt.Errorf(`%q has no unit: write one after the number, such as "30m"`, part)
	case unit == "w", unit == "d", unit == "h", unit == "m":
		return nil
	case strings.HasPrefix(unit, "s"):
		return fmt.Errorf(`%q: seconds are not accepted, expiry is in whole minutes: write minutes, such as "2m"`, part)
	case strings.HasPrefix(unit, "y"), strings.HasPrefix(unit, "mo"):
		return fmt.Errorf(`%q: years and months have no fixed length: write days, such as "365d"`, part)
	default:
		return fmt.Errorf("unknown unit %q in %q: the units are w, d, h and m, in lower case", unit, part)
	}
}

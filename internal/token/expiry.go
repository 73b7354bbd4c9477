// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package token

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// unitMinutes is the length of each unit in minutes, by its short symbol. ISO 8601 writes the same in upper case,
// and knows seconds too.
var unitMinutes = map[string]int64{
	"w": 7 * 24 * 60,
	"d": 24 * 60,
	"h": 60,
	"m": 1,
}

// A notation is how one stretch of a life is written.
type notation struct {
	units   string            // the symbols that it takes, largest unit first
	help    string            // what it takes, in words
	example string            // a number with a unit, for who gave none
	slips   map[string]string // what to say of a symbol that is no unit here, but has a plain meaning
}

var (
	short = notation{
		units:   "wdhm",
		help:    "the units are w, d, h and m, in lower case",
		example: "30m",
		slips: map[string]string{
			"s": `a token's life is counted in whole minutes, so seconds are no unit: write minutes, such as "2m"`,
			"y": `years have no fixed length: write days, such as "365d"`,
		},
	}
	isoDate = notation{
		units:   "WD",
		help:    "before the T, the units are W and D, in upper case",
		example: "P30D",
		slips: map[string]string{
			"Y": `years have no fixed length: write days, such as "P365D"`,
			"M": `an M before the T is months, which have no fixed length: write days, such as "P30D", or minutes, such as "PT30M"`,
			"H": `hours come after a T, such as "PT12H"`,
			"S": `seconds come after a T, such as "PT120S"`,
		},
	}
	isoTime = notation{
		units:   "HMS",
		help:    "after the T, the units are H, M and S, in upper case",
		example: "PT30M",
		slips: map[string]string{
			"W": `weeks come before the T, such as "P2WT12H"`,
			"D": `days come before the T, such as "P1DT12H"`,
			"Y": `years have no fixed length: write days, such as "P365D"`,
		},
	}
)

const (
	digits = "0123456789"
	signs  = "+-\u2212" // the last is the minus of typesetters
)

// ParseExpiry returns the life of a token that a text gives, in minutes; it is at least 1. The text is in one of
// two forms, with whole numbers, the largest unit first and each unit at most once:
//
//   - short, in lower case: weeks, days, hours and minutes, such as "30d" or "1h30m"
//   - ISO 8601, in upper case: such as "P30D" or "P1DT12H30M", weeks with other units too. Seconds have to come
//     to whole minutes, for rounding would guess what was meant.
//
// An error says what is wrong and what to write instead. What has no fixed length in minutes (years and months),
// and what no int64 can hold, is refused.
func ParseExpiry(text string) (minutes int64, err error) {
	switch {
	case strings.ContainsFunc(text, unicode.IsSpace):
		return 0, fmt.Errorf(`blank in %q: write it without, such as "1h30m"`, text)
	case strings.ContainsAny(text, ".,"):
		return 0, fmt.Errorf(`fraction in %q: write whole numbers of a smaller unit, such as "90m" or "PT90M" for 1.5 hours`, text)
	}

	if iso, found := strings.CutPrefix(text, "P"); found {
		minutes, err = parseISO(iso)
	} else {
		minutes, err = parseShort(text)
	}
	if err != nil {
		return 0, err
	}
	if minutes == 0 {
		return 0, fmt.Errorf(`%q is zero: a token lives for at least a minute, "1m"`, text)
	}

	return minutes, nil
}

func parseShort(text string) (int64, error) {
	if text == "" {
		return 0, errors.New(`empty: write a number and a unit, such as "30d"`)
	}

	return short.add(0, text)
}

// parseISO reads what comes after the P.
func parseISO(text string) (int64, error) {
	date, clock, hasT := strings.Cut(text, "T")
	switch {
	case text == "":
		return 0, errors.New(`nothing after the P: write a number and a unit, such as "P30D"`)
	case hasT && clock == "":
		return 0, errors.New(`nothing after the T: write hours or minutes, such as "PT12H", or leave the T out`)
	}

	minutes, err := isoDate.add(0, date)
	if err != nil {
		return 0, err
	}

	return isoTime.add(minutes, clock)
}

// add adds every number with its unit that the text holds to the minutes.
func (n notation) add(minutes int64, text string) (int64, error) {
	previous := -1
	for text != "" {
		number, unit, rest := cutPart(text)
		if err := n.check(number, unit); err != nil {
			return 0, err
		}

		place := strings.Index(n.units, unit)
		if place <= previous {
			return 0, fmt.Errorf(`%q is out of place: write each unit once, the largest first, such as "1h30m"`, number+unit)
		}
		previous = place

		added, err := partMinutes(number, unit)
		if err != nil {
			return 0, err
		}
		if added > math.MaxInt64-minutes {
			return 0, tooLong(number + unit)
		}
		minutes += added
		text = rest
	}

	return minutes, nil
}

// check refuses all but a number with a unit of the notation.
func (n notation) check(number, unit string) error {
	part := number + unit
	switch {
	case number == "" && strings.IndexAny(unit, signs) == 0:
		return fmt.Errorf(`%q: a life has no sign: write the number without one`, unit)
	case number == "":
		return fmt.Errorf(`no number before %q: write one before each unit, such as "30d" or "P30D"`, part)
	case unit == "":
		return fmt.Errorf(`%q has no unit: write one after the number, such as %q`, number, n.example)
	case n.slips[unit] != "":
		return fmt.Errorf(`%q: %s`, part, n.slips[unit])
	case len(unit) > 1 || !strings.Contains(n.units, unit):
		return fmt.Errorf(`unknown unit %q in %q: %s`, unit, part, n.help)
	}

	return nil
}

// cutPart cuts the first number and what follows it up to the next number from a text. Either may be empty.
func cutPart(text string) (number, unit, rest string) {
	behind := strings.TrimLeft(text, digits)
	number = text[:len(text)-len(behind)]
	if next := strings.IndexAny(behind, digits); next >= 0 {
		return number, behind[:next], behind[next:]
	}

	return number, behind, ""
}

// partMinutes returns so many units, a number in digits, in minutes.
func partMinutes(number, unit string) (int64, error) {
	part := number + unit
	count, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, tooLong(part)
	}

	if unit == "S" {
		if count%60 != 0 {
			return 0, fmt.Errorf(`%q is not whole minutes, and rounding would guess: write minutes, such as "PT2M"`, part)
		}

		return count / 60, nil
	}

	length := unitMinutes[strings.ToLower(unit)]
	if count > math.MaxInt64/length {
		return 0, tooLong(part)
	}

	return count * length, nil
}

func tooLong(part string) error {
	return fmt.Errorf("too long with %q: a life is at most %d minutes", part, int64(math.MaxInt64))
}

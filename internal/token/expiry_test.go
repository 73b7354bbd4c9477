// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package token_test

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

func TestParseExpiry(t *testing.T) {
	t.Parallel()

	tests := map[string]int64{
		"1m":                      1,
		"12h":                     720,
		"30d":                     43_200,
		"2w":                      20_160,
		"365d":                    token.DefaultExpiryMinutes,
		"1h30m":                   90,
		"90m":                     90,
		"2w3d":                    24_480,
		"1w1d1h1m":                11_581,
		"1w1m":                    10_081,
		"030d":                    43_200,
		"0d1m":                    1,
		"9223372036854775807m":    math.MaxInt64,
		"0w9223372036854775807m":  math.MaxInt64,
		"915017067148291w1d18h7m": math.MaxInt64,

		"P30D":                   43_200,
		"P2W":                    20_160,
		"P2W3D":                  24_480,
		"PT12H":                  720,
		"PT90M":                  90,
		"P1DT12H30M":             2_190,
		"P2WT1M":                 20_161,
		"P0DT1M":                 1,
		"PT60S":                  1,
		"PT120S":                 2,
		"PT1M0S":                 1,
		"PT1H30M60S":             91,
		"P1W1DT1H1M60S":          11_582,
		"PT9223372036854775807M": math.MaxInt64,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()

			if got, err := token.ParseExpiry(text); got != want || err != nil {
				t.Errorf("ParseExpiry(%q) = %d, %v, want %d", text, got, err, want)
			}
		})
	}
}

func TestParseExpiryRefuses(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		texts []string
		want  []string // in the error
	}{
		"nothing": {[]string{""}, []string{"empty", `such as "30d"`}},

		"no unit":                        {[]string{"30"}, []string{`"30" has no unit`, `"30m"`}},
		"no unit at the end":             {[]string{"1h30"}, []string{`"30" has no unit`, `"30m"`}},
		"no unit, ISO":                   {[]string{"P30"}, []string{`"30" has no unit`, `"P30D"`}},
		"no unit after the T":            {[]string{"PT30"}, []string{`"30" has no unit`, `"PT30M"`}},
		"no number":                      {[]string{"d", "never", "T12H"}, []string{"no number before", `"30d" or "P30D"`}},
		"no number, ISO":                 {[]string{"PD", "PTH", "Pnever", "PTT1H"}, []string{"no number before", `"30d" or "P30D"`}},
		"small P":                        {[]string{"p30d", "pt12h"}, []string{"no number before", `"30d" or "P30D"`}},
		"fraction":                       {[]string{"1.5h", "1,5h", ".5h", "1.h", "PT1.5H", "PT1,5H", "P0.5D"}, []string{"fraction", `"90m" or "PT90M"`}},
		"sign":                           {[]string{"-30d", "+30d", "\u221230d", "-P30D", "P-30D", "PT+1H"}, []string{"no sign", "without"}},
		"blank":                          {[]string{" ", "30 d", " 30d", "30d\n", "1h\t30m", "30\u00a0d", "P 30D"}, []string{"blank", `"1h30m"`}},
		"zero":                           {[]string{"0m", "0w0d", "P0D", "PT0S", "P0WT0H"}, []string{"is zero", "at least a minute"}},
		"unknown unit":                   {[]string{"3x"}, []string{`unknown unit "x" in "3x"`, "w, d, h and m"}},
		"a word for a unit":              {[]string{"30days"}, []string{`unknown unit "days" in "30days"`, "w, d, h and m"}},
		"no word for a unit":             {[]string{"1h30min"}, []string{`unknown unit "min" in "30min"`, "w, d, h and m"}},
		"digits of another script":       {[]string{"\u0663d", "3\u0663d"}, []string{"\u0663"}},
		"a date":                         {[]string{"2027-01-01"}, []string{`unknown unit "-" in "2027-"`, "w, d, h and m"}},
		"not text":                       {[]string{"1\xff", "1h\x001m"}, []string{"unknown unit", `\x`}},
		"capitals in the short form":     {[]string{"30D"}, []string{`unknown unit "D"`, "lower case"}},
		"small letters in the ISO form":  {[]string{"P30d"}, []string{`unknown unit "d"`, "upper case"}},
		"small letters after the T":      {[]string{"PT12h"}, []string{`unknown unit "h"`, "upper case"}},
		"seconds in the short form":      {[]string{"120s", "1h120s"}, []string{`"120s"`, "whole minutes", `"2m"`}},
		"years in the short form":        {[]string{"1y"}, []string{`"1y"`, "no fixed length", `"365d"`}},
		"years":                          {[]string{"P1Y", "P1Y6M", "PT1Y"}, []string{`"1Y"`, "no fixed length", `"P365D"`}},
		"months":                         {[]string{"P1M", "P1MT1M"}, []string{`"1M"`, "no fixed length", `"P30D"`, `"PT30M"`}},
		"hours before the T":             {[]string{"P12H"}, []string{`"12H"`, "after a T", `"PT12H"`}},
		"seconds before the T":           {[]string{"P120S"}, []string{`"120S"`, "after a T", `"PT120S"`}},
		"days after the T":               {[]string{"PT1D"}, []string{`"1D"`, "before the T", `"P1DT12H"`}},
		"weeks after the T":              {[]string{"PT2W"}, []string{`"2W"`, "before the T", `"P2WT12H"`}},
		"a second T":                     {[]string{"PT1HT1M"}, []string{`unknown unit "HT"`, "H, M and S"}},
		"P alone":                        {[]string{"P"}, []string{"nothing after the P", `"P30D"`}},
		"nothing after the T":            {[]string{"PT", "P1DT"}, []string{"nothing after the T", `"PT12H"`}},
		"twice":                          {[]string{"1h1h", "1d1h1h", "PT1H1H", "PT1H1M1H"}, []string{`"1h" is out of place`, "once", "largest first"}},
		"out of order":                   {[]string{"1m2h", "1d2h3m2h", "PT1M2H"}, []string{`"2h" is out of place`, "once", "largest first"}},
		"days before weeks":              {[]string{"1d2w", "P1D2W"}, []string{`"2w" is out of place`, "once", "largest first"}},
		"seconds that leave a remainder": {[]string{"PT90S", "PT1H90S", "P1DT90S"}, []string{`"90S" is not whole minutes`, "rounding", `"PT2M"`}},

		"a number too large":       {[]string{"9223372036854775808m", "9223372036854775808d"}, []string{`"9223372036854775808`, "at most 9223372036854775807 minutes"}},
		"far too large":            {[]string{strings.Repeat("9", 100) + "m"}, []string{"too long", "at most 9223372036854775807 minutes"}},
		"a product too large":      {[]string{"915017067148292w", "P915017067148292W"}, []string{`"915017067148292`, "at most 9223372036854775807 minutes"}},
		"a product that wraps":     {[]string{"18446744073709551617w", "3074457345618258603d"}, []string{"too long"}},
		"a sum too large":          {[]string{"1h9223372036854775807m", "PT1H9223372036854775807M"}, []string{"too long", "9223372036854775807m"}},
		"a sum over the T":         {[]string{"P915017067148291WT9223372036854775807M"}, []string{`"9223372036854775807M"`, "too long"}},
		"a sum with its last part": {[]string{"PT9223372036854775807M60S"}, []string{`"60S"`, "too long"}},
	}
	for name, tt := range tests {
		for _, text := range tt.texts {
			t.Run(name+"/"+text, func(t *testing.T) {
				t.Parallel()

				got, err := token.ParseExpiry(text)
				if err == nil || got != 0 {
					t.Fatalf("ParseExpiry(%q) = %d, %v, want an error", text, got, err)
				}
				for _, want := range tt.want {
					// One row is for both forms, which differ in case.
					if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
						t.Errorf("the error of %q does not mention %q: %v", text, want, err)
					}
				}
			})
		}
	}
}

// Whatever the numbers: both forms give their sum, and an error where no int64 holds it.
func TestParseExpirySumsUp(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		counts := map[string]int64{}
		for _, unit := range []string{"w", "d", "h", "m"} {
			if rapid.Bool().Draw(t, "with "+unit) {
				counts[unit] = rapid.OneOf(rapid.Int64Range(0, 1000), rapid.Int64Min(0)).Draw(t, unit)
			}
		}
		if len(counts) == 0 {
			return
		}
		sum := new(big.Int)
		for unit, minutes := range map[string]int64{"w": 10_080, "d": 1_440, "h": 60, "m": 1} {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(counts[unit]), big.NewInt(minutes)))
		}

		for _, text := range []string{writeShort(counts), writeISO(counts)} {
			got, err := token.ParseExpiry(text)
			if sum.Sign() == 0 || !sum.IsInt64() {
				if err == nil || got != 0 {
					t.Fatalf("ParseExpiry(%q) = %d, %v, want an error, for the sum is %s", text, got, err, sum)
				}

				continue
			}
			if got != sum.Int64() || err != nil {
				t.Fatalf("ParseExpiry(%q) = %d, %v, want %s", text, got, err, sum)
			}
		}
	})
}

// Around the most that fits, one minute decides.
func TestParseExpiryAtTheLimit(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]string{"w", "d", "h"}).Draw(t, "unit")
		length := map[string]int64{"w": 10_080, "d": 1_440, "h": 60}[unit]
		count := rapid.Int64Range(1, math.MaxInt64/length).Draw(t, "count")
		left := math.MaxInt64 - count*length

		fits := map[string]int64{unit: count, "m": left}
		for _, text := range []string{writeShort(fits), writeISO(fits)} {
			if got, err := token.ParseExpiry(text); got != math.MaxInt64 || err != nil {
				t.Fatalf("ParseExpiry(%q) = %d, %v, want the most that fits", text, got, err)
			}
		}
		beyond := map[string]int64{unit: count, "m": left + 1}
		for _, text := range []string{writeShort(beyond), writeISO(beyond)} {
			if got, err := token.ParseExpiry(text); err == nil || got != 0 {
				t.Fatalf("ParseExpiry(%q) = %d, %v, want an error", text, got, err)
			}
		}
	})
}

func FuzzParseExpiry(f *testing.F) {
	for _, seed := range []string{
		"", "30", "30d", "12h", "2w3d", "1h30m", "0m", "1.5h", "-30d", "30 d", "1h1h", "1m1h", "120s", "30D",
		"P30D", "PT12H", "P2W", "P1DT12H30M", "P2W3D", "PT120S", "PT90S", "P1Y", "P1M", "P", "PT", "P1DT", "PT1HT1M",
		"9223372036854775807m", "9223372036854775808m", "915017067148292w", "PT9223372036854775807M60S", "\u0663d", "1\xff",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		minutes, err := token.ParseExpiry(text)
		if err != nil {
			if minutes != 0 || err.Error() == "" {
				t.Fatalf("ParseExpiry(%q) = %d, %v", text, minutes, err)
			}

			return
		}
		if minutes < 1 {
			t.Fatalf("ParseExpiry(%q) = %d, and no error", text, minutes)
		}
		for _, again := range []string{fmt.Sprintf("%dm", minutes), fmt.Sprintf("PT%dM", minutes)} {
			if got, err := token.ParseExpiry(again); got != minutes || err != nil {
				t.Fatalf("%q is %d minutes, but ParseExpiry(%q) = %d, %v", text, minutes, again, got, err)
			}
		}
	})
}

// writeShort writes the counts of units in the short form.
func writeShort(counts map[string]int64) string {
	var text strings.Builder
	for _, unit := range []string{"w", "d", "h", "m"} {
		if count, found := counts[unit]; found {
			text.WriteString(strconv.FormatInt(count, 10) + unit)
		}
	}

	return text.String()
}

// writeISO writes the counts of units in the form of ISO 8601.
func writeISO(counts map[string]int64) string {
	text := strings.ToUpper(writeShort(counts))
	for i, letter := range text {
		if letter == 'H' || letter == 'M' {
			// The T goes before the number of the first unit that is less than a day.
			start := strings.LastIndexAny(text[:i], "WD") + 1

			return "P" + text[:start] + "T" + text[start:]
		}
	}

	return "P" + text
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package token_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

func TestParseExpiry(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]int64{
		"1m":                      1,
		"12h":                     720,
		"030d":                    43_200,
		"2w":                      20_160,
		"365d":                    token.DefaultExpiryMinutes,
		"1h30m":                   90,
		"90m":                     90,
		"1w1d1h1m":                11_581,
		"1w1m":                    10_081,
		"0d1m":                    1,
		"9223372036854775807m":    math.MaxInt64,
		"0w9223372036854775807m":  math.MaxInt64,
		"915017067148291w1d18h7m": math.MaxInt64,
	} {
		if got, err := token.ParseExpiry(text); got != want || err != nil {
			t.Errorf("ParseExpiry(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestParseExpiryErrors(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		texts []string
		want  []string // in the error
	}{
		"empty":                 {[]string{""}, []string{"empty", `such as "30d"`}},
		"no unit":               {[]string{"30", "1h30"}, []string{`"30" has no unit`, `"30m"`}},
		"no number":             {[]string{"d", "never", "T12H", "\u0663d"}, []string{"has no number", `"30d"`}},
		"fraction":              {[]string{"1.5h", "1,5h", ".5h", "1.h", "PT1.5H"}, []string{"fraction", `"90m"`}},
		"sign":                  {[]string{"-30d", "+30d", "\u221230d", "-P30D"}, []string{"sign", "without", `"30d"`}},
		"whitespace":            {[]string{" ", "30 d", " 30d", "30d\n", "1h\t30m", "30\u00a0d", "P 30D"}, []string{"whitespace", `"1h30m"`}},
		"zero":                  {[]string{"0m", "0w0d"}, []string{"is zero", "at least a minute", `"1m"`}},
		"unknown unit":          {[]string{"3x", "1h3x"}, []string{`unknown unit "x" in "3x"`, "w, d, h and m"}},
		"word for a unit":       {[]string{"30days", "1h30min"}, []string{`unknown unit "`, `in "30`, "w, d, h and m"}},
		"digit of another kind": {[]string{"3\u0663d"}, []string{"unknown unit", "\u0663"}},
		"date":                  {[]string{"2027-01-01"}, []string{`unknown unit "-" in "2027-"`, "w, d, h and m"}},
		"not text":              {[]string{"1\xff", "1h\x001m"}, []string{"unknown unit", `\x`}},
		"capital":               {[]string{"30D", "1h30D"}, []string{`unknown unit "D"`, "lower case"}},
		"seconds":               {[]string{"120s", "1h120s"}, []string{`"120s"`, "whole minutes", `"2m"`}},
		"years":                 {[]string{"1y", "1y6mo"}, []string{`"1y"`, "no fixed length", `"365d"`}},
		"months":                {[]string{"1mo", "1d1mo"}, []string{`"1mo"`, "no fixed length", `"365d"`}},
		"ISO 8601":              {[]string{"P30D", "PT12H", "P1Y", "P1M", "P2W3D", "PT120S", "P", "PT", "p30d"}, []string{"ISO 8601", `write "30d"`}},
		"order":                 {[]string{"1h1h", "1d1h1h", "0m0m", "1m2h", "1d2h3m2h", "1d2w"}, []string{"repeated or out of order", "each unit once", "largest first"}},
		"number overflows":      {[]string{"9223372036854775808m", strings.Repeat("9", 100) + "m"}, []string{"too long", "9223372036854775807 minutes"}},
		"product or sum":        {[]string{"915017067148292w", "18446744073709551617w", "3074457345618258603d", "1h9223372036854775807m", "915017067148291w1d18h8m"}, []string{"too long"}},
	} {
		for _, text := range tt.texts {
			got, err := token.ParseExpiry(text)
			if err == nil || got != 0 {
				t.Errorf("%s: ParseExpiry(%q) = %d, %v, want an error", name, text, got, err)

				continue
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: the error for %q does not contain %q: %v", name, text, want, err)
				}
			}
		}
	}
}

// However minutes are split into units, parsing returns their sum; one minute more than an int64 can express is refused.
func TestParseExpiryRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.OneOf(rapid.Int64Range(1, 100_000), rapid.Int64Min(1), rapid.Just(int64(math.MaxInt64))).Draw(t, "minutes")
		text, rest := "", minutes
		for _, unit := range []struct {
			symbol  string
			minutes int64
		}{{"w", 10_080}, {"d", 1_440}, {"h", 60}} {
			if rapid.Bool().Draw(t, "with "+unit.symbol) {
				count := rapid.Int64Range(0, rest/unit.minutes).Draw(t, unit.symbol)
				text += fmt.Sprint(count) + unit.symbol
				rest -= count * unit.minutes
			}
		}

		if got, err := token.ParseExpiry(fmt.Sprintf("%s%dm", text, rest)); got != minutes || err != nil {
			t.Fatalf("ParseExpiry(%s%dm) = %d, %v, want %d", text, rest, got, err, minutes)
		}
		if got, err := token.ParseExpiry(fmt.Sprintf("%s%dm", text, uint64(rest)+1)); minutes == math.MaxInt64 && err == nil {
			t.Fatalf("ParseExpiry(%s%dm) = %d, want an error", text, uint64(rest)+1, got)
		}
	})
}

func FuzzParseExpiry(f *testing.F) {
	for _, seed := range []string{
		"", "30", "30d", "2w3d", "1h30m", "0m", "1.5h", "-30d", "30 d", "1h1h", "1m1h", "120s", "30D", "1y", "P30D", "P1M", "P",
		"9223372036854775807m", "9223372036854775808m", "915017067148292w", "1h9223372036854775807m", "\u0663d", "1\xff",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		minutes, err := token.ParseExpiry(text)
		if (err == nil) != (minutes >= 1) {
			t.Fatalf("ParseExpiry(%q) = %d, %v", text, minutes, err)
		}
		if again, _ := token.ParseExpiry(fmt.Sprintf("%dm", minutes)); again != minutes {
			t.Fatalf("ParseExpiry(%q) = %d, but in minutes it is %d", text, minutes, again)
		}
	})
}

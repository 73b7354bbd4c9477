// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestScrubber(t *testing.T) {
	t.Parallel()

	const odd = "to+ken/with=odd&signs"
	known := newScrubber(NewSecret(odd))
	tests := map[string]string{
		"nothing to hide":                       "nothing to hide",
		"token " + odd + ".":                    "token (redacted).",
		"?token=" + url.QueryEscape(odd) + "&a": "?token=(redacted)&a",
		"/" + url.PathEscape(odd):               "/(redacted)",
		"b64 " + base64.StdEncoding.EncodeToString([]byte(odd)) + ".":    "b64 (redacted).",
		"b64 " + base64.RawURLEncoding.EncodeToString([]byte(odd)) + ".": "b64 (redacted).",
		"user " + userToken + "!":                                        "user (redacted)!",
		strings.Repeat("a", 31):                                          strings.Repeat("a", 31),
		strings.Repeat("a", 32):                                          "(redacted)",
		" two\r\nlines\x1b[31m ":                                         "two  lines [31m",
		strings.Repeat("ä ", longestText):                                strings.Repeat("ä ", longestText/2) + "…",
	}
	for text, want := range tests {
		if got := known.clean(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// TestScrubberHidesAnyToken puts a token anywhere into any text.
func TestScrubberHidesAnyToken(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		token := rapid.StringMatching(`[!-~]{8,70}`).Draw(t, "token")
		text := rapid.String().Draw(t, "before") + token + rapid.String().Draw(t, "after")

		got := newScrubber(NewSecret(token)).clean(text)
		if strings.Contains(got, token) && !strings.Contains(redacted, token) {
			t.Fatalf("%q shows the token", got)
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
	})
}

func BenchmarkClean(b *testing.B) {
	scrub := newScrubber(NewSecret(appToken))
	text := "Invalid or expired app token " + appToken
	b.ReportAllocs()
	for b.Loop() {
		scrub.clean(text)
	}
}

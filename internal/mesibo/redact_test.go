// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	const odd = "to+ken/with=odd&signs"
	known := newRedactor(NewSecret(odd))
	tests := map[string]string{
		"nothing to hide":                              "nothing to hide",
		"token " + odd + ".":                           "token (redacted).",
		"?token=" + url.QueryEscape(odd) + "&a":        "?token=(redacted)&a",
		"hex " + hex.EncodeToString([]byte(odd)) + ".": "hex (redacted).",
		"user " + userToken + "!":                      "user (redacted)!",
		strings.Repeat("a", 31):                        strings.Repeat("a", 31),
		strings.Repeat("a", 32):                        "(redacted)",
		" two\r\nlines\x1b[31m ":                       "two  lines [31m",
		strings.Repeat("ä ", longestText):              strings.Repeat("ä ", longestText/2) + "…",
	}
	for text, want := range tests {
		if got := known.redact(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// tokenForms are the forms in which a server could send a token back.
var tokenForms = []func(string) string{
	func(token string) string { return token },
	url.QueryEscape,
	url.PathEscape,
	func(token string) string { return lowerEscapes(url.QueryEscape(token)) },
	func(token string) string { return lowerEscapes(url.PathEscape(token)) },
	func(token string) string { return base64.StdEncoding.EncodeToString([]byte(token)) },
	func(token string) string { return base64.URLEncoding.EncodeToString([]byte(token)) },
	func(token string) string { return base64.RawStdEncoding.EncodeToString([]byte(token)) },
	func(token string) string { return base64.RawURLEncoding.EncodeToString([]byte(token)) },
	func(token string) string { return hex.EncodeToString([]byte(token)) },
	func(token string) string { return strings.ToUpper(hex.EncodeToString([]byte(token))) },
	func(token string) string { // as our own request has it
		body := string(encode(OpUserAdd, NewSecret(token), payload{}))
		return strings.TrimSuffix(strings.TrimPrefix(body, `{"op":"useradd","token":`), "}")
	},
	func(token string) string { // as most encoders of JSON write it
		encoded, _ := json.Marshal(token)
		return string(encoded)
	},
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(text string) string {
	return regexp.MustCompile(`%..`).ReplaceAllStringFunc(text, strings.ToLower)
}

// checkRedacted puts a token, in a form in which it could come back, between two texts.
func checkRedacted(t interface{ Errorf(string, ...any) }, token, before, after string, form uint8) {
	if len(printable(token)) < 8 || !utf8.ValidString(token) || strings.ContainsFunc(token, unicode.IsSpace) {
		return // No app token is so short that it could be part of a text by chance, and the provider refuses whitespace.
	}
	written := tokenForms[int(form)%len(tokenForms)](token)
	got := newRedactor(NewSecret(token)).redact(before + written + after)
	if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
		t.Errorf("%q cannot be shown", got)
	}
	if n := utf8.RuneCountInString(got); n > longestText+1 {
		t.Errorf("%d characters are shown", n)
	}
	if TokenPattern.MatchString(got) {
		t.Errorf("%q shows what could be a token", got)
	}
	// A mark may happen to complete a token that looks like marks.
	shown := strings.ReplaceAll(got, redacted, "\n")
	for i, form := range tokenForms {
		if strings.Contains(shown, printable(form(token))) {
			t.Errorf("%q shows the token %q in the form %d", got, token, i)
		}
	}
}

func TestRedactAnyToken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkRedacted(t, rapid.StringMatching(`[!-~]{8,70}`).Draw(t, "token"), rapid.String().Draw(t, "before"),
			rapid.String().Draw(t, "after"), rapid.Uint8().Draw(t, "form"))
	})
}

func FuzzRedact(f *testing.F) {
	f.Add(appToken, "Invalid token ", ".", uint8(0))
	f.Add("to+ken/with=odd&signs", "?token=", "&a", uint8(1))
	f.Add(`quo"ted\token<>`, "you sent ", "", uint8(11))
	f.Fuzz(func(t *testing.T, token, before, after string, form uint8) {
		checkRedacted(t, token, before, after, form)
	})
}

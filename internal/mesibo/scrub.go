// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// longestText is how much of a text from outside is shown, in runes.
const longestText = 500

// tokenLike matches what could be a token: app tokens have 64 of these characters (third-party code), user
// tokens 48 or more (official documentation), and the on-premise panel asks for 32 at least (vendor sample).
var tokenLike = regexp.MustCompile(`[0-9A-Za-z]{32,}`)

// A scrubber takes secrets out of texts that come from outside: servers do echo tokens.
type scrubber struct {
	appToken *strings.Replacer
}

// newScrubber returns a scrubber that knows the app token in the forms in which it could come back.
func newScrubber(appToken Secret) *scrubber {
	value := appToken.Reveal()
	forms := []string{
		value,
		url.QueryEscape(value),
		url.PathEscape(value),
		// The padded forms come first, so that no padding is left behind.
		base64.StdEncoding.EncodeToString([]byte(value)),
		base64.URLEncoding.EncodeToString([]byte(value)),
		base64.RawStdEncoding.EncodeToString([]byte(value)),
		base64.RawURLEncoding.EncodeToString([]byte(value)),
	}

	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, redacted)
	}

	return &scrubber{appToken: strings.NewReplacer(pairs...)}
}

// clean returns the text on one line, without secrets, and cut when it is very long.
func (s *scrubber) clean(text string) string {
	text = s.appToken.Replace(printable(text))
	text = tokenLike.ReplaceAllString(text, redacted)

	return cut(text) // last: half a token would not be known as one
}

// cut shortens a very long text.
func cut(text string) string {
	if len(text) > longestText {
		if runes := []rune(text); len(runes) > longestText {
			return string(runes[:longestText]) + "…"
		}
	}

	return text
}

// printable returns the text with a blank in place of every control character, line breaks among them.
func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}

		return ' '
	}, text))
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// longestText is how much of a text from outside is shown, in runes.
const longestText = 500

// TokenPattern matches what may be an app token or a user token: app tokens have 64 of these characters (third-party
// code), user tokens 48 or more (official documentation), and the on-premise panel asks for at least 32 (vendor sample).
// It is meant for masks of logs.
var TokenPattern = regexp.MustCompile(`[0-9A-Za-z]{32,}`)

// A scrubber takes secrets out of texts that come from outside: servers do echo tokens.
type scrubber struct {
	hide func(string) string // of the app token; a function, of which fmt shows an address
}

// newScrubber returns a scrubber that knows the app token in the forms in which it could come back.
func newScrubber(appToken Secret) *scrubber {
	value := appToken.Reveal()
	raw := []byte(value)
	forms := []string{
		value,
		url.QueryEscape(value),
		url.PathEscape(value),
		base64.StdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw),
		base64.RawStdEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw),
		strings.ToUpper(hex.EncodeToString(raw)),
	}
	for _, escapeHTML := range []bool{false, true} { // as our requests have it, and as most encoders write it
		forms = append(forms, inJSON(value, escapeHTML))
	}
	for _, form := range forms {
		forms = append(forms, percent.ReplaceAllStringFunc(form, strings.ToLower))
	}
	for i, form := range forms {
		forms[i] = printable(form) // as the texts are by then
	}

	// A form that begins with another one comes first, so that nothing of it is left behind.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, form := range slices.Compact(forms) {
		if form != "" {
			pairs = append(pairs, form, redacted)
		}
	}

	return &scrubber{hide: strings.NewReplacer(pairs...).Replace}
}

// percent matches a percent-encoded byte.
var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

// inJSON returns what stands between the quotes of a JSON string.
func inJSON(value string, escapeHTML bool) string {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(value) // A string always encodes.

	return strings.TrimSuffix(strings.TrimPrefix(body.String(), `"`), "\"\n")
}

// clean returns the text on one line, without secrets, and cut when it is very long.
func (s *scrubber) clean(text string) string {
	text = s.hide(printable(text))
	text = TokenPattern.ReplaceAllString(text, redacted)

	return shorten(text) // at last: half a token would not be known as one
}

// shorten cuts a text that is very long.
func shorten(text string) string {
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

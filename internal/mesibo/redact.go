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
	"unicode"
)

// longestText is how much of a text from outside is shown, in runes.
const longestText = 500

// TokenPattern matches what may be an app token or a user token: app tokens have 64 of these characters (third-party
// code), user tokens 48 or more (official documentation), and the on-premise panel asks for at least 32 (vendor sample).
// It is meant for masks of logs.
var TokenPattern = regexp.MustCompile(`[0-9A-Za-z]{32,}`)

// A redactor takes secrets out of texts that come from outside: servers do echo tokens.
type redactor struct {
	hide func(string) string // of the app token; a function, of which fmt shows an address
}

// newRedactor returns a redactor that knows the app token in the forms in which it could come back.
func newRedactor(appToken Secret) *redactor {
	value := appToken.Reveal()
	raw := []byte(value)
	encoded, _ := json.Marshal(value) // A string always encodes.
	inJSON := string(encoded[1 : len(encoded)-1])
	forms := []string{
		value, url.QueryEscape(value), url.PathEscape(value),
		inJSON, unescapeHTML.Replace(inJSON), // as most encoders write it, and as our requests do
		base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
	}
	for _, form := range forms {
		forms = append(forms, percentEncoded.ReplaceAllStringFunc(form, strings.ToLower))
	}
	var pairs []string
	for _, form := range forms {
		if form = printable(form); form != "" { // as the texts are by then
			pairs = append(pairs, form, redacted)
		}
	}

	return &redactor{hide: strings.NewReplacer(pairs...).Replace}
}

// withContent returns a redactor that also hides a text that quotes a part of the content.
func (r *redactor) withContent(content Secret) *redactor {
	const shortestQuote, longest = 16, 4096 // bytes; a text is cut later on, to far less
	hidden := content.Reveal() + "\n" + base64.StdEncoding.EncodeToString([]byte(content.Reveal()))
	return &redactor{hide: func(text string) string {
		text = text[:min(len(text), longest)]
		for i := range max(len(text)-shortestQuote+1, 0) {
			if strings.Contains(hidden, text[i:i+shortestQuote]) {
				return redacted
			}
		}
		return r.hide(text)
	}}
}

// percentEncoded matches a percent-encoded byte.
var percentEncoded = regexp.MustCompile(`%[0-9A-F]{2}`)

// unescapeHTML undoes the escapes of encoding/json for HTML.
var unescapeHTML = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")

// redact returns the text on one line, without secrets, and cut when it is very long.
func (r *redactor) redact(text string) string {
	text = r.hide(printable(text))
	text = TokenPattern.ReplaceAllString(text, redacted)
	return shorten(text) // last, because half a token would not be recognized
}

// shorten cuts a text that is very long.
func shorten(text string) string {
	if runes := []rune(text); len(runes) > longestText {
		return string(runes[:longestText]) + "…"
	}
	return text
}

// printable returns the text with a space in place of every control character, line breaks among them.
func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package secrettest finds secrets in what is printed.
package secrettest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

// None checks that no secret is shown in any form when the values are printed: alone, by pointer, and in structs, lists
// and maps; by fmt with every verb, by encoding/json and by slog.
func None(t testing.TB, secrets []string, values ...any) {
	t.Helper()

	for _, value := range values {
		for way, text := range printed(value) {
			if form, shown := Shows(text, secrets...); shown {
				t.Errorf("%s of %T shows a secret in the form %s: %s", way, value, form, text)
			}
		}
	}
}

// Shows reports whether a text contains one of the secrets, and in which form.
func Shows(text string, secrets ...string) (form string, shown bool) {
	text = strings.ToLower(text)
	for _, secret := range secrets {
		for form, value := range forms(secret) {
			if strings.Contains(text, strings.ToLower(value)) {
				return form, true
			}
		}
	}

	return "", false
}

// forms returns what a secret may look like, by name.
func forms(secret string) map[string]string {
	raw := []byte(secret)
	decimal := strings.Trim(fmt.Sprintf("%d", raw), "[]")
	forms := map[string]string{
		"plain":            secret,
		"hex":              hex.EncodeToString(raw),
		"spaced hex":       fmt.Sprintf("% x", raw),
		"URL-escaped":      url.QueryEscape(secret),
		"path-escaped":     url.PathEscape(secret),
		"JSON":             strings.Trim(fmt.Sprintf("%q", secret), `"`),
		"decimal bytes":    decimal,
		"octal bytes":      strings.Trim(fmt.Sprintf("%o", raw), "[]"),
		"list of hex":      strings.Trim(fmt.Sprintf("%#v", raw), "[]byte{}"),
		"list of code":     strings.Trim(fmt.Sprintf("%U", raw), "[]"),
		"characters":       strings.Trim(fmt.Sprintf("%c", raw), "[]"),
		"decimal, in JSON": strings.ReplaceAll(decimal, " ", ","),
	}
	// In the base64 of a longer text a secret has one of three forms, by the place where it begins. Its neighbors have a
	// share in the first and in the last digits, so these are left out.
	for before := range 3 {
		first, end := (before*8+5)/6, (before+len(raw))*8/6
		padded := append(make([]byte, before), raw...)
		forms[fmt.Sprintf("base64 after %d", before)] = base64.RawStdEncoding.EncodeToString(padded)[first:end]
		forms[fmt.Sprintf("base64 for URLs after %d", before)] = base64.RawURLEncoding.EncodeToString(padded)[first:end]
	}

	return forms
}

// printed returns a value in every way of printing it.
func printed(value any) map[string]string {
	type unexported struct{ inner any }
	type exported struct{ Inner any }

	texts := map[string]string{}
	for place, v := range map[string]any{
		"":                      value,
		" in a struct":          exported{value},
		" in an unexported one": unexported{value},
		" behind a pointer":     &exported{value},
		" behind that pointer":  &unexported{value},
		" in a list":            []any{value},
		" in a map":             map[string]any{"a": value},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%+q", "%#q", "%x", "%X", "% x", "%# x", "%d", "%o", "%c", "%U", "%p", "%T"} {
			texts[verb+place] = fmt.Sprintf(verb, v)
		}
		encoded, err := json.Marshal(v)
		texts["json"+place] = fmt.Sprint(string(encoded), err)
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", v)
		texts["slog"+place] = log.String()
	}
	if stringer, is := value.(fmt.Stringer); is {
		texts["String"] = stringer.String()
	}
	if stringer, is := value.(fmt.GoStringer); is {
		texts["GoString"] = stringer.GoString()
	}

	return texts
}

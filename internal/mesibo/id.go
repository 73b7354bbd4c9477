// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// An id is a uid or a gid. The API writes ids as strings in some places and as numbers in others (official
// documentation, which does both); kept as text, neither form loses digits.
type id string

// UnmarshalJSON accepts a string or a whole number that is not negative; null gives an empty id.
func (i *id) UnmarshalJSON(data []byte) error {
	switch {
	case bytes.Equal(data, []byte("null")):
		*i = ""
	case data[0] == '"':
		text, err := unquote(data)
		*i = id(text)

		return err
	case strings.Trim(string(data), "0123456789") == "":
		*i = id(data)
	default:
		return errors.New("an id must be a string or a whole number")
	}

	return nil
}

// unquote reads a JSON string. Nearly every one is plain, which takes no parser.
func unquote(data []byte) (string, error) {
	if last := len(data) - 1; last > 0 && data[0] == '"' && data[last] == '"' && bytes.IndexFunc(data[1:last], needsParser) < 0 {
		return string(data[1:last]), nil
	}
	var text string
	err := json.Unmarshal(data, &text)

	return text, err
}

// needsParser reports whether a character in a JSON string may not stand for itself.
func needsParser(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }

// A flag is a boolean that may come as true, 1 or "1" (third-party code has the numbers). Its value is nil when
// the reply does not say, or says it in a form that is not known.
type flag struct{ value *bool }

// UnmarshalJSON accepts everything and never fails.
func (f *flag) UnmarshalJSON(data []byte) error {
	f.value = nil
	switch strings.Trim(string(data), `"`) {
	case "true", "1":
		f.value = new(true)
	case "false", "0":
		f.value = new(false)
	}

	return nil
}

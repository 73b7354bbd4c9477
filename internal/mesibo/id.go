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
		return json.Unmarshal(data, (*string)(i))
	case strings.Trim(string(data), "0123456789") == "":
		*i = id(data)
	default:
		return errors.New("an id must be a string or a whole number")
	}

	return nil
}

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

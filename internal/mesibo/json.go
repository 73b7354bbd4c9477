// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// An id is a uid, a gid or an address. The API writes ids as strings in some places and as numbers in others (official
// documentation), addresses as numbers at one deployment (third-party code); kept as text, neither form loses digits.
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

// A flag is a boolean that may come as true, 1 or "1" (third-party code has the numbers). Its value is nil when the
// reply has none, or one in an unknown form.
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

// text returns a member that should be a string; a whole number is taken as text, anything else as empty.
func text(raw json.RawMessage) string {
	var value id
	_ = json.Unmarshal(raw, &value)

	return string(value)
}

// texts returns a member that should be a list of strings; one string alone will do.
func texts(raw json.RawMessage) []string {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		items = []json.RawMessage{raw}
	}

	var values []string
	for _, item := range items {
		if value := text(item); value != "" {
			values = append(values, value)
		}
	}

	return values
}

// integer returns a member that should be a whole number, as a number or as a string; anything else gives 0.
func integer(raw json.RawMessage) int {
	value, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	if err != nil {
		return 0
	}

	return value
}

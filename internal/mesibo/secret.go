// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unique"
)

// redacted is printed in place of a secret.
const redacted = "(redacted)"

// Secret holds an app token or a user token. However it is printed, encoded or logged it shows as "(redacted)";
// only [Secret.Reveal] gives the value. Secrets are equal (==) when their values are. The zero Secret is empty.
type Secret struct {
	// A handle holds a pointer. So fmt prints an address even where it cannot call the methods below, which is
	// the case when a Secret sits in an unexported field of the struct that is printed.
	value unique.Handle[string]
}

// NewSecret returns a Secret with the given value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: unique.Make(value)}
}

// Reveal returns the value itself.
func (s Secret) Reveal() string {
	if s.IsEmpty() {
		return ""
	}
	return s.value.Value()
}

// IsEmpty reports whether there is no value.
func (s Secret) IsEmpty() bool { return s == Secret{} }

// Equal reports whether both secrets have the same value. It lets go-cmp compare them.
func (s Secret) Equal(other Secret) bool { return s == other }

// String returns "(redacted)".
func (Secret) String() string { return redacted }

// Format prints "(redacted)" for every verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// MarshalText returns "(redacted)", for encoding/json and log/slog too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalJSON accepts a string; null gives an empty Secret. Its error does not show what it got.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var value string
	if json.Unmarshal(data, &value) != nil {
		return errors.New("a token must be a JSON string")
	}
	*s = NewSecret(value)
	return nil
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// SplitImportID returns the parts of an import id such as "alice@example.com/com.example.app", in which a "/" or "%"
// inside a part is percent-encoded, as %2F and %25. The names of the parts are for the error.
func SplitImportID(id string, names ...string) ([]string, error) {
	parts := strings.Split(id, "/")
	if len(parts) != len(names) {
		return nil, fmt.Errorf("it has %d parts, not %d; write it as %s, with every / inside a part as %%2F",
			len(parts), len(names), strings.Join(names, "/"))
	}
	for i, part := range parts {
		decoded, err := url.PathUnescape(part)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the %s holds a %% that begins no percent-encoded character; write a %% as %%25", names[i])
		case !utf8.ValidString(decoded):
			return nil, fmt.Errorf("the %s holds percent-encoded bytes that are no text in UTF-8", names[i])
		case decoded == "":
			return nil, fmt.Errorf("the %s is empty", names[i])
		}
		parts[i] = decoded
	}

	return parts, nil
}

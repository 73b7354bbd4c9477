// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package secrettest_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

func TestShows(t *testing.T) {
	t.Parallel()

	const secret = "to+ken/with=odd&signs"
	type inner struct{ bytes []byte }
	for name, text := range map[string]string{
		"plain":          "a" + secret,
		"hex":            fmt.Sprintf("%x", secret),
		"capital hex":    fmt.Sprintf("%X", secret),
		"spaced hex":     fmt.Sprintf("% x", secret),
		"base64":         base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 after 1": base64.StdEncoding.EncodeToString([]byte("a" + secret + "bc")),
		"base64 after 2": base64.URLEncoding.EncodeToString([]byte("ab" + secret + "c")),
		"base64 after 5": base64.StdEncoding.EncodeToString([]byte("abcde" + secret + "f")),
		"a query":        url.QueryEscape(secret),
		"a path":         url.PathEscape(secret),
		"bytes":          fmt.Sprintf("%v", inner{[]byte(secret)}),
		"bytes, as code": fmt.Sprintf("%#v", inner{[]byte(secret)}),
		"characters":     fmt.Sprintf("%c", []byte(secret)),
		"a JSON list":    strings.ReplaceAll(fmt.Sprintf("%d", []byte(secret)), " ", ","),
	} {
		if _, shown := secrettest.Shows(text, "other", secret); !shown {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	if form, shown := secrettest.Shows("nothing to see", secret); shown {
		t.Errorf("found as %s where it is not", form)
	}
}

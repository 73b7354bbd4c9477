// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"
	"testing"
)

func TestAdd(t *testing.T) {
	for name, tt := range map[string]struct {
		events string
		want   string
	}{
		"nothing": {"", "0 passed, 0 failed, 0 skipped"},
		"each outcome, subtests included": {
			`{"Action":"pass","Package":"p","Test":"A"}
			 {"Action":"pass","Package":"p","Test":"A/b"}
			 {"Action":"skip","Package":"p","Test":"B"}
			 {"Action":"output","Package":"p","Test":"B","Output":"fail"}
			 {"Action":"pass","Package":"p"}`,
			"2 passed, 0 failed, 1 skipped",
		},
		"a failed test is not counted again with its package": {
			`{"Action":"fail","Package":"p","Test":"A"}
			 {"Action":"fail","Package":"p"}`,
			"0 passed, 1 failed, 0 skipped",
		},
		"a package that does not build": {
			`{"Action":"fail","Package":"p"}`,
			"0 passed, 1 failed, 0 skipped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got counts
			if err := got.add(strings.NewReader(tt.events)); err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

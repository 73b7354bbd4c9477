// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestID(t *testing.T) {
	t.Parallel()

	good := map[string]id{
		`"5302"`: "5302", `123`: "123", `0`: "0", `null`: "", `""`: "", `"abc-1"`: "abc-1",
		`9007199254740993`: "9007199254740993", `123456789012345678901234567890`: "123456789012345678901234567890",
	}
	for data, want := range good {
		var got id
		if err := json.Unmarshal([]byte(data), &got); err != nil || got != want {
			t.Errorf("%s gives %q, %v", data, got, err)
		}
	}
	for _, data := range []string{`1.5`, `1e3`, `1E3`, `-1`, `{}`, `[]`, `true`, `["1"]`} {
		var got id
		if err := json.Unmarshal([]byte(data), &got); err == nil {
			t.Errorf("%s is accepted as %q", data, got)
		}
	}
}

// TestIDKeepsEveryNumber reads any number in both forms.
func TestIDKeepsEveryNumber(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		want := strconv.FormatUint(rapid.Uint64().Draw(t, "n"), 10)
		for _, data := range []string{want, `"` + want + `"`} {
			var got id
			if err := json.Unmarshal([]byte(data), &got); err != nil || string(got) != want {
				t.Fatalf("%s gives %q, %v", data, got, err)
			}
		}
	})
}

func TestFlag(t *testing.T) {
	t.Parallel()

	tests := map[string]*bool{
		`true`: new(true), `1`: new(true), `"1"`: new(true), `"true"`: new(true),
		`false`: new(false), `0`: new(false), `"0"`: new(false),
		`null`: nil, `2`: nil, `"yes"`: nil, `{}`: nil, `[1]`: nil,
	}
	for data, want := range tests {
		if diff := cmp.Diff(want, boolean(json.RawMessage(data))); diff != "" {
			t.Errorf("%s: %s", data, diff)
		}
	}
}

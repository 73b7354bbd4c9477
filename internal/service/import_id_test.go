// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func TestSplitImportID(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		want    []string
		problem string
	}{
		"alice@example.com/com.example.app": {[]string{"alice@example.com", "com.example.app"}, ""},
		"+1555/my app":                      {[]string{"+1555", "my app"}, ""},
		"a%2Fb/c%2fd":                       {[]string{"a/b", "c/d"}, ""},
		"100%25/a":                          {[]string{"100%", "a"}, ""},
		"":                                  {nil, "it has 1 parts, not 2"},
		"a":                                 {nil, "it has 1 parts, not 2; write it as address/appid, with every / inside a part as %2F"},
		"a/b/c":                             {nil, "it has 3 parts, not 2"},
		"/b":                                {nil, "the address is empty"},
		"a/":                                {nil, "the appid is empty"},
		"a%FF/b":                            {nil, "the address holds percent-encoded bytes that are no text in UTF-8"},
		"a/100%":                            {nil, "the appid holds a % that begins no percent-encoded character; write a % as %25"},
	}
	for id, tt := range tests {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			got, err := service.SplitImportID(id, "address", "appid")
			switch {
			case tt.problem == "" && (err != nil || !slices.Equal(got, tt.want)):
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			case tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)):
				t.Errorf("%q, %v, want the error %q", got, err, tt.problem)
			}
		})
	}
}

// What is written as the documentation says is read as it was meant.
func TestSplitImportIDReadsWhatWasWritten(t *testing.T) {
	t.Parallel()

	escape := strings.NewReplacer("%", "%25", "/", "%2F")
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringN(1, -1, -1)
		want := []string{part.Draw(t, "address"), part.Draw(t, "appid")}
		got, err := service.SplitImportID(escape.Replace(want[0])+"/"+escape.Replace(want[1]), "address", "appid")
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
	})
}

// FuzzSplitImportID: what is read is text, and written as the documentation says it is read as the same.
func FuzzSplitImportID(f *testing.F) {
	for _, seed := range []string{"alice@example.com/com.example.app", "a%2Fb/c", "a/b/c", "%", "/", "a/%zz", "", "a%FF/b", "a%00/b", "a+b/%20"} {
		f.Add(seed)
	}
	escape := strings.NewReplacer("%", "%25", "/", "%2F")
	f.Fuzz(func(t *testing.T, id string) {
		parts, err := service.SplitImportID(id, "address", "appid")
		if err != nil {
			if parts != nil || strings.Count(id, "/") == 1 && !strings.Contains(id, "%") && strings.Trim(id, "/") == id && utf8.ValidString(id) {
				t.Errorf("%q is read as %q, %v", id, parts, err)
			}

			return
		}
		if len(parts) != 2 || parts[0] == "" || parts[1] == "" {
			t.Fatalf("%q is read as %q", id, parts)
		}
		if !strings.Contains(id, "%") && strings.Join(parts, "/") != id {
			t.Errorf("%q is read as %q, though nothing in it is encoded", id, parts)
		}
		if !utf8.ValidString(parts[0]) || !utf8.ValidString(parts[1]) {
			t.Errorf("%q is read as %q, which is no text", id, parts)
		}
		written := escape.Replace(parts[0]) + "/" + escape.Replace(parts[1])
		if again, err := service.SplitImportID(written, "address", "appid"); err != nil || !slices.Equal(again, parts) {
			t.Errorf("%q is read as %q, and then as %q, %v", id, parts, again, err)
		}
	})
}

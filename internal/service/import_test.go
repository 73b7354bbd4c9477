// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func TestSplitImportID(t *testing.T) {
	t.Parallel()

	for id, want := range map[string]string{
		"+1555/my app": `["+1555" "my app"] <nil>`,
		"a%2Fb/100%25": `["a/b" "100%"] <nil>`,
		"a":            "[] it has 1 parts, not 2; write it as address/appid, with every / inside a part as %2F",
		"a/b/c":        "[] it has 3 parts, not 2",
		"/b":           "[] the address is empty",
		"a/":           "[] the appid is empty",
		"a%FF/b":       "[] the address contains percent-encoded bytes that are not UTF-8",
		"a/100%":       "[] the appid contains a % that begins no percent-encoded character",
	} {
		parts, err := service.SplitImportID(id, "address", "appid")
		if got := fmt.Sprintf("%q %v", parts, err); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// FuzzSplitImportID: the parts of an ID that is accepted are texts, and the same after they were written and read again.
func FuzzSplitImportID(f *testing.F) {
	for _, seed := range []string{"a@example.com/com.example.app", "a%2Fb/100%25", "a+b/%20", "a/b/c", "a/%zz", "a/", "a%FF/b", "a%00/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if parts, err := service.SplitImportID(id, "address", "appid"); err == nil {
			checkImportID(t, parts[0], parts[1])
		}
	})
}

// checkImportID checks that parts survive in an ID that is written as the documentation says.
func checkImportID(t *testing.T, address, appID string) {
	t.Helper()

	escape := strings.NewReplacer("%", "%25", "/", "%2F")
	parts, err := service.SplitImportID(escape.Replace(address)+"/"+escape.Replace(appID), "address", "appid")
	if err != nil || !slices.Equal(parts, []string{address, appID}) || !utf8.ValidString(address+appID) {
		t.Errorf("%q and %q are read as %q, %v", address, appID, parts, err)
	}
}

// FuzzValidators: an address is no list, no pattern and no typing error, and survives in an import ID; a gid is a
// positive number of any length. The empty text stands for null, which an import refuses too.
func FuzzValidators(f *testing.F) {
	for _, seed := range []string{
		"a@example.com", "a b", "", "a,b", "a*", " a", "a\u00a0", "a\v", "\u0085a", "a\nb", "100%/a%2F",
		"0", "097284", "-1", "12a", "\u0661\u0662", "97284\n", "98446744073709551616",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // Terraform passes no such string.
		}
		value := types.StringNull()
		if text != "" {
			value = types.StringValue(text)
			checkImportID(t, text, text)
		}
		want := text != "" && !strings.ContainsAny(text, ",*") && strings.TrimFunc(text, unicode.IsSpace) == text
		if got := !service.ValidateImport(t.Context(), "address", value, service.AddressValidators).HasError(); got != want {
			t.Errorf("address %q: %t, want %t", text, got, want)
		}
		want = text != "" && strings.Trim(text, "0123456789") == "" && text[0] != '0'
		if got := !service.ValidateImport(t.Context(), "gid", value, service.GIDValidators).HasError(); got != want {
			t.Errorf("gid %q: %t, want %t", text, got, want)
		}
	})
}

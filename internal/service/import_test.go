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

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// importParts imports by an ID.
func importParts(t *testing.T, id string, parts ...service.ImportPart) (values []string, err string) {
	t.Helper()

	imported, diags := service.ImportParts(t.Context(), resource.ImportStateRequest{ID: id}, parts...)
	for _, value := range imported {
		values = append(values, value.ValueString())
	}
	for _, d := range diags {
		err += d.Summary() + ": " + d.Detail()
	}

	return values, err
}

var address, appID = service.ImportPart{Name: "address", Example: "alice"}, service.ImportPart{Name: "appid", Example: "com.example.app"}

func TestImportParts(t *testing.T) {
	t.Parallel()

	for id, want := range map[string]string{
		"+1555/my app": `["+1555" "my app"] `,
		"a%2Fb/100%25": `["a/b" "100%"] `,
		"":             "it has 1 parts, not 2",
		"a":            "it has 1 parts, not 2.\n\nIt must be address/appid, as in 'alice/com.example.app'. Inside a part, write %2F for / and %25 for %.",
		"a/b/c":        "it has 3 parts, not 2",
		"/b":           "the address is empty",
		"a/":           "the appid is empty",
		"a%FF/b":       "the address contains percent-encoded bytes that are not UTF-8",
		"a/100%":       "the appid contains a % that begins no percent-encoded character",
	} {
		parts, err := importParts(t, id, address, appID)
		if got := fmt.Sprintf("%q %s", parts, err); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if _, err := importParts(t, "", address); !strings.Contains(err, "it is empty.\n\nIt must be address, as in 'alice'.") {
		t.Errorf("an empty ID of one part: %s", err)
	}
}

// FuzzImportParts: the parts of an ID that is accepted are texts, and the same after they were written and read again.
func FuzzImportParts(f *testing.F) {
	for _, seed := range []string{"a@example.com/com.example.app", "a%2Fb/100%25", "a+b/%20", "a/b/c", "a/%zz", "a/", "a%FF/b", "a%00/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if parts, err := importParts(t, id, address, appID); err == "" {
			checkImportID(t, parts[0], parts[1])
		}
	})
}

// checkImportID checks that parts survive in an ID that is written as the documentation says.
func checkImportID(t *testing.T, first, second string) {
	t.Helper()

	escape := strings.NewReplacer("%", "%25", "/", "%2F")
	parts, err := importParts(t, escape.Replace(first)+"/"+escape.Replace(second), address, appID)
	if err != "" || !slices.Equal(parts, []string{first, second}) || !utf8.ValidString(first+second) {
		t.Errorf("%q and %q are read as %q, %v", first, second, parts, err)
	}
}

// FuzzValidators: an address is no list, no pattern and no typing error, and survives in an import ID; a gid is a
// positive number of any length.
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
		if text != "" {
			checkImportID(t, text, text)
		}
		want := text != "" && !strings.ContainsAny(text, ",*") && strings.TrimFunc(text, unicode.IsSpace) == text
		if got := accepts(t, service.AddressValidators, text); got != want {
			t.Errorf("address %q: %t, want %t", text, got, want)
		}
		want = text != "" && strings.Trim(text, "0123456789") == "" && text[0] != '0'
		if got := accepts(t, service.GIDValidators, text); got != want {
			t.Errorf("gid %q: %t, want %t", text, got, want)
		}
	})
}

// accepts reports whether the validators accept the import of an ID of one part.
func accepts(t *testing.T, validators []validator.String, text string) bool {
	t.Helper()

	_, err := importParts(t, text, service.ImportPart{Name: "part", Validators: validators})

	return err == ""
}

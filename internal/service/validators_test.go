// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// FuzzAddress: an address is taken if and only if it is no list, no pattern and no slip, and what is taken survives in
// an import id.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"alice@example.com", "+1555", "", " a", "a\u00a0", "a\v", "\u0085a", "a b", "a,b", "a*", "a\nb", "ä/%", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if !utf8.ValidString(address) {
			return // Terraform hands over no such string.
		}
		want := address != "" && !strings.ContainsAny(address, ",*") && strings.TrimFunc(address, unicode.IsSpace) == address
		diags := service.Validate(t.Context(), "address", types.StringValue(address), service.AddressValidators)
		if taken := !diags.HasError(); taken != want {
			t.Fatalf("is %q taken? %t, want %t: %v", address, taken, want, diags)
		}
		if !want {
			return
		}
		id := strings.NewReplacer("%", "%25", "/", "%2F").Replace(address)
		if parts, err := service.SplitImportID(id+"/"+id, "address", "appid"); err != nil || parts[0] != address || parts[1] != address {
			t.Errorf("%q is imported as %q, %v", address, parts, err)
		}
	})
}

// FuzzAppIDAndGID: an App ID is no number, and a gid is nothing else.
func FuzzAppIDAndGID(f *testing.F) {
	for _, seed := range []string{"com.example.app", "97284", "0", "", "12a", "\u0663", "1\n", "018446744073709551616"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		digits := text != "" && strings.Trim(text, "0123456789") == ""
		if taken := !service.Validate(t.Context(), "appid", types.StringValue(text), service.AppIDValidators).HasError(); taken != (text != "" && !digits) {
			t.Errorf("is %q an App ID? %t", text, taken)
		}
		if taken := !service.Validate(t.Context(), "gid", types.StringValue(text), service.GIDValidators).HasError(); taken != (digits && text[0] != '0') {
			t.Errorf("is %q a gid? %t", text, taken)
		}
	})
}

// FuzzAddedJustNow: what the private state says of a new user is believed only in the minute after a time that it names.
func FuzzAddedJustNow(f *testing.F) {
	f.Add([]byte(nil), int64(0))
	f.Add(service.AddedAt(now), int64(59))
	f.Add(service.AddedAt(now), int64(60))
	f.Add([]byte(`"2026-01-01T00:00:00+23:59"`), int64(-1))
	f.Add([]byte("2026-01-01T00:00:00Z"), int64(1))
	f.Fuzz(func(t *testing.T, added []byte, seconds int64) {
		at := now.Add(time.Duration(seconds%1_000_000) * time.Second)
		if service.AddedJustNow(added, at) {
			named, err := time.Parse(time.RFC3339, strings.Trim(string(added), `"`))
			if err != nil || at.Sub(named) >= time.Minute {
				t.Errorf("%q is believed at %s", added, at)
			}
		}
		if got, want := service.AddedJustNow(service.AddedAt(now), at), at.Sub(now) < time.Minute; got != want {
			t.Errorf("just now at %s? %t", at, got)
		}
	})
}

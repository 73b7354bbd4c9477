// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// An address is taken when it holds neither a comma nor an asterisk, and has no blank of any script at its ends.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"alice@example.com", "", "a b", "\u00a0a", "a\n", "\va", "a\u0085", "a,b", "*", "+4915112345678"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if !utf8.ValidString(address) {
			t.Skip("no configuration holds this")
		}
		blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Z, r) }
		want := address != "" && !strings.ContainsAny(address, ",*") && strings.TrimFunc(address, blank) == address
		if got := !service.Validate(t.Context(), "address", types.StringValue(address), service.AddressValidators).HasError(); got != want {
			t.Errorf("%q is taken: %t, want %t", address, got, want)
		}
	})
}

// What resources get from the provider shows no secret, however it is printed.
func TestDataShowsNoSecret(t *testing.T) {
	t.Parallel()

	const appToken = "k3v9q0z7m2x8c4b6n1l5j7h9g3f2d8s4a6p0o1i7u5y3t9r2e8w4q6z1x7c3v5b9"
	client, err := mesibo.New(mesibo.NewSecret(appToken))
	if err != nil {
		t.Fatal(err)
	}
	data := service.NewData(client, time.Now)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, data); strings.Contains(text, appToken) || strings.Contains(text, fmt.Sprintf("%x", appToken)) {
			t.Errorf("%s shows the app token: %s", verb, text)
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretShowsNowhere prints secrets in every way that comes to mind.
func TestSecretShowsNowhere(t *testing.T) {
	t.Parallel()

	secret := NewSecret(userToken)
	type hidden struct{ inner Secret }
	client := newClient(t, DefaultEndpoint)
	values := []any{
		secret, &secret, []Secret{secret}, map[string]Secret{"a": secret}, map[Secret]int{secret: 1},
		hidden{secret}, &hidden{secret}, []hidden{{secret}},
		User{UID: "1", Token: secret}, UserRow{Token: secret}, Lookup{Rows: []UserRow{{Token: secret}}},
		client, struct{ c *Client }{client}, WithUserAgent("x"), minting,
	}
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			assertNoSecret(t, fmt.Sprintf(verb, value))
		}
		if encoded, err := json.Marshal(value); err == nil {
			assertNoSecret(t, string(encoded))
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s %q %x", secret, secret, secret, secret, secret, secret); got != strings.TrimSpace(strings.Repeat("(redacted) ", 6)) {
		t.Errorf("printed as %s", got)
	}

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", secret, "row", UserRow{Token: secret})
	assertNoSecret(t, log.String())
}

func assertNoSecret(t *testing.T, text string) {
	t.Helper()

	for _, secret := range []string{appToken, userToken, fmt.Sprintf("%x", appToken), fmt.Sprintf("%X", userToken)} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret shows in %s", text)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()

	if one, same := NewSecret("a"), NewSecret("a"); one != same || !one.Equal(same) || one == NewSecret("b") {
		t.Error("secrets do not compare by value")
	}
	if zero := (Secret{}); !zero.IsEmpty() || !NewSecret("").IsEmpty() || zero.Reveal() != "" || zero.String() != redacted || zero.GoString() != redacted {
		t.Error("the zero Secret is not an empty one")
	}

	for data, want := range map[string]string{`"abc"`: "abc", `null`: "", `""`: ""} {
		var secret Secret
		if err := json.Unmarshal([]byte(data), &secret); err != nil || secret.Reveal() != want {
			t.Errorf("%s gives %q, %v", data, secret.Reveal(), err)
		}
	}
	for _, data := range []string{`12345`, `{}`, `[]`, `true`} {
		var secret Secret
		if err := json.Unmarshal([]byte(data), &secret); err == nil || strings.Contains(err.Error(), data) {
			t.Errorf("%s gives error %v", data, err)
		}
	}
}

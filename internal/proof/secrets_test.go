// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package proof

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
)

// secretsIn returns the beginning of each secret of the back end that a text shows, in plain or in another form.
func secretsIn(b *acctest.Backend, text string) []string {
	var shown []string
	for _, secret := range secretsOf(b) {
		for _, form := range forms(secret) {
			if strings.Contains(text, form) {
				shown = append(shown, secret[:4]+"...")

				break
			}
		}
	}

	return shown
}

// secretsOf returns all that must not be shown: the app token, the webhook secret and every token ever minted.
func secretsOf(b *acctest.Backend) []string {
	return append(append(b.MintedTokens(), b.WebhookSecrets()...), acctest.AppToken)
}

// forms are what a secret may look like. Base64 of a longer text that holds the secret has one of three forms, by the
// place at which the secret begins.
func forms(secret string) []string {
	forms := []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), url.PathEscape(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + secret))
			// Neighbours have a share in the first and in the last digits.
			first, last := (before*8+5)/6, (before+len(secret))*8/6
			forms = append(forms, encoded[first:last])
		}
	}

	return forms
}

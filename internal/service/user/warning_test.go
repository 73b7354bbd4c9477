// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// managed is a resource for a user and an App ID, or for none if it is empty.
func managed(kind, name, address, appID string) protocoltest.Resource {
	attributes := map[string]any{"address": address}
	if appID != "" {
		attributes["appid"] = appID
	}

	return protocoltest.Resource{Type: kind, Name: name, Attributes: attributes}
}

// warns reports whether the provider has given a warning with this title.
func warns(w *protocoltest.Workspace, title string) bool {
	for _, d := range w.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning && strings.HasPrefix(d.Summary, title) {
			return true
		}
	}

	return false
}

// Warnings name what a plan or an apply does to tokens and its diff does not show.
func TestWarnings(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ShowsTokens)

	user := func(appID string) protocoltest.Resource { return managed("mesibo_user", "test", alice, appID) }
	token := managed("mesibo_user_token", "test", alice, webApp)
	keepers := user("")
	keepers.Attributes["token_keepers"] = map[string]any{"rotation": "first"}
	mint := func(appIDs ...string) func(*acctest.Backend) {
		return func(b *acctest.Backend) {
			for _, appID := range appIDs {
				b.MintToken(acctest.AppToken, alice, appID)
			}
		}
	}
	revoked := func(b *acctest.Backend) {
		mint("com.example.tv", webApp)(b)
		b.EndToken(acctest.AppToken, alice, androidApp)
	}
	type config = protocoltest.Config
	for title, tt := range map[string]struct {
		before config
		change func(*acctest.Backend) // outside of Terraform
		after  config
	}{
		"Token replaced outside of Terraform":  {config{user(androidApp)}, mint(androidApp), config{user(androidApp)}},
		"Token revoked outside of Terraform":   {config{user(androidApp)}, revoked, config{user(androidApp)}},
		"Token will be minted":                 {config{user("")}, nil, config{user(androidApp)}},
		"Token will be revoked":                {config{user(androidApp)}, nil, config{user(webApp)}},
		"Token will be removed from state":     {config{user(androidApp)}, mint(androidApp), config{user(webApp)}},
		"New tokens may have been revoked too": {config{user(androidApp)}, nil, config{token, user("")}},
		"App ID already had a token":           {config{user("")}, mint(webApp), config{user(""), token}},
		"User list truncated":                  {nil, truncateLists, config{user(androidApp)}},
		"No token to keep":                     {nil, nil, config{keepers}},
		"Existing users are taken over":        {nil, func(b *acctest.Backend) { b.SetProfile(noLookups) }, config{user("")}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, rowPerAppID)
			w := newWorkspace(b)
			if err := w.Apply(t.Context(), tt.before); err != nil || warns(w, title) {
				t.Fatalf("before the change: error %v, warning %t", err, warns(w, title))
			}
			if tt.change != nil {
				tt.change(b)
			}
			if err := w.Apply(t.Context(), tt.after); err != nil || !warns(w, title) {
				t.Errorf("after the change: error %v, warning %t", err, warns(w, title))
			}
		})
	}
}

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

// managed is a resource of mesibo_user or mesibo_user_token for an App ID, or for none if it is empty.
func managed(kind, name, address, appID string) protocoltest.Resource {
	attributes := map[string]any{"address": address}
	if appID != "" {
		attributes["appid"] = appID
	}

	return protocoltest.Resource{Type: kind, Name: name, Attributes: attributes}
}

// warns reports whether the provider has given a warning with this text.
func warns(w *protocoltest.Workspace, text string) bool {
	for _, d := range w.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning && strings.Contains(d.Summary+"\n"+d.Detail, text) {
			return true
		}
	}

	return false
}

// Warnings name what a plan or an apply does to tokens and its diff does not show.
func TestWarnings(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ShowsTokens, acctest.MatchesUsers)

	user := func(appID string) protocoltest.Resource { return managed("mesibo_user", "test", alice, appID) }
	token := func(appID string) protocoltest.Resource { return managed("mesibo_user_token", "test", alice, appID) }
	mint := func(appIDs ...string) func(*acctest.Backend) {
		return func(b *acctest.Backend) {
			for _, appID := range appIDs {
				b.MintToken(acctest.AppToken, alice, appID)
			}
		}
	}
	tests := map[string]struct {
		before  []protocoltest.Resource
		change  func(*acctest.Backend) // outside of Terraform
		after   []protocoltest.Resource
		warning string
	}{
		"token replaced": {protocoltest.Config{user(androidApp)}, mint(androidApp), protocoltest.Config{user(androidApp)}, "Token replaced outside of Terraform"},
		"token revoked": {protocoltest.Config{user(androidApp)}, func(b *acctest.Backend) {
			mint("com.example.tv", webApp)(b)
			b.EndToken(acctest.AppToken, alice, androidApp)
		}, protocoltest.Config{user(androidApp)}, "Token revoked outside of Terraform"},
		"list truncated": {protocoltest.Config{user(androidApp)}, truncateLists, protocoltest.Config{user(androidApp)}, "User list truncated"},
		"no lookups":     {nil, func(b *acctest.Backend) { b.SetProfile(noLookups) }, protocoltest.Config{user("")}, "The server offers no lookups"},
		"App ID added":   {protocoltest.Config{user("")}, nil, protocoltest.Config{user(androidApp)}, "Token will be minted"},
		"App ID changed": {protocoltest.Config{user(androidApp)}, nil, protocoltest.Config{user(webApp)}, "Token will be revoked"},
		"App ID of a token that was replaced": {
			protocoltest.Config{user(androidApp)}, mint(androidApp), protocoltest.Config{user(webApp)}, "Token will be removed from state (it is not revoked)",
		},
		"token minted before the other was revoked": {
			protocoltest.Config{user(androidApp)}, nil, protocoltest.Config{token(webApp), user("")}, "New tokens may have been revoked too",
		},
		"token of an interrupted run": {protocoltest.Config{user("")}, mint(webApp), protocoltest.Config{user(""), token(webApp)}, "App ID already had a token"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, rowPerAppID)
			w := newWorkspace(b)
			if err := w.Apply(t.Context(), tt.before); err != nil {
				t.Fatal(err)
			}
			if warns(w, tt.warning) {
				t.Error("the warning comes too early")
			}
			if tt.change != nil {
				tt.change(b)
			}
			if err := w.Apply(t.Context(), tt.after); err != nil {
				t.Fatal(err)
			}
			if !warns(w, tt.warning) {
				t.Errorf("no warning %q", tt.warning)
			}
		})
	}
}

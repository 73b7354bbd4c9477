// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// revokeAction is the action with the given configuration.
func revokeAction(config string) string {
	return "action \"mesibo_revoke_token\" \"test\" {\n  config {\n" + config + "\n  }\n}\n"
}

// invokesAction is a resource whose creation invokes the action.
const invokesAction = `
resource "terraform_data" "incident" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.mesibo_revoke_token.test]
    }
  }
}
`

func TestAccRevokeToken(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		config string
		left   []string // App IDs that have a token afterwards
	}{
		"one App ID":           {web, []string{androidApp}},
		"all App IDs":          {"timeouts {\n  invoke = \"1m\"\n}", nil},
		"App ID without token": {`appid = "com.example.tv"`, []string{androidApp, webApp}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(tt.left) > 0 {
				acctest.Needs(t, acctest.RevokesAppID)
			}

			b := acctest.NewBackend(t)
			for _, address := range []string{alice, bob} {
				b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
				b.MintToken(acctest.AppToken, address, androidApp)
				b.MintToken(acctest.AppToken, address, webApp)
			}
			runSince(t, b, tfversion.Version1_14_0, apply(revokeAction(ofAlice+tt.config)+invokesAction, anyPlan,
				b.ExpectTokens(alice, tt.left...), b.ExpectTokens(bob, androidApp, webApp)))
			if sent := b.Count(""); sent != 1 {
				t.Errorf("%d requests were sent, want one", sent)
			}
		})
	}
}

// After a revocation the next plan of the resource mints a new token, where the server shows that the old one is gone.
func TestAccRevokeToken_resourceMintsAgain(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.RevokesAppID)

	b := acctest.NewBackend(t, rowPerAppID)
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true})
	b.MintToken(acctest.AppToken, alice, webApp)
	b.MintToken(acctest.AppToken, alice, "com.example.tv")
	config := tokenSubject.config("") + revokeAction(ofAlice+android) + invokesAction
	runSince(t, b, tfversion.Version1_14_0,
		step{Config: tokenSubject.config("")},
		step{Config: config, ExpectNonEmptyPlan: true},
		apply(config, tokenSubject.updates(true), tokenSubject.hasToken(b, androidApp, 4)...),
	)
}

// A token that a refresh has shown, and that is revoked from the command line, is missed by the next plan, also where it was
// the user's only one.
func TestAccRevokeToken_onlyToken(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		w := b.NewWorkspace(t, providerRequirement+s.config("")+revokeAction(ofAlice+android))
		w.SkipBelow(t, tfversion.Version1_14_0, "an action")
		w.MustRun(t, "apply", "-auto-approve", "-no-color")
		w.MustRun(t, "apply", "-auto-approve", "-no-color") // Its refresh shows the token.
		w.MustRun(t, "apply", "-auto-approve", "-no-color", "-invoke=action.mesibo_revoke_token.test")
		output := w.MustRun(t, "plan", "-no-color")
		if !matches("1 to change", "Token revoked outside of Terraform").MatchString(output) {
			t.Errorf("the plan does not mint:\n%s", output)
		}
	})
}

// An action that is invoked from the command line shows its progress, and no secret.
func TestAccRevokeToken_progress(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := tokenSubject.newBackend(t)
	token := b.MintToken(acctest.AppToken, alice, webApp)
	w := b.NewWorkspace(t, providerRequirement+revokeAction(ofAlice))
	w.SkipBelow(t, tfversion.Version1_14_0, "an action")
	output := w.MustRun(t, "apply", "-auto-approve", "-no-color", "-invoke=action.mesibo_revoke_token.test")
	if !matches(`Revoking all tokens of the user "alice@example.com"...`, `Revoked all tokens of the user "alice@example.com".`).MatchString(output) {
		t.Errorf("the progress is missing:\n%s", output)
	}
	if strings.Contains(output, token) || strings.Contains(output, acctest.AppToken) {
		t.Error("a secret is shown")
	}
	if user, _ := b.User(acctest.AppToken, alice); len(user.Tokens) > 0 {
		t.Error("the token was not revoked")
	}
}

// Invalid input is refused during plan; what only the server knows is an error of the apply.
func TestAccRevokeToken_errors(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	dropped := emulator.DropBefore()
	for name, tt := range map[string]struct {
		config  string
		fault   *emulator.Fault
		sent    int
		message []string
	}{
		"no address":      {"", nil, 0, []string{`"address" is required`}},
		"invalid address": {`address = "a,b"`, nil, 0, []string{`must not contain "," or "*"`}},
		"empty App ID":    {ofAlice + `appid = ""`, nil, 0, []string{"string length must be at least 1"}},
		"numeric App ID":  {ofAlice + `appid = "12"`, nil, 0, []string{"must not be all digits"}},
		"absent user":     {`address = "nobody"`, nil, 1, []string{"Token not revoked", "NOTFOUND", "does not exist in this app. Check address"}},
		"refused":         {ofAlice, &overQuota, 1, []string{"Token not revoked", "may still be able to use it", "QUOTA"}},
		"not answered":    {ofAlice, &dropped, 1, []string{"Token not revoked", "may have been carried out"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "absent user" {
				acctest.Needs(t, acctest.RefusesUnknown, acctest.SaysNotFound)
			}

			b := tokenSubject.newBackend(t)
			if tt.fault != nil {
				b.Fail("userset", 1, *tt.fault)
			}
			runSince(t, b, tfversion.Version1_14_0, fails(revokeAction(tt.config)+invokesAction, tt.message...))
			if sent := b.Count(""); sent != tt.sent {
				t.Errorf("%d requests were sent, want %d", sent, tt.sent)
			}
		})
	}
}

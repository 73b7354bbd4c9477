// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

const ofAlice = "address = \"" + alice + "\"\n"

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
			runSince(t, b, tfversion.Version1_14_0, resource.TestStep{
				Config: revokeAction(ofAlice+tt.config) + invokesAction,
				ConfigStateChecks: []statecheck.StateCheck{
					b.ExpectTokens(alice, tt.left...), b.ExpectTokens(bob, androidApp, webApp),
				},
			})
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
	other := strings.Replace(tokenConfig("appid = \"com.example.tv\""), `"test"`, `"tv"`, 1)
	tokens := userConfig(android) + tokenConfig(web) + other
	config := tokens + revokeAction(ofAlice+web) + invokesAction
	runSince(t, b, tfversion.Version1_14_0,
		resource.TestStep{Config: tokens},
		resource.TestStep{Config: config, ExpectNonEmptyPlan: true},
		resource.TestStep{
			Config:            config,
			ConfigPlanChecks:  tokenSubject.updates(true),
			ConfigStateChecks: tokenSubject.hasToken(b, webApp, 4),
		},
	)
}

// An action that is invoked from the command line shows its progress, and no secret.
func TestAccRevokeToken_progress(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	addAlice(b)
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

	fails := func(fault emulator.Fault) func(*acctest.Backend) {
		return func(b *acctest.Backend) { b.FailAlways("userset", fault) }
	}
	tests := map[string]struct {
		config  string
		fault   func(*acctest.Backend)
		message []string
		sent    int
	}{
		"no address":      {"", nil, []string{`"address" is required`}, 0},
		"invalid address": {`address = "a,b"`, nil, []string{`must not contain "," or "*"`}, 0},
		"empty App ID":    {ofAlice + `appid = ""`, nil, []string{"string length must be at least 1"}, 0},
		"numeric App ID":  {ofAlice + `appid = "12"`, nil, []string{"must not be all digits"}, 0},
		"absent user":     {`address = "nobody"`, nil, []string{"Token not revoked", "NOTFOUND", "does not exist in this app. Check address"}, 1},
		"refused":         {ofAlice, fails(overQuota), []string{"Token not revoked", "may still be able to use it", "QUOTA"}, 1},
		"not answered":    {ofAlice, fails(emulator.DropBefore()), []string{"Token not revoked", "may have been carried out"}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "absent user" {
				acctest.Needs(t, acctest.RefusesUnknown, acctest.SaysNotFound)
			}

			b := acctest.NewBackend(t)
			addAlice(b)
			if tt.fault != nil {
				tt.fault(b)
			}
			runSince(t, b, tfversion.Version1_14_0, resource.TestStep{
				Config: revokeAction(tt.config) + invokesAction, ExpectError: matches(tt.message...),
			})
			if sent := b.Count(""); sent != tt.sent {
				t.Errorf("%d requests were sent, want %d", sent, tt.sent)
			}
		})
	}
}

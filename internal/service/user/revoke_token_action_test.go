// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// revoke is the action with the given configuration.
func revoke(config string) string {
	return "\naction \"mesibo_revoke_token\" \"test\" {\n  config {\n" + config + "\n  }\n}\n"
}

// triggered is a resource whose creation and change invoke the action.
func triggered(input string) string {
	return `
resource "terraform_data" "incident" {
  input = "` + input + `"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mesibo_revoke_token.test]
    }
  }
}
`
}

// needsActions is what the CLI must be for actions; OpenTofu has none.
var needsActions = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)}

// The tokens of one App ID are revoked or of all, and nobody else's.
func TestAccRevokeToken_triggered(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		config string
		left   []string
	}{
		"of one App ID":   {`appid = "com.example.web"`, []string{androidApp}},
		"of all App IDs":  {``, nil},
		"that has none":   {`appid = "com.example.other"`, []string{androidApp, webApp}},
		"with a time out": {"timeouts {\n  invoke = \"1m\"\n}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(tt.left) > 0 {
				acctest.Needs(t, acctest.RevokesAppID)
			}

			b := withAlice(t)
			b.MintToken(acctest.AppToken, alice, androidApp)
			b.MintToken(acctest.AppToken, alice, webApp)
			b.PutUser(acctest.AppToken, emulator.User{Address: "bob", Active: true})
			b.MintToken(acctest.AppToken, "bob", webApp)
			b.Run(t, resource.TestCase{
				TerraformVersionChecks: needsActions,
				Steps: []resource.TestStep{
					{
						Config:            b.Config(revoke("address = \""+alice+"\"\n"+tt.config) + triggered("leak")),
						ConfigStateChecks: []statecheck.StateCheck{b.ExpectTokens(alice, tt.left...), b.ExpectTokens("bob", webApp)},
					},
				},
			})
			if sent := b.Count(""); sent != 1 {
				t.Errorf("%d requests were sent, want one", sent)
			}
		})
	}
}

// After a revocation the next plan of the resource that held the token mints a new one, where the server shows it.
func TestAccRevokeToken_resourceMintsAgain(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.RevokesAppID)

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(true); p.RowsPerAppID = true })
	tokens := webToken("") + strings.NewReplacer(`"web"`, `"ios"`, webApp, "com.example.ios").Replace(webToken(""))
	config := b.Config(aliceWith(tokens + revoke("address = \""+alice+"\"\nappid = \""+webApp+"\"") + triggered("leak")))
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: needsActions,
		Steps: []resource.TestStep{
			{Config: b.Config(aliceWith(tokens))},
			{Config: config, ExpectNonEmptyPlan: true},
			{
				Config:            config,
				ConfigPlanChecks:  mintsInPlace,
				ConfigStateChecks: []statecheck.StateCheck{tokenHolds("token", b.LiveToken(alice, webApp)), b.ExpectMinted(alice, 4)},
			},
		},
	})
}

// The action is invoked by hand, shows its progress, and shows no secret.
func TestAccRevokeToken_invoked(t *testing.T) {
	t.Parallel()

	b := withAlice(t)
	token := b.MintToken(acctest.AppToken, alice, webApp)
	w := b.NewWorkspace(t, providerRequirement+revoke("address = \""+alice+"\""))
	w.SkipBelow(t, tfversion.Version1_14_0, "an action")
	output := w.MustRun(t, "apply", "-auto-approve", "-no-color", "-invoke=action.mesibo_revoke_token.test")
	for _, line := range []string{
		`Revoking all tokens of the user "alice@example.com"...`,
		`Revoked all tokens of the user "alice@example.com".`,
	} {
		if !strings.Contains(output, line) {
			t.Errorf("%q is missing in:\n%s", line, output)
		}
	}
	if strings.Contains(output, token) || strings.Contains(output, acctest.AppToken) {
		t.Error("a secret is shown")
	}
	if user, _ := b.User(acctest.AppToken, alice); len(user.Tokens) != 0 {
		t.Error("the token lives on")
	}
}

// Mistakes are found at plan; what only the server can tell is an error of the apply.
func TestAccRevokeToken_refused(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		config, message string
	}{
		"no address":           {config: ``, message: `"address" is required`},
		"comma in the address": {config: `address = "a,b"`, message: `must hold no , and no \*`},
		"empty App ID":         {config: "address = \"a\"\nappid = \"\"", message: `string length must be at least 1`},
		"numeric App ID":       {config: "address = \"a\"\nappid = \"12\"", message: `must not be all digits`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := withAlice(t)
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{
				Config:      b.Config(revoke(tt.config) + triggered("leak")),
				PlanOnly:    true,
				ExpectError: regexp.MustCompile(tt.message),
			}}})
			if sent := b.Count(""); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}

	for name, tt := range map[string]struct {
		address, message string
		faults           []emulator.Fault
	}{
		"no such user": {"nobody@example.com", `(?s)User does not exist.*check\s+the\s+address`, nil},
		"refused":      {alice, `(?s)Token not revoked.*may still be able to\s+use it.*QUOTA`, []emulator.Fault{emulator.Refuse("QUOTA", 403, "over quota")}},
		"unanswered":   {alice, `(?s)Token not revoked.*may have been\s+carried out`, []emulator.Fault{emulator.DropBefore()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "no such user" {
				acctest.Needs(t, acctest.RefusesUnknown, acctest.SaysNotFound)
			}

			b := withAlice(t)
			for _, fault := range tt.faults {
				b.FailAlways("userset", fault)
			}
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{
				Config:      b.Config(revoke("address = \""+tt.address+"\"")+triggered("leak"), noRetries),
				ExpectError: regexp.MustCompile(tt.message),
			}}})
		})
	}
}

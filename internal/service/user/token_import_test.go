// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Every way to import finds the same token, also when its address and App ID hold what separates the two.
func TestAccUserToken_import(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	for id, parts := range map[string][2]string{
		"alice@example.com/com.example.web": {alice, webApp},
		"+15551234567/my app":               {"+15551234567", "my app"},
		"a%2Fb%2525/c%2Fd?e=f":              {"a/b%25", "c/d?e=f"},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.PutUser(acctest.AppToken, emulator.User{Address: parts[0], Active: true})
			noop := resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(tokenName, plancheck.ResourceActionNoop),
			}}
			b.Run(t, resource.TestCase{
				TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
				Steps: []resource.TestStep{
					{
						Config: b.Config(fmt.Sprintf("resource \"mesibo_user_token\" \"web\" {\n  address = %q\n  appid = %q\n}\n", parts[0], parts[1])),
						ConfigStateChecks: []statecheck.StateCheck{
							statecheck.ExpectIdentity(tokenName, map[string]knownvalue.Check{
								"address": knownvalue.StringExact(parts[0]),
								"appid":   knownvalue.StringExact(parts[1]),
							}),
						},
					},
					{
						ResourceName:      tokenName,
						ImportState:       true,
						ImportStateId:     id,
						ImportStateVerify: true,
						// What the server does not tell.
						ImportStateVerifyIgnore:              []string{"expiry", "token_expires_at"},
						ImportStateVerifyIdentifierAttribute: "address",
					},
					{
						ResourceName:     tokenName,
						ImportState:      true,
						ImportStateKind:  resource.ImportBlockWithID,
						ImportStateId:    id,
						ImportPlanChecks: noop,
					},
					{
						ResourceName:     tokenName,
						ImportState:      true,
						ImportStateKind:  resource.ImportBlockWithResourceIdentity,
						ImportPlanChecks: noop,
					},
				},
			})
			if minted := b.MintedTokens(); len(minted) != 1 {
				t.Errorf("%d tokens were minted, want the one of the create", len(minted))
			}
		})
	}
}

// imported returns the step that imports the token and keeps it in the state.
func importedToken(b *acctest.Backend, config string) resource.TestStep {
	return resource.TestStep{
		Config:             config,
		ResourceName:       tokenName,
		ImportState:        true,
		ImportStateId:      alice + "/" + webApp,
		ImportStatePersist: true,
	}
}

// An import mints nothing. The token is what the server shows; one that is not shown is minted by the next apply.
func TestAccUserToken_importedToken(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := withAlice(t, mode)
			b.MintToken(acctest.AppToken, alice, webApp)
			config := b.Config(loneToken("expiry = 60"))
			after := resource.TestStep{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(tokenName, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(tokenName, tfjsonpath.New("token"), knownvalue.NotNull()),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					b.ExpectMinted(alice, 1),
					tokenHolds("token", b.LiveToken(alice, webApp)),
					tokenHolds("expiry", knownvalue.Int64Exact(60)),
					tokenHolds("token_expires_at", knownvalue.Null()),
				},
			}
			if as := b.Profile(); as.HideTokens || !as.UserLookups {
				after.ConfigPlanChecks = mintsInPlace
				after.ConfigStateChecks = []statecheck.StateCheck{b.ExpectMinted(alice, 2), tokenHolds("token", b.LiveToken(alice, webApp))}
			}
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{importedToken(b, config), after}})
		})
	}
}

func TestAccUserToken_importRefused(t *testing.T) {
	t.Parallel()

	tests := map[string]struct{ id, message string }{
		"no such user":     {"nobody@example.com/a", `Cannot import non-existent remote object`},
		"no App ID":        {alice, `(?s)Import id not understood.*1\s+parts,\s+not\s+2`},
		"empty App ID":     {alice + "/", `the\s+appid\s+is\s+empty`},
		"empty address":    {"/a", `the\s+address\s+is\s+empty`},
		"too many parts":   {"a/b/c", `(?s)3\s+parts,\s+not\s+2.*%2F`},
		"a lone %":         {"50%/a", `write\s+a\s+%\s+as\s+%25`},
		"a comma":          {"a,b/c", `must hold no , and no \*`},
		"a numeric App ID": {alice + "/123", `must not be all digits`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "no such user" {
				acctest.Needs(t, acctest.Lookups, acctest.CountsMatches)
			}

			b := withAlice(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:        b.Config(loneToken("")),
				ResourceName:  tokenName,
				ImportState:   true,
				ImportStateId: tt.id,
				ExpectError:   regexp.MustCompile(tt.message),
			}}})
			if minted := b.Minted(alice); minted != 0 {
				t.Errorf("%d tokens were minted", minted)
			}
		})
	}
}

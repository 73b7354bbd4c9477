// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"errors"
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

// Every way to import finds the same user.
func TestAccUser_import(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: b.Config(userConfig(android)),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity(resourceName, map[string]knownvalue.Check{"address": knownvalue.StringExact(alice)}),
				},
			},
			{
				ResourceName:      resourceName,
				ImportState:       true,
				ImportStateId:     alice,
				ImportStateVerify: true,
				// What the server does not tell.
				ImportStateVerifyIgnore:              []string{"expiry", "token_expires_at"},
				ImportStateVerifyIdentifierAttribute: "address",
			},
			{
				ResourceName:    resourceName,
				ImportState:     true,
				ImportStateKind: resource.ImportBlockWithID,
				ImportStateId:   alice,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionNoop),
				}},
			},
			{
				ResourceName:    resourceName,
				ImportState:     true,
				ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionNoop),
				}},
			},
		},
	})
}

// imported puts a user into the back end as somebody else made it, and returns the step that imports it.
func imported(b *acctest.Backend, config string) resource.TestStep {
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, Name: "Alice", Active: true})

	return resource.TestStep{
		Config:             config,
		ResourceName:       resourceName,
		ImportState:        true,
		ImportStateId:      alice,
		ImportStatePersist: true,
	}
}

// Importing mints nothing and ends nothing. What the configuration asks for beyond it is in the plan.
func TestAccUser_afterImport(t *testing.T) {
	t.Parallel()

	t.Run("a token that is shown is kept", func(t *testing.T) {
		t.Parallel()
		acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

		b := acctest.NewBackend(t)
		config := b.Config(userConfig(android))
		step := imported(b, config)
		b.MintToken(acctest.AppToken, alice, androidApp)
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{step, {
			Config:           config,
			ConfigPlanChecks: nothingToDo,
			ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1),
				holds("expiry", knownvalue.Null()),
				holds("token_expires_at", knownvalue.Null())),
		}}})
	})

	t.Run("a configured expiry is recorded, and mints once it changes", func(t *testing.T) {
		t.Parallel()
		acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

		b := acctest.NewBackend(t)
		config := b.Config(userConfig(android + "expiry = 60"))
		step := imported(b, config)
		b.MintToken(acctest.AppToken, alice, androidApp)
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			step,
			{
				Config:           config,
				ConfigPlanChecks: updates,
				ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1),
					holds("expiry", knownvalue.Int64Exact(60)),
					holds("token_expires_at", knownvalue.Null())),
			},
			{
				Config:            b.Config(userConfig(android + "expiry = 61")),
				ConfigPlanChecks:  updates,
				ConfigStateChecks: holdsLiveToken(b, androidApp, 2),
			},
		}})
	})

	t.Run("a token that is not shown is minted when an App ID is configured", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t, lookupModes["tokens not shown"])
		config := b.Config(userConfig(android))
		step := imported(b, config)
		b.MintToken(acctest.AppToken, alice, androidApp)
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{step, {
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("token")),
			}},
			ConfigStateChecks: holdsLiveToken(b, androidApp, 2),
		}}})
	})

	t.Run("without an App ID nothing is to be done", func(t *testing.T) {
		t.Parallel()
		acctest.Needs(t, acctest.Lookups)

		b := acctest.NewBackend(t)
		config := b.Config(userConfig(""))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{imported(b, config), {
			Config:            config,
			ConfigPlanChecks:  nothingToDo,
			ConfigStateChecks: []statecheck.StateCheck{b.ExpectMinted(alice, 0)},
		}}})
	})

	for name, after := range map[string]struct {
		config string
		token  knownvalue.Check
	}{
		"a token of another App ID is let go alive": {`appid = "com.example.web"`, knownvalue.NotNull()},
		"a token of no App ID is let go alive":      {"", knownvalue.Null()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.Needs(t, acctest.ShowsTokens)

			b := acctest.NewBackend(t)
			config := b.Config(userConfig(after.config))
			step := imported(b, config)
			shown := b.MintToken(acctest.AppToken, alice, androidApp)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{step, {
				Config:           config,
				ConfigPlanChecks: updates,
				ConfigStateChecks: []statecheck.StateCheck{
					holds("token", after.token),
					b.ExpectUser(alice, func(u emulator.User) error {
						if u.Tokens[androidApp].Value != shown {
							return errors.New("the token that was shown has ended")
						}

						return nil
					}),
				},
			}}})
		})
	}

	t.Run("of several tokens none is taken", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t, lookupModes["a row for each App ID"])
		config := b.Config(userConfig(""))
		step := imported(b, config)
		b.MintToken(acctest.AppToken, alice, androidApp)
		b.MintToken(acctest.AppToken, alice, webApp)
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{step, {
			Config:           config,
			ConfigPlanChecks: nothingToDo,
			ConfigStateChecks: []statecheck.StateCheck{
				holds("appid", knownvalue.Null()),
				holds("token", knownvalue.Null()),
			},
		}}})
	})

	t.Run("without look-ups the uid comes with the first token", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t, lookupModes["no look-ups"])
		config := b.Config(userConfig(""))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			imported(b, config),
			{
				Config:            config,
				ConfigPlanChecks:  updates,
				ConfigStateChecks: []statecheck.StateCheck{holds("uid", knownvalue.Null()), b.ExpectMinted(alice, 0)},
			},
			{
				Config:           b.Config(userConfig(android)),
				ConfigPlanChecks: updates,
				ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1),
					holds("uid", knownvalue.NotNull())),
			},
		}})
	})
}

func TestAccUser_importRefused(t *testing.T) {
	t.Parallel()

	tests := map[string]struct{ id, message string }{
		"not there":        {"nobody@example.com", `Cannot import non-existent remote object`},
		"a comma":          {"a,b", `must hold no , and no \*`},
		"an asterisk":      {"a*", `must hold no , and no \*`},
		"a blank in front": {" a", `must not begin or end with a blank`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "not there" {
				acctest.Needs(t, acctest.Lookups)
			}

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:        b.Config(userConfig("")),
				ResourceName:  resourceName,
				ImportState:   true,
				ImportStateId: tt.id,
				ExpectError:   regexp.MustCompile(tt.message),
			}}})
		})
	}
}

// The identity goes with the address, also when a new address replaces the user.
func TestAccUser_identityFollowsAddress(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	step := func(address string) resource.TestStep {
		return resource.TestStep{
			Config: b.Config("resource \"mesibo_user\" \"test\" {\n  address = \"" + address + "\"\n}\n"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectIdentity(resourceName, map[string]knownvalue.Check{"address": knownvalue.StringExact(address)}),
			},
		}
	}
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps:                  []resource.TestStep{step(alice), step("bob@example.com")},
	})
}

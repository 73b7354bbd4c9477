// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// loneToken is a token of a user that this configuration does not manage.
func loneToken(attributes string) string {
	return strings.ReplaceAll(webToken(attributes), "mesibo_user.alice.address", `"`+alice+`"`)
}

// withAlice starts a back end in which somebody else has made the user.
func withAlice(t *testing.T, modes ...func(*profile.Profile)) *acctest.Backend {
	t.Helper()

	b := acctest.NewBackend(t, modes...)
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, Name: "Alice", Active: true})

	return b
}

// A user that is gone takes its token out of the state, and minting does not bring it back.
func TestAccUserToken_userDeletedOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := withAlice(t)
	config := b.Config(loneToken(""))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() { b.RemoveUser(acctest.AppToken, alice) },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate),
			}},
			ExpectError: regexp.MustCompile(`(?s)User does not exist.*no\s+such\s+user`),
		},
	}})
	b.ExpectNoUsers(t)
}

// The same when it goes between the plan and its apply.
func TestAccUserToken_userDeletedWhileApplying(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.SetAddsNobody)

	b := withAlice(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(loneToken(""))},
		{
			Config: b.Config(loneToken("token_keepers = { a = 1 }")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				planCheck(func() error { b.RemoveUser(acctest.AppToken, alice); return nil }),
			}},
			ExpectError: regexp.MustCompile(`User does not exist`),
		},
	}})
	b.ExpectNoUsers(t)
}

// Without look-ups a mint can bring a deleted user back. That is an error, and what was minted is in the state.
func TestAccUserToken_mintBringsUserBack(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.NewUIDs)

	b := withAlice(t, servers["no look-ups"])
	after := b.Config(loneToken("token_keepers = { a = 1 }"))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(loneToken(""))},
		{
			PreConfig:   func() { b.RemoveUser(acctest.AppToken, alice) },
			Config:      after,
			ExpectError: regexp.MustCompile(`(?s)User was deleted outside of Terraform.*created it again, as\s+uid`),
		},
		{
			Config:            after,
			ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken(alice, webApp))},
		},
	}})
}

// A user that was deleted and added again has other tokens than the one in the state.
func TestAccUserToken_userRecreatedOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.NewUIDs)

	b := withAlice(t)
	config := b.Config(loneToken(""))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				b.RemoveUser(acctest.AppToken, alice)
				b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true})
			},
			Config:            config,
			ConfigPlanChecks:  mintsInPlace,
			ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken(alice, webApp)), b.ExpectMinted(alice, 1)},
		},
	}})
}

// Where the server shows it, a token that was revoked elsewhere is minted again.
func TestAccUserToken_revokedOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t, servers["a row for each App ID"])
	config := b.Config(aliceWith(webToken("") + strings.NewReplacer(`"web"`, `"ios"`, webApp, "com.example.ios").Replace(webToken(""))))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:        func() { b.EndToken(acctest.AppToken, alice, webApp) },
			Config:           config,
			ConfigPlanChecks: mintsInPlace,
			ConfigStateChecks: []statecheck.StateCheck{
				holds("token", b.LiveToken(alice, webApp)),
				b.ExpectMinted(alice, 4),
			},
		},
	}})
}

// A token that was replaced elsewhere is followed, without minting: it may be in use.
func TestAccUserToken_replacedOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	b := withAlice(t)
	config := b.Config(loneToken(""))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:         func() { b.MintToken(acctest.AppToken, alice, webApp) },
			Config:            config,
			ConfigPlanChecks:  nothingToDo,
			ConfigStateChecks: []statecheck.StateCheck{b.ExpectMinted(alice, 2)},
		},
		{
			RefreshState: true,
			Check:        resource.TestCheckNoResourceAttr(resourceName, "token_expires_at"),
		},
		{Config: config, ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken(alice, webApp))}},
	}})
}

// An answer that proves nothing about the user keeps the state.
func TestAccUserToken_unsureReadsKeepState(t *testing.T) {
	t.Parallel()

	t.Run("list cut short", func(t *testing.T) {
		t.Parallel()

		b := withAlice(t)
		config := b.Config(loneToken(""))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					for _, address := range strings.Split("0123456789abcdefghijk", "") {
						b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
					}
					b.SetProfile(func(p *profile.Profile) { p.IgnorePattern = true })
				},
				Config:            config,
				ConfigPlanChecks:  nothingToDo,
				ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken(alice, webApp))},
			},
		}})
	})

	for name, fault := range map[string]emulator.Fault{
		"rejected app token": emulator.AuthFail(),
		"a web page":         emulator.HTMLPage(),
		"an empty reply":     emulator.EmptyReply(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := withAlice(t)
			config := b.Config(loneToken(""), noRetries)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig:   func() { b.Fail("usersget", 1, fault) },
					Config:      config,
					PlanOnly:    true,
					ExpectError: regexp.MustCompile(`User not read`),
				},
				{
					Config:            config,
					ConfigPlanChecks:  nothingToDo,
					ConfigStateChecks: []statecheck.StateCheck{b.ExpectMinted(alice, 1)},
				},
			}})
		})
	}
}

// While the provider block is not complete, a refresh keeps the token and the plan mints none.
func TestAccUserToken_providerNotKnownYet(t *testing.T) {
	t.Parallel()

	b := withAlice(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(loneToken(""))},
		{
			Config: strings.Replace(b.Config(loneToken("")+"\nresource \"terraform_data\" \"later\" {\n  input = \""+acctest.AppToken+"\"\n}\n"),
				`"`+acctest.AppToken+`"`, "terraform_data.later.output", 1),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionNoop),
			}},
			ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken(alice, webApp)), b.ExpectMinted(alice, 1)},
		},
	}})
}

// An expired token stays in the state, marked, until an apply renews it.
func TestAccUserToken_expiredTokenStays(t *testing.T) {
	t.Parallel()

	b := withAlice(t)
	config := b.Config(loneToken("expiry = 60"))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:          func() { b.Clock.Advance(time.Hour) },
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(resourceName, "ready_for_renewal", "true"),
				resource.TestCheckResourceAttrSet(resourceName, "token"),
			),
		},
		{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				holds("token", b.LiveToken(alice, webApp)),
				holds("ready_for_renewal", knownvalue.Bool(false)),
			},
		},
	}})
}

// A token that is gone, with its user or without, is no hindrance to destroying it.
func TestAccUserToken_goneBeforeDestroy(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, servers) {
		for what, end := range map[string]func(*acctest.Backend){
			"token": func(b *acctest.Backend) { b.EndToken(acctest.AppToken, alice, webApp) },
			"user":  func(b *acctest.Backend) { b.RemoveUser(acctest.AppToken, alice) },
			"user, with a refusal that tells nothing": func(b *acctest.Backend) {
				b.RemoveUser(acctest.AppToken, alice)
				b.SetProfile(func(p *profile.Profile) { p.SetLookups(true) })
				b.Fail("userset", 1, emulator.Refuse("NOTHERE", 400, "who?"))
			},
		} {
			t.Run(what+", "+name, func(t *testing.T) {
				t.Parallel()

				b := withAlice(t, mode)
				b.Run(t, resource.TestCase{Steps: []resource.TestStep{
					{Config: b.Config(loneToken(""))},
					{
						// The plan of the destroy has refreshed by then.
						Config:  b.Config(loneToken("")),
						Destroy: true,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							planCheck(func() error { end(b); return nil }),
						}},
					},
				}})
				if user, _ := b.User(acctest.AppToken, alice); len(user.Tokens) != 0 {
					t.Error("a token is left")
				}
			})
		}
	}
}

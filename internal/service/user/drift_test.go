// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
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

func TestAccUser_deletedOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				b.RemoveUser(acctest.AppToken, alice)
				b.Clock.Advance(time.Minute)
			},
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate),
			}},
			ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
		},
	}})
}

// A user that was deleted and added again is another user, whose tokens and name are not ours.
func TestAccUser_recreatedOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.NewUIDs)

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android + `name = "Alice"`))
	var uid string
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				b.RemoveUser(acctest.AppToken, alice)
				uid = b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true}).UID
			},
			Config:           config,
			ConfigPlanChecks: updates,
			ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1),
				holds("uid", knownvalue.StringFunc(func(got string) error {
					if got != uid {
						return fmt.Errorf("the uid is %s, want %s", got, uid)
					}

					return nil
				})),
				b.ExpectUser(alice, func(u emulator.User) error {
					if u.Name != "Alice" {
						return fmt.Errorf("the name is %q", u.Name)
					}

					return nil
				}),
			),
		},
	}})
}

func TestAccUser_tokenReplacedOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:        func() { b.MintToken(acctest.AppToken, alice, androidApp) },
			Config:           config,
			ConfigPlanChecks: nothingToDo,
		},
		{
			RefreshState: true,
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckNoResourceAttr(resourceName, "token_expires_at"),
			),
		},
		{
			Config:            config,
			ConfigPlanChecks:  nothingToDo,
			ConfigStateChecks: holdsLiveToken(b, androidApp, 2),
		},
	}})
}

func TestAccUser_tokenEndedOutside(t *testing.T) {
	t.Parallel()

	t.Run("seen where each App ID has a row", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t, lookupModes["a row for each App ID"])
		config := b.Config(userConfig(android))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					b.MintToken(acctest.AppToken, alice, "com.example.ios")
					b.MintToken(acctest.AppToken, alice, webApp)
					b.EndToken(acctest.AppToken, alice, androidApp)
				},
				Config:            config,
				ConfigPlanChecks:  updates,
				ConfigStateChecks: holdsLiveToken(b, androidApp, 4),
			},
		}})
	})

	t.Run("not to be seen in a single row", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t)
		config := b.Config(userConfig(android))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:        func() { b.EndToken(acctest.AppToken, alice, androidApp) },
				Config:           config,
				ConfigPlanChecks: nothingToDo,
			},
		}})
	})

	t.Run("not to be seen beyond the cap", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t, lookupModes["a row for each App ID"])
		config := b.Config(userConfig(`appid = "com.example.zz"`))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					for i := range 25 {
						b.MintToken(acctest.AppToken, alice, fmt.Sprintf("com.example.app%02d", i))
					}
				},
				Config:            config,
				ConfigPlanChecks:  nothingToDo,
				ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken(alice, "com.example.zz"))},
			},
		}})
	})
}

func TestAccUser_disabledOutside(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				user, _ := b.User(acctest.AppToken, alice)
				user.Active = false
				b.PutUser(acctest.AppToken, user)
			},
			Config:           config,
			ConfigPlanChecks: updates,
			ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1), b.ExpectUser(alice, func(u emulator.User) error {
				if !u.Active {
					return fmt.Errorf("the user is still disabled")
				}

				return nil
			})),
		},
	}})
}

// A token that somebody minted for a user that holds none here is none of our business.
func TestAccUser_foreignTokenIsLeftAlone(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(""))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:        func() { b.MintToken(acctest.AppToken, alice, webApp) },
			Config:           config,
			ConfigPlanChecks: nothingToDo,
			ConfigStateChecks: []statecheck.StateCheck{
				holds("token", knownvalue.Null()),
				holds("appid", knownvalue.Null()),
			},
		},
	}})
}

// Without look-ups a deleted user is noticed only when minting brings it back. That is said, and kept.
func TestAccUser_mintingBringsBack(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.NewUIDs)

	b := acctest.NewBackend(t, lookupModes["no look-ups"])
	again := b.Config(userConfig(android + "name = \"Alice\"\ntoken_keepers = { n = 2 }"))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(userConfig(android + `name = "Alice"`))},
		{
			PreConfig:   func() { b.RemoveUser(acctest.AppToken, alice) },
			Config:      again,
			ExpectError: regexp.MustCompile(`User was deleted outside of Terraform`),
		},
		{
			Config: again,
			ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1), b.ExpectUser(alice, func(u emulator.User) error {
				if u.Name != "Alice" {
					return fmt.Errorf("the name is %q", u.Name)
				}

				return nil
			})),
		},
	}})
}

// A list that was cut proves nothing: the user and its token are kept.
func TestAccUser_cutListKeepsState(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				for i := range 25 {
					b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("a%02d@example.com", i)})
				}
				b.SetProfile(func(p *profile.Profile) { p.IgnorePattern = true })
			},
			Config:            config,
			ConfigPlanChecks:  nothingToDo,
			ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
		},
	}})
}

// The same cut before a create: the user is created, with a warning, as if there were no look-ups.
func TestAccUser_cutListBeforeCreate(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.IgnorePattern = true })
	for i := range 25 {
		b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("a%02d@example.com", i)})
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:            b.Config(userConfig(android)),
		ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
	}}})
}

func TestAccUser_rejectedAppTokenKeepsState(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:   func() { b.FailAlways("usersget", emulator.AuthFail()) },
			Config:      config,
			ExpectError: regexp.MustCompile(`(?s)User not read.*AUTHFAIL.*app_token`),
		},
		{
			PreConfig:         b.ClearFaults,
			Config:            config,
			ConfigPlanChecks:  nothingToDo,
			ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
		},
	}})
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestAccUserDataSource(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	b := acctest.NewBackend(t, lookupModes["a row for each App ID"])
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: "7", Active: false})
	b.MintToken(acctest.AppToken, alice, webApp)
	b.MintToken(acctest.AppToken, alice, androidApp)
	const name = "data.mesibo_user.found"
	shows := func(attribute string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(name, tfjsonpath.New(attribute), check)
	}
	config := func(rest string) string {
		return b.Config(fmt.Sprintf("data \"mesibo_user\" \"found\" {\n  address = %q\n%s\n}\n", alice, rest))
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: config(""),
			ConfigStateChecks: []statecheck.StateCheck{
				shows("uid", knownvalue.StringExact("7")),
				shows("active", knownvalue.Bool(false)),
				shows("appids", knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact(androidApp), knownvalue.StringExact(webApp)})),
				shows("tokens", knownvalue.Null()),
			},
		},
		{
			Config: config("include_tokens = true"),
			ConfigStateChecks: []statecheck.StateCheck{
				shows("tokens", knownvalue.MapExact(map[string]knownvalue.Check{
					androidApp: b.LiveToken(alice, androidApp), webApp: b.LiveToken(alice, webApp),
				})),
				statecheck.ExpectSensitiveValue(name, tfjsonpath.New("tokens")),
			},
		},
	}})
	if minted := b.Minted(alice); minted != 2 {
		t.Errorf("reading has minted %d tokens", minted-2)
	}
}

func TestAccUsersDataSource(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens, acctest.CountsMatches)

	b := acctest.NewBackend(t, lookupModes["a row for each App ID"])
	for _, address := range []string{"test-bob", "test-alice", "carol"} {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
		b.MintToken(acctest.AppToken, address, webApp)
		b.MintToken(acctest.AppToken, address, androidApp)
	}
	const name = "data.mesibo_users.found"
	shows := func(rest string, users knownvalue.Check, truncated bool) resource.TestStep {
		return resource.TestStep{
			Config: b.Config("data \"mesibo_users\" \"found\" {\n" + rest + "\n}\n"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(name, tfjsonpath.New("users"), users),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("truncated"), knownvalue.Bool(truncated)),
			},
		}
	}
	user := func(address string, tokens knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"address": knownvalue.StringExact(address), "appids": knownvalue.ListSizeExact(2), "tokens": tokens,
		})
	}
	many := shows("", knownvalue.NotNull(), b.Profile().RowCap > 0)
	many.PreConfig = func() {
		for i := range 25 {
			b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("user%02d", i), Active: true})
		}
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		shows(`address_pattern = "test-*"`, knownvalue.ListExact([]knownvalue.Check{
			user("test-alice", knownvalue.Null()), user("test-bob", knownvalue.Null()),
		}), false),
		shows("address_pattern = \"*-bob\"\ninclude_tokens = true", knownvalue.ListExact([]knownvalue.Check{
			user("test-bob", knownvalue.MapSizeExact(2)),
		}), false),
		shows(`address_pattern = "nobody*"`, knownvalue.ListSizeExact(0), false),
		shows("", knownvalue.ListSizeExact(3), false),
		many,
	}})
}

func TestAccUserDataSources_refused(t *testing.T) {
	t.Parallel()

	one := fmt.Sprintf("data \"mesibo_user\" \"found\" {\n  address = %q\n}\n", alice)
	for name, tt := range map[string]struct {
		mode            func(*profile.Profile)
		config, message string
	}{
		"nobody":                 {lookupModes["a row for each user"], one, `(?s)User does not exist.*has no user`},
		"no look-ups":            {lookupModes["no look-ups"], one, `(?s)User not read.*needs a\s+server\s+that\s+offers\s+look-ups`},
		"users without look-ups": {lookupModes["no look-ups"], `data "mesibo_users" "found" {}`, `(?s)Users not read.*needs a\s+server\s+that\s+offers\s+look-ups`},
		"an asterisk":            {func(*profile.Profile) {}, "data \"mesibo_user\" \"found\" {\n  address = \"a*\"\n}\n", `must hold no , and no \*`},
		"empty pattern":          {func(*profile.Profile) {}, "data \"mesibo_users\" \"found\" {\n  address_pattern = \"\"\n}\n", `string length must be at least 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, tt.mode)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(tt.config), ExpectError: regexp.MustCompile(tt.message),
			}}})
		})
	}
}

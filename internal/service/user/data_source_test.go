// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// dataSource is a data source with the given attributes, and a function that checks one of its attributes.
func dataSource(kind string) (config func(string) string, has func(string, knownvalue.Check) statecheck.StateCheck) {
	return func(attributes string) string { return fmt.Sprintf("data %q \"test\" {\n%s\n}\n", kind, attributes) },
		func(attribute string, check knownvalue.Check) statecheck.StateCheck {
			return statecheck.ExpectKnownValue("data."+kind+".test", tfjsonpath.New(attribute), check)
		}
}

func TestAccUserDataSource(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	b := acctest.NewBackend(t, rowPerAppID)
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: "7", Active: false})
	b.MintToken(acctest.AppToken, alice, webApp)
	b.MintToken(acctest.AppToken, alice, androidApp)
	config, has := dataSource("mesibo_user")
	const address = "address = \"" + alice + "\"\n"
	run(t, b,
		resource.TestStep{
			Config: config(address),
			ConfigStateChecks: []statecheck.StateCheck{
				has("uid", knownvalue.StringExact("7")),
				has("active", knownvalue.Bool(false)),
				has("appids", knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact(androidApp), knownvalue.StringExact(webApp)})),
				has("tokens", knownvalue.Null()),
			},
		},
		resource.TestStep{
			Config: config(address + "include_tokens = true"),
			ConfigStateChecks: []statecheck.StateCheck{
				has("tokens", knownvalue.MapExact(map[string]knownvalue.Check{
					androidApp: b.LiveToken(alice, androidApp), webApp: b.LiveToken(alice, webApp),
				})),
				statecheck.ExpectSensitiveValue("data.mesibo_user.test", tfjsonpath.New("tokens")),
				b.ExpectMinted(alice, 2),
			},
		},
	)
}

func TestAccUsersDataSource(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens, acctest.CountsMatches)

	b := acctest.NewBackend(t, rowPerAppID)
	for _, address := range []string{"test-bob", "test-alice", "carol"} {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
		b.MintToken(acctest.AppToken, address, webApp)
		b.MintToken(acctest.AppToken, address, androidApp)
	}
	config, has := dataSource("mesibo_users")
	step := func(attributes string, users knownvalue.Check, truncated bool) resource.TestStep {
		return resource.TestStep{
			Config:            config(attributes),
			ConfigStateChecks: []statecheck.StateCheck{has("users", users), has("truncated", knownvalue.Bool(truncated))},
		}
	}
	user := func(address string, tokens knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"address": knownvalue.StringExact(address), "appids": knownvalue.ListSizeExact(2), "tokens": tokens,
		})
	}
	many := step("", knownvalue.NotNull(), b.Profile().RowCap > 0)
	many.PreConfig = func() {
		for i := range 25 {
			b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("user%02d", i), Active: true})
		}
	}
	run(t, b,
		step(`address_pattern = "test-*"`, knownvalue.ListExact([]knownvalue.Check{
			user("test-alice", knownvalue.Null()), user("test-bob", knownvalue.Null()),
		}), false),
		step("address_pattern = \"*-bob\"\ninclude_tokens = true", knownvalue.ListExact([]knownvalue.Check{
			user("test-bob", knownvalue.MapSizeExact(2)),
		}), false),
		step(`address_pattern = "nobody*"`, knownvalue.ListSizeExact(0), false),
		step("", knownvalue.ListSizeExact(3), false),
		many,
	)
}

func TestAccUserDataSource_errors(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		server                    acctest.Server
		kind, attributes, message string
	}{
		"absent user":     {servers["a row for each user"], "mesibo_user", `address = "a"`, `The app has no user "a"`},
		"no lookups":      {noLookups, "mesibo_user", `address = "a"`, "This needs a server that offers lookups"},
		"users, no list":  {noLookups, "mesibo_users", "", "This needs a server that offers lookups"},
		"invalid address": {servers["a row for each user"], "mesibo_user", `address = "a*"`, `must not contain "," or "*"`},
		"empty pattern":   {servers["a row for each user"], "mesibo_users", `address_pattern = ""`, "string length must be at least 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			config, _ := dataSource(tt.kind)
			run(t, acctest.NewBackend(t, tt.server), resource.TestStep{Config: config(tt.attributes), ExpectError: matches(tt.message)})
		})
	}
}

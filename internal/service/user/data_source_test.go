// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// A dataSource is the type of a data source that is named test in a configuration.
type dataSource string

func (d dataSource) config(attributes string) string {
	return fmt.Sprintf("data %q \"test\" {\n%s\n}\n", d, attributes)
}

func (d dataSource) has(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data."+string(d)+".test", tfjsonpath.New(attribute), check)
}

func TestAccUserDataSource(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	b := acctest.NewBackend(t, rowPerAppID)
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: "7", Active: false})
	b.MintToken(acctest.AppToken, alice, webApp)
	b.MintToken(acctest.AppToken, alice, androidApp)
	d := dataSource("mesibo_user")
	run(t, b,
		apply(d.config(ofAlice), anyPlan,
			d.has("uid", knownvalue.StringExact("7")),
			d.has("active", knownvalue.Bool(false)),
			d.has("appids", knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact(androidApp), knownvalue.StringExact(webApp)})),
			d.has("tokens", knownvalue.Null()),
		),
		apply(d.config(ofAlice+"include_tokens = true"), anyPlan,
			d.has("tokens", knownvalue.MapExact(map[string]knownvalue.Check{
				androidApp: b.LiveToken(alice, androidApp), webApp: b.LiveToken(alice, webApp),
			})),
			statecheck.ExpectSensitiveValue("data.mesibo_user.test", tfjsonpath.New("tokens")),
			b.ExpectMinted(alice, 2),
		),
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
	d := dataSource("mesibo_users")
	lists := func(attributes string, truncated bool, users knownvalue.Check) step {
		return apply(d.config(attributes), anyPlan, d.has("users", users), d.has("truncated", knownvalue.Bool(truncated)))
	}
	user := func(address string, tokens knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"address": knownvalue.StringExact(address), "appids": knownvalue.ListSizeExact(2), "tokens": tokens,
		})
	}
	run(t, b,
		lists(`address_pattern = "test-*"`, false, knownvalue.ListExact([]knownvalue.Check{
			user("test-alice", knownvalue.Null()), user("test-bob", knownvalue.Null()),
		})),
		lists("address_pattern = \"*-bob\"\ninclude_tokens = true", false, knownvalue.ListExact([]knownvalue.Check{
			user("test-bob", knownvalue.MapSizeExact(2)),
		})),
		lists(`address_pattern = "nobody*"`, false, knownvalue.ListSizeExact(0)),
		lists("", false, knownvalue.ListSizeExact(3)),
		after(func() {
			for i := range 25 {
				b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("user%02d", i), Active: true})
			}
		}, lists("", b.Profile().RowCap > 0, knownvalue.NotNull())),
	)
}

func TestAccUserDataSource_errors(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		server acctest.Server
		dataSource
		attributes, message string
	}{
		"absent user":     {rowPerAppID, "mesibo_user", ofAlice, `The app has no user "alice@example.com"`},
		"no lookups":      {noLookups, "mesibo_user", ofAlice, "This needs a server that offers lookups"},
		"no list":         {noLookups, "mesibo_users", "", "This needs a server that offers lookups"},
		"invalid address": {rowPerAppID, "mesibo_user", `address = "a*"`, `must not contain "," or "*"`},
		"empty pattern":   {rowPerAppID, "mesibo_users", `address_pattern = ""`, "string length must be at least 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, acctest.NewBackend(t, tt.server), fails(tt.config(tt.attributes), tt.message))
		})
	}
}

func TestAccUserDataSource_listTruncated(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, rowPerAppID)
	truncateLists(b)
	run(t, b, fails(dataSource("mesibo_user").config(ofAlice), "User list truncated"))
}

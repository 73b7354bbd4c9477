// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Permissions are sent when the user is created, changed or adopted, and again by a mint; what is not set, or is removed,
// is left alone.
func TestAccUser_permissions(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.AddResetsPermissions = true })
	set := func(attributes string, changes int, want map[string]string) step {
		return apply(userConfig(android+attributes), anyPlan, expectPermissions(b, want), sent(b, "userset", changes))
	}
	run(t, b,
		set(`permissions = { outgoing = false, peers = "paired" }`, 0, map[string]string{"outgoing": "false", "peers": "1"}),
		set(`permissions = { outgoing = false, peers = "paired" }`, 0, map[string]string{"outgoing": "false", "peers": "1"}),
		set("permissions = { outgoing = false, peers = \"paired\" }\nexpiry = 60", 0, map[string]string{"outgoing": "false", "peers": "1"}),
		set("permissions = { peers = \"all\" }\nexpiry = 60", 1, map[string]string{"outgoing": "false", "peers": "0"}),
		set("permissions = { outgoing = null, peers = \"all\" }\nexpiry = 60", 1, map[string]string{"outgoing": "false", "peers": "0"}),
		set("expiry = 60", 1, map[string]string{"outgoing": "false", "peers": "0"}),
		set("permissions = { incoming = true }\nexpiry = 60\nactive = false", 2, map[string]string{"incoming": "true", "outgoing": "false", "peers": "0"}),
	)

	b = acctest.NewBackend(t)
	addAlice(b)
	run(t, b, apply(userConfig("adopt_existing = true\npermissions = { peers = \"favorites\" }"), anyPlan,
		expectPermissions(b, map[string]string{"peers": "3"})))
}

// expectPermissions checks what the server has of alice.
func expectPermissions(b *acctest.Backend, want map[string]string) statecheck.StateCheck {
	return b.ExpectUser(alice, func(u emulator.User) error {
		if !maps.Equal(u.Permissions, want) {
			return fmt.Errorf("the server has the permissions %v, want %v", u.Permissions, want)
		}

		return nil
	})
}

// sent checks how many requests of an op were sent so far.
func sent(b *acctest.Backend, op string, want int) statecheck.StateCheck {
	return b.ExpectUser(alice, func(emulator.User) error {
		if n := b.Count(op); n != want {
			return fmt.Errorf("%d %s were sent, want %d", n, op, want)
		}

		return nil
	})
}

// A change of the version of the token mints one of that version.
func TestAccUser_tokenVersion(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		version := func(attributes string, minted int, v2 bool) step {
			return apply(s.config(attributes), anyPlan, append(s.hasToken(b, androidApp, minted), b.ExpectUser(alice, func(u emulator.User) error {
				if u.Tokens[androidApp].V2 != v2 {
					return fmt.Errorf("the token is %+v", u.Tokens[androidApp])
				}

				return nil
			}))...)
		}
		s.run(t, b, version("token_version = 2", 1, true), version("token_version = 2\nearly_renewal_minutes = 5", 1, true),
			version("", 2, false), version("token_version = 1", 2, false), version("token_version = 2", 3, true))
	})
}

// An import does not know the version of a token, so the first plan records it without a mint, and later changes mint.
func TestAccUser_importedTokenVersion(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.Lookups)

	forBoth(t, func(t *testing.T, s subject) {
		b := acctest.NewBackend(t)
		addAlice(b)
		b.MintToken(acctest.AppToken, alice, androidApp)
		imports := step{
			Config: s.config("token_version = 2"), ResourceName: s.name(), ImportState: true, ImportStateId: s.importID, ImportStatePersist: true,
		}
		run(t, b, imports,
			apply(s.config("token_version = 2"), s.updates(false), s.hasToken(b, androidApp, 1)...),
			apply(s.config(""), s.updates(true), s.hasToken(b, androidApp, 2)...))
	})
}

func TestAccEphemeralUserToken_tokenVersion(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := tokenSubject.newBackend(t)
	runEphemeral(t, b, apply(ephemeralConfig("token_version = 2"), anyPlan, ephemeralHas("token", knownvalue.NotNull()),
		b.ExpectUser(alice, func(u emulator.User) error {
			if !u.Tokens[jobApp].V2 {
				return fmt.Errorf("the token is %+v", u.Tokens[jobApp])
			}

			return nil
		})))
}

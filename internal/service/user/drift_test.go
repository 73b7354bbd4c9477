// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func removeAlice(b *acctest.Backend) func() {
	return func() { b.RemoveUser(acctest.AppToken, alice) }
}

// A lookup that does not show the user removes the resource from the state, also right after the create. The mint of a
// token does not create the user again.
func TestAccUser_userDeleted(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		again := apply(s.config(""), s.plans(plancheck.ResourceActionCreate), s.hasToken(b, androidApp, 1)...)
		if s == tokenSubject {
			again.ConfigStateChecks, again.ExpectError = nil, matches("User does not exist", "would create the user", "Nothing was sent")
		}
		run(t, b, step{Config: s.config("")}, after(removeAlice(b), again))
		b.ExpectNoUsers(t)
	})
}

func TestAccUserToken_userDeletedDuringApply(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.Lookups, acctest.SetAddsNobody)

	b := tokenSubject.newBackend(t)
	mint := fails(tokenSubject.config("token_keepers = { a = 1 }"), "User does not exist")
	mint.ConfigPlanChecks = planned(afterPlan(removeAlice(b)))
	run(t, b, step{Config: tokenSubject.config("")}, mint)
	b.ExpectNoUsers(t)
}

// Without lookups a mint can create a deleted user again. That is an error, and the state contains the new token.
func TestAccUser_userRecreatedByMint(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.NewUIDs)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t, noLookups)
		config, checks := s.config("token_keepers = { a = 1 }"), s.hasToken(b, androidApp, 1)
		if s == userSubject {
			config, checks = s.config("token_keepers = { a = 1 }\nname = \"Alice\""), append(checks, expectUser(b, "Alice", true))
		}
		s.run(t, b,
			step{Config: s.config("")},
			after(removeAlice(b), fails(config, "User was deleted outside of Terraform", "created it again, as uid")),
			apply(config, anyPlan, checks...),
		)
	})
}

// A user that was deleted and created again elsewhere is another one: nothing changes it, and a destroy leaves it.
func TestAccUser_userRecreated(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.NewUIDs)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		run(t, b, step{Config: s.config("")}, after(func() {
			b.RemoveUser(acctest.AppToken, alice)
			b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: "4711", Active: true})
		}, apply(s.config(""), noChange, b.ExpectTokens(alice))),
			fails(s.config("token_keepers = { a = 1 }"), "User ID mismatch", "has the uid 4711"))
		if user, _ := b.User(acctest.AppToken, alice); user.UID != "4711" {
			t.Errorf("the destroy has deleted the user: %+v", user)
		}
	})
}

// A token that was minted elsewhere is in use there: the state follows it, no token is minted, and a destroy leaves it.
func TestAccUser_tokenReplaced(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		run(t, b,
			step{Config: s.config("")},
			after(func() { b.MintToken(acctest.AppToken, alice, androidApp) },
				apply(s.config(""), noChange, append(s.hasToken(b, androidApp, 2), s.has("token_expires_at", knownvalue.Null()))...)),
		)
		if user, _ := b.User(acctest.AppToken, alice); len(user.Tokens) != 1 {
			t.Errorf("after the destroy the user has %d tokens", len(user.Tokens))
		}
	})
}

// Only a complete list of several App IDs without this one shows that its token was revoked.
func TestAccUser_tokenRevoked(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		others        int // App IDs that get a token
		revoke, mints bool
	}{
		"rows of other App IDs": {2, true, true},
		"one row":               {0, true, false},
		"truncated list":        {25, false, false},
	}
	forBoth(t, func(t *testing.T, s subject) {
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				b := s.newBackend(t, rowPerAppID)
				then := apply(s.config(""), noChange, s.has("token", knownvalue.NotNull()), b.ExpectMinted(alice, 1+tt.others))
				if tt.mints {
					then = apply(s.config(""), s.updates(true), s.hasToken(b, androidApp, 2+tt.others)...)
				}
				run(t, b, step{Config: s.config("")}, after(func() {
					for i := range tt.others {
						b.MintToken(acctest.AppToken, alice, fmt.Sprintf("com.example.a%02d", i))
					}
					if tt.revoke {
						b.EndToken(acctest.AppToken, alice, androidApp)
					}
				}, then))
			})
		}
	})
}

func TestAccUser_disabled(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	run(t, b, step{Config: userConfig(android)}, after(func() {
		user, _ := b.User(acctest.AppToken, alice)
		user.Active = false
		b.PutUser(acctest.AppToken, user)
	}, apply(userConfig(android), userSubject.updates(false), append(userSubject.hasToken(b, androidApp, 1), expectUser(b, "", true))...)))
}

// A user without appid leaves alone a token that somebody else has minted.
func TestAccUser_tokenNotManaged(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	run(t, b,
		step{Config: userConfig("")},
		after(func() { b.MintToken(acctest.AppToken, alice, webApp) }, apply(userConfig(""), noChange,
			append(userSubject.hasNoToken(), userSubject.has("appid", knownvalue.Null()), b.ExpectTokens(alice, webApp))...)),
	)
}

// An answer that does not show whether the user exists leaves the state as it is.
func TestAccUser_lookupFails(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	tests := map[string]struct {
		fault   emulator.Fault
		message []string
	}{
		"rejected app token": {emulator.AuthFail(), []string{"App token rejected", "The state is unchanged", "AUTHFAIL", "app_token"}},
		"web page":           {emulator.HTMLPage(), []string{"Not a mesibo Backend API", "The state is unchanged", "Check endpoint"}},
		"empty reply":        {emulator.EmptyReply(), []string{"Not a mesibo Backend API", "The state is unchanged"}},
		"refusal":            {overQuota, []string{"User lookup failed", "The state is unchanged", "QUOTA"}},
		"timeout":            {emulator.Slow(time.Minute), []string{"User lookup failed", "The state is unchanged", "timeouts block"}},
	}
	forBoth(t, func(t *testing.T, s subject) {
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				b := s.newBackend(t)
				config := s.config("timeouts { read = \"2s\" }")
				run(t, b,
					step{Config: config},
					after(func() { b.FailAlways("usersget", tt.fault) }, fails(config, tt.message...)),
					after(b.ClearFaults, apply(config, noChange, s.hasToken(b, androidApp, 1)...)),
				)
			})
		}
	})
}

func TestAccUser_listTruncated(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		s.run(t, b,
			step{Config: s.config("")},
			after(func() { truncateLists(b) }, apply(s.config(""), noChange, s.hasToken(b, androidApp, 1)...)),
		)
	})
}

// While the provider block contains an unknown value, a refresh keeps the state and the plan mints nothing.
func TestAccUser_providerUnknown(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		s.run(t, b,
			step{Config: s.config("")},
			apply(s.config("")+unknownAppToken, s.plans(plancheck.ResourceActionNoop), s.hasToken(b, androidApp, 1)...),
		)
	})
}

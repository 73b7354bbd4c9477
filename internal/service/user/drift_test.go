// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// A lookup that does not show the user removes the resource from the state, also right after it was created. Minting
// does not create the user again.
func TestAccUser_userDeleted(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		again := resource.TestStep{
			PreConfig:        func() { b.RemoveUser(acctest.AppToken, alice) },
			Config:           s.config(""),
			ConfigPlanChecks: s.plans(plancheck.ResourceActionCreate),
		}
		if s == tokenSubject {
			again.ExpectError = matches("User does not exist", "would create the user", "Nothing was sent")
		} else {
			again.ConfigStateChecks = s.hasToken(b, androidApp, 1)
		}
		run(t, b, resource.TestStep{Config: s.config("")}, again)
		b.ExpectNoUsers(t)
	})
}

// A user that is deleted between a plan and its apply is not created again by a mint.
func TestAccUserToken_userDeletedDuringApply(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.SetAddsNobody)

	b := tokenSubject.newBackend(t)
	run(t, b,
		resource.TestStep{Config: tokenSubject.config("")},
		resource.TestStep{
			Config:           tokenSubject.config("token_keepers = { a = 1 }"),
			ConfigPlanChecks: planned(afterPlan(func() { b.RemoveUser(acctest.AppToken, alice) })),
			ExpectError:      matches("User does not exist"),
		},
	)
	b.ExpectNoUsers(t)
}

// Without lookups a mint can create a deleted user again. That is an error, and the state contains the new token.
func TestAccUser_mintRecreatesUser(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.NewUIDs)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t, noLookups)
		checks := s.hasToken(b, androidApp, 1)
		attributes := "token_keepers = { a = 1 }\n"
		if s == userSubject {
			attributes += "name = \"Alice\"\n"
			checks = append(checks, expectUser(b, "Alice", true))
		}
		s.run(t, b,
			resource.TestStep{Config: s.config(strings.Replace(attributes, "1", "0", 1))},
			resource.TestStep{
				PreConfig:   func() { b.RemoveUser(acctest.AppToken, alice) },
				Config:      s.config(attributes),
				ExpectError: matches("User was deleted outside of Terraform", "created it again, as uid"),
			},
			resource.TestStep{Config: s.config(attributes), ConfigStateChecks: checks},
		)
	})
}

// A user that was deleted and created again has another uid, and none of the old tokens.
func TestAccUser_userRecreated(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.NewUIDs)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		var uid string
		checks := append(s.hasToken(b, androidApp, 1), s.has("uid", knownvalue.StringFunc(func(got string) error {
			if got != uid {
				return fmt.Errorf("the uid is %s, want %s", got, uid)
			}

			return nil
		})))
		config := s.config("")
		if s == userSubject {
			config = s.config("name = \"Alice\"")
			checks = append(checks, expectUser(b, "Alice", true))
		}
		s.run(t, b,
			resource.TestStep{Config: config},
			resource.TestStep{
				PreConfig: func() {
					b.RemoveUser(acctest.AppToken, alice)
					uid = b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true}).UID
				},
				Config:            config,
				ConfigPlanChecks:  s.updates(true),
				ConfigStateChecks: checks,
			},
		)
	})
}

// A token that was minted elsewhere is in use there: the state follows it, and no token is minted.
func TestAccUser_tokenReplaced(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		s.run(t, b,
			resource.TestStep{Config: s.config("")},
			resource.TestStep{
				PreConfig:         func() { b.MintToken(acctest.AppToken, alice, androidApp) },
				Config:            s.config(""),
				ConfigPlanChecks:  noChange,
				ConfigStateChecks: append(s.hasToken(b, androidApp, 2), s.has("token_expires_at", knownvalue.Null())),
			},
		)
	})
}

// A token was revoked elsewhere only when the server shows a row for each App ID and none for this one.
func TestAccUser_tokenRevoked(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		others int // App IDs that get a token
		revoke bool
		mints  bool
	}{
		"rows of other App IDs":       {2, true, true},
		"one row":                     {0, true, false},
		"list that ends before a row": {25, false, false},
	}
	forBoth(t, func(t *testing.T, s subject) {
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				b := s.newBackend(t, rowPerAppID)
				step := resource.TestStep{
					PreConfig: func() {
						for i := range tt.others {
							b.MintToken(acctest.AppToken, alice, fmt.Sprintf("com.example.a%02d", i))
						}
						if tt.revoke {
							b.EndToken(acctest.AppToken, alice, androidApp)
						}
					},
					Config:            s.config(""),
					ConfigPlanChecks:  noChange,
					ConfigStateChecks: []statecheck.StateCheck{s.has("token", knownvalue.NotNull()), b.ExpectMinted(alice, 1+tt.others)},
				}
				if tt.mints {
					step.ConfigPlanChecks, step.ConfigStateChecks = s.updates(true), s.hasToken(b, androidApp, 2+tt.others)
				}
				run(t, b, resource.TestStep{Config: s.config("")}, step)
			})
		}
	})
}

func TestAccUser_disabled(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	run(t, b,
		resource.TestStep{Config: userConfig(android)},
		resource.TestStep{
			PreConfig: func() {
				user, _ := b.User(acctest.AppToken, alice)
				user.Active = false
				b.PutUser(acctest.AppToken, user)
			},
			Config:            userConfig(android),
			ConfigPlanChecks:  userSubject.updates(false),
			ConfigStateChecks: append(userSubject.hasToken(b, androidApp, 1), expectUser(b, "", true)),
		},
	)
}

// A user without appid leaves a token alone that somebody else has minted.
func TestAccUser_tokenNotManaged(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	run(t, b,
		resource.TestStep{Config: userConfig("")},
		resource.TestStep{
			PreConfig:         func() { b.MintToken(acctest.AppToken, alice, webApp) },
			Config:            userConfig(""),
			ConfigPlanChecks:  noChange,
			ConfigStateChecks: append(userSubject.hasNoToken(), userSubject.has("appid", knownvalue.Null())),
		},
	)
}

// An answer that does not show whether the user exists leaves the state as it is.
func TestAccUser_lookupFails(t *testing.T) {
	t.Parallel()

	refuses := func(fault emulator.Fault) func(*acctest.Backend) {
		return func(b *acctest.Backend) { b.FailAlways("usersget", fault) }
	}
	tests := map[string]struct {
		fail    func(*acctest.Backend)
		message []string // empty for no error
	}{
		"list truncated":     {truncateLists, nil},
		"rejected app token": {refuses(emulator.AuthFail()), []string{"App token rejected", "AUTHFAIL", "app_token"}},
		"web page":           {refuses(emulator.HTMLPage()), []string{"Not a mesibo Backend API", "The state is unchanged", "Check endpoint"}},
		"empty reply":        {refuses(emulator.EmptyReply()), []string{"Not a mesibo Backend API"}},
		"refusal":            {refuses(emulator.Refuse("QUOTA", 403, "over quota")), []string{"User lookup failed", "QUOTA"}},
		"timeout":            {refuses(emulator.Slow(time.Minute)), []string{"User lookup failed", "timeouts block"}},
	}
	forBoth(t, func(t *testing.T, s subject) {
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				b := s.newBackend(t)
				config := s.config("timeouts { read = \"1s\" }")
				failing := resource.TestStep{PreConfig: func() { tt.fail(b) }, Config: config}
				if tt.message == nil {
					failing.ConfigPlanChecks = noChange
				} else {
					failing.ExpectError = matches(tt.message...)
				}
				run(t, b, resource.TestStep{Config: config}, failing, resource.TestStep{
					PreConfig:         b.ClearFaults,
					Config:            config,
					ConfigPlanChecks:  noChange,
					ConfigStateChecks: s.hasToken(b, androidApp, 1),
				})
			})
		}
	})
}

// While the provider block contains an unknown value, a refresh keeps the state and the plan mints nothing.
func TestAccUser_providerUnknown(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		s.run(t, b,
			resource.TestStep{Config: s.config("")},
			resource.TestStep{
				Config:            s.config("") + unknownAppToken,
				ConfigPlanChecks:  s.plans(plancheck.ResourceActionNoop),
				ConfigStateChecks: s.hasToken(b, androidApp, 1),
			},
		)
	})
}

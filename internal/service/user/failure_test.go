// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

var overQuota = emulator.Refuse("QUOTA", 403, "over quota", "appid")

// Whatever answers a create, the error says what is wrong, and the next apply ends with one live token.
func TestAccUser_createFails(t *testing.T) {
	t.Parallel()

	unknown := map[subject]string{userSubject: "User may have been created", tokenSubject: "Token not minted"}
	refused := map[subject]string{userSubject: "User not created", tokenSubject: "Token not minted"}
	tests := map[string]struct {
		op      string
		fault   emulator.Fault
		title   map[subject]string
		message string
	}{
		"lookup refused":       {"usersget", overQuota, nil, "User lookup failed"},
		"lookup gets web page": {"usersget", emulator.HTMLPage(), nil, "Not a mesibo Backend API"},
		"rejected app token":   {"useradd", emulator.AuthFail(), nil, "App token rejected"},
		"TOKENBREACH":          {"useradd", emulator.TokenBreach(), nil, "App disabled by mesibo (TOKENBREACH)"},
		"refused":              {"useradd", overQuota, refused, "over quota"},
		"refused after commit": {"useradd", emulator.RefuseAfterCommit("BUSY", 500, "busy"), refused, "BUSY"},
		"secrets in cause":     {"useradd", emulator.EchoSecretsInCause(), refused, "(redacted)"},
		"web page":             {"useradd", emulator.HTMLPage(), unknown, "HTML"},
		"truncated":            {"useradd", emulator.TruncatedJSON(), unknown, "JSON"},
		"dropped after commit": {"useradd", emulator.DropAfterCommit(), unknown, "may have been carried out"},
	}
	forBoth(t, func(t *testing.T, s subject) {
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if tt.op == "usersget" {
					acctest.Needs(t, acctest.Lookups)
				}

				b := s.newBackend(t)
				config := s.config("adopt_existing = true")
				if s == tokenSubject {
					config = s.config("")
				}
				s.run(t, b,
					resource.TestStep{
						PreConfig:   func() { b.Fail(tt.op, 1, tt.fault) },
						Config:      config,
						ExpectError: matches(tt.title[s], tt.message),
					},
					resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{
						s.has("token", b.LiveToken(alice, androidApp)), b.ExpectTokens(alice, androidApp),
					}},
				)
			})
		}
	})
}

// A useradd that was not answered is sent again, because nobody knows the token that the lost reply contained.
func TestAccUser_createRetried(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		b.Fail("useradd", 1, emulator.DropAfterCommit())
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
			Config: b.Config(s.config("")), ConfigStateChecks: s.hasToken(b, androidApp, 2),
		}}})
	})
}

// After a create that is not answered, the state contains the user only if a lookup had shown that it did not exist.
func TestAccUser_createNotAnswered(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		server  acctest.Server
		message string
		next    plancheck.ResourceActionType
	}{
		"after a lookup":  {servers["a row for each user"], "so the state contains it", plancheck.ResourceActionReplace},
		"without lookups": {noLookups, "so the state does not contain it", plancheck.ResourceActionCreate},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, tt.server)
			userSubject.run(t, b,
				resource.TestStep{
					PreConfig:   func() { b.Fail("useradd", 1, emulator.DropAfterCommit()) },
					Config:      userConfig(android),
					ExpectError: matches("User may have been created", tt.message),
				},
				resource.TestStep{
					Config:            userConfig(android),
					ConfigPlanChecks:  userSubject.plans(tt.next),
					ConfigStateChecks: []statecheck.StateCheck{userSubject.has("token", b.LiveToken(alice, androidApp))},
				},
			)
		})
	}
}

// Whichever call of an update fails, the next apply ends where the first should have.
func TestAccUser_updateFails(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.KeepsTokens)

	after := web + "name = \"Alice\"\nactive = false"
	tests := map[string]struct {
		op    string
		nth   int
		title string
	}{
		"revocation":      {"userset", 1, "Token not revoked"},
		"mint":            {"useradd", 1, "Token not minted"},
		"name and status": {"userset", 2, "User not updated"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			userSubject.run(t, b,
				resource.TestStep{Config: userConfig(android)},
				resource.TestStep{
					PreConfig:   func() { b.Fail(tt.op, tt.nth, overQuota) },
					Config:      userConfig(after),
					ExpectError: matches(tt.title, "QUOTA"),
				},
				resource.TestStep{Config: userConfig(after), ConfigStateChecks: []statecheck.StateCheck{
					userSubject.has("token", b.LiveToken(alice, webApp)), b.ExpectTokens(alice, webApp), expectUser(b, "Alice", false),
				}},
			)
		})
	}
}

// A mint in place that fails leaves a token that the next apply replaces.
func TestAccUserToken_updateFails(t *testing.T) {
	t.Parallel()

	b := tokenSubject.newBackend(t)
	after := tokenSubject.config("token_keepers = { a = 1 }")
	tokenSubject.run(t, b,
		resource.TestStep{Config: tokenSubject.config("")},
		resource.TestStep{
			PreConfig:   func() { b.Fail("useradd", 1, emulator.DropAfterCommit()) },
			Config:      after,
			ExpectError: matches("Token not minted", "If the server minted one, it is lost"),
		},
		resource.TestStep{Config: after, ConfigStateChecks: tokenSubject.hasToken(b, androidApp, 3)},
	)
}

// A revoked token leaves the state at once, so that the next run does not revoke it again.
func TestAccUser_mintFailsAfterRevocation(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	name := userSubject.name()
	run(t, b,
		resource.TestStep{Config: userConfig(android)},
		resource.TestStep{
			PreConfig:   func() { b.Fail("useradd", 1, overQuota) },
			Config:      userConfig(web),
			ExpectError: matches("Token not minted"),
		},
		resource.TestStep{
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckNoResourceAttr(name, "token"),
				resource.TestCheckNoResourceAttr(name, "token_expires_at"),
				resource.TestCheckResourceAttr(name, "appid", webApp),
			),
		},
		resource.TestStep{
			PreConfig: b.ResetRequests, Config: userConfig(web), ConfigStateChecks: userSubject.hasToken(b, webApp, 2),
		},
	)
	if n := b.Count("userset"); n != 0 {
		t.Error("the token was revoked again")
	}
}

// TOKENBREACH must not be followed by another request, not even by the lookup that follows other refusals.
func TestAccUser_tokenBreachEndsRun(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	run(t, b,
		resource.TestStep{Config: userConfig(android)},
		resource.TestStep{
			PreConfig:   func() { b.Fail("userdel", 1, emulator.TokenBreach()) },
			Config:      userConfig(android),
			Destroy:     true,
			ExpectError: matches("TOKENBREACH", "five IP addresses"),
		},
		resource.TestStep{
			PreConfig: func() {
				requests := b.Requests()
				if last := requests[len(requests)-1]; last.Op != "userdel" {
					t.Errorf("%s was sent after TOKENBREACH", last.Op)
				}
			},
			Config: userConfig(android),
		},
	)
}

// Destroying what is absent succeeds, however the server says so. Anything else is an error that keeps the state.
func TestAccUser_destroyFails(t *testing.T) {
	t.Parallel()

	removed := func(b *acctest.Backend, _ string) { b.RemoveUser(acctest.AppToken, alice) }
	fails := func(fault emulator.Fault) func(*acctest.Backend, string) {
		return func(b *acctest.Backend, op string) { b.Fail(op, 1, fault) }
	}
	tests := map[string]struct {
		server  acctest.Server
		change  func(b *acctest.Backend, op string) // after the plan
		message []string                            // nil for success
	}{
		"server says so": {noLookups, removed, nil},
		"no error":       {func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) }, removed, nil},
		"lookup shows it": {servers["a row for each user"], func(b *acctest.Backend, op string) {
			removed(b, op)
			b.Fail(op, 1, emulator.Refuse("NOTHERE", 400, "who?"))
		}, nil},
		"token is revoked":   {noLookups, func(b *acctest.Backend, _ string) { b.EndToken(acctest.AppToken, alice, androidApp) }, nil},
		"refused":            {servers["a row for each user"], fails(emulator.Refuse("LOCKED", 0, "locked")), []string{"It stays in the state", "LOCKED"}},
		"rejected app token": {noLookups, fails(emulator.AuthFail()), []string{"App token rejected", "It stays in the state"}},
		"dropped":            {noLookups, fails(emulator.DropBefore()), []string{"It stays in the state", "may have been carried out"}},
	}
	ops := map[subject]string{userSubject: "userdel", tokenSubject: "userset"}
	forBoth(t, func(t *testing.T, s subject) {
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if name == "server says so" {
					acctest.Needs(t, acctest.SaysNotFound)
				}

				b := s.newBackend(t, tt.server)
				destroy := resource.TestStep{
					Config:           s.config(""),
					Destroy:          true,
					ConfigPlanChecks: planned(afterPlan(func() { tt.change(b, ops[s]) })),
				}
				if tt.message != nil {
					destroy.ExpectError = matches(tt.message...)
				}
				run(t, b, resource.TestStep{Config: s.config("")}, destroy)
				if user, _ := b.User(acctest.AppToken, alice); len(user.Tokens) > 0 {
					t.Error("a token is left")
				}
			})
		}
	})
}

// An operation that exceeds its timeout says which setting to raise.
func TestAccUser_createTimeout(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		b.FailAlways("usersget", emulator.Slow(time.Minute))
		run(t, b, resource.TestStep{
			Config:      s.config("timeouts { create = \"100ms\" }"),
			ExpectError: matches("User lookup failed", "timeouts block"),
		})
		if minted := b.Minted(alice); minted != 0 {
			t.Errorf("%d tokens were minted", minted)
		}
	})
}

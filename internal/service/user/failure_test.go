// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

var overQuota = emulator.Refuse("QUOTA", 403, "over quota", "appid")

// Whatever answers a create, the error says what is wrong, and the next apply ends with one live token.
func TestAccUser_createFails(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	notCreated := map[subject]string{userSubject: "User not created", tokenSubject: "Token not minted"}
	maybeCreated := map[subject]string{userSubject: "User may have been created", tokenSubject: "Token not minted"}
	tests := map[string]struct {
		op      string
		fault   emulator.Fault
		title   map[subject]string
		message string
	}{
		"lookup refused":        {"usersget", overQuota, nil, "User lookup failed"},
		"lookup gets web page":  {"usersget", emulator.HTMLPage(), nil, "Not a mesibo Backend API"},
		"lookup takes too long": {"usersget", emulator.Slow(time.Minute), nil, "timeouts block"},
		"rejected app token":    {"useradd", emulator.AuthFail(), nil, "App token rejected"},
		"TOKENBREACH":           {"useradd", emulator.TokenBreach(), nil, "App disabled by mesibo (TOKENBREACH)"},
		"refused":               {"useradd", overQuota, notCreated, "over quota"},
		"refused after commit":  {"useradd", emulator.RefuseAfterCommit("BUSY", 500, "busy"), notCreated, "BUSY"},
		"secrets in cause":      {"useradd", emulator.EchoSecretsInCause(), notCreated, "(redacted)"},
		"web page":              {"useradd", emulator.HTMLPage(), maybeCreated, "HTML"},
		"truncated":             {"useradd", emulator.TruncatedJSON(), maybeCreated, "JSON"},
		"dropped after commit":  {"useradd", emulator.DropAfterCommit(), maybeCreated, "may have been carried out"},
	}
	forBoth(t, func(t *testing.T, s subject) {
		attributes := "timeouts { create = \"2s\" }\n"
		if s == userSubject {
			attributes += "adopt_existing = true"
		}
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if tt.op == "usersget" {
					acctest.Needs(t, acctest.Lookups)
				}

				b := s.newBackend(t)
				b.Fail(tt.op, 1, tt.fault)
				s.run(t, b,
					fails(s.config(attributes), tt.title[s], tt.message),
					apply(s.config(attributes), anyPlan, s.has("token", b.LiveToken(alice, androidApp)), b.ExpectTokens(alice, androidApp)),
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
		b.Run(t, resource.TestCase{Steps: []step{{Config: b.Config(s.config("")), ConfigStateChecks: s.hasToken(b, androidApp, 2)}}})
	})
}

// After a create that is not answered, the state contains the user only if a lookup had shown that it did not exist.
func TestAccUser_createNotAnswered(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		server  acctest.Server
		message string
		next    plancheck.ResourceActionType
	}{
		"after a lookup":  {servers["a row for each user"], "the state contains it", plancheck.ResourceActionReplace},
		"without lookups": {noLookups, "so the state does not contain it", plancheck.ResourceActionCreate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, tt.server)
			b.Fail("useradd", 1, emulator.DropAfterCommit())
			userSubject.run(t, b,
				fails(userConfig(android), "User may have been created", tt.message),
				apply(userConfig(android), userSubject.plans(tt.next), userSubject.has("token", b.LiveToken(alice, androidApp))),
			)
		})
	}
}

// Whichever call of an update fails, the next apply ends where the first should have.
func TestAccUser_updateFails(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.KeepsTokens)

	userChange := userConfig(web + "name = \"Alice\"\nactive = false")
	for name, tt := range map[string]struct {
		subject
		change, appID, op string
		nth               int
		fault             emulator.Fault
		message           []string
	}{
		"revocation":      {userSubject, userChange, webApp, "userset", 1, overQuota, []string{"Token not revoked", "QUOTA"}},
		"mint":            {userSubject, userChange, webApp, "useradd", 1, overQuota, []string{"Token not minted", "QUOTA"}},
		"name and status": {userSubject, userChange, webApp, "userset", 2, overQuota, []string{"User not updated", "QUOTA"}},
		"mint of a token": {
			tokenSubject, tokenSubject.config("expiry = 60"), androidApp, "useradd", 1, emulator.DropAfterCommit(),
			[]string{"Token not minted", "If the server minted one, it is lost"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := tt.newBackend(t)
			tt.run(t, b,
				step{Config: tt.config("")},
				after(func() { b.Fail(tt.op, tt.nth, tt.fault) }, fails(tt.change, tt.message...)),
				apply(tt.change, anyPlan, tt.has("token", b.LiveToken(alice, tt.appID)), b.ExpectTokens(alice, tt.appID),
					expectUser(b, "Alice", tt.subject == tokenSubject)),
			)
		})
	}
}

// A revoked token leaves the state at once: the next run mints, and does not revoke it again.
func TestAccUser_mintFailsAfterRevocation(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	s := userSubject
	run(t, b,
		step{Config: userConfig(android)},
		after(func() { b.Fail("useradd", 1, overQuota) }, fails(userConfig(web), "Token not minted")),
		after(b.ResetRequests, apply(userConfig(web), s.updates(true), s.hasToken(b, webApp, 2)...)),
	)
	if n := b.Count("userset"); n != 0 {
		t.Error("the token was revoked again")
	}
}

// TOKENBREACH must not be followed by another request, not even by the lookup that follows other refusals.
func TestAccUser_tokenBreachEndsRun(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	destroy := fails(userConfig(android), "TOKENBREACH", "five IP addresses")
	destroy.Destroy = true
	run(t, b,
		step{Config: userConfig(android)},
		after(func() { b.Fail("userdel", 1, emulator.TokenBreach()) }, destroy),
		after(func() {
			requests := b.Requests()
			if last := requests[len(requests)-1]; last.Op != "userdel" {
				t.Errorf("%s was sent after TOKENBREACH", last.Op)
			}
		}, step{Config: userConfig(android)}),
	)
}

// Destroying what is absent succeeds, however the server says so. Anything else is an error that keeps the state.
func TestAccUser_destroyFails(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	remove := func(b *acctest.Backend, _ string) { b.RemoveUser(acctest.AppToken, alice) }
	fail := func(fault emulator.Fault) func(*acctest.Backend, string) {
		return func(b *acctest.Backend, op string) { b.Fail(op, 1, fault) }
	}
	tests := map[string]struct {
		server  acctest.Server
		change  func(b *acctest.Backend, op string) // after the plan
		message []string                            // nil for success
	}{
		"server says so": {noLookups, remove, nil},
		"no error":       {func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) }, remove, nil},
		"lookup shows it": {servers["a row for each user"], func(b *acctest.Backend, op string) {
			remove(b, op)
			b.Fail(op, 1, emulator.Refuse("NOTHERE", 400, "who?"))
		}, nil},
		"token is revoked":   {noLookups, func(b *acctest.Backend, _ string) { b.EndToken(acctest.AppToken, alice, androidApp) }, nil},
		"refused":            {servers["a row for each user"], fail(emulator.Refuse("LOCKED", 0, "locked")), []string{"It stays in the state", "LOCKED"}},
		"rejected app token": {noLookups, fail(emulator.AuthFail()), []string{"App token rejected", "It stays in the state"}},
		"dropped":            {noLookups, fail(emulator.DropBefore()), []string{"It stays in the state", "may have been carried out"}},
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
				destroy := apply(s.config(""), planned(afterPlan(func() { tt.change(b, ops[s]) })))
				destroy.Destroy = true
				if tt.message != nil {
					destroy.ExpectError = matches(tt.message...)
				}
				run(t, b, step{Config: s.config("")}, destroy)
				if user, _ := b.User(acctest.AppToken, alice); len(user.Tokens) > 0 {
					t.Error("a token is left")
				}
			})
		}
	})
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

var isUID = knownvalue.StringRegexp(regexp.MustCompile(`^[0-9]+$`))

// The request of the quick start is the one that mesibo documents, to the byte.
func TestAccUser_create(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	name, s := userSubject.name(), userSubject
	run(t, b, apply(userConfig(android),
		planned(
			plancheck.ExpectResourceAction(name, plancheck.ResourceActionCreate),
			plancheck.ExpectUnknownValue(name, tfjsonpath.New("uid")),
			plancheck.ExpectUnknownValue(name, tfjsonpath.New("token")),
			plancheck.ExpectKnownValue(name, tfjsonpath.New("expiry"), knownvalue.Int64Exact(525600)),
			plancheck.ExpectKnownValue(name, tfjsonpath.New("ready_for_renewal"), knownvalue.Bool(false)),
		),
		append(s.hasToken(b, androidApp, 1),
			s.has("uid", isUID),
			s.has("token_expires_at", knownvalue.StringExact("2027-01-01T00:00:00Z")),
			s.has("active", knownvalue.Bool(true)),
			s.has("adopt_existing", knownvalue.Bool(false)),
			s.has("early_renewal_minutes", knownvalue.Int64Exact(0)),
			s.has("name", knownvalue.Null()),
			statecheck.ExpectSensitiveValue(name, tfjsonpath.New("token")),
		)...,
	))

	var bodies []string
	for _, request := range b.Requests() {
		if request.Op == "useradd" {
			bodies = append(bodies, string(request.Body))
		}
	}
	want := fmt.Sprintf(`{"op":"useradd","token":%q,"user":{"address":"alice@example.com",`+
		`"token":{"appid":"com.example.android","expiry":525600}}}`, acctest.AppToken)
	if diff := cmp.Diff([]string{want}, bodies); diff != "" {
		t.Errorf("useradd (-want +got):\n%s", diff)
	}
}

func TestAccUser_createWithEveryAttribute(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	run(t, b, apply(userConfig(`
  appid                 = "com.example.android"
  expiry                = 43200
  name                  = "Alice"
  active                = false
  token_keepers         = { release = "1" }
  early_renewal_minutes = 1440
  timeouts {
    create = "1m"
  }`), anyPlan, append(userSubject.hasToken(b, androidApp, 1),
		userSubject.has("token_expires_at", knownvalue.StringExact("2026-01-31T00:00:00Z")),
		expectUser(b, "Alice", false),
		b.ExpectUser(alice, func(u emulator.User) error {
			if minutes := u.Tokens[androidApp].ExpiryMinutes; minutes != 43200 {
				return fmt.Errorf("the token was minted for %d minutes", minutes)
			}

			return nil
		}),
	)...))
}

// A user and a token of another App ID, from create to destroy.
func TestAccUser_lifecycle(t *testing.T) {
	t.Parallel()

	const named, kept = "name = \"Alice\"\n", "token_keepers = { n = 1 }\n"
	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		both := func(minted int) []statecheck.StateCheck {
			return append(userSubject.hasToken(b, androidApp, minted),
				tokenSubject.has("token", b.LiveToken(alice, webApp)), b.ExpectTokens(alice, androidApp, webApp))
		}
		withoutToken := []statecheck.StateCheck{b.ExpectMinted(alice, 4), b.ExpectNoToken(alice, webApp)}
		if b.Profile().RemoveScope == profile.RemoveAppID {
			withoutToken = append(withoutToken, userSubject.has("token", b.LiveToken(alice, androidApp)))
		}
		destroyed := apply(userConfig(android+named+kept), anyPlan, withoutToken...)
		// Where the revocation has ended the user's token too, and the server shows that, the next plan mints it.
		destroyed.ExpectNonEmptyPlan = b.Profile().RemoveScope == profile.RemoveAll && b.Profile().UserLookups
		userSubject.run(t, b,
			apply(userConfig(android)+tokenConfig(web), anyPlan, append(both(2),
				tokenSubject.has("expiry", knownvalue.Int64Exact(525600)),
				tokenSubject.has("token_expires_at", knownvalue.StringExact("2027-01-01T00:00:00Z")),
				tokenSubject.has("uid", isUID))...),
			apply(userConfig(android+named+kept)+tokenConfig(web+kept), userSubject.updates(true),
				append(both(4), expectUser(b, "Alice", true))...),
			destroyed,
			apply(userConfig(web+named+kept), userSubject.updates(true),
				append(userSubject.hasToken(b, webApp, 5), b.ExpectTokens(alice, webApp))...),
		)
	})
}

func TestAccUser_createExisting(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	b.PutUser(acctest.AppToken, emulator.User{Address: "o'brien@example.com", Active: true})
	run(t, b, fails(block("mesibo_user", "o'brien@example.com", ""), "User already exists",
		`terraform import mesibo_user.<name> 'o'\''brien@example.com'`, `id = "o'brien@example.com"`, "adopt_existing"))
	if n := b.Count("useradd"); n != 0 {
		t.Errorf("useradd was sent %d times for a user that exists", n)
	}
}

func TestAccUser_adopt(t *testing.T) {
	t.Parallel()

	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		before := b.PutUser(acctest.AppToken, emulator.User{Address: alice, Name: "Somebody", Active: false})
		run(t, b, apply(userConfig(android+"name = \"Alice\"\nadopt_existing = true"), anyPlan,
			append(userSubject.hasToken(b, androidApp, 1),
				userSubject.has("uid", knownvalue.StringExact(before.UID)), expectUser(b, "Alice", true))...))
	})
}

func TestAccUser_adoptAbsentUser(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	run(t, b, apply(userConfig("adopt_existing = true"), anyPlan, append(userSubject.hasNoToken(), b.ExpectMinted(alice, 0))...))
	if n := b.Count("userset"); n != 0 {
		t.Errorf("userset was sent %d times for a new user", n)
	}
}

// An adopted user must not be deleted because a later call failed.
func TestAccUser_adoptFails(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	before := b.PutUser(acctest.AppToken, emulator.User{Address: alice})
	b.Fail("userset", 1, overQuota)
	run(t, b,
		fails(userConfig("adopt_existing = true"), "User not adopted", "QUOTA"),
		apply(userConfig("adopt_existing = true"), anyPlan, userSubject.has("uid", knownvalue.StringExact(before.UID))),
	)
}

// Tokens of one user are minted in parallel, without a lookup for each because the run has just created the user.
func TestAccUserToken_createMany(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	token := func(n int) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(fmt.Sprintf("mesibo_user_token.many[%d]", n), tfjsonpath.New("token"),
			b.LiveToken(alice, fmt.Sprintf("com.example.app%d", n)))
	}
	sent := b.ExpectUser(alice, func(u emulator.User) error {
		if b.Count("") != 22 || u.Minted != 20 {
			return fmt.Errorf("%d requests for %d tokens, want a lookup and 21 useradd", b.Count(""), u.Minted)
		}

		return nil
	})
	userSubject.run(t, b, apply(userConfig("")+`
resource "mesibo_user_token" "many" {
  count   = 20
  address = mesibo_user.test.address
  appid   = "com.example.app${count.index}"
}`, anyPlan, sent, token(0), token(19)))
}

func TestAccUserToken_refreshSendsOneRequest(t *testing.T) {
	t.Parallel()

	b := tokenSubject.newBackend(t)
	tokenSubject.run(t, b,
		step{Config: tokenSubject.config("")},
		after(b.ResetRequests, apply(tokenSubject.config(""), planned(plancheck.ExpectEmptyPlan(), afterPlan(func() {
			if sent := b.Count(""); sent != 1 || b.Count("usersget") != 1 {
				t.Errorf("a refresh sent %d requests, %d of them lookups", sent, b.Count("usersget"))
			}
		})))),
	)
}

// truncateLists makes every list end before alice.
func truncateLists(b *acctest.Backend) {
	for i := range 25 {
		b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("a%02d@example.com", i), Active: true})
	}
	b.SetProfile(func(p *profile.Profile) { p.IgnorePattern = true })
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

const carol = "carol@example.com"

var usersSubject = subject{"mesibo_users", ""}

// usersConfig is a resource with users, each written as `"address" = "name"`.
func usersConfig(attributes string, users ...string) string {
	return fmt.Sprintf("resource \"mesibo_users\" \"test\" {\n  users = {\n%s\n  }\n%s\n}\n", strings.Join(users, "\n"), attributes)
}

func nobody(address string) string { return fmt.Sprintf("%q = null", address) }

func named(address, name string) string { return fmt.Sprintf("%q = %q", address, name) }

// tokenOf is where the state has the token of a user.
func tokenOf(address string) tfjsonpath.Path { return tfjsonpath.New("tokens").AtMapKey(address) }

// hasTokens checks that the state contains the live tokens of these users and of no other, and their uids.
func hasTokens(b *acctest.Backend, addresses ...string) []statecheck.StateCheck {
	uids := map[string]knownvalue.Check{}
	checks := []statecheck.StateCheck{usersSubject.has("ready_for_renewal", knownvalue.Bool(false))}
	for _, address := range addresses {
		uids[address] = knownvalue.StringFunc(func(uid string) error {
			if user, found := b.User(acctest.AppToken, address); !found || user.UID != uid {
				return fmt.Errorf("%s has the uid %s on the server", address, user.UID)
			}

			return nil
		})
		checks = append(checks, statecheck.ExpectKnownValue(usersSubject.name(), tokenOf(address), b.LiveToken(address, androidApp)))
	}

	return append(checks, usersSubject.has("uids", knownvalue.MapExact(uids)), usersSubject.has("tokens", knownvalue.MapSizeExact(len(addresses))))
}

// mintsOnly checks that the plan updates the resource in place, mints for these users, and keeps the tokens of the others.
func mintsOnly(minted []string, kept ...string) resource.ConfigPlanChecks {
	checks := []plancheck.PlanCheck{plancheck.ExpectResourceAction(usersSubject.name(), plancheck.ResourceActionUpdate)}
	for _, address := range minted {
		checks = append(checks, plancheck.ExpectUnknownValue(usersSubject.name(), tokenOf(address)))
	}
	for _, address := range kept {
		checks = append(checks, plancheck.ExpectKnownValue(usersSubject.name(), tokenOf(address), knownvalue.NotNull()))
	}

	return planned(checks...)
}

func TestAccUsers_lifeCycle(t *testing.T) {
	t.Parallel()

	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		two := usersConfig(android, named(alice, "Alice"), nobody(bob))
		run(t, b,
			apply(two, usersSubject.plans(plancheck.ResourceActionCreate), append(hasTokens(b, alice, bob), expectUser(b, "Alice", true))...),
			apply(two, noChange),
			apply(usersConfig(android, named(alice, "Alice"), nobody(bob), nobody(carol)), mintsOnly([]string{carol}, alice, bob),
				hasTokens(b, alice, bob, carol)...),
			apply(usersConfig(android, named(alice, "Alicia"), nobody(bob), nobody(carol)), mintsOnly(nil, alice, bob, carol),
				append(hasTokens(b, alice, bob, carol), expectUser(b, "Alicia", true), b.ExpectMinted(alice, 1))...),
			apply(usersConfig(android, named(alice, "Alicia"), nobody(carol)), mintsOnly(nil, alice, carol), hasTokens(b, alice, carol)...),
			apply(usersConfig(android+"active = false", named(alice, "Alicia"), nobody(carol)), mintsOnly(nil, alice, carol),
				append(hasTokens(b, alice, carol), expectUser(b, "Alicia", false))...),
			apply(usersConfig(web, nobody(alice), nobody(carol)), mintsOnly([]string{alice, carol}), expectUser(b, "", true), b.ExpectTokens(alice, webApp)),
			apply(usersConfig("", nobody(alice), nobody(carol)), anyPlan, usersSubject.has("tokens", knownvalue.Null()), b.ExpectTokens(alice)),
		)
		b.ExpectNoUsers(t)
	})
}

// Only the users whose token is due get a new one.
func TestAccUsers_renewal(t *testing.T) {
	t.Parallel()

	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		const renewing = android + "expiry = 60\nearly_renewal_minutes = 10"
		later := usersConfig(renewing, nobody(alice), nobody(bob))
		run(t, b,
			apply(usersConfig(renewing, nobody(alice)), anyPlan, hasTokens(b, alice)...),
			after(func() { b.Clock.Advance(30 * time.Minute) }, apply(later, mintsOnly([]string{bob}, alice), hasTokens(b, alice, bob)...)),
			after(func() { b.Clock.Advance(20 * time.Minute) }, apply(later, noChange)),
			after(func() { b.Clock.Advance(time.Second) }, apply(later, mintsOnly([]string{alice}, bob), append(hasTokens(b, alice, bob),
				statecheck.ExpectKnownValue(usersSubject.name(), tfjsonpath.New("token_expires_at"), knownvalue.MapExact(map[string]knownvalue.Check{
					alice: knownvalue.StringExact("2026-01-01T01:50:01Z"), bob: knownvalue.StringExact("2026-01-01T01:30:00Z"),
				})))...)),
			apply(usersConfig(renewing+"\ntoken_keepers = { incident = \"7\" }", nobody(alice), nobody(bob)), mintsOnly([]string{alice, bob}),
				append(hasTokens(b, alice, bob), b.ExpectMinted(alice, 3), b.ExpectMinted(bob, 2))...),
			apply(usersConfig(renewing+"\ntoken_keepers = { incident = \"7\" }\ntoken_version = 2", nobody(alice), nobody(bob)),
				mintsOnly([]string{alice, bob}), append(hasTokens(b, alice, bob), b.ExpectMinted(bob, 3))...),
		)
	})
}

// What was changed elsewhere is put right in place: a user that is gone, one that is disabled, a token that was revoked.
func TestAccUsers_drift(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	b := acctest.NewBackend(t, rowPerAppID)
	config := usersConfig(android, nobody(alice), nobody(bob), nobody(carol))
	all := hasTokens(b, alice, bob, carol)
	run(t, b,
		apply(config, anyPlan, all...),
		after(func() { b.RemoveUser(acctest.AppToken, bob) }, apply(config, mintsOnly([]string{bob}, alice, carol), all...)),
		after(func() { b.PutUser(acctest.AppToken, emulator.User{Address: alice}) },
			apply(config, mintsOnly(nil, alice, bob, carol), append(all, expectUser(b, "", true))...)),
		after(func() { b.EndToken(acctest.AppToken, carol, androidApp) }, apply(config, mintsOnly([]string{carol}, alice, bob), all...)),
		after(func() {
			for _, address := range []string{alice, bob, carol} {
				b.RemoveUser(acctest.AppToken, address)
			}
		}, apply(config, usersSubject.plans(plancheck.ResourceActionCreate), all...)),
	)
	b.ExpectNoUsers(t)
}

// An import mints nothing, and the plan after it changes nothing that the server has shown.
func TestAccUsers_import(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	for name, id := range map[string]string{"addresses": alice + "," + bob, "pattern": "*@example.com"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, rowPerAppID)
			for _, address := range []string{alice, bob} {
				b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
				b.MintToken(acctest.AppToken, address, androidApp)
			}
			config := usersConfig(android, nobody(alice), nobody(bob))
			run(t, b,
				step{Config: config, ResourceName: usersSubject.name(), ImportState: true, ImportStateId: id, ImportStatePersist: true},
				apply(config, noChange, hasTokens(b, alice, bob)...),
				apply(usersConfig(android, nobody(alice), nobody(bob), nobody(carol)), mintsOnly([]string{carol}, alice, bob),
					append(hasTokens(b, alice, bob, carol), b.ExpectMinted(alice, 1))...),
			)
			b.ExpectNoUsers(t)
		})
	}
}

// An import ID that cannot be imported as a whole is an error, and says why.
func TestUsersImportErrors(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		id    string
		after acctest.Server
		want  []string
	}{
		"absent":          {alice + ",nobody@example.com", rowPerAppID, []string{"User does not exist", "nobody@example.com"}},
		"empty":           {"", rowPerAppID, []string{"Invalid import ID"}},
		"space":           {alice + ", " + bob, rowPerAppID, []string{"must not start or end with whitespace", "Invalid import ID"}},
		"empty address":   {alice + ",,", rowPerAppID, []string{"Invalid import ID"}},
		"no match":        {"nobody-*", rowPerAppID, []string{"No user found", "nobody-*"}},
		"list cut":        {"*", func(p *profile.Profile) { p.SetLookups(true); p.RowCap = 1; p.CountAll = true }, []string{"User list truncated"}},
		"pattern unknown": {"*", noLookups, []string{"Users not listed", "lookups"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, tt.after)
			addAlice(b)
			b.PutUser(acctest.AppToken, emulator.User{Address: bob, Active: true})
			err := newWorkspace(b).Import(t.Context(), manyUsers(nil, alice), tt.id)
			for _, text := range tt.want {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("want %q in the error: %v", text, err)
				}
			}
		})
	}
}

// manyUsers is a resource with users who have no name.
func manyUsers(attributes map[string]any, addresses ...string) protocoltest.Resource {
	users := map[string]any{}
	for _, address := range addresses {
		users[address] = nil
	}
	given := map[string]any{"users": users, "concurrency": 1}
	maps.Copy(given, attributes)

	return protocoltest.Resource{Type: "mesibo_users", Name: "test", Attributes: given}
}

var withTokens = map[string]any{"appid": androidApp}

// When one of many users cannot be created, none is left, and none is in the state.
func TestUsersCreateAllOrNothing(t *testing.T) {
	t.Parallel()

	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		b.Fail("useradd", 3, emulator.Refuse("QUOTA", 507, "no more users"))
		w := newWorkspace(b)
		config := protocoltest.Config{manyUsers(withTokens, alice, bob, carol, "dave@example.com", "erin@example.com")}
		err := w.Apply(t.Context(), config)
		if err == nil || !strings.Contains(err.Error(), `user "`+carol+`"`) || !strings.Contains(err.Error(), "no more users") {
			t.Errorf("the error does not say who was refused, and why: %v", err)
		}
		if users, added := b.Users(acctest.AppToken), b.Count("useradd"); len(users) > 0 || added != 3 {
			t.Errorf("%d users are left, and useradd was sent %d times", len(users), added)
		}
		if uid := w.Text("mesibo_users.test", "uids", alice); uid != "" {
			t.Error("a user that was deleted is in the state")
		}
		if err := errors.Join(w.Apply(t.Context(), config), w.Destroy(t.Context())); err != nil {
			t.Error(err)
		}
		b.ExpectNoUsers(t)
	})
}

// A user that could not be deleted after a create that failed stays in the state, and the next apply replaces it.
func TestUsersCreateIsUndoneLater(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Fail("useradd", 3, emulator.Refuse("QUOTA", 507, "no more users"))
	b.Fail("userdel", 1, emulator.DropBefore())
	w := newWorkspace(b)
	config := protocoltest.Config{manyUsers(withTokens, alice, bob, carol)}
	if err := w.Apply(t.Context(), config); err == nil || !strings.Contains(err.Error(), "User not deleted") {
		t.Errorf("the user that is left is not reported: %v", err)
	}
	if users := b.Users(acctest.AppToken); len(users) != 1 || w.Text("mesibo_users.test", "uids", users[0].Address) != users[0].UID {
		t.Errorf("the state does not have the users that are left: %v", users)
	}
	if err := errors.Join(w.Apply(t.Context(), config), w.Destroy(t.Context())); err != nil {
		t.Error(err)
	}
	b.ExpectNoUsers(t)
}

// Users that exist already are one error, which names ten of them, and nothing is created. With adopt_existing they are
// taken over, and left alone when the create fails.
func TestUsersThatExist(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(true); p.RowCap = 0 })
	var addresses []string
	for i := range 50 {
		addresses = append(addresses, fmt.Sprintf("user-%02d@example.com", i))
	}
	for _, address := range addresses[10:40] {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
	}
	w := newWorkspace(b)
	err := w.Apply(t.Context(), protocoltest.Config{manyUsers(withTokens, addresses...)})
	for _, text := range []string{"User already exists", "30 users", addresses[10], addresses[19], "and 20 more", "adopt_existing"} {
		if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), addresses[20]) {
			t.Errorf("want %q in the error, and no more than ten users: %v", text, err)
		}
	}
	if requests := b.Count(""); requests != 1 {
		t.Errorf("%d requests were sent, want the list alone", requests)
	}

	adopting := map[string]any{"appid": androidApp, "adopt_existing": true}
	b.Fail("useradd", 45, emulator.Refuse("QUOTA", 507, "no more users"))
	if err := w.Apply(t.Context(), protocoltest.Config{manyUsers(adopting, addresses...)}); err == nil {
		t.Error("no error of a user that was refused")
	}
	if users := b.Users(acctest.AppToken); len(users) != 30 {
		t.Errorf("%d users are left, want the 30 that were there before", len(users))
	}
	if err := w.Apply(t.Context(), protocoltest.Config{manyUsers(adopting, addresses...)}); err != nil || len(b.Users(acctest.AppToken)) != 50 {
		t.Errorf("%d users, error %v", len(b.Users(acctest.AppToken)), err)
	}
}

// An update keeps what was done when a part of it fails, and the next one does the rest.
func TestUsersUpdateGoesOn(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	w := newWorkspace(b)
	before := protocoltest.Config{manyUsers(withTokens, alice, bob)}
	after := protocoltest.Config{manyUsers(map[string]any{"appid": androidApp, "expiry": 60}, bob, carol, "dave@example.com")}
	if err := w.Apply(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	b.Fail("useradd", 1, emulator.Refuse("QUOTA", 507, "no more users")) // carol
	err := w.Apply(t.Context(), after)
	if err == nil || !strings.Contains(err.Error(), carol) || strings.Contains(err.Error(), "dave") {
		t.Errorf("want an error about carol: %v", err)
	}
	var left []string
	for _, user := range b.Users(acctest.AppToken) {
		left = append(left, user.Address)
	}
	if want := []string{bob, "dave@example.com"}; !slices.Equal(left, want) || b.Minted(bob) != 2 {
		t.Errorf("the server has %v, want %v; bob got %d tokens", left, want, b.Minted(bob))
	}
	if err := w.Apply(t.Context(), after); err != nil || b.Minted(bob) != 2 || b.Minted("dave@example.com") != 1 || b.Minted(carol) != 1 {
		t.Errorf("the next apply: %v; bob got %d tokens, dave %d", err, b.Minted(bob), b.Minted("dave@example.com"))
	}
}

// A setting that half of the users have is undone for them when the configuration returns to the old one.
func TestUsersReturnToOldSetting(t *testing.T) {
	t.Parallel()

	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		w := newWorkspace(b)
		before := protocoltest.Config{manyUsers(withTokens, alice, bob)}
		after := protocoltest.Config{manyUsers(map[string]any{
			"appid": androidApp, "active": false, "expiry": 60, "token_keepers": map[string]any{"incident": "7"},
		}, alice, bob)}
		if err := w.Apply(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		b.Fail("useradd", 2, emulator.Refuse("QUOTA", 507, "no more tokens"))
		if err := w.Apply(t.Context(), after); err == nil {
			t.Fatal("no error")
		}
		if err := w.Apply(t.Context(), before); err != nil || b.Minted(alice) != 3 || b.Minted(bob) != 1 {
			t.Errorf("back again: %v; alice got %d tokens, bob %d", err, b.Minted(alice), b.Minted(bob))
		}
		if pending, err := w.Pending(t.Context(), before); len(pending) > 0 || err != nil {
			t.Errorf("%v is pending, error %v", pending, err)
		}
		for _, user := range b.Users(acctest.AppToken) {
			if !user.Active || w.Text("mesibo_users.test", "tokens", user.Address) != user.Tokens[androidApp].Value {
				t.Errorf("%s is active: %t", user.Address, user.Active)
			}
		}
	})
}

// A user that two blocks contain is warned of, in whatever order they stand.
func TestUsersDuplicate(t *testing.T) {
	t.Parallel()

	one, many := managed("mesibo_user", "one", alice, ""), manyUsers(nil, alice, bob)
	other := manyUsers(nil, bob, carol)
	other.Name = "other"
	for name, tt := range map[string]struct {
		config protocoltest.Config
		warns  bool
	}{
		"one":         {protocoltest.Config{one, other}, false},
		"one, many":   {protocoltest.Config{one, many}, true},
		"many, one":   {protocoltest.Config{many, one}, true},
		"many, other": {protocoltest.Config{many, other}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorkspace(acctest.NewBackend(t))
			if _, err := w.Pending(t.Context(), tt.config); err != nil || warns(w, "Duplicate user") != tt.warns {
				t.Errorf("want a warning: %t; error %v", tt.warns, err)
			}
		})
	}
}

// A name that is unknown during plan leaves the users known; users that are unknown are planned as a whole.
func TestAccUsers_unknown(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	unknownName := usersConfig(android, nobody(alice), fmt.Sprintf("%q = terraform_data.later.output", bob))
	unknownUsers := android + "users = { (terraform_data.later.output) = \"Bob\" }"
	run(t, b,
		apply(later("Bob")+unknownName, mintsCreated(alice, bob), append(hasTokens(b, alice, bob), b.ExpectUser(bob, func(u emulator.User) error {
			if u.Name != "Bob" {
				return fmt.Errorf("bob has the name %q", u.Name)
			}

			return nil
		}))...),
		apply(later("Robert")+unknownName, mintsOnly(nil, alice, bob), b.ExpectMinted(bob, 1)),
		apply(later(carol)+"resource \"mesibo_users\" \"test\" {\n"+unknownUsers+"\n}\n",
			planned(plancheck.ExpectUnknownValue(usersSubject.name(), tfjsonpath.New("tokens"))), hasTokens(b, carol)...),
	)
	b.ExpectNoUsers(t)
}

// mintsCreated checks that the plan creates the resource and mints for these users.
func mintsCreated(addresses ...string) resource.ConfigPlanChecks {
	var checks []plancheck.PlanCheck
	for _, address := range addresses {
		checks = append(checks, plancheck.ExpectUnknownValue(usersSubject.name(), tokenOf(address)))
	}

	return planned(checks...)
}

// Invalid input is refused during plan, before anything is sent.
func TestAccUsers_invalid(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	for name, tt := range map[string]struct{ config, message string }{
		"no users":           {usersConfig(""), "must contain at least 1 elements"},
		"users null":         {"resource \"mesibo_users\" \"test\" {\n  users = null\n}\n", "users"},
		"empty address":      {usersConfig("", nobody("")), "string length must be at least 1"},
		"comma":              {usersConfig("", nobody("a,b")), `must not contain "," or "*"`},
		"asterisk":           {usersConfig("", nobody("a*")), `must not contain "," or "*"`},
		"whitespace":         {usersConfig("", nobody(" a")), "must not start or end with whitespace"},
		"empty name":         {usersConfig("", named("a", "")), "string length must be at least 1"},
		"concurrency 0":      {usersConfig("concurrency = 0", nobody("a")), "must be between 1 and 100"},
		"concurrency 101":    {usersConfig("concurrency = 101", nobody("a")), "must be between 1 and 100"},
		"expiry 0":           {usersConfig(android+"expiry = 0", nobody("a")), "mesibo does not document what 0 means"},
		"expiry, no App ID":  {usersConfig("expiry = 60", nobody("a")), `"appid" must be specified when "expiry" is specified`},
		"window of expiry":   {usersConfig(android+"expiry = 60\nearly_renewal_minutes = 60", nobody("a")), "Renewal window not shorter than expiry"},
		"token version 3":    {usersConfig(android+"token_version = 3", nobody("a")), `value must be one of: ["1" "2"]`},
		"numeric App ID":     {usersConfig("appid = \"1\"", nobody("a")), "must not be all digits"},
		"timeout of no time": {usersConfig("timeouts { create = \"0s\" }", nobody("a")), "The timeout must be above zero"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			invalid := fails(tt.config, tt.message)
			invalid.PlanOnly = true
			run(t, b, invalid)
			if n := b.Count(""); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// The provider refuses two addresses that a CLI takes for one. A long address is the server's to refuse.
func TestUsersAddresses(t *testing.T) {
	t.Parallel()

	w := newWorkspace(acctest.NewBackend(t))
	composed, decomposed := "caf\u00e9", "cafe\u0301"
	_, err := w.Pending(t.Context(), protocoltest.Config{manyUsers(nil, composed, decomposed, alice)})
	if err == nil || !strings.Contains(err.Error(), "Duplicate address") || !strings.Contains(err.Error(), `"cafe\u0301"`) {
		t.Errorf("two forms of one address: %v", err)
	}
	long := protocoltest.Config{manyUsers(withTokens, strings.Repeat("a", 5001))}
	if err := errors.Join(w.Apply(t.Context(), long), w.Destroy(t.Context())); err != nil {
		t.Errorf("a long address: %v", err)
	}
}

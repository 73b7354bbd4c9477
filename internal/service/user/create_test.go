// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// The request of the quick start is the one that mesibo documents, to the byte.
func TestAccUser_quickStart(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(`
resource "mesibo_user" "test" {
  address = "xyz@example.com"
  appid   = "com.mesibo.firstapp"
}`),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate),
				plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("uid")),
				plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("token")),
				plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("expiry"), knownvalue.Int64Exact(525600)),
				plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("ready_for_renewal"), knownvalue.Bool(false)),
			},
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
		ConfigStateChecks: []statecheck.StateCheck{
			holds("uid", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9]+$`))),
			holds("token", b.LiveToken("xyz@example.com", "com.mesibo.firstapp")),
			holds("token_expires_at", knownvalue.StringExact("2027-01-01T00:00:00Z")),
			holds("active", knownvalue.Bool(true)),
			holds("adopt_existing", knownvalue.Bool(false)),
			holds("early_renewal_minutes", knownvalue.Int64Exact(0)),
			holds("name", knownvalue.Null()),
			statecheck.ExpectSensitiveValue(resourceName, tfjsonpath.New("token")),
			b.ExpectMinted("xyz@example.com", 1),
		},
	}}})

	want := fmt.Sprintf(`{"op":"useradd","token":%q,"user":{"address":"xyz@example.com",`+
		`"token":{"appid":"com.mesibo.firstapp","expiry":525600}}}`, acctest.AppToken)
	if diff := cmp.Diff([]string{want}, bodies(b, "useradd")); diff != "" {
		t.Errorf("useradd (-want +got):\n%s", diff)
	}
}

func TestAccUser_everyAttribute(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(userConfig(`
  appid                 = "com.example.android"
  expiry                = 43200
  name                  = "Alice"
  active                = false
  token_keepers         = { release = "1" }
  early_renewal_minutes = 1440
  timeouts {
    create = "1m"
  }`)),
		ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1),
			holds("token_expires_at", knownvalue.StringExact("2026-01-31T00:00:00Z")),
			b.ExpectUser(alice, func(u emulator.User) error {
				if u.Name != "Alice" || u.Active || u.Tokens[androidApp].ExpiryMinutes != 43200 {
					return fmt.Errorf("the back end has %+v", u)
				}

				return nil
			}),
		),
	}}})
}

func TestAccUser_withoutToken(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(userConfig("")),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("token"), knownvalue.Null()),
			plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("expiry"), knownvalue.Null()),
		}},
		ConfigStateChecks: append(holdsNoToken(b, androidApp), b.ExpectMinted(alice, 0)),
	}}})
}

// The whole life of a user works with whatever look-ups and replies the server offers.
func TestAccUser_everyServer(t *testing.T) {
	t.Parallel()

	servers := map[string]acctest.Server{
		"uid as a number":               func(p *profile.Profile) { p.UIDAsNumber = true },
		"whole app echoed":              func(p *profile.Profile) { p.EchoApp = true },
		"removal ends every token":      func(p *profile.Profile) { p.RemoveScope = profile.RemoveAll },
		"minting keeps earlier tokens":  func(p *profile.Profile) { p.MintEndsEarlier = false },
		"deleting what is gone is fine": func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) },
	}
	for name, mode := range lookupModes {
		servers[name] = mode
	}
	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config:            b.Config(userConfig(`appid = "com.example.android"`)),
					ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
				},
				{
					Config: b.Config(userConfig("appid = \"com.example.android\"\nname = \"Alice\"\ntoken_keepers = { n = 1 }")),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate),
					}},
					ConfigStateChecks: holdsLiveToken(b, androidApp, 2),
				},
				{
					Config:            b.Config(userConfig("appid = \"com.example.web\"\nname = \"Alice\"\ntoken_keepers = { n = 1 }")),
					ConfigStateChecks: append(holdsLiveToken(b, webApp, 3), b.ExpectNoToken(alice, androidApp)),
				},
			}})
			b.ExpectNoUsers(t)
		})
	}
}

func TestAccUser_existingIsAnError(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	b.PutUser(acctest.AppToken, emulator.User{Address: "o'brien@example.com", Active: true})
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(`
resource "mesibo_user" "test" {
  address = "o'brien@example.com"
}`),
		ExpectError: regexp.MustCompile(`(?s)User exists already.*terraform import mesibo_user\.<name> 'o'\\''brien@example\.com'` +
			`.*id = "o'brien@example\.com".*adopt_existing`),
	}}})
	if n := b.Count("useradd"); n != 0 {
		t.Errorf("useradd was sent %d times for a user that exists", n)
	}
}

func TestAccUser_adoptExisting(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, lookupModes) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			before := b.PutUser(acctest.AppToken, emulator.User{Address: alice, Name: "Somebody", Active: false})
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(userConfig(`
  appid          = "com.example.android"
  name           = "Alice"
  adopt_existing = true`)),
				ConfigStateChecks: append(holdsLiveToken(b, androidApp, 1),
					holds("uid", knownvalue.StringExact(before.UID)),
					b.ExpectUser(alice, func(u emulator.User) error {
						if u.Name != "Alice" || !u.Active {
							return fmt.Errorf("the back end has %+v", u)
						}

						return nil
					}),
				),
			}}})
		})
	}
}

// Adopting a user that is not there is creating it.
func TestAccUser_adoptAbsent(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:            b.Config(userConfig("adopt_existing = true")),
		ConfigStateChecks: holdsNoToken(b, androidApp),
	}}})
	if n := b.Count("userset"); n != 0 {
		t.Errorf("userset was sent %d times for a new user", n)
	}
}

// An adopted user must not be deleted because a later call failed.
func TestAccUser_adoptionCutShort(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	before := b.PutUser(acctest.AppToken, emulator.User{Address: alice})
	config := b.Config(userConfig("adopt_existing = true"))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			PreConfig:   func() { b.Fail("userset", 1, emulator.Refuse("QUOTA", 403, "over quota")) },
			Config:      config,
			ExpectError: regexp.MustCompile(`(?s)User not adopted.*QUOTA`),
		},
		{
			Config:            config,
			ConfigStateChecks: []statecheck.StateCheck{holds("uid", knownvalue.StringExact(before.UID))},
		},
	}})
}

// bodies returns the bodies of all requests of an op.
func bodies(b *acctest.Backend, op string) []string {
	var found []string
	for _, request := range b.Requests() {
		if request.Op == op {
			found = append(found, string(request.Body))
		}
	}

	return found
}

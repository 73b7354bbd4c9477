// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
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
)

// A user's tokens live side by side, and each goes without the others.
func TestAccUserToken_lifecycle(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			left := []statecheck.StateCheck{b.ExpectMinted(alice, 2)}
			if b.Profile().RemoveScope == profile.RemoveAppID {
				left = append(left, b.ExpectTokens(alice, androidApp),
					statecheck.ExpectKnownValue("mesibo_user.alice", tfjsonpath.New("token"), b.LiveToken(alice, androidApp)))
			}
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config: b.Config(aliceWith(webToken(""))),
					ConfigStateChecks: append(holdsLiveTokens(b, 2),
						tokenHolds("expiry", knownvalue.Int64Exact(525600)),
						tokenHolds("token_expires_at", knownvalue.StringExact("2027-01-01T00:00:00Z")),
						tokenHolds("uid", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9]+$`)))),
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
				},
				{Config: b.Config(aliceWith("")), ConfigStateChecks: left},
			}})
			b.ExpectNoUsers(t)
		})
	}
}

// Only what is about the token mints one, and in place.
func TestAccUserToken_whatMints(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	tests := map[string]struct {
		before, after string
		mints         bool
	}{
		"expiry":                   {"", `expiry = 60`, true},
		"expiry removed":           {`expiry = 60`, "", true},
		"default expiry spelt out": {"", `expiry = 525600`, false},
		"keepers added":            {"", `token_keepers = { a = 1 }`, true},
		"keeper changed":           {`token_keepers = { a = 1 }`, `token_keepers = { a = 2 }`, true},
		"window":                   {"", `early_renewal_minutes = 60`, false},
		"revoke_on_destroy":        {"", `revoke_on_destroy = false`, false},
		"timeouts":                 {"", `timeouts { update = "1m" }`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			after := resource.TestStep{Config: b.Config(aliceWith(webToken(tt.after))), ConfigStateChecks: holdsLiveTokens(b, 2)}
			if tt.mints {
				after.ConfigPlanChecks, after.ConfigStateChecks = mintsInPlace, holdsLiveTokens(b, 3)
			}
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: b.Config(aliceWith(webToken(tt.before))), ConfigStateChecks: holdsLiveTokens(b, 2)},
				after,
			}})
		})
	}
}

// A token is renewed in place once less than the window is left, on every kind of server.
func TestAccUserToken_renewsInsideTheWindow(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			config := b.Config(aliceWith(webToken("expiry = 60\nearly_renewal_minutes = 10")))
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config, ConfigStateChecks: holdsLiveTokens(b, 2)},
				{
					PreConfig:         func() { b.Clock.Advance(50 * time.Minute) }, // Ten minutes left: not less.
					Config:            config,
					ConfigPlanChecks:  nothingToDo,
					ConfigStateChecks: holdsLiveTokens(b, 2),
				},
				{
					PreConfig:         func() { b.Clock.Advance(time.Second) },
					Config:            config,
					ConfigPlanChecks:  mintsInPlace,
					ConfigStateChecks: holdsLiveTokens(b, 3),
				},
			}})
		})
	}
}

// A user whose replacement ends its tokens can be a keeper of them, so that one apply mints them all again.
func TestAccUserToken_userIsAKeeper(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.NewUIDs)

	b := acctest.NewBackend(t)
	config := b.Config(aliceWith(webToken(`token_keepers = { uid = mesibo_user.alice.uid }`)))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config, ConfigStateChecks: holdsLiveTokens(b, 2)},
		{
			Taint:             []string{"mesibo_user.alice"},
			Config:            config,
			ConfigStateChecks: holdsLiveTokens(b, 2), // of the new user
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
		},
	}})
}

// Another App ID or user is another token, in either order of create and destroy.
func TestAccUserToken_replaces(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.RevokesAppID)

	const bob = `
resource "mesibo_user" "bob" {
  address = "bob@example.com"
}
`
	token := func(user, appID, rest string) string {
		return fmt.Sprintf("resource \"mesibo_user_token\" \"web\" {\n  address = mesibo_user.%s.address\n  appid = %q\n%s\n}\n", user, appID, rest)
	}
	for name, lifecycle := range map[string]string{
		"destroy first": "",
		"create first":  `lifecycle { create_before_destroy = true }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			replaced := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(tokenName, tfjsonpath.New("token")),
			}}
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: b.Config(aliceWith(bob + token("alice", webApp, lifecycle)))},
				{
					Config:           b.Config(aliceWith(bob + token("alice", "com.example.web2", lifecycle))),
					ConfigPlanChecks: replaced,
					ConfigStateChecks: []statecheck.StateCheck{
						tokenHolds("token", b.LiveToken(alice, "com.example.web2")),
						b.ExpectTokens(alice, androidApp, "com.example.web2"),
					},
				},
				{
					Config:           b.Config(aliceWith(bob + token("bob", "com.example.web2", lifecycle))),
					ConfigPlanChecks: replaced,
					ConfigStateChecks: []statecheck.StateCheck{
						tokenHolds("token", b.LiveToken("bob@example.com", "com.example.web2")),
						b.ExpectTokens(alice, androidApp),
						b.ExpectTokens("bob@example.com", "com.example.web2"),
					},
				},
			}})
			b.ExpectNoUsers(t)
		})
	}
}

// A destroy never revokes what the same run has minted for the same App ID.
func TestAccUserToken_destroySparesWhatTheRunMinted(t *testing.T) {
	t.Parallel()

	const createFirst = "lifecycle { create_before_destroy = true }"
	moved := strings.ReplaceAll(webToken(""), `"web"`, `"web2"`)
	tests := map[string]struct {
		before, after string
		taint         []string
		holder        string
	}{
		"replaced, created first":   {webToken(createFirst), webToken(createFirst), []string{tokenName}, tokenName},
		"replaced, destroyed first": {webToken(""), webToken(""), []string{tokenName}, tokenName},
		"renamed without telling":   {webToken(""), moved, nil, "mesibo_user_token.web2"},
		"handed to the user":        {webToken(""), "", nil, "mesibo_user.alice"},
		"taken from the user":       {"", webToken(""), nil, tokenName},
	}
	for name, tt := range tests {
		for server, mode := range map[string]acctest.Server{
			"its App ID alone": func(*profile.Profile) {},
			"all App IDs":      func(p *profile.Profile) { p.RemoveScope = profile.RemoveAll },
		} {
			t.Run(name+", revoking ends "+server, func(t *testing.T) {
				t.Parallel()

				userWith := func(appID string) string {
					return "resource \"mesibo_user\" \"alice\" {\n  address = \"" + alice + "\"\n" + appID + "\n}\n"
				}
				before, after := userWith(""), userWith("")
				const web = `appid = "com.example.web"`
				if tt.before == "" {
					before = userWith(web)
				}
				if tt.after == "" {
					after = userWith(web)
				}
				b := acctest.NewBackend(t, mode)
				b.Run(t, resource.TestCase{Steps: []resource.TestStep{
					{Config: b.Config(before + tt.before)},
					{
						Taint:  tt.taint,
						Config: b.Config(after + tt.after),
						ConfigStateChecks: []statecheck.StateCheck{
							statecheck.ExpectKnownValue(tt.holder, tfjsonpath.New("token"), b.LiveToken(alice, webApp)),
							b.ExpectMinted(alice, 2),
						},
						ConfigPlanChecks: resource.ConfigPlanChecks{
							PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
						},
					},
				}})
			})
		}
	}
}

func TestAccUserToken_revokeOnDestroy(t *testing.T) {
	t.Parallel()

	for value, left := range map[string][]string{"true": {androidApp}, "false": {androidApp, webApp}} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			if value == "true" {
				acctest.Needs(t, acctest.RevokesAppID)
			}

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: b.Config(aliceWith(webToken("revoke_on_destroy = " + value)))},
				{
					Config:            b.Config(aliceWith("")),
					ConfigStateChecks: []statecheck.StateCheck{b.ExpectTokens(alice, left...)},
				},
			}})
		})
	}
}

// Many tokens of one user are minted side by side, with one request each: the run has just added the user.
func TestAccUserToken_manyOfOneUser(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(aliceWith(`
resource "mesibo_user_token" "many" {
  count   = 20
  address = mesibo_user.alice.address
  appid   = "com.example.app${count.index}"
}`)),
		ConfigStateChecks: []statecheck.StateCheck{
			b.ExpectMinted(alice, 21),
			statecheck.ExpectKnownValue("mesibo_user_token.many[0]", tfjsonpath.New("token"), b.LiveToken(alice, "com.example.app0")),
			statecheck.ExpectKnownValue("mesibo_user_token.many[19]", tfjsonpath.New("token"), b.LiveToken(alice, "com.example.app19")),
			stateCheck(func() error {
				if adds := b.Count("useradd"); adds != 21 {
					return fmt.Errorf("useradd was sent %d times, want 21", adds)
				}

				return nil
			}),
		},
	}}})
	b.ExpectNoUsers(t)
}

// A token for a user that exists needs a look-up and a mint.
func TestAccUserToken_requests(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true})
	config := b.Config(strings.ReplaceAll(webToken(""), "mesibo_user.alice.address", `"`+alice+`"`))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() { b.ResetRequests() },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectEmptyPlan(),
				planCheck(func() error {
					if sent := b.Count(""); sent != 1 || b.Count("usersget") != 1 {
						return fmt.Errorf("%d requests for one refresh, %d of them look-ups", sent, b.Count("usersget"))
					}

					return nil
				}),
			}},
		},
	}})
	if user, _ := b.User(acctest.AppToken, alice); user.Minted != 1 || len(user.Tokens) != 0 || !user.Active {
		t.Errorf("after the token is gone, the user is %+v", user)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Whatever happens to a mint, the next apply ends with one valid token, which the state holds.
func TestAccUserToken_mintCutShort(t *testing.T) {
	t.Parallel()

	faults := map[string]emulator.Fault{
		"dropped after commit": emulator.DropAfterCommit(),
		"refused after commit": emulator.RefuseAfterCommit("BUSY", 500, "busy"),
	}
	for name, fault := range faults {
		for what, before := range map[string]string{"first": "", "next": loneToken("")} {
			t.Run(what+" "+name, func(t *testing.T) {
				t.Parallel()

				b := withAlice(t)
				config := b.Config(loneToken("token_keepers = { a = 1 }"), noRetries)
				b.Run(t, resource.TestCase{Steps: []resource.TestStep{
					{Config: b.Config(before+"\noutput \"nothing\" {\n  value = 0\n}\n", noRetries)},
					{
						PreConfig:   func() { b.Fail("useradd", 1, fault) },
						Config:      config,
						ExpectError: regexp.MustCompile(`Token not minted`),
					},
					{
						Config: config,
						ConfigStateChecks: []statecheck.StateCheck{
							tokenHolds("token", b.LiveToken(alice, webApp)),
							b.ExpectTokens(alice, webApp),
						},
					},
					{Config: config, ConfigPlanChecks: nothingToDo},
				}})
			})
		}
	}
}

// A lost reply is told, and so is what became of the token that was lost with it.
func TestAccUserToken_lostReplyIsTold(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := withAlice(t)
	w := b.NewWorkspace(t, providerRequirement+loneToken(""))
	w.Setenv("MESIBO_MAX_RETRIES", "0")

	b.Fail("useradd", 1, emulator.DropAfterCommit())
	output, err := w.Run(t, "apply", "-auto-approve", "-no-color")
	if err == nil || !strings.Contains(unwrapped(output), "If the server minted one all the same, nobody knows it") {
		t.Errorf("the first apply: %v\n%s", err, output)
	}
	output = w.MustRun(t, "apply", "-auto-approve", "-no-color")
	if !strings.Contains(unwrapped(output), "a token that an interrupted run left unknown, or one that is in use elsewhere") {
		t.Errorf("the second apply:\n%s", output)
	}
	if user, _ := b.User(acctest.AppToken, alice); user.Minted != 2 || len(user.Tokens) != 1 {
		t.Errorf("%d tokens were minted, and %d App IDs have one", user.Minted, len(user.Tokens))
	}
}

// A revocation that fails keeps the token in the state, and the next destroy ends it.
func TestAccUserToken_revocationCutShort(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]emulator.Fault{
		"dropped after commit": emulator.DropAfterCommit(),
		"rejected app token":   emulator.AuthFail(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := withAlice(t)
			config := b.Config(loneToken(""), noRetries)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig:   func() { b.Fail("userset", 1, fault) },
					Config:      config,
					Destroy:     true,
					ExpectError: regexp.MustCompile(`(?s)Token not revoked.*stays in the\s+state`),
				},
				{Config: config, Destroy: true},
			}})
			if user, found := b.User(acctest.AppToken, alice); !found || len(user.Tokens) != 0 {
				t.Errorf("the user is there: %t, with %d tokens", found, len(user.Tokens))
			}
		})
	}
}

// A look-up that fails before a mint mints nothing.
func TestAccUserToken_lookUpFails(t *testing.T) {
	t.Parallel()

	b := withAlice(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		PreConfig:   func() { b.Fail("usersget", 1, emulator.HTMLPage()) },
		Config:      b.Config(loneToken(""), noRetries),
		ExpectError: regexp.MustCompile(`(?s)User not looked up.*No token was\s+minted`),
	}}})
	if minted := b.Minted(alice); minted != 0 {
		t.Errorf("%d tokens were minted", minted)
	}
}

// A mint that takes longer than its timeout says which setting to raise.
func TestAccUserToken_timeout(t *testing.T) {
	t.Parallel()

	b := withAlice(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		PreConfig:   func() { b.FailAlways("usersget", emulator.Slow(2*time.Second)) },
		Config:      b.Config(loneToken(`timeouts { create = "100ms" }`)),
		ExpectError: regexp.MustCompile(`(?s)User not looked up.*timeouts block`),
	}}})
}

// Where revoking ends the tokens of all App IDs, a destroy after a create says that the new token may have ended.
func TestAccUserToken_revokingMayEndTheNewToken(t *testing.T) {
	t.Parallel()

	b := withAlice(t)
	createFirst := loneToken("lifecycle { create_before_destroy = true }")
	w := b.NewWorkspace(t, providerRequirement+createFirst)
	w.MustRun(t, "apply", "-auto-approve")
	w.Configure(t, providerRequirement+strings.ReplaceAll(createFirst, webApp, "com.example.web2"))
	output := w.MustRun(t, "apply", "-auto-approve", "-no-color")
	if !strings.Contains(unwrapped(output), "A new token may have been revoked too") {
		t.Errorf("no word of it:\n%s", output)
	}
}

// unwrapped undoes what a CLI does to fit a diagnostic on a screen.
func unwrapped(output string) string {
	return regexp.MustCompile(`\s*\n[│\s]*`).ReplaceAllString(output, " ")
}

// providerRequirement goes before what runs in a workspace.
const providerRequirement = `
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}
`

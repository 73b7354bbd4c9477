// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// noRetries lets a fault reach the resource at once.
const noRetries = "max_retries = 0"

// Whatever happens to one of an update's three calls, the next apply ends where the first should have.
func TestAccUser_updateCutShort(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.KeepsTokens)

	calls := []struct {
		name, op string
		nth      int
	}{
		{"revoke", "userset", 1},
		{"mint", "useradd", 1},
		{"name and status", "userset", 2},
	}
	faults := map[string]emulator.Fault{
		"dropped after commit": emulator.DropAfterCommit(),
		"rejected app token":   emulator.AuthFail(),
	}
	for _, call := range calls {
		for name, fault := range faults {
			t.Run(call.name+" "+name, func(t *testing.T) {
				t.Parallel()

				b := acctest.NewBackend(t)
				after := b.Config(userConfig("appid = \"com.example.web\"\nname = \"Alice\"\nactive = false"), noRetries)
				b.Run(t, resource.TestCase{Steps: []resource.TestStep{
					{Config: b.Config(userConfig(android), noRetries)},
					{
						PreConfig:   func() { b.Fail(call.op, call.nth, fault) },
						Config:      after,
						ExpectError: regexp.MustCompile(`Token not revoked|Token not minted|User not updated`),
					},
					{
						Config: after,
						ConfigStateChecks: []statecheck.StateCheck{
							holds("token", b.LiveToken(alice, webApp)),
							b.ExpectNoToken(alice, androidApp),
							b.ExpectUser(alice, func(u emulator.User) error {
								if u.Name != "Alice" || u.Active || len(u.Tokens) != 1 {
									return fmt.Errorf("the back end has the name %q, active %t and %d tokens", u.Name, u.Active, len(u.Tokens))
								}

								return nil
							}),
						},
					},
				}})
				b.ExpectNoUsers(t)
			})
		}
	}
}

// A create that nobody answered is repeated: the token that was lost with the answer is known to nobody.
func TestAccUser_createAnsweredAtTheSecondTry(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Fail("useradd", 1, emulator.DropAfterCommit())
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:            b.Config(userConfig(android)),
		ConfigStateChecks: holdsLiveToken(b, androidApp, 2),
	}}})
}

// A create that is never answered ends in one user with one token, whether a look-up had shown that it was not
// there (then it is in the state) or not (then it is not).
func TestAccUser_createUnanswered(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		mode    func(*profile.Profile)
		message string
		next    plancheck.ResourceActionType
	}{
		"after a look-up": {
			lookupModes["a row for each user"], `(?s)User perhaps created.*is\s+kept\s+in\s+the\s+state`,
			plancheck.ResourceActionReplace,
		},
		"without look-ups": {
			lookupModes["no look-ups"], `(?s)User perhaps created.*is\s+kept\s+out\s+of\s+the\s+state`,
			plancheck.ResourceActionCreate,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, tt.mode)
			config := b.Config(userConfig(android), noRetries)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					PreConfig:   func() { b.Fail("useradd", 1, emulator.DropAfterCommit()) },
					Config:      config,
					ExpectError: regexp.MustCompile(tt.message),
				},
				{
					Config: config,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(resourceName, tt.next),
					}},
					ConfigStateChecks: []statecheck.StateCheck{
						holds("token", b.LiveToken(alice, androidApp)),
					},
				},
			}})
			b.ExpectNoUsers(t)
		})
	}
}

// A token that was revoked is not in the state, even when the run fails right after.
func TestAccUser_revokedTokenLeavesTheState(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	after := b.Config(userConfig(`appid = "com.example.web"`), noRetries)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(userConfig(android), noRetries)},
		{
			PreConfig:   func() { b.Fail("useradd", 1, emulator.Refuse("QUOTA", 403, "over quota")) },
			Config:      after,
			ExpectError: regexp.MustCompile(`Token not minted`),
		},
		{
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckNoResourceAttr(resourceName, "token"),
				resource.TestCheckNoResourceAttr(resourceName, "token_expires_at"),
				resource.TestCheckResourceAttr(resourceName, "appid", webApp),
			),
		},
		{
			PreConfig:         b.ResetRequests,
			Config:            after,
			ConfigStateChecks: holdsLiveToken(b, webApp, 2),
		},
	}})
	if n := b.Count("userset"); n != 0 {
		t.Errorf("the token was revoked again")
	}
}

// What the server or the network may do to a create, and what is then said.
func TestAccUser_createFails(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		fault   emulator.Fault
		message string
	}{
		"rejected app token": {emulator.AuthFail(), `(?s)User not created.*AUTHFAIL.*app_token`},
		"TOKENBREACH":        {emulator.TokenBreach(), `(?s)mesibo has disabled this app \(TOKENBREACH\).*five\s+IP\s+addresses`},
		"refused":            {emulator.Refuse("QUOTA", 403, "over quota", "appid"), `(?s)User not created.*appid.*QUOTA.*over quota`},
		"HTML with 200":      {emulator.HTMLPage(), `(?s)User perhaps created.*HTML`},
		"empty":              {emulator.EmptyReply(), `(?s)User perhaps created`},
		"truncated":          {emulator.TruncatedJSON(), `(?s)User perhaps created`},
		"100 MB":             {emulator.HugeReply(), `(?s)User perhaps created`},
		"secrets in cause":   {emulator.EchoSecretsInCause(), `(?s)User not created.*\(redacted\)`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			config := b.Config(userConfig(android), noRetries)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					PreConfig:   func() { b.Fail("useradd", 1, tt.fault) },
					Config:      config,
					ExpectError: regexp.MustCompile(tt.message),
				},
				{
					Config:            config,
					ConfigStateChecks: []statecheck.StateCheck{holds("token", b.LiveToken(alice, androidApp))},
				},
			}})
			b.ExpectNoUsers(t)
		})
	}
}

// TOKENBREACH must not be followed by another request, not even the look-up that follows other refusals.
func TestAccUser_breachEndsTheRun(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				b.ResetRequests()
				b.Fail("userdel", 1, emulator.TokenBreach())
			},
			Config:      config,
			Destroy:     true,
			ExpectError: regexp.MustCompile(`TOKENBREACH`),
		},
		{
			PreConfig: func() {
				requests := b.Requests()
				if last := requests[len(requests)-1]; last.Op != "userdel" {
					t.Errorf("%s was sent after TOKENBREACH", last.Op)
				}
			},
			Config: config,
		},
	}})
}

func TestAccUser_deleteWhatIsGone(t *testing.T) {
	t.Parallel()

	t.Run("said so", func(t *testing.T) {
		t.Parallel()
		acctest.Needs(t, acctest.SaysNotFound)

		b := acctest.NewBackend(t, lookupModes["no look-ups"])
		config := b.Config(userConfig(android))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() { b.RemoveUser(acctest.AppToken, alice) },
				Config:    config,
				Destroy:   true,
			},
		}})
	})

	t.Run("said with an unknown code", func(t *testing.T) {
		t.Parallel()
		acctest.Needs(t, acctest.Lookups)

		b := acctest.NewBackend(t)
		config := b.Config(userConfig(android))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() { b.Fail("userdel", 1, emulator.RefuseAfterCommit("NOSUCHUSER", 0, "no such user")) },
				Config:    config,
				Destroy:   true,
			},
		}})
	})

	t.Run("still there", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t)
		config := b.Config(userConfig(android))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:   func() { b.Fail("userdel", 1, emulator.Refuse("LOCKED", 0, "locked")) },
				Config:      config,
				Destroy:     true,
				ExpectError: regexp.MustCompile(`(?s)User not deleted.*LOCKED`),
			},
		}})
		b.ExpectNoUsers(t)
	})
}

// An operation that runs out of its time leaves everything as it was.
func TestAccUser_timeouts(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(userConfig(android + "timeouts {\n  read = \"100ms\"\n}"))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:   func() { b.FailAlways("usersget", emulator.Slow(time.Minute)) },
			Config:      config,
			ExpectError: regexp.MustCompile(`(?s)User not read.*timeouts`),
		},
		{
			PreConfig:         b.ClearFaults,
			Config:            config,
			ConfigPlanChecks:  nothingToDo,
			ConfigStateChecks: holdsLiveToken(b, androidApp, 1),
		},
	}})
}

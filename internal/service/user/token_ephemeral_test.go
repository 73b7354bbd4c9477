// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

const jobApp = "com.example.job"

// ephemeralToken is a token for a job, with further attributes.
func ephemeralToken(attributes string) string {
	return `
ephemeral "mesibo_user_token" "job" {
  address = "` + alice + `"
  appid   = "` + jobApp + `"
  ` + attributes + `
}
`
}

// runEphemeral runs the steps with a provider that puts what the ephemeral resource shows into the state of
// echo.job, so that a test can see it.
func runEphemeral(t *testing.T, b *acctest.Backend, steps ...resource.TestStep) {
	t.Helper()

	for i := range steps {
		steps[i].Config = strings.Replace(steps[i].Config, "required_providers {",
			"required_providers {\n    echo = { source = \"mesibo-community/echo\" }", 1) + `
provider "echo" {
  data = ephemeral.mesibo_user_token.job
}

resource "echo" "job" {}
`
	}
	b.Run(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"echo": echoprovider.NewProviderServer(),
		},
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps:                  steps,
	})
}

// shows checks an attribute of the ephemeral resource.
func shows(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("echo.job", tfjsonpath.New("data").AtMapKey(attribute), check)
}

// Opening mints, at plan and at apply; the token of the apply is the one that lives on.
func TestAccEphemeralUserToken_opens(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	for name, mode := range map[string]acctest.Server{
		"a row for each user":   servers["a row for each user"],
		"a row for each App ID": servers["a row for each App ID"],
		"tokens not shown":      servers["tokens not shown"],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := withAlice(t, mode)
			runEphemeral(t, b, resource.TestStep{
				Config: b.Config(ephemeralToken("expiry = 60")),
				ConfigStateChecks: []statecheck.StateCheck{
					shows("address", knownvalue.StringExact(alice)),
					shows("expiry", knownvalue.Int64Exact(60)),
					shows("token_expires_at", knownvalue.StringExact("2026-01-01T01:00:00Z")),
					shows("uid", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9]+$`))),
					shows("token", knownvalue.StringFunc(func(token string) error {
						if minted := b.MintedTokens(); len(minted) < 2 || !strings.Contains(strings.Join(minted, " "), token) {
							return fmt.Errorf("not one of the %d tokens that were minted", len(minted))
						}

						return nil
					})),
					b.ExpectTokens(alice, jobApp),
				},
			})
			if revoked := b.Count("userset"); revoked != 0 {
				t.Errorf("%d tokens were revoked", revoked)
			}
		})
	}
}

// With revoke_on_close nothing is left of it after a run.
func TestAccEphemeralUserToken_revokesOnClose(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.RevokesAppID)

	b := withAlice(t)
	b.MintToken(acctest.AppToken, alice, androidApp)
	runEphemeral(t, b, resource.TestStep{
		Config: b.Config(ephemeralToken("revoke_on_close = true")),
		ConfigStateChecks: []statecheck.StateCheck{
			shows("token", knownvalue.NotNull()),
			b.ExpectTokens(alice, androidApp),
		},
	})
	if minted, revoked := b.Minted(alice)-1, b.Count("userset"); minted < 2 || minted != revoked {
		t.Errorf("%d tokens were minted and %d revoked", minted, revoked)
	}
}

// A user of the same configuration is waited for by its uid.
func TestAccEphemeralUserToken_waitsForItsUser(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			runEphemeral(t, b, resource.TestStep{
				Config: b.Config(aliceWith(ephemeralToken("uid = mesibo_user.alice.uid"))),
				ConfigStateChecks: []statecheck.StateCheck{
					shows("token", b.LiveToken(alice, jobApp)),
					b.ExpectTokens(alice, androidApp, jobApp),
				},
			})
			b.ExpectNoUsers(t)
		})
	}
}

// What cannot be right is refused, and nothing is minted for it.
func TestAccEphemeralUserToken_refused(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	noUser := func(*acctest.Backend) {}
	user := func(b *acctest.Backend) {
		b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: "7", Active: true})
	}
	tests := map[string]struct {
		before  func(*acctest.Backend)
		config  string
		message string
	}{
		"no such user":                          {noUser, ephemeralToken(""), `(?s)User does not exist.*Minting would have created\s+it`},
		"no such user, though its uid is given": {noUser, ephemeralToken(`uid = "7"`), `User does not exist`},
		"another user":                          {user, ephemeralToken(`uid = "8"`), `(?s)User is another one.*has the uid 7, not 8`},
		"nothing shows the user": {func(b *acctest.Backend) {
			user(b)
			b.SetProfile(servers["no look-ups"])
		}, ephemeralToken(""), `(?s)User not known to exist.*Set uid`},
		"an App ID that a token holds": {user, ephemeralToken("") + strings.ReplaceAll(loneToken(""), webApp, jobApp), `App ID managed twice`},
		"opened twice":                 {user, ephemeralToken("") + strings.Replace(ephemeralToken(""), `"job"`, `"again"`, 1), `App ID managed twice`},
		"expiry of zero":               {user, ephemeralToken("expiry = 0"), `Invalid token life`},
		"numeric App ID":               {user, strings.Replace(ephemeralToken(""), jobApp, "12", 1), `must not be all digits`},
		"comma in the address":         {user, strings.Replace(ephemeralToken(""), alice, "a,b", 1), `must hold no , and no \*`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			tt.before(b)
			runEphemeral(t, b, resource.TestStep{
				Config:      b.Config(tt.config),
				ExpectError: regexp.MustCompile(tt.message),
			})
			if minted := b.MintedTokens(); len(minted) > 1 || len(minted) == 1 && !strings.Contains(tt.message, "twice") {
				t.Errorf("%d tokens were minted", len(minted))
			}
		})
	}
}

// A uid that the server does not answer with is an error: without look-ups, minting may have created a user.
func TestAccEphemeralUserToken_mintBringsUserBack(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, servers["no look-ups"])
	runEphemeral(t, b, resource.TestStep{
		Config:      b.Config(ephemeralToken(`uid = "7"`)),
		ExpectError: regexp.MustCompile(`(?s)User was deleted outside of Terraform.*created it again`),
	})
}

// While the provider block is not complete, nothing can be minted; the error names what is not known. OpenTofu
// takes no result that is not known.
func TestAccEphemeralUserToken_providerNotKnownYet(t *testing.T) {
	t.Parallel()

	b := withAlice(t)
	runEphemeral(t, b, resource.TestStep{
		Config: strings.Replace(b.Config(ephemeralToken("")+"\nresource \"terraform_data\" \"later\" {\n  input = \""+acctest.AppToken+"\"\n}\n"),
			`"`+acctest.AppToken+`"`, "terraform_data.later.output", 1),
		ExpectError: regexp.MustCompile(`(?s)Provider configuration not known.*app_token\s+will\s+be\s+known\s+only\s+after\s+apply`),
	})
}

// A mint that fails says so, and a revocation that fails says that the token lives on.
func TestAccEphemeralUserToken_failures(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	for name, tt := range map[string]struct{ op, message string }{
		"mint":       {"useradd", `Token not minted`},
		"revocation": {"userset", `(?s)Token not revoked.*works\s+until it expires`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := withAlice(t)
			b.FailAlways(tt.op, emulator.Refuse("QUOTA", 403, "over quota"))
			runEphemeral(t, b, resource.TestStep{
				Config:      b.Config(ephemeralToken("revoke_on_close = true")),
				ExpectError: regexp.MustCompile(tt.message),
			})
		})
	}
}

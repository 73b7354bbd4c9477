// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
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

// ephemeralConfig is a token for a job.
func ephemeralConfig(attributes string) string {
	return strings.Replace(block("mesibo_user_token", alice, "appid = \""+jobApp+"\"\n"+attributes), "resource", "ephemeral", 1)
}

// runEphemeral runs a step with a provider that copies the ephemeral resource to the state of echo.job, for checks.
func runEphemeral(t *testing.T, b *acctest.Backend, opens step) {
	t.Helper()

	opens.Config = strings.Replace(withProvider(b, opens.Config), "required_providers {",
		"required_providers {\n    echo = { source = \"mesibo-community/echo\" }", 1) + `
provider "echo" {
  data = ephemeral.mesibo_user_token.test
}

resource "echo" "job" {}
`
	b.Run(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"echo": echoprovider.NewProviderServer()},
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps:                    []step{opens},
	})
}

// ephemeralHas checks an attribute of the ephemeral resource.
func ephemeralHas(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("echo.job", tfjsonpath.New("data").AtMapKey(attribute), check)
}

// Every plan and every apply mints; the token of the apply is not revoked.
func TestAccEphemeralUserToken(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := tokenSubject.newBackend(t)
	runEphemeral(t, b, apply(ephemeralConfig("expiry = 60"), anyPlan,
		ephemeralHas("address", knownvalue.StringExact(alice)),
		ephemeralHas("expiry", knownvalue.Int64Exact(60)),
		ephemeralHas("token_expires_at", knownvalue.StringExact("2026-01-01T01:00:00Z")),
		ephemeralHas("uid", isUID),
		ephemeralHas("token", knownvalue.NotNull()),
		b.ExpectTokens(alice, jobApp),
	))
	if minted, revoked := b.Minted(alice), b.Count("userset"); minted < 2 || revoked != 0 {
		t.Errorf("%d tokens were minted, and %d revoked", minted, revoked)
	}
}

// With revoke_on_close no token is left after a run.
func TestAccEphemeralUserToken_revokeOnClose(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.RevokesAppID)

	b := tokenSubject.newBackend(t)
	b.MintToken(acctest.AppToken, alice, androidApp)
	runEphemeral(t, b, apply(ephemeralConfig("revoke_on_close = true"), anyPlan,
		ephemeralHas("token", knownvalue.NotNull()), b.ExpectTokens(alice, androidApp)))
	if minted, revoked := b.Minted(alice)-1, b.Count("userset"); minted < 2 || minted != revoked {
		t.Errorf("%d tokens were minted, and %d revoked", minted, revoked)
	}
}

// The uid of a user in the same configuration makes Terraform create it first.
func TestAccEphemeralUserToken_afterUser(t *testing.T) {
	t.Parallel()

	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		runEphemeral(t, b, apply(userConfig(android)+ephemeralConfig("uid = mesibo_user.test.uid"), anyPlan,
			ephemeralHas("token", b.LiveToken(alice, jobApp)), b.ExpectTokens(alice, androidApp, jobApp)))
		b.ExpectNoUsers(t)
	})
}

func TestAccEphemeralUserToken_errors(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.Lookups)

	refuse := func(op string) func(*acctest.Backend) {
		return func(b *acctest.Backend) { b.FailAlways(op, overQuota) }
	}
	remove := func(b *acctest.Backend) { b.RemoveUser(acctest.AppToken, alice) }
	withoutLookups := func(b *acctest.Backend) { b.SetProfile(noLookups) }
	job := ephemeralConfig("")
	for name, tt := range map[string]struct {
		config  string
		before  func(*acctest.Backend)
		mints   bool
		message []string
	}{
		"absent user":           {job, remove, false, []string{"User does not exist", "Nothing was sent"}},
		"uid of an absent user": {ephemeralConfig(`uid = "7"`), remove, false, []string{"User does not exist"}},
		"uid of another user":   {ephemeralConfig(`uid = "8"`), nil, false, []string{"User ID mismatch", "has the uid 7, not 8"}},
		"no lookups and no uid": {job, withoutLookups, false, []string{"User ID required", "Set uid"}},
		"App ID of a resource": { // The reference has the CLI validate the resource first.
			ephemeralConfig("uid = mesibo_user_token.test.uid") + block("mesibo_user_token", alice, `appid = "`+jobApp+`"`),
			nil, true, []string{"App ID in use", "an App ID of its own"},
		},
		"opened twice":             {job + strings.Replace(job, `"test"`, `"again"`, 1), nil, true, []string{"App ID in use", "nothing was sent"}},
		"expiry 0":                 {ephemeralConfig("expiry = 0"), nil, false, []string{"Invalid expiry"}},
		"numeric App ID":           {strings.Replace(job, jobApp, "12", 1), nil, false, []string{"must not be all digits"}},
		"invalid address":          {strings.Replace(job, alice, "a,b", 1), nil, false, []string{`must not contain "," or "*"`}},
		"unknown provider":         {job + unknownAppToken, nil, false, []string{"Provider configuration unknown", "app_token will be known after apply", "with -target"}},
		"mint refused":             {job, refuse("useradd"), false, []string{"Token not minted"}},
		"revocation refused":       {ephemeralConfig("revoke_on_close = true"), refuse("userset"), true, []string{"Token not revoked", "It works until it expires"}},
		"user recreated by a mint": {ephemeralConfig(`uid = "8"`), withoutLookups, true, []string{"User was deleted outside of Terraform", "created it again"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: "7", Active: true})
			if tt.before != nil {
				tt.before(b)
			}
			runEphemeral(t, b, fails(tt.config, tt.message...))
			if minted := len(b.MintedTokens()); minted > 0 != tt.mints {
				t.Errorf("%d tokens were minted", minted)
			}
		})
	}
}

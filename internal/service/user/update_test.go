// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Only a change of the token mints one, and in place. Each step starts from the one before.
func TestAccUser_mintsInPlace(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	type change struct {
		attributes string
		mints      bool
	}
	common := []change{
		{"expiry = 60", true},
		{"", true},
		{"token_keepers = { a = 1 }", true},
		{"token_keepers = { a = 2 }", true},
		{"", true},
		{"token_keepers = { a = null }", false},
		{"early_renewal_minutes = 60", false},
		{"early_renewal_minutes = 525599", false}, // one minute less than the token has left
		{"timeouts { update = \"1m\" }", false},
	}
	own := map[subject][]change{
		userSubject: {
			{"adopt_existing = true", false},
			{"name = \"A\"", false},
			{"name = \"B\"\ntoken_keepers = { a = 1 }", true},
		},
		tokenSubject: {{"revoke_on_destroy = false", false}, {"", false}},
	}
	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		minted := 1
		steps := []step{{Config: s.config("")}, apply(s.config("expiry = 525600"), noChange)} // the default
		for _, change := range append(common, own[s]...) {
			if change.mints {
				minted++
			}
			steps = append(steps, apply(s.config(change.attributes), s.updates(change.mints), s.hasToken(b, androidApp, minted)...))
		}
		s.run(t, b, steps...)
	})
}

func TestAccUser_nameAndStatus(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	set := func(attributes, name string, active bool) step {
		return apply(userConfig(android+attributes), anyPlan, expectUser(b, name, active), b.ExpectMinted(alice, 1))
	}
	run(t, b, set("name = \"A\"", "A", true), set("name = \"B\"", "B", true),
		set("name = \"B\"\nactive = false", "B", false), set("", "", true))
}

func TestAccUser_changeAppID(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	s := userSubject
	none := append(s.hasNoToken(), s.has("expiry", knownvalue.Null()), b.ExpectTokens(alice))
	keepsUID := plancheck.ExpectKnownValue(s.name(), tfjsonpath.New("uid"), knownvalue.NotNull())
	run(t, b,
		apply(userConfig(""), anyPlan, none...),
		apply(userConfig(android), planned(append(s.updates(true).PreApply, keepsUID)...), s.hasToken(b, androidApp, 1)...),
		apply(userConfig(web), s.updates(true), append(s.hasToken(b, webApp, 2), b.ExpectTokens(alice, webApp))...),
		apply(userConfig(""), s.plans(plancheck.ResourceActionUpdate), append(none, b.ExpectMinted(alice, 2))...),
	)
}

func TestAccUser_unknownDuringPlan(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	config := userConfig("appid = \"com.example.${terraform_data.later.output}\"\ntoken_keepers = { a = terraform_data.later.output }")
	run(t, b,
		apply(later("android")+config, anyPlan, userSubject.hasToken(b, androidApp, 1)...),
		apply(later("web")+config, anyPlan, append(userSubject.hasToken(b, webApp, 2), b.ExpectTokens(alice, webApp))...),
	)
}

func TestAccUser_changeAddress(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	at := func(address string, action plancheck.ResourceActionType) step {
		return apply(block("mesibo_user", address, android), userSubject.plans(action),
			userSubject.has("token", b.LiveToken(address, androidApp)),
			statecheck.ExpectIdentity(userSubject.name(), map[string]knownvalue.Check{"address": knownvalue.StringExact(address)}))
	}
	runSince(t, b, tfversion.Version1_12_0, at(alice, plancheck.ResourceActionCreate), at(bob, plancheck.ResourceActionReplace))
	b.ExpectNoUsers(t)
}

// A user that is replaced by itself, created first, is not deleted: there is one user at an address.
func TestAccUser_createBeforeDestroy(t *testing.T) {
	t.Parallel()

	config := userConfig(android + "adopt_existing = true\nlifecycle { create_before_destroy = true }")
	onEachServer(t, func(t *testing.T, server acctest.Server) {
		b := acctest.NewBackend(t, server)
		again := apply(config, anyPlan, userSubject.hasToken(b, androidApp, 2)...)
		again.Taint = []string{userSubject.name()}
		userSubject.run(t, b, step{Config: config}, again)
	})
}

// Replacing, moving or destroying a token, or handing it to another resource, leaves exactly the tokens of the
// configuration. A destroy never revokes what the same run has minted for the same App ID.
func TestAccUserToken_replace(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.RevokesAppID)

	const (
		createFirst = "lifecycle { create_before_destroy = true }\n"
		trigger     = "lifecycle { replace_triggered_by = [mesibo_user.test.uid] }\n"
		keeper      = "token_keepers = { uid = mesibo_user.test.uid }\n"
		renamed     = "resource \"mesibo_user_token\" \"web\" {\n  address = mesibo_user.test.address\n  " + web + "}\n"
		moved       = renamed + "moved {\n  from = mesibo_user_token.test\n  to = mesibo_user_token.web\n}\n"
		bobs        = "resource \"mesibo_user\" \"bob\" {\n  address = \"" + bob + "\"\n}\n"
		user        = "mesibo_user.test"
		token       = "mesibo_user_token.test"
		tokenWeb    = "mesibo_user_token.web"
	)
	owner := userConfig("")
	ofBob := func(attributes string) string {
		return block("mesibo_user_token", bob, attributes+"depends_on = [mesibo_user.bob]")
	}
	tests := map[string]struct {
		before, after, taint string
		resource, address    string // where the token is afterwards
		appIDs               []string
		minted               int // for the address
	}{
		"tainted":                   {owner + tokenConfig(web), owner + tokenConfig(web), token, token, alice, []string{webApp}, 2},
		"tainted, create first":     {owner + tokenConfig(web+createFirst), owner + tokenConfig(web+createFirst), token, token, alice, []string{webApp}, 2},
		"other App ID":              {owner + tokenConfig(web), owner + tokenConfig(android), "", token, alice, []string{androidApp}, 2},
		"other App ID first":        {owner + tokenConfig(web+createFirst), owner + tokenConfig(android+createFirst), "", token, alice, []string{androidApp}, 2},
		"other user":                {bobs + owner + tokenConfig(web), bobs + owner + ofBob(web), "", token, bob, []string{webApp}, 1},
		"other user first":          {bobs + owner + tokenConfig(web+createFirst), bobs + owner + ofBob(web+createFirst), "", token, bob, []string{webApp}, 1},
		"moved":                     {owner + tokenConfig(web), owner + moved, "", tokenWeb, alice, []string{webApp}, 1},
		"renamed without a move":    {owner + tokenConfig(web), owner + renamed, "", tokenWeb, alice, []string{webApp}, 2},
		"handed to the user":        {owner + tokenConfig(web), userConfig(web), "", user, alice, []string{webApp}, 2},
		"taken from the user":       {userConfig(web), owner + tokenConfig(web), "", token, alice, []string{webApp}, 2},
		"tainted user, trigger":     {owner + tokenConfig(web+trigger), owner + tokenConfig(web+trigger), user, token, alice, []string{webApp}, 1},
		"tainted user, keeper":      {owner + tokenConfig(web+keeper), owner + tokenConfig(web+keeper), user, token, alice, []string{webApp}, 1},
		"destroyed":                 {userConfig(android) + tokenConfig(web), userConfig(android), "", user, alice, []string{androidApp}, 2},
		"destroyed and not revoked": {userConfig(android) + tokenConfig(web+"revoke_on_destroy = false"), userConfig(android), "", user, alice, []string{androidApp, webApp}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "tainted user, keeper" {
				acctest.Needs(t, acctest.NewUIDs)
			}

			b := acctest.NewBackend(t)
			then := apply(tt.after, anyPlan, b.ExpectTokens(tt.address, tt.appIDs...), b.ExpectMinted(tt.address, tt.minted),
				statecheck.ExpectKnownValue(tt.resource, tfjsonpath.New("token"), b.LiveToken(tt.address, tt.appIDs[0])))
			if tt.taint != "" {
				then.Taint = []string{tt.taint}
			}
			if tt.address == bob {
				then.ConfigStateChecks = append(then.ConfigStateChecks, b.ExpectTokens(alice))
			}
			run(t, b, step{Config: tt.before}, then)
			b.ExpectNoUsers(t)
		})
	}
}

// A replaced user has lost its tokens, and is another user. Without a keeper or a trigger nothing is minted until the
// token is replaced too.
func TestAccUserToken_userReplaced(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)
	acctest.Needs(t, acctest.Lookups, acctest.NewUIDs)

	b := acctest.NewBackend(t)
	config := userConfig("") + tokenConfig(web)
	replace := apply(config, tokenSubject.plans(plancheck.ResourceActionReplace), tokenSubject.hasToken(b, webApp, 1)...)
	replace.Taint = []string{tokenSubject.name()}
	run(t, b,
		step{Config: config},
		step{Config: config, Taint: []string{userSubject.name()}},
		apply(config, noChange, b.ExpectTokens(alice)),
		replace,
	)
}

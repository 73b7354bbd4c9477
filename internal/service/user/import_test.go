// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Every way to import finds the same object, also when its address and App ID contain the separator.
func TestAccUser_import(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	for _, tt := range []struct {
		subject
		id, address, appID string
	}{
		{userSubject, alice, alice, androidApp},
		{userSubject, "a/b%25", "a/b%25", androidApp},
		{tokenSubject, "+15551234567/my app", "+15551234567", "my app"},
		{tokenSubject, "a%2Fb%2525/c%2Fd?e=f", "a/b%25", "c/d?e=f"},
	} {
		t.Run(tt.kind+" "+tt.id, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			identity := map[string]knownvalue.Check{"address": knownvalue.StringExact(tt.address)}
			if tt.subject == tokenSubject {
				b.PutUser(acctest.AppToken, emulator.User{Address: tt.address, Active: true})
				identity["appid"] = knownvalue.StringExact(tt.appID)
			}
			byCommand := step{
				ResourceName: tt.name(), ImportState: true, ImportStateId: tt.id, ImportStateVerify: true,
				ImportStateVerifyIgnore:              []string{"expiry", "token_expires_at"}, // The server does not show them.
				ImportStateVerifyIdentifierAttribute: "address",
			}
			byID := step{
				ResourceName: tt.name(), ImportState: true, ImportStateId: tt.id, ImportStateKind: resource.ImportBlockWithID,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: tt.plans(plancheck.ResourceActionNoop).PreApply},
			}
			byIdentity := byID
			byIdentity.ImportStateId, byIdentity.ImportStateKind = "", resource.ImportBlockWithResourceIdentity
			runSince(t, b, tfversion.Version1_12_0,
				apply(block(tt.kind, tt.address, fmt.Sprintf("appid = %q", tt.appID)), anyPlan, statecheck.ExpectIdentity(tt.name(), identity)),
				byCommand, byID, byIdentity,
			)
			if minted := len(b.MintedTokens()); minted != 1 {
				t.Errorf("%d tokens were minted, want the one of the create", minted)
			}
		})
	}
}

// imports is the step that imports the resource and keeps it in the state.
func (s subject) imports(config string) step {
	return step{Config: config, ResourceName: s.name(), ImportState: true, ImportStateId: s.importID, ImportStatePersist: true}
}

// An import mints nothing and takes the token that the server shows, whose expiry is unknown. A configured expiry and
// keepers are recorded, and mint when they change. A token that is not shown is minted by the next apply.
func TestAccUser_importedToken(t *testing.T) {
	t.Parallel()

	const recording = "expiry = 60\ntoken_keepers = { a = 1 }"
	forBoth(t, func(t *testing.T, s subject) {
		onEachServer(t, func(t *testing.T, server acctest.Server) {
			b := acctest.NewBackend(t, server)
			addAlice(b)
			b.MintToken(acctest.AppToken, alice, androidApp)
			first := apply(s.config(""), noChange, append(s.hasToken(b, androidApp, 1), s.has("expiry", knownvalue.Null()))...)
			recorded := apply(s.config(recording), s.updates(false), append(s.hasToken(b, androidApp, 1),
				s.has("expiry", knownvalue.Int64Exact(60)), s.has("token_expires_at", knownvalue.Null()))...)
			minted := 2
			if as := b.Profile(); as.HideTokens || !as.UserLookups {
				first = apply(s.config(""), s.updates(true), append(s.hasToken(b, androidApp, 2), s.has("uid", knownvalue.NotNull()))...)
				recorded = apply(s.config(recording), s.updates(true), s.hasToken(b, androidApp, 3)...)
				minted = 4
			}
			run(t, b, s.imports(s.config("")), first, recorded,
				apply(s.config("expiry = 61"), s.updates(true), s.hasToken(b, androidApp, minted)...))
		})
	})
}

// deletesByAddress is a server without lookups that deletes a user whose uid is not known.
func deletesByAddress(p *profile.Profile) { noLookups(p); p.DeleteByAddress = true }

// Tokens that the configuration of an imported user does not contain are not revoked.
func TestAccUser_importedTokenNotConfigured(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ShowsTokens)

	update := userSubject.plans(plancheck.ResourceActionUpdate)
	for name, tt := range map[string]struct {
		server acctest.Server
		appIDs []string // that have a token
		config string
		plan   resource.ConfigPlanChecks
		token  knownvalue.Check
	}{
		"no token":             {rowPerAppID, nil, "", noChange, knownvalue.Null()},
		"token of no App ID":   {rowPerAppID, []string{androidApp}, "", update, knownvalue.Null()},
		"token of another one": {rowPerAppID, []string{androidApp}, web, update, knownvalue.NotNull()},
		"several tokens":       {rowPerAppID, []string{androidApp, webApp}, "", noChange, knownvalue.Null()},
		"no lookups":           {deletesByAddress, nil, "", update, knownvalue.Null()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, tt.server)
			addAlice(b)
			for _, appID := range tt.appIDs {
				b.MintToken(acctest.AppToken, alice, appID)
			}
			left := tt.appIDs
			if tt.config == web {
				left = append(left, webApp)
			}
			run(t, b, userSubject.imports(userConfig(tt.config)),
				apply(userConfig(tt.config), tt.plan, userSubject.has("token", tt.token), b.ExpectTokens(alice, left...)))
		})
	}
}

func TestAccUser_importInvalid(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	for _, tt := range []struct {
		subject
		id, message string
	}{
		{userSubject, "nobody@example.com", "Cannot import non-existent remote object"},
		{userSubject, "a,b", `must not contain "," or "*"`},
		{userSubject, " a", "must not start or end with whitespace"},
		{tokenSubject, "nobody@example.com/a", "Cannot import non-existent remote object"},
		{tokenSubject, alice, "it has 1 parts, not 2"},
		{tokenSubject, alice + "/", "the appid is empty"},
		{tokenSubject, "/a", "the address is empty"},
		{tokenSubject, "a/b/c", "it has 3 parts, not 2"},
		{tokenSubject, "50%/a", "begins no percent-encoded character"},
		{tokenSubject, "a,b/c", `must not contain "," or "*"`},
		{tokenSubject, alice + "/%20a", "must not start or end with whitespace"},
		{tokenSubject, alice + "/123", "must not be all digits"},
	} {
		t.Run(tt.kind+" "+tt.id, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(tt.id, "nobody") {
				acctest.Needs(t, acctest.Lookups, acctest.CountsMatches)
			}

			invalid := step{Config: tt.config(""), ResourceName: tt.name(), ImportState: true, ImportStateId: tt.id}
			invalid.ExpectError = matches(tt.message)
			run(t, tt.newBackend(t), invalid)
		})
	}
}

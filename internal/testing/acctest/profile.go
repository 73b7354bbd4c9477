// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// profileName returns the profile of this run of tests: a committed one, a file, or empty for the default one.
func profileName() string {
	return os.Getenv("MESIBO_PROFILE")
}

// ProfileOfRun returns the profile that the back ends of this run of tests have.
func ProfileOfRun() (profile.Profile, error) {
	return profile.Load(profileName())
}

// Need is something that a test needs of a server.
type Need struct {
	what string
	met  func(profile.Profile) bool
}

// What tests need. TestNeeds says which of the committed profiles lack it.
var (
	Lookups      = Need{"lookups", func(p profile.Profile) bool { return p.UserLookups && p.GroupLookups }}
	RevokesAppID = Need{"a revocation that ends the tokens of one App ID alone", func(p profile.Profile) bool {
		return p.RemoveScope == profile.RemoveAppID
	}}
	RefusesUnknown = Need{"an error for a user that does not exist", func(p profile.Profile) bool {
		return p.SetUnknownUser == profile.UnknownRefused && p.DeleteUnknownUser == profile.UnknownRefused
	}}
	ShowsTokens   = Need{"tokens in the rows of lookups", func(p profile.Profile) bool { return !p.HideTokens }}
	MatchesUsers  = Need{"lookups that return only the requested user", func(p profile.Profile) bool { return !p.IgnorePattern }}
	CountsMatches = Need{"a userscount of those that match", func(p profile.Profile) bool { return !p.CountAll }}
	NewUIDs       = Need{"a new uid for a user that is added again", func(p profile.Profile) bool { return !p.KeepUID }}
	KeepsTokens   = Need{"tokens that stay valid when the user is disabled", func(p profile.Profile) bool { return !p.DisableEndsTokens }}
	SaysNotFound  = Need{"code 404 for what does not exist", func(p profile.Profile) bool {
		return p.UnknownUser.Code == http.StatusNotFound && p.UnknownGroup.Code == http.StatusNotFound
	}}
	ListsMembers  = Need{"lists of members", func(p profile.Profile) bool { return p.MemberLists }}
	SetAddsNobody = Need{"a userset that adds nobody", func(p profile.Profile) bool { return p.SetUnknownUser != profile.UnknownAdded }}
)

// Needs skips a test on servers that lack something. The answers of the profile decide, so a profile that a probe has
// found runs all that it can.
func Needs(t testing.TB, needs ...Need) {
	t.Helper()

	as, err := ProfileOfRun()
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range needs {
		if !need.met(as) {
			t.Skipf("the profile %s lacks %s", profileName(), need.what)
		}
	}
}

// Once is for a test whose result depends neither on the server nor on the CLI: with -short only the run under onpremise,
// on Terraform, has it.
func Once(t testing.TB) {
	t.Helper()
	skipShort(t, "legacy", "cloud")
}

// OncePerCLI is for a test whose result depends on the CLI, but not on the server: with -short the run under legacy, on
// Terraform, does not repeat it.
func OncePerCLI(t testing.TB) {
	t.Helper()
	skipShort(t, "legacy")
}

func skipShort(t testing.TB, profiles ...string) {
	t.Helper()

	if testing.Short() && slices.Contains(profiles, profileName()) {
		t.Skip("with -short only the run under onpremise has this test: its result is the same under this profile")
	}
}

// Server is a kind of server: how its profile differs from that of the run.
type Server = func(*profile.Profile)

// Servers returns the servers on which a test runs: all of them, but with -short under a profile only that of the profile,
// because other profiles have runs of their own. Servers that no profile has run under onpremise, which lacks least.
func Servers(t testing.TB, all map[string]Server) map[string]Server {
	t.Helper()

	name := profileName()
	if name == "" || !testing.Short() {
		return all
	}
	some := map[string]Server{name: func(*profile.Profile) {}}
	if name == "onpremise" {
		for kind, server := range all {
			if !committed(t, server) {
				some[kind] = server
			}
		}
	}

	return some
}

// committed reports whether a committed profile has all the answers in which a server differs from the default one.
func committed(t testing.TB, server Server) bool {
	t.Helper()

	changed := profile.Default()
	server(&changed)
	usual, wanted := profile.AnswersOf(profile.Default()), profile.AnswersOf(changed)

	return slices.ContainsFunc(profile.Names(), func(name string) bool {
		as, err := profile.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		has := profile.AnswersOf(as)
		for question, answer := range wanted {
			if !bytes.Equal(answer, usual[question]) && !bytes.Equal(answer, has[question]) {
				return false
			}
		}

		return true
	})
}

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

// nameOfProfile is the profile that the back ends of this run of tests have, one of the committed ones or a file; empty is
// the default one.
func nameOfProfile() string {
	return os.Getenv("MESIBO_PROFILE")
}

// ProfileOfRun returns that profile.
func ProfileOfRun() (profile.Profile, error) {
	return profile.Load(nameOfProfile())
}

// A Need is what a server has to have for a test to be about anything.
type Need struct {
	what string
	met  func(profile.Profile) bool
}

// What tests need. TestNeeds names the committed profiles that have it; the default one has everything.
var (
	Lookups      = Need{"lookups", func(p profile.Profile) bool { return p.UserLookups && p.GroupLookups }}
	RevokesAppID = Need{"a revocation that ends the tokens of one App ID alone", func(p profile.Profile) bool {
		return p.RemoveScope == profile.RemoveAppID
	}}
	RefusesUnknown = Need{"an error for a user that is not there", func(p profile.Profile) bool {
		return p.SetUnknownUser == profile.UnknownRefused && p.DeleteUnknownUser == profile.UnknownRefused
	}}
	ShowsTokens   = Need{"tokens in the rows of lookups", func(p profile.Profile) bool { return !p.HideTokens }}
	MatchesUsers  = Need{"lookups that return only the requested user", func(p profile.Profile) bool { return !p.IgnorePattern }}
	CountsMatches = Need{"a userscount of those that match", func(p profile.Profile) bool { return !p.CountAll }}
	NewUIDs       = Need{"a new uid for who is added again", func(p profile.Profile) bool { return !p.KeepUID }}
	KeepsTokens   = Need{"tokens that outlive a user's being disabled", func(p profile.Profile) bool { return !p.DisableEndsTokens }}
	SaysNotFound  = Need{"code 404 for what is not there", func(p profile.Profile) bool {
		return p.UnknownUser.Code == http.StatusNotFound && p.UnknownGroup.Code == http.StatusNotFound
	}}
	ListsMembers  = Need{"lists of members", func(p profile.Profile) bool { return p.MemberLists }}
	SetAddsNobody = Need{"a userset that adds nobody", func(p profile.Profile) bool { return p.SetUnknownUser != profile.UnknownAdded }}
	CapsMembers   = Need{"a cap on lists of members", func(p profile.Profile) bool { return p.MemberCap > 0 }}
)

// Needs skips a test on servers that lack what it is about. The answers of their profile decide, so that a profile which
// a probe has found runs whatever it can.
func Needs(t testing.TB, needs ...Need) {
	t.Helper()

	as, err := ProfileOfRun()
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range needs {
		if !need.met(as) {
			t.Skipf("the profile %s lacks %s", nameOfProfile(), need.what)
		}
	}
}

// SameForAll leaves a test out of runs under the profile legacy: what it is about is the same whatever a server answers, and
// the runs under onpremise and cloud have it, one on each CLI. At full size it is left out of none.
func SameForAll(t testing.TB) {
	t.Helper()

	if nameOfProfile() == "legacy" && testing.Short() {
		t.Skip("it is the same under every profile, and run under others")
	}
}

// A Server is a kind of server: how it differs from that of the run.
type Server = func(*profile.Profile)

// Servers returns the servers on which to run a test that is the same for each of them. In a run under a profile, that
// is the profile's own, because the other profiles have runs of their own; what no profile has is tried in the run under
// onpremise, which lacks least. At full size, and without a profile, it is all of them.
func Servers(t testing.TB, all map[string]Server) map[string]Server {
	t.Helper()

	name := nameOfProfile()
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

// committed tells whether some committed profile has all the answers in which a server differs from the default one.
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

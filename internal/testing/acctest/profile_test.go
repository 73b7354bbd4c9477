// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// TestNeeds names the committed profiles that have what tests need. The runs under them make up the suite, so each need has
// one.
func TestNeeds(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		need     Need
		profiles []string
	}{
		{Lookups, []string{"legacy", "onpremise"}},
		{RevokesAppID, []string{"cloud", "onpremise"}},
		{RefusesUnknown, []string{"cloud", "onpremise"}},
		{ShowsTokens, profile.Names()},
		{MatchesUsers, profile.Names()},
		{CountsMatches, profile.Names()},
		{NewUIDs, profile.Names()},
		{KeepsTokens, profile.Names()},
		{SaysNotFound, profile.Names()},
		{ListsMembers, profile.Names()},
		{SetAddsNobody, profile.Names()},
		{CapsMembers, []string{"cloud", "legacy"}},
	} {
		var have []string
		for _, name := range profile.Names() {
			as, err := profile.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			if tt.need.met(as) {
				have = append(have, name)
			}
		}
		if diff := cmp.Diff(tt.profiles, have); diff != "" {
			t.Errorf("%s: %s", tt.need.what, diff)
		}
		if !tt.need.met(profile.Default()) {
			t.Errorf("the default profile lacks %s", tt.need.what)
		}
	}
}

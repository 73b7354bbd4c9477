// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"slices"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// TestNeeds says which needs the committed profiles lack. The runs under them make up the suite, so none may be lacked by
// all of them. The default profile, which has no name, lacks none.
func TestNeeds(t *testing.T) {
	t.Parallel()

	for name, lacked := range map[string][]string{
		"":          nil,
		"cloud":     {Lookups.what},
		"legacy":    {RevokesAppID.what, RefusesUnknown.what},
		"onpremise": nil,
	} {
		as, err := profile.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, need := range []Need{
			Lookups, RevokesAppID, RefusesUnknown, ShowsTokens, MatchesUsers, CountsMatches, NewUIDs, KeepsTokens, SaysNotFound,
			ListsMembers, SetAddsNobody,
		} {
			if want := !slices.Contains(lacked, need.what); need.met(as) != want {
				t.Errorf("the profile %q has %s: %t, want %t", name, need.what, !want, want)
			}
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
)

// On random servers, as a probe may find them: a scenario leads to what the configuration says, the plan is empty
// afterwards, and a destroy leaves nothing.
func TestRandomServers(t *testing.T) {
	t.Parallel()

	parts := map[bool]int{true: 1, false: 10}[testing.Short()]
	for n := range parts {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Parallel()

			all := scenarios()
			rapid.Check(t, func(r *rapid.T) {
				s := all[rapid.IntRange(0, len(all)-1).Draw(r, "scenario")]
				as := gen.Draw(r, s.answers())
				result := s.run(t, func(p *profile.Profile) { *p = as }, 0, "", 0)
				if err := errors.Join(result.applyErr, result.err); err != nil {
					r.Fatalf("%s: %v", s.name, err)
				}
			})
		})
	}
}

// answers returns, by question of a profile, the answers of servers that can do what the scenario needs. The page of the
// profiles says what happens on other servers.
func (s scenario) answers() map[string][]string {
	all := gen.Alternatives()
	all["set_name"] = []string{`"user.name"`, `"both"`}
	all["member_removal"] = slices.DeleteFunc(all["member_removal"], func(answer string) bool { return answer == "[]" })
	all["remove_scope"] = []string{`"app_id"`}
	if strings.HasPrefix(s.name, "App ID ") {
		all["set_resets"] = []string{"false"} // A revocation does not know the name and status of the user.
	}
	if s.name == renameInTwoSteps { // The second run has to see that the token is another one.
		all["user_lookups"], all["hide_tokens"] = []string{"true"}, []string{"false"}
	}
	if strings.HasPrefix(s.name, "disabled user") || s.name == "many users disabled" {
		all["disable_ends_tokens"] = []string{"false"}
	}
	if s.has("mesibo_user_token") {
		all["add_existing_name"] = []string{`"kept"`, `"set"`} // Nor does the minting of one more token.
		all["add_existing_active"] = all["add_existing_name"]
	}
	if s.has("mesibo_group_members") {
		all["member_lists"] = []string{"true"}
	}

	return all
}

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
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// On random servers, as a probe may find them: a scenario leads to what the configuration says, the plan is empty
// afterwards, and a destroy leaves nothing.
func TestRandomServers(t *testing.T) {
	t.Parallel()

	all := slices.Concat(scenarios(), disabledUserScenarios())
	parts := 10
	if testing.Short() {
		parts = 1
	}
	for n := range parts {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Parallel()

			rapid.Check(t, func(r *rapid.T) {
				s := all[rapid.IntRange(0, len(all)-1).Draw(r, "scenario")]
				if err := s.runOn(t, gen.Draw(r, s.answers())); err != nil {
					r.Fatalf("%s: %v", s.name, err)
				}
			})
		})
	}
}

// disabledUserScenarios have one user, who stays disabled. Servers may reset what an op does not say.
func disabledUserScenarios() []scenario {
	bob := func(name, incident string) protocoltest.Config {
		return protocoltest.Config{user("bob", attributes{
			"appid": android, "name": name, "active": false, "token_keepers": attributes{"incident": incident},
		})}
	}

	return []scenario{
		{name: "disabled user rotated", before: bob("Bob", "6"), after: bob("Bob", "7")},
		{name: "disabled user renamed", before: bob("Bob", "6"), after: bob("Robert", "6")},
	}
}

// runOn runs the scenario on a server, and returns what is wrong.
func (s scenario) runOn(t *testing.T, as profile.Profile) error {
	t.Helper()

	b := acctest.NewBackend(t, func(p *profile.Profile) { *p = as })
	defer b.Close()
	if s.setUp != nil {
		s.setUp(b)
	}
	w := newWorkspace(b, map[string]any{})
	if err := errors.Join(s.prepare(t.Context(), w), w.Apply(t.Context(), s.after)); err != nil {
		return err
	}

	return converge(t.Context(), b, w, s.after)
}

// answers returns, by question of a profile, the answers of servers that can do what the scenario needs. The guide "How
// sure are we" says what happens on other servers.
func (s scenario) answers() map[string][]string {
	all := gen.Alternatives()
	all["set_name"] = []string{`"user.name"`, `"both"`}
	all["member_removal"] = slices.DeleteFunc(all["member_removal"], func(answer string) bool { return answer == "[]" })
	all["remove_scope"] = []string{`"app_id"`}
	if s.name == "App ID change" || s.name == "App ID removal" {
		all["set_resets"] = []string{"false"} // A revocation does not know the name and status of the user.
	}
	if s.name == renameInTwoSteps { // The second run has to see that the token is another one.
		all["user_lookups"], all["hide_tokens"] = []string{"true"}, []string{"false"}
	}
	if strings.HasPrefix(s.name, "disabled user") {
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

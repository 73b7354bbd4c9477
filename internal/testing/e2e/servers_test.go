// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// Whatever a probe may find a server to be like: each scenario leads to what the configuration says, the plan is empty
// afterwards, and a destroy leaves nothing. At full size there are more servers.
func TestEveryServer(t *testing.T) {
	t.Parallel()

	byName := map[string]scenario{}
	for _, s := range append(scenarios(), ofDisabledUser()...) {
		byName[s.name] = s
	}
	names := slices.Sorted(maps.Keys(byName))
	times := 1
	if acctest.Full() {
		times = 10
	}
	for n := range times {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Parallel()

			rapid.Check(t, func(r *rapid.T) {
				s := byName[rapid.SampledFrom(names).Draw(r, "scenario")]
				if err := s.on(t, gen.Draw(r, s.servers())); err != nil {
					r.Fatal(err)
				}
			})
		})
	}
}

// ofDisabledUser are scenarios of a user who stays disabled. It is alone, so that servers may reset whatever an op does not
// say.
func ofDisabledUser() []scenario {
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

// on plays the scenario on a server, and tells what is wrong.
func (s scenario) on(t *testing.T, as profile.Profile) error {
	t.Helper()

	b := acctest.NewBackend(t, func(p *profile.Profile) { *p = as })
	defer b.Close()
	if s.setUp != nil {
		s.setUp(b)
	}
	w := workspace(b, map[string]any{})
	if err := errors.Join(w.Apply(t.Context(), s.before), w.Apply(t.Context(), s.after)); err != nil {
		return err
	}

	return converge(t.Context(), b, w, s.after)
}

// servers are the answers of servers that can do what the scenario asks for. The guide "How sure are we" says what becomes
// of it on others.
func (s scenario) servers() map[string][]string {
	all := gen.Alternatives()
	all["set_name"] = []string{`"user.name"`, `"both"`}
	all["member_removal"] = slices.DeleteFunc(all["member_removal"], func(answer string) bool { return answer == "[]" })
	all["remove_scope"] = []string{`"app_id"`}
	if s.name == "App ID change" || s.name == "App ID removal" {
		all["set_resets"] = []string{"false"} // Revoking knows neither name nor status of a user.
	}
	if strings.HasPrefix(s.name, "disabled user") {
		all["disable_ends_tokens"] = []string{"false"} // Else it has no token to hold.
	}
	if s.has("mesibo_user_token") {
		all["add_existing_name"] = []string{`"kept"`, `"set"`} // Minting one more token does not know them either.
		all["add_existing_active"] = all["add_existing_name"]
	}
	if s.has("mesibo_group_members") {
		all["member_lists"] = []string{"true"}
	}

	return all
}

// has tells whether a resource of a type is in the scenario.
func (s scenario) has(kind string) bool {
	return slices.ContainsFunc(slices.Concat(s.before, s.after), func(r protocoltest.Resource) bool { return r.Type == kind })
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package proof

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/plugintest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/profiletest"
)

// Whatever a probe may find a server to be like: each scenario leads to what the configuration says, the plan is empty
// afterwards, and a destroy leaves nothing.
func TestEveryServer(t *testing.T) {
	t.Parallel()

	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()

			servers := s.servers()
			rapid.Check(t, func(r *rapid.T) {
				as := profiletest.Draw(r, servers)
				b := acctest.NewBackend(t, func(p *profile.Profile) { *p = as })
				defer b.Close()
				if s.setUp != nil {
					s.setUp(b)
				}
				w := workspace(b, map[string]any{})
				err := errors.Join(w.Apply(t.Context(), s.before), w.Apply(t.Context(), s.after))
				if err == nil {
					err = converge(t.Context(), b, w, s.after)
				}
				if err != nil {
					r.Fatal(err)
				}
			})
		})
	}
}

// servers are the answers of servers that can do what the scenario asks for. The guide "How sure are we" says what becomes
// of it on others.
func (s scenario) servers() map[string][]string {
	all := profiletest.Alternatives()
	all["set_active"] = []string{"true"}
	all["set_name"] = []string{`"user.name"`, `"both"`}
	all["member_removal"] = slices.DeleteFunc(all["member_removal"], func(answer string) bool { return answer == "[]" })
	all["remove_scope"] = []string{`"app_id"`}
	if s.name == "App ID change" || s.name == "App ID removal" {
		all["set_resets"] = []string{"false"} // Revoking knows neither name nor status of a user.
	}
	if slices.ContainsFunc(slices.Concat(s.before, s.after), func(r plugintest.Resource) bool { return r.Type == "mesibo_user_token" }) {
		all["add_existing_name"] = []string{`"kept"`, `"set"`} // Minting one more token does not know them either.
		all["add_existing_active"] = all["add_existing_name"]
	}

	return all
}

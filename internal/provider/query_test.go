// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// existingApp starts a back end with an app that others have filled: three users, two groups and their members.
func existingApp(t *testing.T) *acctest.Backend {
	t.Helper()

	b := acctest.NewBackend(t)
	for _, address := range []string{"alice@example.com", "bob@example.com", "carol"} {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: address != "carol"})
	}
	b.MintToken(acctest.AppToken, "alice@example.com", "com.example.app")
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "11", Name: "Testers", Flags: 0x1 | 0x40, Active: true})
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "9", Name: "Users", Active: true})
	b.PutMember(acctest.AppToken, "11", "alice@example.com", emulator.Permissions{Send: true, List: true})
	b.PutMember(acctest.AppToken, "11", "carol", emulator.Permissions{})

	return b
}

// newQuery returns a workspace with a query.
func newQuery(t *testing.T, b *acctest.Backend, query string) *acctest.Workspace {
	t.Helper()

	w := b.NewWorkspace(t, providerRequirement+"provider \"mesibo\" {}\n")
	w.SkipBelow(t, tfversion.Version1_14_0, "terraform query")
	w.Write(t, "all.tfquery.hcl", query)

	return w
}

func list(kind, config, rest string) string {
	return fmt.Sprintf("list %q %q {\n  provider = mesibo\n%s\n  config {\n%s\n  }\n}\n", "mesibo_"+kind, kind, rest, config)
}

// A query lists what there is. One that fails says so, and one that is truncated too; neither looks like a short list.
func TestAccQuery(t *testing.T) {
	t.Parallel()

	lookups, members := []acctest.Need{acctest.Lookups}, []acctest.Need{acctest.ListsMembers}
	noLookups := func(b *acctest.Backend) { b.SetProfile(func(p *profile.Profile) { p.SetLookups(false) }) }
	rejectToken := func(b *acctest.Backend) { b.Fail("usersget", 1, emulator.AuthFail()) }
	truncate := func(b *acctest.Backend) {
		b.SetProfile(func(p *profile.Profile) { p.SetLookups(true); p.RowCap = 20 })
		for i := range 25 {
			b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("user%02d", i), Active: true})
		}
	}
	for name, tt := range map[string]struct {
		needs     []acctest.Need
		prepare   func(*acctest.Backend)
		query     string
		want, not string // patterns
		fails     bool
	}{
		"users":                {lookups, nil, list("user", "", ""), `address=alice@example.com.*address=bob@example.com.*address=carol`, "", false},
		"users by a pattern":   {lookups, nil, list("user", `address_pattern = "*@example.com"`, ""), `address=alice@.*address=bob@`, "carol", false},
		"limit":                {lookups, nil, list("user", "", "  limit = 2"), `address=alice@.*address=bob@`, "carol", false},
		"nobody":               {lookups, nil, list("user", `address_pattern = "nobody*"`, ""), "", "address=", false},
		"groups":               {lookups, nil, list("group", "", ""), `gid=9.*"Users".*gid=11.*"Testers"`, "", false},
		"groups by a pattern":  {lookups, nil, list("group", `name_pattern = "T*"`, ""), `gid=11`, "gid=9", false},
		"members":              {members, nil, list("group_member", `gid = "11"`, ""), `address=alice@example.com,gid=11.*address=carol,gid=11`, "bob", false},
		"no lookups of users":  {nil, noLookups, list("user", "", ""), `Users not listed.*needs\s+a\s+server\s+that\s+offers\s+lookups`, "address=", true},
		"no lookups of groups": {nil, noLookups, list("group", "", ""), `Groups not listed`, "gid=", true},
		"no such group":        {members, nil, list("group_member", `gid = "1"`, ""), `Members not listed.*No such group`, "address=", true},
		"not a gid":            {nil, nil, list("group_member", `gid = "x"`, ""), `must be the id of a group`, "address=", true},
		"rejected app token":   {nil, rejectToken, list("user", "", ""), `App token rejected.*AUTHFAIL`, "address=", true},
		"truncated":            {nil, truncate, list("user", "", ""), `List truncated by the server.*narrower\s+pattern`, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.Needs(t, tt.needs...)

			b := existingApp(t)
			if tt.prepare != nil {
				tt.prepare(b)
			}
			output, err := newQuery(t, b, tt.query).Run(t, "query", "-no-color")
			if (err != nil) != tt.fails || !regexp.MustCompile("(?s)"+tt.want).MatchString(output) || tt.not != "" && strings.Contains(output, tt.not) {
				t.Errorf("%v, want %q and not %q:\n%s", err, tt.want, tt.not, output)
			}
		})
	}
}

// The configuration that a query generates brings a whole app under Terraform: the plan imports all and changes nothing.
func TestAccQuery_generatedConfiguration(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)
	acctest.Needs(t, acctest.Lookups, acctest.ListsMembers)

	b := existingApp(t)
	w := newQuery(t, b, list("user", "", "  include_resource = true")+
		list("group", "", "  include_resource = true")+list("group_member", `gid = "11"`, "  include_resource = true"))
	output := w.MustRun(t, "query", "-no-color", "-generate-config-out=generated.tf")
	generated := example(t, filepath.Join(w.Dir, "generated.tf"))
	for _, token := range b.MintedTokens() {
		if strings.Contains(output+generated, token) {
			t.Error("a token is shown")
		}
	}

	if plan := w.MustRun(t, "plan", "-no-color"); !strings.Contains(plan, "Plan: 7 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Errorf("the plan of what was generated:\n%s\n%s", generated, plan)
	}
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	if minted := b.MintedTokens(); len(minted) != 1 || b.Count("useradd")+b.Count("groupadd")+b.Count("groupeditmembers") != 0 {
		t.Errorf("importing has changed something: %d tokens are there", len(minted))
	}
}

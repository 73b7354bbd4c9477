// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
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
func existingApp(t *testing.T, modes ...func(*profile.Profile)) *acctest.Backend {
	t.Helper()

	b := acctest.NewBackend(t, modes...)
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
	if err := os.WriteFile(filepath.Join(w.Dir, "all.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}

	return w
}

func list(kind, config, rest string) string {
	return fmt.Sprintf("list %q \"all\" {\n  provider = mesibo\n%s\n  config {\n%s\n  }\n}\n", kind, rest, config)
}

func TestAccQuery(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		query string
		want  []string // in this order
		not   []string
	}{
		"users": {
			list("mesibo_user", "", ""),
			[]string{"address=alice@example.com", "address=bob@example.com", "address=carol"}, nil,
		},
		"users by a pattern": {
			list("mesibo_user", `address_pattern = "*@example.com"`, ""),
			[]string{"address=alice@example.com", "address=bob@example.com"}, []string{"carol"},
		},
		"no more than the limit": {
			list("mesibo_user", "", "  limit = 2"),
			[]string{"address=alice@example.com", "address=bob@example.com"}, []string{"carol"},
		},
		"nobody":            {list("mesibo_user", `address_pattern = "nobody*"`, ""), nil, []string{"address="}},
		"groups":            {list("mesibo_group", "", ""), []string{"gid=9", `"Users"`, "gid=11", `"Testers"`}, nil},
		"groups by pattern": {list("mesibo_group", `name_pattern = "T*"`, ""), []string{"gid=11"}, []string{"gid=9"}},
		"members": {
			list("mesibo_group_member", `gid = "11"`, ""),
			[]string{"address=alice@example.com,gid=11", "address=carol,gid=11"}, []string{"bob"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "members" {
				acctest.Needs(t, acctest.ListsMembers)
			} else {
				acctest.Needs(t, acctest.Lookups)
			}

			w := newQuery(t, existingApp(t), tt.query)
			output := w.MustRun(t, "query", "-no-color")
			rest := output
			for _, want := range tt.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("%q is missing, or not in order:\n%s", want, output)
				}
				rest = after
			}
			for _, not := range tt.not {
				if strings.Contains(output, not) {
					t.Errorf("%q is shown:\n%s", not, output)
				}
			}
		})
	}
}

// What a query writes as configuration brings the whole app under Terraform: the plan imports all and changes nothing.
func TestAccQuery_generatedConfigurationPlansClean(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ListsMembers)

	b := existingApp(t)
	w := newQuery(t, b, list("mesibo_user", "", "  include_resource = true")+
		strings.Replace(list("mesibo_group", "", "  include_resource = true"), `"all"`, `"groups"`, 1)+
		strings.Replace(list("mesibo_group_member", `gid = "11"`, "  include_resource = true"), `"all"`, `"members"`, 1))
	output := w.MustRun(t, "query", "-no-color", "-generate-config-out=generated.tf")
	for _, token := range b.MintedTokens() {
		if strings.Contains(output, token) || strings.Contains(example(t, filepath.Join(w.Dir, "generated.tf")), token) {
			t.Error("a token is shown")
		}
	}

	plan := w.MustRun(t, "plan", "-no-color")
	if !regexp.MustCompile(`Plan: 7 to import, 0 to add, 0 to change, 0 to destroy`).MatchString(plan) {
		t.Errorf("the plan of what was generated:\n%s\n%s", example(t, filepath.Join(w.Dir, "generated.tf")), plan)
	}
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	if minted := b.MintedTokens(); len(minted) != 1 || b.Count("useradd")+b.Count("groupadd")+b.Count("groupeditmembers") != 0 {
		t.Errorf("importing has changed something: %d tokens are there", len(minted))
	}
}

// A query that fails says so, and one that is cut short too; neither looks like a short list.
func TestAccQuery_failures(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		prepare func(*acctest.Backend)
		query   string
		want    string
		fails   bool
	}{
		"no look-ups": {
			func(b *acctest.Backend) { b.SetProfile(func(p *profile.Profile) { p.SetLookups(false) }) },
			list("mesibo_user", "", ""), `(?s)Users not listed.*needs a\s+server\s+that\s+offers\s+look-ups`, true,
		},
		"no look-ups of groups": {
			func(b *acctest.Backend) { b.SetProfile(func(p *profile.Profile) { p.SetLookups(false) }) },
			list("mesibo_group", "", ""), `Groups not listed`, true,
		},
		"a group that is not there": {
			func(*acctest.Backend) {},
			list("mesibo_group_member", `gid = "1"`, ""), `(?s)Members not listed.*No such group`, true,
		},
		"rejected app token": {
			func(b *acctest.Backend) { b.Fail("usersget", 1, emulator.AuthFail()) },
			list("mesibo_user", "", ""), `(?s)Users not listed.*AUTHFAIL`, true,
		},
		"cut short": {
			func(b *acctest.Backend) {
				b.SetProfile(func(p *profile.Profile) { p.SetLookups(true); p.RowCap = 20 })
				for i := range 25 {
					b.PutUser(acctest.AppToken, emulator.User{Address: fmt.Sprintf("user%02d", i), Active: true})
				}
			},
			list("mesibo_user", "", ""), `(?s)List cut short.*narrower\s+pattern`, false,
		},
		"not a gid": {func(*acctest.Backend) {}, list("mesibo_group_member", `gid = "x"`, ""), `must be the id of a group`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "a group that is not there" {
				acctest.Needs(t, acctest.ListsMembers)
			}

			b := existingApp(t)
			tt.prepare(b)
			output, err := newQuery(t, b, tt.query).Run(t, "query", "-no-color")
			if (err != nil) != tt.fails || !regexp.MustCompile(tt.want).MatchString(output) {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

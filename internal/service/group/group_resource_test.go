// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestAccGroup_lifecycle(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			gid := statecheck.CompareValue(compare.ValuesSame())
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config: b.Config(groupConfig("")),
					ConfigStateChecks: []statecheck.StateCheck{
						gid.AddStateValue(resourceName, tfjsonpath.New("gid")),
						holds("send", knownvalue.StringExact("members")),
						holds("store_messages", knownvalue.Bool(true)),
						expectGroup(b, func(g emulator.Group) error {
							if g.Name != "Testers" || g.Flags != 0 || !g.Active || len(g.Members) != 0 {
								return fmt.Errorf("the back end has %+v", g)
							}

							return nil
						}),
					},
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
				},
				{
					Config: b.Config(strings.Replace(groupConfig(`
						send           = "selected"
						receive        = "round_robin"
						publish        = "anyone"
						subscribe      = "selected"
						list           = "anyone"
						store_messages = false
						loopback       = true
						active         = false`), "Testers", "Beta testers", 1)),
					ConfigPlanChecks: updates(resourceName),
					ConfigStateChecks: []statecheck.StateCheck{
						gid.AddStateValue(resourceName, tfjsonpath.New("gid")),
						expectGroup(b, func(g emulator.Group) error {
							if want := 0x1 | 0x20 | 0x200 | 0x1000 | 0x20000 | 0x40 | 0x80; g.Flags != int64(want) ||
								g.Active || g.Name != "Beta testers" {
								return fmt.Errorf("the back end has %+v, want the flags %#x", g, want)
							}

							return nil
						}),
					},
				},
				{
					Config:           b.Config(groupConfig("")),
					ConfigPlanChecks: updates(resourceName),
					ConfigStateChecks: []statecheck.StateCheck{
						gid.AddStateValue(resourceName, tfjsonpath.New("gid")),
						expectGroup(b, func(g emulator.Group) error {
							if g.Name != "Testers" || g.Flags != 0 || !g.Active {
								return fmt.Errorf("the back end has %+v", g)
							}

							return nil
						}),
					},
				},
			}})
			b.ExpectNoGroups(t)
		})
	}
}

// An update says again what has not changed, for a server may take what is left out for the default. It never sends the
// members, which it would overwrite, nor that the group is enabled, which nobody may know.
func TestAccGroup_updateSendsSettings(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		after string
		sent  map[string]any
	}{
		"name":     {strings.Replace(groupConfig(""), "Testers", "Beta", 1), map[string]any{"name": "Beta", "flags": 0.0}},
		"a word":   {groupConfig(`send = "anyone"`), map[string]any{"name": "Testers", "flags": 2.0}},
		"a switch": {groupConfig(`loopback = true`), map[string]any{"name": "Testers", "flags": 128.0}},
		"active":   {groupConfig(`active = false`), map[string]any{"name": "Testers", "flags": 0.0, "active": false}},
		"timeouts": {groupConfig(`timeouts { update = "1m" }`), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true})
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: b.Config(groupConfig(""))},
				{
					PreConfig: func() {
						group, _ := theGroup(b)
						b.PutMember(acctest.AppToken, group.GID, alice, emulator.Permissions{Send: true})
					},
					Config:            b.Config(tt.after),
					ConfigPlanChecks:  updates(resourceName),
					ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice)},
				},
			}})

			var sent map[string]any
			for _, request := range b.Requests() {
				if request.Op != "groupset" {
					continue
				}
				var body struct{ Group map[string]any }
				if err := json.Unmarshal(request.Body, &body); err != nil {
					t.Fatal(err)
				}
				delete(body.Group, "gid")
				sent = body.Group
			}
			if fmt.Sprint(sent) != fmt.Sprint(tt.sent) {
				t.Errorf("groupset sent %v, want %v", sent, tt.sent)
			}
		})
	}
}

// Flags that have no word, and were set elsewhere, survive a change.
func TestAccGroup_unknownFlagsAreKept(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	const autoAddMember = 0x8
	b := acctest.NewBackend(t)
	config := b.Config(groupConfig(`send = "selected"`))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				group, _ := theGroup(b)
				group.Flags |= autoAddMember
				b.PutGroup(acctest.AppToken, group)
			},
			Config:           config,
			ConfigPlanChecks: nothingToDo,
		},
		{
			Config:           b.Config(groupConfig(`send = "anyone"`)),
			ConfigPlanChecks: updates(resourceName),
			ConfigStateChecks: []statecheck.StateCheck{expectGroup(b, func(g emulator.Group) error {
				if g.Flags != 0x2|autoAddMember {
					return fmt.Errorf("the flags are %#x", g.Flags)
				}

				return nil
			})},
		},
	}})
}

// What was changed elsewhere is seen, as far as the server shows it, and changed back.
func TestAccGroup_drift(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	for name, drift := range map[string]func(*emulator.Group){
		"flags":   func(g *emulator.Group) { g.Flags = 0x10000 },
		"renamed": func(g *emulator.Group) { g.Name = "Others" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			config := b.Config(groupConfig(""))
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig: func() {
						group, _ := theGroup(b)
						drift(&group)
						b.PutGroup(acctest.AppToken, group)
					},
					Config:           config,
					ConfigPlanChecks: updates(resourceName),
					ConfigStateChecks: []statecheck.StateCheck{expectGroup(b, func(g emulator.Group) error {
						if g.Name != "Testers" || g.Flags != 0 {
							return fmt.Errorf("the back end has %+v", g)
						}

						return nil
					})},
				},
			}})
		})
	}
}

// A group that is gone is created again.
func TestAccGroup_disappears(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	for _, name := range []string{"with look-ups", "without look-ups"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, servers[name])
			config := b.Config(groupConfig(""))
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig: func() {
						group, _ := theGroup(b)
						b.RemoveGroup(acctest.AppToken, group.GID)
						b.Clock.Advance(time.Minute)
					},
					Config:           config,
					ConfigPlanChecks: creates(resourceName),
				},
			}})
			b.ExpectNoGroups(t)
		})
	}
}

// A groupadd whose answer was lost is not sent again. The group is found where look-ups show it.
func TestAccGroup_lostAnswer(t *testing.T) {
	t.Parallel()

	t.Run("it is found", func(t *testing.T) {
		t.Parallel()
		acctest.Needs(t, acctest.Lookups)

		b := acctest.NewBackend(t)
		// A namesake that was there before is somebody else's.
		other := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{
				PreConfig: func() { b.Fail("groupadd", 1, emulator.DropAfterCommit()) },
				Config:    b.Config(groupConfig(`send = "anyone"`)),
				ConfigStateChecks: []statecheck.StateCheck{stateCheck(func() error {
					if added := b.Count("groupadd"); added != 1 || len(b.Groups(acctest.AppToken)) != 2 {
						return fmt.Errorf("groupadd was sent %d times, and there are %d groups", added, len(b.Groups(acctest.AppToken)))
					}

					return nil
				}), holds("gid", knownvalue.StringFunc(func(gid string) error {
					if gid == other.GID {
						return errors.New("the namesake was taken")
					}

					return nil
				}))},
			},
		}})
		if left := b.Groups(acctest.AppToken); len(left) != 1 || left[0].GID != other.GID {
			t.Errorf("left are %v", left)
		}
	})

	for name, prepare := range map[string]func(*acctest.Backend){
		"nothing came of it": func(b *acctest.Backend) { b.Fail("groupadd", 1, emulator.DropBefore()) },
		"no look-ups": func(b *acctest.Backend) {
			b.SetProfile(func(p *profile.Profile) { p.SetLookups(false) })
			b.Fail("groupadd", 1, emulator.DropAfterCommit())
		},
		"the look-up fails too": func(b *acctest.Backend) {
			b.Fail("groupadd", 1, emulator.DropAfterCommit())
			b.Fail("groupsget", 2, emulator.HTMLPage())
		},
		"the answer makes no sense": func(b *acctest.Backend) {
			b.SetProfile(func(p *profile.Profile) { p.SetLookups(false) })
			b.Fail("groupadd", 1, emulator.TruncatedJSON())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				PreConfig:   func() { prepare(b) },
				Config:      b.Config(groupConfig("")),
				ExpectError: regexp.MustCompile(`(?s)Group perhaps created.*terraform import\s+mesibo_group`),
			}}})
			if added := b.Count("groupadd"); added != 1 {
				t.Errorf("groupadd was sent %d times", added)
			}
		})
	}
}

// Groups of one name that are created at once, with answers that get lost, end as they should: each with its own gid.
func TestAccGroup_namesakes(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	b.Fail("groupadd", 2, emulator.DropAfterCommit())
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(`
resource "mesibo_group" "test" {
  count = 5
  name  = "Testers"
}

output "gids" {
  value = length(toset(mesibo_group.test[*].gid))
}`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("gids", knownvalue.Int64Exact(5)),
			stateCheck(func() error {
				if n := len(b.Groups(acctest.AppToken)); n != 5 {
					return fmt.Errorf("there are %d groups", n)
				}

				return nil
			}),
		},
	}}})
	b.ExpectNoGroups(t)
}

func TestAccGroup_failures(t *testing.T) {
	t.Parallel()

	config := groupConfig("")
	changed := groupConfig(`send = "anyone"`)
	tests := map[string]struct {
		op, second, message string
		destroy             bool
	}{
		"create": {"groupadd", "", `(?s)Group not created.*QUOTA`, false},
		"update": {"groupset", changed, `(?s)Group not updated.*QUOTA`, false},
		"delete": {"groupdel", config, `(?s)Group not deleted.*stays in the\s+state.*QUOTA`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			fail := func() { b.Fail(tt.op, 1, emulator.Refuse("QUOTA", 403, "over quota")) }
			steps := []resource.TestStep{{Config: b.Config(config)}}
			if tt.second == "" {
				steps = []resource.TestStep{{PreConfig: fail, Config: b.Config(config), ExpectError: regexp.MustCompile(tt.message)}}
			} else {
				steps = append(steps,
					resource.TestStep{PreConfig: fail, Config: b.Config(tt.second), Destroy: tt.destroy, ExpectError: regexp.MustCompile(tt.message)},
					resource.TestStep{Config: b.Config(tt.second)})
			}
			b.Run(t, resource.TestCase{Steps: steps})
			b.ExpectNoGroups(t)
		})
	}
}

// An answer that proves nothing keeps the group in the state.
func TestAccGroup_unsureReadsKeepState(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]emulator.Fault{
		"rejected app token": emulator.AuthFail(),
		"a web page":         emulator.HTMLPage(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			config := b.Config(groupConfig(""), noRetries)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig:   func() { b.Fail("groupsget", 1, fault) },
					Config:      config,
					PlanOnly:    true,
					ExpectError: regexp.MustCompile(`Group not read`),
				},
				{Config: config, ConfigPlanChecks: nothingToDo},
			}})
		})
	}

	t.Run("among more groups than the server shows", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t)
		config := b.Config(groupConfig(""))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{
				PreConfig: func() {
					for range 25 {
						b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
					}
				},
				Config: config,
			},
			{PreConfig: func() { b.Clock.Advance(time.Hour) }, Config: config, ConfigPlanChecks: nothingToDo},
		}})
	})
}

func TestAccGroup_import(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	group := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Flags: 0x1 | 0x80, Active: true})
	config := b.Config(groupConfig("send = \"selected\"\nloopback = true"))
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: config, ResourceName: resourceName, ImportState: true, ImportStateId: group.GID, ImportStatePersist: true},
			{
				Config:           config,
				ConfigPlanChecks: nothingToDo,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity(resourceName, map[string]knownvalue.Check{"gid": knownvalue.StringExact(group.GID)}),
				},
			},
			{
				ResourceName: resourceName, ImportState: true, ImportStateVerify: true,
				ImportStateId:                        group.GID,
				ImportStateVerifyIdentifierAttribute: "gid",
			},
			{
				ResourceName: resourceName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionNoop),
				}},
			},
		},
	})
}

func TestAccGroup_badInput(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	for attributes, message := range map[string]string{
		`name = ""`:                            `string length must be at least 1`,
		``:                                     `"name" is required`,
		"name = \"a\"\nsend = \"all\"":         `(?s)send.*value must be one of`,
		"name = \"a\"\nreceive = \"anyone\"":   `(?s)receive.*value must be one of`,
		"name = \"a\"\npublish = \"\"":         `(?s)publish.*value must be one of`,
		"name = \"a\"\nstore_messages = \"x\"": `(?s)store_messages.*bool`,
	} {
		t.Run(attributes, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:      b.Config("resource \"mesibo_group\" \"test\" {\n" + attributes + "\n}\n"),
				PlanOnly:    true,
				ExpectError: regexp.MustCompile(message),
			}}})
		})
	}

	for id, message := range map[string]string{
		"testers": `must be the id of a group`,
		"0":       `must be the id of a group`,
		"12345":   `Cannot import non-existent remote object`,
	} {
		t.Run("import "+id, func(t *testing.T) {
			t.Parallel()
			if id == "12345" {
				acctest.Needs(t, acctest.ListsMembers) // They show that there is no such group.
			}

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(groupConfig("")), ResourceName: resourceName, ImportState: true, ImportStateId: id,
				ExpectError: regexp.MustCompile(message),
			}}})
		})
	}
}

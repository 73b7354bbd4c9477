// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

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

// An update never sends the members, which would replace them.
func TestAccGroup_lifecycle(t *testing.T) {
	t.Parallel()

	for name, server := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBackend(t, server)
			gid := statecheck.CompareValue(compare.ValuesSame())
			sameGID := func() statecheck.StateCheck { return gid.AddStateValue(resourceName, tfjsonpath.New("gid")) }
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config: b.Config(groupConfig("")),
					ConfigStateChecks: []statecheck.StateCheck{
						sameGID(), expectSettings(b, "Testers", 0, true), expectMembers(b),
						expectValue("send", knownvalue.StringExact("members")), expectValue("store_messages", knownvalue.Bool(true)),
					},
					ConfigPlanChecks: plans(resourceName, plancheck.ResourceActionCreate),
				},
				{
					PreConfig: func() { b.PutMember(acctest.AppToken, b.Groups(acctest.AppToken)[0].GID, alice, allPermissions) },
					Config: b.Config(strings.Replace(groupConfig(`
						send           = "selected"
						receive        = "round_robin"
						publish        = "anyone"
						subscribe      = "selected"
						list           = "anyone"
						store_messages = false
						loopback       = true
						active         = false`), "Testers", "Beta testers", 1)),
					ConfigPlanChecks: plans(resourceName, plancheck.ResourceActionUpdate),
					ConfigStateChecks: []statecheck.StateCheck{
						sameGID(), expectSettings(b, "Beta testers", 0x1|0x20|0x200|0x1000|0x20000|0x40|0x80, false), expectMembers(b, alice),
					},
				},
				{
					Config:            b.Config(groupConfig("")),
					ConfigPlanChecks:  plans(resourceName, plancheck.ResourceActionUpdate),
					ConfigStateChecks: []statecheck.StateCheck{sameGID(), expectSettings(b, "Testers", 0, true)},
				},
				{
					PreConfig:         b.ResetRequests,
					Config:            b.Config(groupConfig(`timeouts { update = "1m" }`)),
					ConfigPlanChecks:  plans(resourceName, plancheck.ResourceActionUpdate),
					ConfigStateChecks: []statecheck.StateCheck{expectRequests(b, "groupset", 0)},
				},
			}})
			b.ExpectNoGroups(t)
		})
	}
}

// expectRequests checks how many requests with an op were sent.
func expectRequests(b *acctest.Backend, op string, want int) statecheck.StateCheck {
	return stateCheck(func() error {
		if got := b.Count(op); got != want {
			return fmt.Errorf("%s was sent %d times, want %d", op, got, want)
		}

		return nil
	})
}

// A refresh detects what was changed outside of Terraform; the next apply changes it back. A flag that belongs to no
// setting is no change, and an update keeps it.
func TestAccGroup_drift(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	const autoAddMember = 0x8
	b := acctest.NewBackend(t)
	config := b.Config(groupConfig(""))
	drift := func(change func(*emulator.Group)) func() {
		return func() {
			group := b.Groups(acctest.AppToken)[0]
			change(&group)
			b.PutGroup(acctest.AppToken, group)
		}
	}
	updated := func(change func(*emulator.Group)) resource.TestStep {
		return resource.TestStep{
			PreConfig: drift(change), Config: config, ConfigPlanChecks: plans(resourceName, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectSettings(b, "Testers", autoAddMember, true)},
		}
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{PreConfig: drift(func(g *emulator.Group) { g.Flags |= autoAddMember }), Config: config, ConfigPlanChecks: emptyPlan},
		updated(func(g *emulator.Group) { g.Flags |= 0x10000 }),
		updated(func(g *emulator.Group) { g.Name = "Others" }),
	}})
}

// A group that was deleted outside of Terraform is created again.
func TestAccGroup_disappears(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	for _, name := range []string{"with lookups", "without lookups"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, servers[name])
			config := b.Config(groupConfig(""))
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig:        func() { b.RemoveGroup(acctest.AppToken, b.Groups(acctest.AppToken)[0].GID) },
					Config:           config,
					ConfigPlanChecks: plans(resourceName, plancheck.ResourceActionCreate),
				},
			}})
			b.ExpectNoGroups(t)
		})
	}
}

// A groupadd whose reply was lost is not sent again. The group is found where lookups show it, even if another group of
// the same name existed before.
func TestAccGroup_lostReply(t *testing.T) {
	t.Parallel()

	t.Run("the group is found", func(t *testing.T) {
		t.Parallel()
		acctest.Needs(t, acctest.Lookups)

		b := acctest.NewBackend(t)
		other := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
			PreConfig: func() { b.Fail("groupadd", 1, emulator.DropAfterCommit()) },
			Config:    b.Config(groupConfig(`send = "anyone"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				expectRequests(b, "groupadd", 1),
				expectValue("gid", knownvalue.StringFunc(func(gid string) error {
					if gid == other.GID {
						return errors.New("the state contains the other group")
					}

					return nil
				})),
			},
		}}})
		if left := b.Groups(acctest.AppToken); len(left) != 1 || left[0].GID != other.GID {
			t.Errorf("left are %v, want the other group", left)
		}
	})

	for name, prepare := range map[string]func(*acctest.Backend){
		"nothing was created": func(b *acctest.Backend) { b.Fail("groupadd", 1, emulator.DropBefore()) },
		"no lookups": func(b *acctest.Backend) {
			b.SetProfile(func(p *profile.Profile) { p.SetLookups(false) })
			b.Fail("groupadd", 1, emulator.DropAfterCommit())
		},
		"the lookup after it fails": func(b *acctest.Backend) {
			b.Fail("groupadd", 1, emulator.DropAfterCommit())
			b.Fail("groupsget", 2, emulator.HTMLPage())
		},
		"the reply is truncated": func(b *acctest.Backend) {
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
				ExpectError: regexp.MustCompile(`(?s)Group may have been created.*terraform import\s+mesibo_group`),
			}}})
			if sent := b.Count("groupadd"); sent != 1 {
				t.Errorf("groupadd was sent %d times", sent)
			}
		})
	}
}

// Groups of one name that are created at once, some without a reply, each get a gid of their own.
func TestAccGroup_sameName(t *testing.T) {
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
			statecheck.ExpectKnownOutputValue("gids", knownvalue.Int64Exact(5)), expectRequests(b, "groupadd", 5),
		},
	}}})
	b.ExpectNoGroups(t)
}

func TestAccGroup_failures(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	refused := func(op, config, message string) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() { b.Fail(op, 1, emulator.Refuse("QUOTA", 403, "over quota")) },
			Config:    b.Config(config), ExpectError: regexp.MustCompile("(?s)" + message + ".*QUOTA"),
		}
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		refused("groupadd", groupConfig(""), "Group not created"),
		{Config: b.Config(groupConfig(""))},
		refused("groupset", groupConfig(`send = "anyone"`), "Group not updated"),
		{Config: b.Config(groupConfig(`send = "anyone"`)), ConfigPlanChecks: plans(resourceName, plancheck.ResourceActionUpdate)},
		refused("groupdel", "", `Group not deleted.*stays\s+in\s+the\s+state`),
	}})
	b.ExpectNoGroups(t)
}

// A lookup that proves nothing keeps the group in the state.
func TestAccGroup_unknownPresenceKeepsState(t *testing.T) {
	t.Parallel()

	for message, fault := range map[string]emulator.Fault{
		"App token rejected":       emulator.AuthFail(),
		"Not a mesibo Backend API": emulator.HTMLPage(),
	} {
		t.Run(message, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			config := b.Config(groupConfig(""), noRetries)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig: func() { b.Fail("groupsget", 1, fault) }, Config: config, PlanOnly: true,
					ExpectError: regexp.MustCompile("(?s)" + message + `.*Looking\s+up\s+the\s+group`),
				},
				{Config: config, ConfigPlanChecks: emptyPlan},
			}})
		})
	}

	t.Run("truncated list", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t)
		for range 25 {
			b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
		}
		config := b.Config(groupConfig(""))
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{{Config: config}, {Config: config, ConfigPlanChecks: emptyPlan}}})
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
				ConfigPlanChecks: emptyPlan,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity(resourceName, map[string]knownvalue.Check{"gid": knownvalue.StringExact(group.GID)}),
				},
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

func TestAccGroup_invalid(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	for attributes, message := range map[string]string{
		`name = ""`:                          `string length must be at least 1`,
		"name = \"a\"\nsend = \"all\"":       `(?s)send.*value must be one of`,
		"name = \"a\"\nreceive = \"anyone\"": `(?s)receive.*value must be one of`,
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
		"12345":   `Cannot import non-existent remote object`,
	} {
		t.Run("import "+id, func(t *testing.T) {
			t.Parallel()
			if id == "12345" {
				acctest.Needs(t, acctest.ListsMembers) // The list shows that the group does not exist.
			}

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(groupConfig("")), ResourceName: resourceName, ImportState: true, ImportStateId: id,
				ExpectError: regexp.MustCompile(message),
			}}})
		})
	}
}

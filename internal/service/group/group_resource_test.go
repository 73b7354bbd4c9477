// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// An update never sends the members, which would replace them.
func TestAccGroup_lifecycle(t *testing.T) {
	t.Parallel()

	lifecycle(t, servers, func(b *acctest.Backend) []resource.TestStep {
		gid := statecheck.CompareValue(compare.ValuesSame())
		sameGID := func() statecheck.StateCheck { return gid.AddStateValue(resourceName, tfjsonpath.New("gid")) }
		update := plans(resourceName, plancheck.ResourceActionUpdate)

		return []resource.TestStep{
			{
				Config:            b.Config(groupConfig("")),
				ConfigStateChecks: []statecheck.StateCheck{sameGID(), expectSettings(b, "Testers", 0, true)},
				ConfigPlanChecks:  plans(resourceName, plancheck.ResourceActionCreate),
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
				ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{
					sameGID(), expectSettings(b, "Beta testers", 0x1|0x20|0x200|0x1000|0x20000|0x40|0x80, false), expectMembers(b, alice),
				},
			},
			{
				Config: b.Config(groupConfig("")), ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{sameGID(), expectSettings(b, "Testers", 0, true)},
			},
			{
				PreConfig: b.ResetRequests,
				Config:    b.Config(groupConfig(`timeouts { update = "1m" }`)), ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{expectRequests(b, "groupset", 0)},
			},
		}
	})
}

// expectRequests checks how many requests with an op were sent.
func expectRequests(b *acctest.Backend, op string, want int) statecheck.StateCheck {
	return acctest.BackendCheck(func() error {
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
	acctest.Once(t)
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
	acctest.Once(t)
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

// A group lives as long as configured, from its last change on; the plan after that creates another one. Each change sends
// the life, because a server may reset what a request leaves out; removing it sends nothing.
func TestAccGroup_expiry(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetGroupResets = true })
	update, create := plans(resourceName, plancheck.ResourceActionUpdate), plans(resourceName, plancheck.ResourceActionCreate)
	gid := statecheck.CompareValue(compare.ValuesDiffer())
	sees := func() statecheck.StateCheck { return gid.AddStateValue(resourceName, tfjsonpath.New("gid")) }
	later := func(d time.Duration) func() { return func() { b.Clock.Advance(d) } }
	hour, twoHours := b.Config(groupConfig("expiry_seconds = 3600")), b.Config(groupConfig("expiry_seconds = 7200"))
	renamed := strings.Replace(twoHours, "Testers", "Beta", 1)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: hour, ConfigPlanChecks: create, ConfigStateChecks: []statecheck.StateCheck{sees()}},
		{Config: hour, ConfigPlanChecks: emptyPlan, PreConfig: later(59 * time.Minute)},
		{Config: twoHours, ConfigPlanChecks: update},
		{Config: renamed, ConfigPlanChecks: update, PreConfig: later(119 * time.Minute)},
		{
			Config: renamed, ConfigPlanChecks: create, PreConfig: later(2 * time.Hour),
			ConfigStateChecks: []statecheck.StateCheck{sees(), expectRequests(b, "groupset", 2)},
		},
		{
			Config: strings.Replace(renamed, "expiry_seconds = 7200", "", 1), ConfigPlanChecks: update,
			ConfigStateChecks: []statecheck.StateCheck{expectRequests(b, "groupset", 2)},
		},
	}})
}

// A groupadd whose reply was lost is not sent again. The group is found where lookups show it, even if another group of
// the same name existed before.
func TestAccGroup_lostReply(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

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
				statecheck.ExpectKnownValue(resourceName, tfjsonpath.New("gid"), knownvalue.StringFunc(func(gid string) error {
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
	acctest.Once(t)
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

// A request that fails is tried again by the next apply, and a lookup that proves nothing keeps the state.
func TestAccGroup_failures(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	fails := func(op string, fault emulator.Fault, config, message string) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() { b.Fail(op, 1, fault) },
			Config:    b.Config(config, noRetries), ExpectError: regexp.MustCompile("(?s)" + message),
		}
	}
	refuse := emulator.Refuse("QUOTA", 403, "over quota")
	first, second := groupConfig(""), groupConfig(`send = "anyone"`)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		fails("groupadd", refuse, first, "Group not created.*QUOTA"),
		{Config: b.Config(first)},
		fails("groupsget", emulator.AuthFail(), first, `App token rejected.*Looking\s+up\s+the\s+group`),
		fails("groupsget", emulator.HTMLPage(), first, `Not a mesibo Backend API.*Looking\s+up\s+the\s+group`),
		{Config: b.Config(first), ConfigPlanChecks: emptyPlan},
		fails("groupset", refuse, second, "Group not updated.*QUOTA"),
		{Config: b.Config(second), ConfigPlanChecks: plans(resourceName, plancheck.ResourceActionUpdate)},
		fails("groupdel", refuse, "", `Group not deleted.*stays\s+in\s+the\s+state.*QUOTA`),
	}})
	b.ExpectNoGroups(t)
}

// A truncated list does not show that a group is absent, so the state keeps it.
func TestAccGroup_truncatedList(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	for range 25 {
		b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
	}
	config := b.Config(groupConfig(""))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{Config: config}, {Config: config, ConfigPlanChecks: emptyPlan}}})
}

func TestAccGroup_import(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.Lookups, acctest.ListsMembers)

	b := acctest.NewBackend(t)
	group := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Flags: 0x1 | 0x80, Active: true})
	imports(t, b, resourceName, group.GID, b.Config(groupConfig("send = \"selected\"\nloopback = true")),
		map[string]knownvalue.Check{"gid": knownvalue.StringExact(group.GID)})
	importFails(t, resourceName, "testers", groupConfig(""), `must be the id of a group`)
	importFails(t, resourceName, "12345", groupConfig(""), `Cannot import non-existent remote object`)
}

func TestAccGroup_invalid(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(strings.Replace(groupConfig(""), "Testers", "", 1)), ExpectError: regexp.MustCompile(`string length must be at least 1`)},
		{Config: b.Config(groupConfig(`send = "all"`)), ExpectError: regexp.MustCompile(`(?s)send.*value must be one of`)},
		{Config: b.Config(groupConfig("expiry_seconds = 0")), ExpectError: regexp.MustCompile(`expiry_seconds value must be at least 1`)},
		{Config: b.Config(groupConfig("expiry_seconds = -60")), ExpectError: regexp.MustCompile(`expiry_seconds value must be at least 1`)},
		{Config: b.Config(groupConfig(`receive = "anyone"`)), ExpectError: regexp.MustCompile(`(?s)receive.*value must be one of`)},
	}})
}

// The mock on the page of mesibo_user gives a group an id that its members accept.
func TestAccGroup_mocked(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	page, err := os.ReadFile(filepath.Join(acctest.Root(), "templates", "resources", "user.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	_, mock, _ := strings.Cut(string(page), "```terraform\nmock_provider")
	mock, _, _ = strings.Cut(mock, "```")
	w := acctest.NewBackend(t).NewWorkspace(t, requirement+memberConfig(""))
	w.SkipBelow(t, tfversion.Version1_8_0, "a mock of a provider")
	w.Write(t, "mocks.tftest.hcl", "mock_provider"+mock+`
run "members" {
  assert {
    condition     = mesibo_group_member.alice.gid == "1"
    error_message = "The group is not the one of the mock."
  }
}
`)
	w.MustRun(t, "test")
}

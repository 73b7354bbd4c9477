// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

const membersName = "mesibo_group_members.all"

// membersConfig is a group with exactly these members, each given as an object.
func membersConfig(members ...string) string {
	return groupConfig("") + fmt.Sprintf(`
resource "mesibo_group_members" "all" {
  gid     = mesibo_group.test.gid
  members = [%s]
}
`, strings.Join(members, ", "))
}

// member is a member with permissions.
func member(address, permissions string) string {
	return fmt.Sprintf("{\n address = %q\n %s\n }", address, permissions)
}

// withUsers starts a back end with some users.
func withUsers(t *testing.T, modes ...func(*profile.Profile)) *acctest.Backend {
	t.Helper()

	b := acctest.NewBackend(t, modes...)
	for _, address := range []string{alice, bob, "carol", "dave"} {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
	}

	return b
}

func TestAccGroupMembers_lifecycle(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := withUsers(t, mode)
			empty := resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config:            b.Config(membersConfig(member(alice, ""), member(bob, "can_send = false"))),
					ConfigPlanChecks:  empty,
					ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice, bob), expectPermissions(b, everything)},
				},
				{
					Config:           b.Config(membersConfig(member(alice, "can_send = true\ncan_list = false"), member("carol", ""))),
					ConfigPlanChecks: updates(membersName),
					ConfigStateChecks: []statecheck.StateCheck{
						expectMembers(b, alice, "carol"),
						expectPermissions(b, emulator.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true}),
					},
				},
				{
					Config:            b.Config(membersConfig()),
					ConfigPlanChecks:  updates(membersName),
					ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)},
				},
				{
					Config:            b.Config(membersConfig(member("dave", ""))),
					ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, "dave")},
				},
				{
					Config:            b.Config(groupConfig("")),
					ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)},
				},
			}})
			b.ExpectNoGroups(t)
		})
	}
}

// Whoever is not named is removed; new members are added before.
func TestAccGroupMembers_exclusive(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := withUsers(t)
	config := b.Config(membersConfig(member(alice, "")))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				group, _ := theGroup(b)
				b.PutMember(acctest.AppToken, group.GID, bob, everything)
				b.RemoveMember(acctest.AppToken, group.GID, alice)
				b.ResetRequests()
			},
			Config:            config,
			ConfigPlanChecks:  updates(membersName),
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice)},
		},
	}})

	var edits []string
	for _, request := range b.Requests() {
		if request.Op == "groupeditmembers" {
			edits = append(edits, string(request.Body))
		}
	}
	if len(edits) < 2 || !strings.Contains(edits[0], alice) || !strings.Contains(edits[1], bob) {
		t.Errorf("the edits were %q, want alice added before bob is removed", edits)
	}
}

// Destroying it removes its own members and leaves the others, and the group.
func TestAccGroupMembers_destroyLeavesOthers(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := withUsers(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: b.Config(membersConfig(member(alice, "")))},
		{
			Config: b.Config(groupConfig("")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{planCheck(func() error {
				group, err := theGroup(b)
				b.PutMember(acctest.AppToken, group.GID, bob, everything)

				return err
			})}},
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, bob)},
		},
	}})
}

// With a list that may be cut, whom to remove is not known.
func TestAccGroupMembers_cappedList(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.CapsMembers, acctest.ListsMembers)

	b := withUsers(t)
	var addresses []string
	for i := range 25 {
		addresses = append(addresses, fmt.Sprintf("user%02d", i))
		b.PutUser(acctest.AppToken, emulator.User{Address: addresses[i], Active: true})
	}
	config := b.Config(membersConfig(member(alice, "")))
	refused := regexp.MustCompile(`(?s)List of members cut short.*Use mesibo_group_member`)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				group, _ := theGroup(b)
				for _, address := range addresses {
					b.PutMember(acctest.AppToken, group.GID, address, everything)
				}
			},
			Config: config, PlanOnly: true, ExpectError: refused,
		},
		{
			PreConfig: func() { b.SetProfile(func(p *profile.Profile) { p.MemberCap = 0 }) },
			Config:    config, ConfigPlanChecks: updates(membersName),
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice)},
		},
	}})
}

// A run that is cut short is finished by the next.
func TestAccGroupMembers_cutShort(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	for nth := 1; nth <= 3; nth++ {
		for name, fault := range map[string]emulator.Fault{
			"dropped after commit": emulator.DropAfterCommit(),
		} {
			t.Run(fmt.Sprintf("%s, call %d", name, nth), func(t *testing.T) {
				t.Parallel()

				b := withUsers(t)
				after := b.Config(membersConfig(member(bob, ""), member("carol", "can_send = false")), noRetries)
				b.Run(t, resource.TestCase{Steps: []resource.TestStep{
					{Config: b.Config(membersConfig(member(alice, "")), noRetries)},
					{
						PreConfig:   func() { b.Fail("groupeditmembers", nth, fault) },
						Config:      after,
						ExpectError: regexp.MustCompile(`Members not (added|removed)`),
					},
					{Config: after, ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, bob, "carol")}},
					{Config: after, ConfigPlanChecks: nothingToDo},
				}})
				b.ExpectNoGroups(t)
			})
		}
	}
}

func TestAccGroupMembers_disappears(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	b := withUsers(t)
	config := b.Config(membersConfig(member(alice, "")))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				group, _ := theGroup(b)
				b.RemoveGroup(acctest.AppToken, group.GID)
				b.Clock.Advance(1 << 40)
			},
			Config:            config,
			ConfigPlanChecks:  creates(membersName),
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice)},
		},
	}})
	b.ExpectNoGroups(t)
}

func TestAccGroupMembers_refused(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	tests := map[string]struct {
		config, message string
		plan            bool
	}{
		"given twice":   {membersConfig(member(alice, ""), member(alice, "can_send = false")), `Member given twice`, true},
		"comma":         {membersConfig(member("a,b", "")), `must hold no , and no \*`, true},
		"no members":    {strings.Replace(membersConfig(), "members = []", "", 1), `"members" is required`, true},
		"unknown user":  {membersConfig(member("nobody", "")), `(?s)Members not added.*All\s+of\s+them\s+have\s+to\s+be\s+users`, false},
		"unknown group": {strings.Replace(membersConfig(member(alice, "")), "mesibo_group.test.gid", `"4711"`, 1), `Members not read`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "unknown user" {
				acctest.Needs(t, acctest.ListsMembers)
			}

			b := withUsers(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(tt.config), PlanOnly: tt.plan, ExpectError: regexp.MustCompile(tt.message),
			}}})
			b.ExpectNoGroups(t)
		})
	}
}

func TestAccGroupMembers_import(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := withUsers(t)
	group := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
	b.PutMember(acctest.AppToken, group.GID, alice, everything)
	b.PutMember(acctest.AppToken, group.GID, bob, emulator.Permissions{Receive: true, Publish: true, Subscribe: true, List: true})
	config := b.Config(fmt.Sprintf(`
resource "mesibo_group_members" "all" {
  gid     = %q
  members = [%s]
}`, group.GID, strings.Join([]string{member(alice, ""), member(bob, "can_send = false")}, ",")))
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: config, ResourceName: membersName, ImportState: true, ImportStateId: group.GID, ImportStatePersist: true},
			{Config: config, ConfigPlanChecks: nothingToDo},
			{
				ResourceName: membersName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(membersName, plancheck.ResourceActionNoop),
				}},
			},
		},
	})
	if left := b.Groups(acctest.AppToken); len(left) != 1 || len(left[0].Members) != 0 {
		t.Errorf("left are %v, want the group without members", left)
	}
}

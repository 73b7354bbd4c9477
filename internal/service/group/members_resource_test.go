// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// membersConfig is a group with exactly these members, each an object.
func membersConfig(members ...string) string {
	return groupConfig("") + setConfig("mesibo_group.test.gid", members...)
}

// setConfig is the members of the group with this gid, an expression.
func setConfig(gid string, members ...string) string {
	return fmt.Sprintf("\nresource \"mesibo_group_members\" \"all\" {\n  gid = %s\n  members = [%s]\n}\n", gid, strings.Join(members, ", "))
}

// member is a member with these permissions.
func member(address, permissions string) string {
	return fmt.Sprintf("{\n address = %q\n %s\n }", address, permissions)
}

func TestAccGroupMembers_lifecycle(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	lifecycle(t, servers, func(b *acctest.Backend) []resource.TestStep {
		update := plans(membersName, plancheck.ResourceActionUpdate)

		return []resource.TestStep{
			{
				Config:            b.Config(membersConfig(member(alice, ""), member(bob, "can_send = false"))),
				ConfigPlanChecks:  plans(membersName, plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice, bob), expectPermissions(b, allPermissions)},
			},
			{
				Config:           b.Config(membersConfig(member(alice, "can_send = true\ncan_list = false"), member("carol", ""))),
				ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{
					expectMembers(b, alice, "carol"),
					expectPermissions(b, emulator.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true}),
				},
			},
			{Config: b.Config(membersConfig()), ConfigPlanChecks: update, ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)}},
			{
				Config: b.Config(membersConfig(member("dave", ""))), ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, "dave")},
			},
			{Config: b.Config(groupConfig("")), ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)}},
		}
	})
}

// Members that the set does not contain are removed, after new ones are added. Destroying the resource removes only its
// own members. When the group was deleted, both are created again.
func TestAccGroupMembers_drift(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	b := newBackend(t)
	config := b.Config(membersConfig(member(alice, "")))
	addBob := func() { b.PutMember(acctest.AppToken, b.Groups(acctest.AppToken)[0].GID, bob, allPermissions) }
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				addBob()
				b.RemoveMember(acctest.AppToken, b.Groups(acctest.AppToken)[0].GID, alice)
				b.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: plans(membersName, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice), acctest.BackendCheck(func() error {
				var edits []string
				for _, request := range b.Requests() {
					if request.Op == "groupeditmembers" {
						edits = append(edits, string(request.Body))
					}
				}
				if len(edits) < 2 || !strings.Contains(edits[0], alice) || !strings.Contains(edits[1], bob) {
					return fmt.Errorf("the edits are %q, want alice added before bob is removed", edits)
				}

				return nil
			})},
		},
		{
			PreConfig: func() { b.RemoveGroup(acctest.AppToken, b.Groups(acctest.AppToken)[0].GID) },
			Config:    config, ConfigPlanChecks: plans(membersName, plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice)},
		},
		{
			Config:            b.Config(groupConfig("")),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{duringPlan(addBob)}},
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, bob)},
		},
	}})
}

// duringPlan changes the back end between a plan and its apply.
type duringPlan func()

// CheckPlan implements plancheck.PlanCheck.
func (f duringPlan) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	f()
}

func TestAccGroupMembers_import(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers)

	b := newBackend(t)
	group := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
	b.PutMember(acctest.AppToken, group.GID, alice, allPermissions)
	b.PutMember(acctest.AppToken, group.GID, bob, emulator.Permissions{Receive: true, Publish: true, Subscribe: true, List: true})
	config := b.Config(setConfig(fmt.Sprintf("%q", group.GID), member(alice, "can_list = true"), member(bob, "can_send = false")))
	imports(t, b, membersName, group.GID, config, map[string]knownvalue.Check{"gid": knownvalue.StringExact(group.GID)})
	if left := b.Groups(acctest.AppToken); len(left) != 1 || len(left[0].Members) != 0 {
		t.Errorf("left are %v, want the group without members", left)
	}
}

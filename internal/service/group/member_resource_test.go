// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"maps"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

const memberName = "mesibo_group_member.alice"

// memberConfig is a group with a user in it, who has these permissions.
func memberConfig(permissions string) string {
	return groupConfig("") + fmt.Sprintf(`
resource "mesibo_user" "alice" {
  address = %q
}

resource "mesibo_group_member" "alice" {
  gid     = mesibo_group.test.gid
  address = mesibo_user.alice.address
  %s
}
`, alice, permissions)
}

// expectPermissions checks what alice may do in the one group of the back end.
func expectPermissions(b *acctest.Backend, want emulator.Permissions) statecheck.StateCheck {
	return expectGroup(b, func(group emulator.Group) error {
		if got := group.Members[alice]; got != want {
			return fmt.Errorf("the permissions are %+v, want %+v", got, want)
		}

		return nil
	})
}

var everything = emulator.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true}

func TestAccGroupMember_lifecycle(t *testing.T) {
	t.Parallel()

	for name, mode := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, mode)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config:            b.Config(memberConfig("")),
					ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice), expectPermissions(b, everything)},
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
				},
				{
					Config:           b.Config(memberConfig("can_send = false\ncan_publish = false\ncan_list = false")),
					ConfigPlanChecks: updates(memberName),
					ConfigStateChecks: []statecheck.StateCheck{
						expectPermissions(b, emulator.Permissions{Receive: true, Subscribe: true}),
					},
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

// Whichever form of a removal a server understands, and if it is the only one, the member is removed.
func TestAccGroupMember_strictRemoval(t *testing.T) {
	t.Parallel()

	for name, form := range map[string]profile.MemberRemoval{
		"remove":              profile.RemoveByRemove,
		"permissions of null": profile.RemoveByNullPermissions,
		"delete":              profile.RemoveByDelete,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, func(p *profile.Profile) { p.MemberRemoval = form })
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: b.Config(memberConfig(""))},
				{Config: b.Config(groupConfig("")), ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)}},
			}})
		})
	}
}

// Thirty members of one group come and go side by side, and others are left alone.
func TestAccGroupMember_many(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.MemberCap = 0 })
	b.PutUser(acctest.AppToken, emulator.User{Address: bob, Active: true})
	config := func(n int) string {
		return b.Config(groupConfig("") + fmt.Sprintf(`
resource "mesibo_user" "many" {
  count   = 30
  address = "user${count.index}"
}

resource "mesibo_group_member" "many" {
  count    = %d
  gid      = mesibo_group.test.gid
  address  = mesibo_user.many[count.index].address
  can_send = count.index < 20
}`, n))
	}
	expectCount := func(want int) statecheck.StateCheck {
		return expectGroup(b, func(group emulator.Group) error {
			if len(group.Members) != want {
				return fmt.Errorf("there are %d members, want %d", len(group.Members), want)
			}

			return nil
		})
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config(30), ConfigStateChecks: []statecheck.StateCheck{expectCount(30)}},
		{
			PreConfig: func() {
				group, _ := theGroup(b)
				b.PutMember(acctest.AppToken, group.GID, bob, everything)
			},
			Config:            config(10),
			ConfigStateChecks: []statecheck.StateCheck{expectCount(11)},
		},
	}})
	b.ExpectNoGroups(t)
}

// A server shows 20 members. Of the others nothing is known, so they stay.
func TestAccGroupMember_cappedList(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(groupConfig("") + `
resource "mesibo_user" "many" {
  count   = 25
  address = "user${count.index}"
}

resource "mesibo_group_member" "many" {
  count   = 25
  gid     = mesibo_group.test.gid
  address = mesibo_user.many[count.index].address
}`)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{PreConfig: func() { b.Clock.Advance(time.Hour) }, Config: config, ConfigPlanChecks: nothingToDo},
	}})
	b.ExpectNoGroups(t)
}

// What happens to a member elsewhere is seen; a group that is gone takes its members along, and nothing else.
func TestAccGroupMember_drift(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	tests := map[string]struct {
		drift  func(b *acctest.Backend, gid string)
		action plancheck.ResourceActionType
	}{
		"removed": {func(b *acctest.Backend, gid string) {
			b.RemoveMember(acctest.AppToken, gid, alice)
		}, plancheck.ResourceActionCreate},
		"permissions changed": {func(b *acctest.Backend, gid string) {
			b.PutMember(acctest.AppToken, gid, alice, emulator.Permissions{})
		}, plancheck.ResourceActionUpdate},
		"group deleted": {func(b *acctest.Backend, gid string) {
			b.RemoveGroup(acctest.AppToken, gid)
		}, plancheck.ResourceActionCreate},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			config := b.Config(memberConfig(""))
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig: func() {
						group, _ := theGroup(b)
						tt.drift(b, group.GID)
						b.Clock.Advance(time.Minute)
					},
					Config: config,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(memberName, tt.action),
						plancheck.ExpectResourceAction("mesibo_user.alice", plancheck.ResourceActionNoop),
					}},
					ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice), expectPermissions(b, everything)},
				},
			}})
			b.ExpectNoGroups(t)
		})
	}
}

func TestAccGroupMember_refused(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	edge := func(gid, address string) string {
		return fmt.Sprintf("resource \"mesibo_group_member\" \"alice\" {\n  gid = %q\n  address = %q\n}\n", gid, address)
	}
	tests := map[string]struct {
		config  string
		message string
		plan    bool
	}{
		"unknown group":  {edge("4711", alice), `(?s)Member not added.*The user and\s+the\s+group\s+have\s+to\s+exist`, false},
		"unknown user":   {groupConfig("") + "\nresource \"mesibo_group_member\" \"alice\" {\n  gid = mesibo_group.test.gid\n  address = \"nobody\"\n}\n", `(?s)Member not added.*nobody`, false},
		"given twice":    {edge("1", alice) + "\nresource \"mesibo_group_member\" \"again\" {\n  gid = \"1\"\n  address = \"" + alice + "\"\n}\n", `Member managed twice`, true},
		"not a group id": {edge("testers", alice), `must be the id of a group`, true},
		"comma in it":    {edge("1", "a,b"), `must hold no , and no \*`, true},
		"by both":        {edge("1", alice) + "\nresource \"mesibo_group_members\" \"all\" {\n  gid = \"1\"\n  members = [{ address = \"" + alice + "\" }]\n}\n", `Member managed twice`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true})
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(tt.config), PlanOnly: tt.plan, ExpectError: regexp.MustCompile(tt.message),
			}}})
			b.ExpectNoGroups(t)
		})
	}
}

func TestAccGroupMember_import(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				PreConfig: func() {
					group := b.PutGroup(acctest.AppToken, emulator.Group{GID: "4711", Name: "Testers", Active: true})
					b.PutUser(acctest.AppToken, emulator.User{Address: "a/b", Active: true})
					b.PutMember(acctest.AppToken, group.GID, "a/b", emulator.Permissions{Send: true})
				},
				Config: b.Config(`
resource "mesibo_group_member" "alice" {
  gid           = "4711"
  address       = "a/b"
  can_receive   = false
  can_publish   = false
  can_subscribe = false
  can_list      = false
}`),
				ResourceName: memberName, ImportState: true, ImportStateId: "4711/a%2Fb", ImportStatePersist: true,
			},
			{
				Config: b.Config(`
resource "mesibo_group_member" "alice" {
  gid           = "4711"
  address       = "a/b"
  can_receive   = false
  can_publish   = false
  can_subscribe = false
  can_list      = false
}`),
				ConfigPlanChecks: nothingToDo,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity(memberName, map[string]knownvalue.Check{
						"gid": knownvalue.StringExact("4711"), "address": knownvalue.StringExact("a/b"),
					}),
				},
			},
			{
				ResourceName: memberName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(memberName, plancheck.ResourceActionNoop),
				}},
			},
		},
	})

	for id, message := range map[string]string{
		"4711":          `(?s)Import id not understood.*1\s+parts,\s+not\s+2`,
		"testers/alice": `must be the id of a group`,
		"4711/a,b":      `must hold no , and no \*`,
		"4711/nobody":   `Cannot import non-existent remote object`,
		"1/nobody":      `Cannot import non-existent remote object`,
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.PutGroup(acctest.AppToken, emulator.Group{GID: "4711", Name: "Testers", Active: true})
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(memberConfig("")), ResourceName: memberName, ImportState: true, ImportStateId: id,
				ExpectError: regexp.MustCompile(message),
			}}})
		})
	}
}

func TestAccGroupMember_failures(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	refuse := func() { b.Fail("groupeditmembers", 1, emulator.Refuse("QUOTA", 403, "over quota")) }
	lose := func() { b.Fail("groupeditmembers", 1, emulator.DropAfterCommit()) }
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{PreConfig: refuse, Config: b.Config(memberConfig(""), noRetries), ExpectError: regexp.MustCompile(`(?s)Member not added.*QUOTA`)},
		{PreConfig: lose, Config: b.Config(memberConfig(""), noRetries), ExpectError: regexp.MustCompile(`(?s)Member not added.*may have\s+been\s+carried`)},
		{Config: b.Config(memberConfig("")), ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice)}},
		{
			PreConfig: refuse, Config: b.Config(memberConfig("can_send = false"), noRetries),
			ExpectError: regexp.MustCompile(`(?s)Member not changed.*QUOTA`),
		},
		{
			PreConfig: func() { b.Fail("groupgetmembers", 1, emulator.HTMLPage()) },
			Config:    b.Config(memberConfig(""), noRetries), PlanOnly: true, ExpectError: regexp.MustCompile(`Member not read`),
		},
		{PreConfig: refuse, Config: b.Config(groupConfig(""), noRetries), ExpectError: regexp.MustCompile(`(?s)Member not removed.*QUOTA`)},
		{Config: b.Config(groupConfig("")), ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)}},
	}})
	b.ExpectNoGroups(t)
}

// Fifty members of one group come and go all at once: each is added by one request and is in once, and none is lost to
// another.
func TestAccGroupMember_fifty(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	const members = 50
	config := func(edges int) string {
		return fmt.Sprintf(`
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

%s

resource "mesibo_user" "test" {
  count   = %d
  address = "user${count.index}"
}

resource "mesibo_group_member" "test" {
  count    = %d
  gid      = mesibo_group.test.gid
  address  = mesibo_user.test[count.index].address
  can_send = count.index %% 2 == 0
}
`, groupConfig(""), members, edges)
	}
	b := acctest.NewBackend(t, func(p *profile.Profile) { p.MemberCap = 0 })
	b.FailAlways("", emulator.Slow(100*time.Millisecond))
	w := b.NewWorkspace(t, config(members))
	apply := func(edges int) {
		t.Helper()

		w.Configure(t, config(edges))
		b.ResetRequests()
		w.MustRun(t, "apply", "-auto-approve", "-parallelism=50")
		if sent := b.Count("groupeditmembers"); sent != members {
			t.Errorf("%d requests edited members, want %d", sent, members)
		}
		w.MustRun(t, "plan", "-detailed-exitcode") // Exit code 2, a failure here, means that something is to be done.
		group, err := theGroup(b)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]emulator.Permissions{}
		for i := range edges {
			may := everything
			may.Send = i%2 == 0
			want[fmt.Sprintf("user%d", i)] = may
		}
		if !maps.Equal(group.Members, want) {
			t.Errorf("the members are %v, want %v", group.Members, want)
		}
	}

	apply(members)
	if peak := b.PeakConcurrency(); peak <= 10 {
		t.Errorf("no more than %d requests were in flight at once, so little was tried", peak)
	}
	apply(0)
	apply(members)
	b.ResetRequests()
	w.MustRun(t, "destroy", "-auto-approve", "-parallelism=50")
	if sent := b.Count("groupeditmembers"); sent != members {
		t.Errorf("%d requests removed members, want %d", sent, members)
	}
	b.ExpectNoGroups(t)
	b.ExpectNoUsers(t)
}

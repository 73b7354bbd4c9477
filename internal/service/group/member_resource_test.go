// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// edge is a membership with these attributes, whose values are expressions.
func edge(gid, address, attributes string) string {
	return fmt.Sprintf("\nresource \"mesibo_group_member\" \"alice\" {\n  gid = %s\n  address = %s\n  %s\n}\n", gid, address, attributes)
}

// memberConfig is a group in which alice is a member with these permissions.
func memberConfig(permissions string) string {
	return groupConfig("") + edge("mesibo_group.test.gid", fmt.Sprintf("%q", alice), permissions)
}

func TestAccGroupMember_lifecycle(t *testing.T) {
	t.Parallel()

	kinds := maps.Clone(servers)
	for _, form := range []profile.MemberRemoval{profile.RemoveByRemove, profile.RemoveByNullPermissions, profile.RemoveByDelete} {
		kinds[fmt.Sprintf("removes members by %v alone", form)] = func(p *profile.Profile) { p.MemberRemoval = form }
	}
	lifecycle(t, kinds, func(b *acctest.Backend) []resource.TestStep {
		return []resource.TestStep{
			{
				Config:            b.Config(memberConfig("")),
				ConfigPlanChecks:  plans(memberName, plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice), expectPermissions(b, allPermissions)},
			},
			{
				Config:            b.Config(memberConfig("can_send = false\ncan_publish = false\ncan_list = false")),
				ConfigPlanChecks:  plans(memberName, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{expectPermissions(b, emulator.Permissions{Receive: true, Subscribe: true})},
			},
			{Config: b.Config(groupConfig("")), ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)}},
		}
	})
}

// manyMembers is a group and 25 or more users, of whom the first are members.
func manyMembers(users, members int) string {
	return groupConfig("") + fmt.Sprintf(`
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
`, users, members)
}

// A truncated list does not show whether a user is a member, so the state keeps them all.
func TestAccGroupMember_truncatedList(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := b.Config(manyMembers(25, 25))
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{Config: config}, {Config: config, ConfigPlanChecks: emptyPlan}}})
	b.ExpectNoGroups(t)
}

// Fifty members of one group are added and removed at the same time, each with one request. Other members are left alone.
func TestAccGroupMember_fifty(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	const members = 50
	b := newBackend(t, func(p *profile.Profile) { p.MemberCap = 0 })
	b.FailAlways("", emulator.Slow(100*time.Millisecond))
	config := func(edges int) string {
		return requirement + manyMembers(members, edges)
	}
	w := b.NewWorkspace(t, config(0))
	w.MustRun(t, "apply", "-auto-approve", "-parallelism=50")
	b.PutMember(acctest.AppToken, b.Groups(acctest.AppToken)[0].GID, bob, allPermissions)
	for _, edges := range []int{members, 0, members} {
		w.Configure(t, config(edges))
		b.ResetRequests()
		w.MustRun(t, "apply", "-auto-approve", "-parallelism=50")
		if sent := b.Count("groupeditmembers"); sent != members {
			t.Errorf("%d requests edited members, want %d", sent, members)
		}
		w.MustRun(t, "plan", "-detailed-exitcode") // The exit code 2, a failure here, means that there are changes.
		want := map[string]emulator.Permissions{bob: allPermissions}
		for i := range edges {
			permissions := allPermissions
			permissions.Send = i%2 == 0
			want[fmt.Sprintf("user%d", i)] = permissions
		}
		if got := b.Groups(acctest.AppToken)[0].Members; !maps.Equal(got, want) {
			t.Errorf("the members are %v, want %v", got, want)
		}
	}
	if peak := b.PeakConcurrency(); peak <= 10 {
		t.Errorf("no more than %d requests were under way at once", peak)
	}
}

// A refresh detects what was changed outside of Terraform.
func TestAccGroupMember_drift(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	b := newBackend(t)
	config := b.Config(memberConfig(""))
	drift := func(change func(gid string), action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() { change(b.Groups(acctest.AppToken)[0].GID) }, Config: config, ConfigPlanChecks: plans(memberName, action),
			ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice), expectPermissions(b, allPermissions)},
		}
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		drift(func(gid string) { b.RemoveMember(acctest.AppToken, gid, alice) }, plancheck.ResourceActionCreate),
		drift(func(gid string) { b.PutMember(acctest.AppToken, gid, alice, emulator.Permissions{}) }, plancheck.ResourceActionUpdate),
		drift(func(gid string) { b.RemoveGroup(acctest.AppToken, gid) }, plancheck.ResourceActionCreate),
	}})
	b.ExpectNoGroups(t)
}

func TestAccGroupMembers_refused(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	tests := map[string]struct {
		config, message string
		plan            bool
	}{
		"member of an unknown group":  {edge(`"4711"`, `"carol"`, ""), `(?s)Member not added.*The user and\s+the\s+group\s+must\s+exist.*Check\s+gid\s+and\s+address`, false},
		"members of an unknown group": {setConfig(`"4711"`, member(alice, "")), `Members not read`, false},
		"unknown member":              {groupConfig("") + edge("mesibo_group.test.gid", `"nobody"`, ""), `(?s)Member not added.*nobody`, false},
		"unknown members":             {membersConfig(member("nobody", "")), `(?s)Members not added.*Each\s+must\s+be\s+an\s+existing\s+user`, false},
		"not a group id":              {edge(`"testers"`, `"carol"`, ""), `must be the id of a group`, true},
		"comma in a member":           {edge(`"1"`, `"a,b"`, ""), `must not contain "," or "\*"`, true},
		"comma in members":            {setConfig(`"1"`, member("a,b", "")), `must not contain "," or "\*"`, true},
		"duplicate in a set":          {setConfig(`"1"`, member(alice, ""), member(alice, "can_send = false")), `(?s)Duplicate group member.*twice`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "unknown members" {
				acctest.Needs(t, acctest.ListsMembers)
			}

			b := newBackend(t)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(tt.config), PlanOnly: tt.plan, ExpectError: regexp.MustCompile(tt.message),
			}}})
			b.ExpectNoGroups(t)
		})
	}
}

// Two resources that contain one membership are a warning, and so is a set beside a member of its group. A single one is
// none, however often it is validated.
func TestAccGroupMember_duplicate(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers)

	b := newBackend(t)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "4711", Name: "Testers", Active: true})
	single := b.Config(edge(`"4711"`, fmt.Sprintf("%q", alice), ""))
	w := b.NewWorkspace(t, single)
	for config, want := range map[string]string{
		single: "",
		single + strings.Replace(edge(`"4711"`, fmt.Sprintf("%q", alice), ""), `"alice" {`, `"again" {`, 1):                               "Duplicate group member",
		single + fmt.Sprintf("\nresource \"mesibo_group_members\" \"all\" {\n  gid = \"4711\"\n  members = [{ address = %q }]\n}\n", bob): "Group members managed twice",
	} {
		w.Configure(t, config)
		output := w.MustRun(t, "plan", "-no-color")
		for _, title := range []string{"Duplicate group member", "Group members managed twice"} {
			if strings.Contains(output, "Warning: "+title) != (title == want) {
				t.Errorf("want the warning %q, the plan says:\n%s", want, output)
			}
		}
	}
}

func TestAccGroupMember_import(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers, acctest.SaysNotFound)

	b := acctest.NewBackend(t)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "4711", Name: "Testers", Active: true})
	b.PutUser(acctest.AppToken, emulator.User{Address: "a/b", Active: true})
	b.PutMember(acctest.AppToken, "4711", "a/b", emulator.Permissions{Send: true})
	config := b.Config(edge(`"4711"`, `"a/b"`, "can_receive = false\ncan_publish = false\ncan_subscribe = false\ncan_list = false"))
	imports(t, b, memberName, "4711/a%2Fb", config, map[string]knownvalue.Check{
		"gid": knownvalue.StringExact("4711"), "address": knownvalue.StringExact("a/b"),
	})
	for id, message := range map[string]string{
		"4711":          `(?s)Invalid import ID.*1\s+parts,\s+not\s+2`,
		"testers/alice": `must be the id of a group`,
		"4711/a,b":      `must not contain "," or "\*"`,
		"4711/nobody":   `Cannot import non-existent remote object`,
		"1/nobody":      `Cannot import non-existent remote object`,
	} {
		importFails(t, memberName, id, memberConfig(""), message)
	}
}

func TestAccGroupMember_failures(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.Lookups)

	b := newBackend(t)
	fails := func(op string, fault emulator.Fault, config, message string) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() { b.Fail(op, 1, fault) }, Config: b.Config(config, noRetries), ExpectError: regexp.MustCompile("(?s)" + message),
		}
	}
	refuse := emulator.Refuse("QUOTA", 403, "over quota")
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		fails("groupeditmembers", refuse, memberConfig(""), "Member not added.*QUOTA"),
		fails("groupeditmembers", emulator.DropAfterCommit(), memberConfig(""), `Member not added.*may have\s+been\s+carried`),
		{Config: b.Config(memberConfig("")), ConfigStateChecks: []statecheck.StateCheck{expectMembers(b, alice)}},
		fails("groupeditmembers", refuse, memberConfig("can_send = false"), "Member not updated.*QUOTA"),
		fails("groupgetmembers", emulator.HTMLPage(), memberConfig(""), `Not a mesibo Backend API.*Looking\s+up\s+the\s+member`),
		fails("groupeditmembers", refuse, groupConfig(""), "Member not removed.*QUOTA"),
		{Config: b.Config(groupConfig("")), ConfigStateChecks: []statecheck.StateCheck{expectMembers(b)}},
	}})
	b.ExpectNoGroups(t)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// countedEdges is members of the group with a lifecycle.
func countedEdges(name, lifecycle string, addresses ...string) string {
	return requirement + fmt.Sprintf(`
resource "mesibo_group_member" %q {
  count   = %d
  gid     = %q
  address = split(",", %q)[count.index]

  lifecycle { %s }
}
`, name, len(addresses), gid, strings.Join(addresses, ","), lifecycle)
}

// exclusiveSet is all members of the group with a lifecycle.
func exclusiveSet(name, lifecycle string, addresses ...string) string {
	return requirement + fmt.Sprintf(`
resource "mesibo_group_members" %q {
  gid     = %q
  members = [for address in split(",", %q) : { address = address }]

  lifecycle { %s }
}
`, name, gid, strings.Join(addresses, ","), lifecycle)
}

// Memberships pass from one resource to another in the order of a CLI, while the server refuses a request for a moment:
// with create_before_destroy and -replace, when an index of count shifts, when a resource is renamed without moved, and
// when single members become a set, or a set single members.
func TestAccGroupMembers_handedOver(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)
	acctest.Needs(t, acctest.ListsMembers)

	for _, lifecycle := range []string{"", "create_before_destroy = true"} {
		t.Run(lifecycle, func(t *testing.T) {
			t.Parallel()

			b := newGroup(t)
			w := b.NewWorkspace(t, requirement)
			for _, step := range []struct {
				name, config string
				replace      string
				want         []string
			}{
				{"members are created", countedEdges("first", lifecycle, alice, bob, "carol"), "", []string{alice, bob, "carol"}},
				{"a member is replaced", countedEdges("first", lifecycle, alice, bob, "carol"), "mesibo_group_member.first[0]", []string{alice, bob, "carol"}},
				{"the index shifts", countedEdges("first", lifecycle, bob, "carol"), "", []string{bob, "carol"}},
				{"members are renamed", countedEdges("second", lifecycle, bob, "carol"), "", []string{bob, "carol"}},
				{"members become a set", exclusiveSet("first", lifecycle, bob, "carol"), "", []string{bob, "carol"}},
				{"the set is replaced", exclusiveSet("first", lifecycle, bob, "carol"), "mesibo_group_members.first", []string{bob, "carol"}},
				{"the set is renamed", exclusiveSet("second", lifecycle, bob, "carol"), "", []string{bob, "carol"}},
				{"the set becomes members", countedEdges("third", lifecycle, bob, "carol"), "", []string{bob, "carol"}},
			} {
				args := []string{"apply", "-auto-approve", "-no-color"}
				if step.replace != "" {
					args = append(args, "-replace="+step.replace)
				}
				w.Configure(t, step.config)
				b.Fail("groupeditmembers", 1, emulator.TooManyRequests("1"))
				w.MustRun(t, args...)
				b.ClearFaults()
				if wantMembers(t, b, step.want...); t.Failed() {
					t.Fatal(step.name)
				}
				w.MustRun(t, "plan", "-detailed-exitcode") // The exit code 2, a failure here, means that there are changes.
			}
		})
	}
}

// A create of a set that fails half-way is in the state, and the next apply finishes it. A create that removes a stranger
// says so.
func TestAccGroupMembers_unknownUser(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers)

	b := newGroup(t)
	w := b.NewWorkspace(t, requirement+setConfig(`"4711"`, member(alice, ""), member("late", "can_send = false")))
	if output, err := w.Run(t, "apply", "-auto-approve", "-no-color"); err == nil || !strings.Contains(output, "Members not added") {
		t.Fatalf("a set with a user that does not exist: %v\n%s", err, output)
	}
	wantMembers(t, b, alice)
	if state := w.MustRun(t, "state", "list"); !strings.Contains(state, membersName) {
		t.Errorf("the state contains %q", state)
	}
	b.PutUser(acctest.AppToken, emulator.User{Address: "late", Active: true})
	w.MustRun(t, "apply", "-auto-approve")
	wantMembers(t, b, alice, "late")
	w.MustRun(t, "plan", "-detailed-exitcode")

	w.MustRun(t, "destroy", "-auto-approve")
	putMembers(b, "dave")
	output := w.MustRun(t, "apply", "-auto-approve", "-no-color")
	if !strings.Contains(output, "Warning: Other members removed") || !strings.Contains(output, "removed: dave.") {
		t.Errorf("want a warning about dave:\n%s", output)
	}
	wantMembers(t, b, alice, "late")
}

// A user that is replaced is no longer a member. With replace_triggered_by, as the pages show it, the same apply adds it
// again.
func TestAccGroupMember_replacedUser(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := newGroup(t)
	w := b.NewWorkspace(t, requirement+`
resource "mesibo_user" "erin" {
  address = "erin"
}
`+strings.Replace(countedEdges("erin", "replace_triggered_by = [mesibo_user.erin.uid]", "erin"), requirement, "", 1))
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "apply", "-auto-approve", "-replace=mesibo_user.erin")
	wantMembers(t, b, "erin")
	w.MustRun(t, "plan", "-detailed-exitcode")
}

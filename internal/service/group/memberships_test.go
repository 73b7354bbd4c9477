// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// gid is the id of the group of newGroup.
const gid = "4711"

// newGroup starts a back end with a group and users.
func newGroup(t *testing.T, changes ...acctest.Server) *acctest.Backend {
	t.Helper()

	b := newBackend(t, changes...)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: gid, Name: "Testers", Active: true})

	return b
}

// members returns the members of the group, sorted.
func members(b *acctest.Backend) []string {
	return slices.Sorted(maps.Keys(b.Groups(acctest.AppToken)[0].Members))
}

// addUsers adds users, and returns their addresses.
func addUsers(b *acctest.Backend, n int) []string {
	var addresses []string
	for i := range n {
		address := fmt.Sprintf("user%03d", i)
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
		addresses = append(addresses, address)
	}

	return addresses
}

func putMembers(b *acctest.Backend, addresses ...string) {
	for _, address := range addresses {
		b.PutMember(acctest.AppToken, gid, address, allPermissions)
	}
}

// handovers are memberships that move from some resources to others.
var handovers = map[string]struct{ before, after []protocoltest.Resource }{
	"a member is replaced, or renamed without moved": {[]protocoltest.Resource{single(gid, alice)}, []protocoltest.Resource{single(gid, alice)}},
	"a set is replaced":       {[]protocoltest.Resource{set(gid, alice, bob)}, []protocoltest.Resource{set(gid, alice, bob)}},
	"members become a set":    {[]protocoltest.Resource{single(gid, alice), single(gid, bob)}, []protocoltest.Resource{set(gid, alice, bob)}},
	"a set becomes members":   {[]protocoltest.Resource{set(gid, alice, bob)}, []protocoltest.Resource{single(gid, alice), single(gid, bob)}},
	"count of members shifts": {[]protocoltest.Resource{single(gid, "carol"), single(gid, alice)}, []protocoltest.Resource{single(gid, alice)}},
	"a set loses a member":    {[]protocoltest.Resource{set(gid, alice, "carol")}, []protocoltest.Resource{set(gid, alice)}},
}

// Whatever the order of the requests, a run that hands memberships over ends with all members of the new resources, and
// with no others.
func TestMembershipsAreHandedOver(t *testing.T) {
	t.Parallel()

	create := func(t *testing.T, r *run, blocks []protocoltest.Resource) {
		t.Helper()
		for _, block := range blocks {
			must(t)(r.apply(t, block, nil))
		}
	}
	destroy := func(t *testing.T, r *run, objects []*object) {
		t.Helper()
		for _, object := range objects {
			must(t)(r.destroy(t, object))
		}
	}
	orders := map[string]func(t *testing.T, b *acctest.Backend, r *run, before []*object, after []protocoltest.Resource){
		"created before destroyed": func(t *testing.T, _ *acctest.Backend, r *run, before []*object, after []protocoltest.Resource) {
			t.Helper()
			create(t, r, after)
			destroy(t, r, before)
		},
		"destroyed before created": func(t *testing.T, _ *acctest.Backend, r *run, before []*object, after []protocoltest.Resource) {
			t.Helper()
			destroy(t, r, before)
			create(t, r, after)
		},
		"created while a removal is retried": func(t *testing.T, b *acctest.Backend, r *run, before []*object, after []protocoltest.Resource) {
			t.Helper()
			b.Fail("groupeditmembers", 1, emulator.TooManyRequests("1"))
			done := make(chan struct{})
			go func() {
				defer close(done)
				for _, object := range before {
					if _, found := r.destroy(t, object); found.errors() {
						t.Error(found)
					}
				}
			}()
			for b.Count("groupeditmembers") == 0 {
				time.Sleep(time.Millisecond)
			}
			create(t, r, after)
			<-done
		},
	}
	for name, handover := range handovers {
		for order, inOrder := range orders {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				acctest.Needs(t, acctest.ListsMembers)

				b := newGroup(t)
				var before []*object
				earlier := newRun(t, b)
				for _, block := range handover.before {
					before = append(before, must(t)(earlier.apply(t, block, nil)))
				}
				b.ResetRequests()
				inOrder(t, b, newRun(t, b), before, handover.after)

				want := []string{alice, bob}
				if len(handover.after) == 1 && !strings.Contains(fmt.Sprint(handover.after), bob) {
					want = []string{alice}
				}
				if got := members(b); !slices.Equal(got, want) {
					t.Errorf("the members are %v, want %v", got, want)
				}
			})
		}
	}
}

// A removal that comes before the create of the resource that takes the member over is left out when the configuration
// contains that resource, so that a removal that fails cannot make a later run remove the member.
func TestMemberOfTheConfigurationIsNotRemoved(t *testing.T) {
	t.Parallel()

	b := newGroup(t)
	old := must(t)(newRun(t, b).apply(t, single(gid, alice), nil))
	r := newRun(t, b)
	r.validate(t, single(gid, alice))
	b.ResetRequests()
	must(t)(r.destroy(t, old))
	if sent := b.Count("groupeditmembers"); sent != 0 {
		t.Errorf("%d requests removed the member", sent)
	}
}

// A set that is created removes the strangers, and says whom.
func TestSetSaysWhomItRemoves(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := newGroup(t)
	putMembers(b, "carol", "dave")
	r := newRun(t, b)
	kept, found := r.apply(t, set(gid, alice), nil)
	if text := found.String(); !strings.Contains(text, "Other members removed") || !strings.Contains(text, "carol, dave.") {
		t.Errorf("want a warning about carol and dave, got %q", text)
	}
	putMembers(b, bob)
	kept = must(t)(r.refresh(t, kept))
	if _, found := r.apply(t, set(gid, alice), kept); len(found) != 0 {
		t.Errorf("a removal that the plan shows needs no warning, got %s", found)
	}
	if got := members(b); !slices.Equal(got, []string{alice}) {
		t.Errorf("the members are %v", got)
	}
}

// What the configuration contains is found while it is planned.
func TestMembersManagedTwice(t *testing.T) {
	t.Parallel()

	const twice, duplicate = "Group members managed twice", "Duplicate group member"
	for name, tt := range map[string]struct {
		blocks []protocoltest.Resource
		want   []string // titles
	}{
		"members of one group":       {[]protocoltest.Resource{single(gid, alice), single(gid, bob)}, nil},
		"sets of two groups":         {[]protocoltest.Resource{set(gid, alice), set("1", alice)}, nil},
		"a member of another group":  {[]protocoltest.Resource{set(gid, alice), single("1", alice)}, nil},
		"one member twice":           {[]protocoltest.Resource{single(gid, alice), single(gid, alice)}, []string{duplicate}},
		"a set and its member":       {[]protocoltest.Resource{set(gid, alice), single(gid, alice)}, []string{twice}},
		"a set and another member":   {[]protocoltest.Resource{set(gid, alice), single(gid, bob)}, []string{twice}},
		"members and a set":          {[]protocoltest.Resource{single(gid, bob), single(gid, "carol"), set(gid, alice)}, []string{twice}},
		"a set and many members":     {[]protocoltest.Resource{set(gid), single(gid, bob), single(gid, "carol")}, []string{twice}},
		"two sets":                   {[]protocoltest.Resource{set(gid, alice), set(gid, bob)}, []string{twice}},
		"two sets, one of them void": {[]protocoltest.Resource{set(gid, alice), set(gid)}, []string{twice}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRun(t, newGroup(t))
			var got []string
			for _, block := range tt.blocks {
				_, found := r.validate(t, block)
				for _, diagnostic := range found {
					got = append(got, diagnostic.Summary)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("the warnings are %q, want %q", got, tt.want)
			}
		})
	}
}

// ignoresCase is a server on which alice and Alice are one user.
func ignoresCase(p *profile.Profile) { p.FoldCase = true }

// A member that differs by case alone from one of the configuration is neither removed nor missing.
func TestMemberInAnotherSpelling(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	for name, block := range map[string]protocoltest.Resource{"member": single(gid, "CAROL"), "set": set(gid, "CAROL")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newGroup(t, ignoresCase)
			putMembers(b, "carol")
			r := newRun(t, b)
			created := must(t)(r.apply(t, block, nil))
			refreshed, found := r.refresh(t, created)
			if text := found.String(); found.errors() || !strings.Contains(text, "another spelling") || !strings.Contains(text, `"carol"`) {
				t.Errorf("want a warning about carol, got %s", text)
			}
			if refreshed == nil || !refreshed.value.Equal(created.value) {
				t.Errorf("the refresh changes the state to %+v", refreshed)
			}
			if got := members(b); !slices.Equal(got, []string{"carol"}) {
				t.Errorf("the members are %v", got)
			}
			must(t)(newRun(t, b).destroy(t, refreshed))
			if got := members(b); len(got) != 0 {
				t.Errorf("after the destroy the members are %v", got)
			}
		})
	}
}

// Where the server distinguishes case, the other spelling is another user. It is left alone while its like is missing,
// and removed when the list shows both.
func TestMemberWithAlmostTheSameAddress(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := newGroup(t, func(p *profile.Profile) { p.FoldCase = false })
	b.PutUser(acctest.AppToken, emulator.User{Address: "CAROL", Active: true})
	putMembers(b, "carol")
	r := newRun(t, b)
	created, found := r.apply(t, set(gid, "CAROL"), nil)
	if got := members(b); !slices.Equal(got, []string{"CAROL", "carol"}) || !strings.Contains(found.String(), "another spelling") {
		t.Errorf("the members are %v; %s", got, found)
	}
	must(t)(r.apply(t, set(gid, "CAROL"), must(t)(r.refresh(t, created))))
	if got := members(b); !slices.Equal(got, []string{"CAROL"}) {
		t.Errorf("the members are %v", got)
	}
}

// A CLI creates the replacement first with create_before_destroy, and an order of its own when a resource is renamed.
func TestAccGroupMembers_replacedOrRenamed(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := newGroup(t)
	config := func(name string) string {
		return fmt.Sprintf(`
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

resource "mesibo_group" "all" {
  name = "All"
}

resource "mesibo_group_member" %[1]q {
  gid     = %[2]q
  address = %[3]q

  lifecycle {
    create_before_destroy = true
  }
}

resource "mesibo_group_members" %[1]q {
  gid     = mesibo_group.all.gid
  members = [{ address = %[3]q }, { address = %[4]q }]

  lifecycle {
    create_before_destroy = true
  }
}
`, name, gid, alice, bob)
	}
	w := b.NewWorkspace(t, config("first"))
	expect := func(step string) {
		t.Helper()

		groups := b.Groups(acctest.AppToken)
		if len(groups) != 2 || len(groups[0].Members) != 1 || len(groups[1].Members) != 2 {
			t.Errorf("%s, the back end has %+v", step, groups)
		}
		w.MustRun(t, "plan", "-detailed-exitcode") // The exit code 2, a failure here, means that there are changes.
	}
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "apply", "-auto-approve", "-replace=mesibo_group_member.first", "-replace=mesibo_group_members.first")
	expect("after a replacement")
	w.Configure(t, config("second"))
	w.MustRun(t, "apply", "-auto-approve")
	expect("after a rename")
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

type blocks = []protocoltest.Resource

// Whatever the order of the requests, a run in which memberships move from some resources to others ends with all members
// of the new resources, and with no others.
func TestMembershipsAreHandedOver(t *testing.T) {
	t.Parallel()

	orders := map[string]func(b *acctest.Backend, create, destroy func()){
		"created before destroyed": func(_ *acctest.Backend, create, destroy func()) { create(); destroy() },
		"destroyed before created": func(_ *acctest.Backend, create, destroy func()) { destroy(); create() },
		"created while a removal is retried": func(b *acctest.Backend, create, destroy func()) {
			b.Fail("groupeditmembers", 1, emulator.TooManyRequests("1"))
			var removal sync.WaitGroup
			removal.Go(destroy)
			for b.Count("groupeditmembers") == 0 {
				time.Sleep(time.Millisecond)
			}
			create()
			removal.Wait()
		},
	}
	for name, tt := range map[string]struct {
		before, after blocks
		want          []string
	}{
		"a member is replaced, or renamed without moved": {blocks{single(gid, alice)}, blocks{single(gid, alice)}, []string{alice}},
		"a set is replaced":       {blocks{set(gid, alice, bob)}, blocks{set(gid, alice, bob)}, []string{alice, bob}},
		"members become a set":    {blocks{single(gid, alice), single(gid, bob)}, blocks{set(gid, alice, bob)}, []string{alice, bob}},
		"a set becomes members":   {blocks{set(gid, alice, bob)}, blocks{single(gid, alice), single(gid, bob)}, []string{alice, bob}},
		"count of members shifts": {blocks{single(gid, "carol"), single(gid, alice)}, blocks{single(gid, alice)}, []string{alice}},
		"a set loses a member":    {blocks{set(gid, alice, "carol")}, blocks{set(gid, alice)}, []string{alice}},
	} {
		for order, inOrder := range orders {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				acctest.Needs(t, acctest.ListsMembers)

				b := newGroup(t)
				var before []*protocoltest.Object
				earlier, r := newRun(t, b), newRun(t, b)
				for _, block := range tt.before {
					before = append(before, earlier.apply(t, block, nil))
				}
				b.ResetRequests()
				inOrder(b, func() {
					for _, block := range tt.after {
						r.apply(t, block, nil)
					}
				}, func() {
					for _, object := range before {
						if _, err := r.Destroy(t.Context(), object); err != nil {
							t.Error(err)
						}
					}
				})
				wantMembers(t, b, tt.want...)
			})
		}
	}
}

// A removal that comes before the create of the resource that takes the member over is left out when the configuration
// contains that resource, so that a removal that fails cannot make a later run remove the member.
func TestMemberOfTheConfigurationIsNotRemoved(t *testing.T) {
	t.Parallel()

	b := newGroup(t)
	old, r := newRun(t, b).apply(t, single(gid, alice), nil), newRun(t, b)
	if err := r.Validate(t.Context(), single(gid, alice)); err != nil {
		t.Fatal(err)
	}
	r.destroy(t, old)
	wantMembers(t, b, alice)
}

// A set that is created removes the strangers, and says whom.
func TestSetSaysWhomItRemoves(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := newGroup(t)
	putMembers(b, "carol", "dave")
	r := newRun(t, b)
	state := r.apply(t, set(gid, alice), nil)
	if said := r.said(); !strings.Contains(said, "Other members removed") || !strings.Contains(said, "carol, dave.") {
		t.Errorf("want a warning about carol and dave, got %q", said)
	}
	putMembers(b, bob)
	r = newRun(t, b)
	if r.apply(t, set(gid, alice), r.refresh(t, state)); len(r.titles()) != 0 {
		t.Errorf("a removal that the plan shows needs no warning, got %s", r.said())
	}
	wantMembers(t, b, alice)
}

// What the configuration contains is found while it is planned. A CLI shows several warnings of one title as one.
func TestMembersManagedTwice(t *testing.T) {
	t.Parallel()

	const twice, duplicate = "Group members managed twice", "Duplicate group member"
	for name, tt := range map[string]struct {
		blocks blocks
		want   []string // titles
	}{
		"members of one group":       {blocks{single(gid, alice), single(gid, bob)}, nil},
		"sets of two groups":         {blocks{set(gid, alice), set("1", alice)}, nil},
		"a member of another group":  {blocks{set(gid, alice), single("1", alice)}, nil},
		"one member twice":           {blocks{single(gid, alice), single(gid, alice)}, []string{duplicate}},
		"a set and its member":       {blocks{set(gid, alice), single(gid, alice)}, []string{twice}},
		"members and a set":          {blocks{single(gid, bob), single(gid, "carol"), set(gid, alice)}, []string{twice}},
		"a set and members":          {blocks{set(gid), single(gid, bob), single(gid, "carol")}, []string{twice, twice}},
		"two sets":                   {blocks{set(gid, alice), set(gid, bob)}, []string{twice}},
		"two sets, one of them void": {blocks{set(gid, alice), set(gid)}, []string{twice}},
	} {
		r := newRun(t, newGroup(t))
		for _, block := range tt.blocks {
			if err := r.Validate(t.Context(), block); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(r.titles(), tt.want) {
			t.Errorf("%s: the warnings are %q, want %q", name, r.titles(), tt.want)
		}
	}
}

// A member that differs by case alone from one of the configuration is neither removed nor missing.
func TestMemberInAnotherSpelling(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	for _, block := range []protocoltest.Resource{single(gid, "CAROL"), set(gid, "CAROL")} {
		b := newGroup(t, func(p *profile.Profile) { p.FoldCase = true })
		putMembers(b, "carol")
		r := newRun(t, b)
		created := r.apply(t, block, nil)
		r.said()
		refreshed := r.refresh(t, created)
		if said := r.said(); !strings.Contains(said, "another spelling") || !strings.Contains(said, `"carol"`) {
			t.Errorf("%s: want a warning about carol, got %s", block.Type, said)
		}
		if refreshed == nil || !refreshed.Value().Equal(created.Value()) {
			t.Errorf("%s: the refresh changes the state to %+v", block.Type, refreshed)
		}
		wantMembers(t, b, "carol")
		newRun(t, b).destroy(t, refreshed)
		wantMembers(t, b)
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
	created := r.apply(t, set(gid, "CAROL"), nil)
	if wantMembers(t, b, "CAROL", "carol"); !strings.Contains(r.said(), "another spelling") {
		t.Error("no warning")
	}
	r.apply(t, set(gid, "CAROL"), r.refresh(t, created))
	wantMembers(t, b, "CAROL")
}

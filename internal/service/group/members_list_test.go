// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// lists returns a server that lists at most so many members; the hosted service is documented to list 20. With 0 it lists
// them all.
func lists(most int) acctest.Server {
	return func(p *profile.Profile) { p.MemberLists, p.MemberCap = true, most }
}

// addUsers adds users, and returns their addresses.
func addUsers(b *acctest.Backend, n int, suffix string) []string {
	var addresses []string
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("user%03d%s", i, suffix))
		b.PutUser(acctest.AppToken, emulator.User{Address: addresses[i], Active: true})
	}

	return addresses
}

// saysTruncated reports whether a warning or an error of a run says that the list is truncated.
func saysTruncated(r *run) bool {
	return strings.Contains(r.said(), "Member list truncated")
}

// Where the list is capped, a set of more members is created, refreshed with a warning, extended and destroyed. A removal
// is refused, because the list does not show who would be left. The cap need not be the documented one.
func TestSetOfACappedGroup(t *testing.T) {
	t.Parallel()

	for _, most := range []int{20, 5} {
		b := newGroup(t, lists(most))
		users := addUsers(b, 26, "")
		state := newRun(t, b).apply(t, set(gid, users[:25]...), nil)
		r := newRun(t, b)
		refreshed := r.refresh(t, state)
		if !saysTruncated(r) || !refreshed.Value().Equal(state.Value()) {
			t.Fatalf("a cap of %d: the refresh gives %+v", most, refreshed)
		}
		state = r.apply(t, set(gid, users...), refreshed)
		wantMembers(t, b, users...)

		r = newRun(t, b)
		state = r.refresh(t, state)
		b.ResetRequests()
		if _, err := r.Apply(t.Context(), set(gid, users[1:]...), state); err == nil || !strings.Contains(err.Error(), users[0]) {
			t.Errorf("a cap of %d: want a refusal that names %s, got %v", most, users[0], err)
		}
		if sent := len(b.Requests()); sent != 0 {
			t.Errorf("a cap of %d: the plan of a removal sent %d requests", most, sent)
		}

		b.SetProfile(lists(0))
		r = newRun(t, b)
		if state = r.refresh(t, state); len(r.titles()) != 0 {
			t.Errorf("a complete list gives %s", r.said())
		}
		state = r.apply(t, set(gid, users[1:]...), state)
		wantMembers(t, b, users[1:]...)
		b.SetProfile(lists(most))
		newRun(t, b).destroy(t, state)
		wantMembers(t, b)
	}
}

// Nobody is removed from a group whose members are not all listed, also when the plan does not know of it yet.
func TestSetRemovesNobodyUnseen(t *testing.T) {
	t.Parallel()

	b := newGroup(t, lists(0))
	users := addUsers(b, 25, "")
	state := newRun(t, b).apply(t, set(gid, alice), nil)
	putMembers(b, users...)
	b.SetProfile(lists(20))
	r := newRun(t, b)
	if _, err := r.Apply(t.Context(), set(gid), state); err == nil || !saysTruncated(r) {
		t.Errorf("the removal of a member gives %v", err)
	}
	if state = r.apply(t, set(gid, alice, bob), state); !saysTruncated(r) {
		t.Error("no warning")
	}
	wantMembers(t, b, append(users, alice, bob)...)
	b.SetProfile(lists(0))
	r = newRun(t, b)
	r.apply(t, set(gid, alice), r.refresh(t, state))
	wantMembers(t, b, alice)
}

// A server without a cap may list exactly 20 members. The set passes that number in both directions.
func TestSetPassesTwenty(t *testing.T) {
	t.Parallel()

	for most, sizes := range map[int][]int{0: {19, 20, 21, 20, 19}, 20: {19, 20, 19}} {
		b := newGroup(t, lists(most))
		users := addUsers(b, 21, "")
		var state *protocoltest.Object
		var warned []int
		for _, size := range sizes {
			if state != nil {
				r := newRun(t, b)
				if state = r.refresh(t, state); saysTruncated(r) {
					warned = append(warned, len(addressesIn(t, state)))
				}
			}
			state = newRun(t, b).apply(t, set(gid, users[:size]...), state)
			wantMembers(t, b, users[:size]...)
		}
		if !slices.Equal(warned, []int{20}) { // Once it has shown 21, the server has no cap of 20.
			t.Errorf("a cap of %d: warned of lists of %v", most, warned)
		}
	}
}

// An import of a group whose members are not all listed takes those that are.
func TestSetImportedFromATruncatedList(t *testing.T) {
	t.Parallel()

	b := newGroup(t, lists(20))
	users := addUsers(b, 25, "")
	putMembers(b, users...)
	r := newRun(t, b)
	state := must(t)(r.Import(t.Context(), set(gid), gid))
	if got := addressesIn(t, state); !slices.Equal(got, users[:20]) {
		t.Errorf("imported are %v", got)
	}
	r.apply(t, set(gid, users...), state)
}

// What a create, an update or a destroy has done before it fails is in the state. A request takes no more than 20 of
// these members, because their addresses are long.
func TestSetSavesEachStep(t *testing.T) {
	t.Parallel()

	for _, most := range []int{0, 20} {
		b := newGroup(t, lists(most))
		users := addUsers(b, 30, strings.Repeat("x", 290))
		half := func(state *protocoltest.Object, err error) *protocoltest.Object {
			t.Helper()
			if got := addressesIn(t, state); err == nil || len(got) == 0 || len(got) >= len(users) {
				t.Fatalf("a cap of %d: %d members are in the state; %v", most, len(got), err)
			}
			wantMembers(t, b, addressesIn(t, state)...)

			return state
		}
		refused := emulator.Refuse("QUOTA", 403, "over quota")

		wrong := slices.Insert(slices.Clone(users), 25, "nobody")
		state := half(newRun(t, b).Apply(t.Context(), set(gid, wrong...), nil))
		state = newRun(t, b).apply(t, set(gid, users...), state)
		b.Fail("groupeditmembers", 2, refused)
		state = half(newRun(t, b).Destroy(t.Context(), state))
		state = newRun(t, b).apply(t, set(gid, users...), state)
		if most == 0 {
			b.Fail("groupeditmembers", 3, refused)
			state = half(newRun(t, b).Apply(t.Context(), set(gid, alice), state))
		}
		newRun(t, b).destroy(t, state)
		wantMembers(t, b)
	}
}

// Some servers refuse to remove whom they do not have as a member. A destroy asks again for those only that are listed.
func TestSetDestroyAfterMembersLeft(t *testing.T) {
	t.Parallel()

	b := newGroup(t, lists(0), func(p *profile.Profile) { p.RemoveNonMember = profile.UnknownRefused })
	state := newRun(t, b).apply(t, set(gid, alice, bob, "carol"), nil)
	b.RemoveMember(acctest.AppToken, gid, bob)
	newRun(t, b).destroy(t, state)
	wantMembers(t, b)
}

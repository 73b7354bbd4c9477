// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// capped lists at most 20 members, as the hosted service is documented to do; uncapped lists all.
func capped(p *profile.Profile)   { p.MemberLists, p.MemberCap = true, 20 }
func uncapped(p *profile.Profile) { p.MemberLists, p.MemberCap = true, 0 }

// truncated reports whether diagnostics say that the list is truncated.
func truncated(found diagnostics) bool {
	return strings.Contains(found.String(), "Member list truncated")
}

// Where the list is capped, a set of 25 is created, refreshed with a warning, extended and destroyed. A removal is
// refused, because the list does not show who would be left.
func TestSetOfACappedGroup(t *testing.T) {
	t.Parallel()

	b := newGroup(t, capped)
	users := addUsers(b, 26)
	created := must(t)(newRun(t, b).apply(t, set(gid, users[:25]...), nil))

	r := newRun(t, b)
	refreshed, found := r.refresh(t, created)
	if found.errors() || !truncated(found) || !refreshed.value.Equal(created.value) {
		t.Fatalf("the refresh gives %+v; %s", refreshed, found)
	}
	extended, found := r.apply(t, set(gid, users...), refreshed)
	if found.errors() || !slices.Equal(members(b), users) {
		t.Errorf("the members are %v; %s", members(b), found)
	}

	r = newRun(t, b)
	refreshed = must(t)(r.refresh(t, extended))
	b.ResetRequests()
	if _, found := r.apply(t, set(gid, users[1:]...), refreshed); !found.errors() || !truncated(found) || !strings.Contains(found.String(), users[0]) {
		t.Errorf("want a refusal that names %s, got %s", users[0], found)
	}
	if sent := len(b.Requests()); sent != 0 {
		t.Errorf("the plan of a removal sent %d requests", sent)
	}
	must(t)(newRun(t, b).destroy(t, refreshed))
	if left := members(b); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
}

// The cap need not be the documented one: the list after an apply shows it.
func TestSetOfAnotherCap(t *testing.T) {
	t.Parallel()

	b := newGroup(t, func(p *profile.Profile) { p.MemberLists, p.MemberCap = true, 5 })
	users := addUsers(b, 8)
	created := must(t)(newRun(t, b).apply(t, set(gid, users...), nil))
	refreshed, found := newRun(t, b).refresh(t, created)
	if found.errors() || !truncated(found) || !refreshed.value.Equal(created.value) {
		t.Fatalf("the refresh gives %+v; %s", refreshed, found)
	}
	if _, refused := newRun(t, b).apply(t, set(gid, users[1:]...), refreshed); !refused.errors() || !truncated(refused) {
		t.Errorf("a removal gives %s", refused)
	}
	b.SetProfile(uncapped)
	if refreshed, found = newRun(t, b).refresh(t, refreshed); len(found) != 0 {
		t.Errorf("a complete list gives %s", found)
	}
	must(t)(newRun(t, b).apply(t, set(gid, users[1:]...), refreshed))
	if got := members(b); !slices.Equal(got, users[1:]) {
		t.Errorf("the members are %v", got)
	}
}

// Nobody is removed from a group whose members are not all listed, also when the plan does not know of it yet.
func TestSetRemovesNobodyUnseen(t *testing.T) {
	t.Parallel()

	b := newGroup(t, capped)
	users := addUsers(b, 25)
	putMembers(b, users...)
	r := newRun(t, b)
	created, found := r.apply(t, set(gid, alice), nil)
	if found.errors() || !truncated(found) || len(members(b)) != 26 {
		t.Errorf("the members are %v; %s", members(b), found)
	}
	if created.private = nil; created == nil {
		t.Fatal("nothing was created")
	}
	if _, found := r.apply(t, set(gid), created); !found.errors() || !truncated(found) || len(members(b)) != 26 {
		t.Errorf("the members are %v; %s", members(b), found)
	}
	b.SetProfile(uncapped)
	must(t)(r.apply(t, set(gid, alice), must(t)(r.refresh(t, created))))
	if got := members(b); !slices.Equal(got, []string{alice}) {
		t.Errorf("when all are listed, the members are %v", got)
	}
}

// A server without a cap may list exactly 20 members. The set passes that number in both directions.
func TestSetPassesTwenty(t *testing.T) {
	t.Parallel()

	for name, server := range map[string]acctest.Server{"no cap": uncapped, "a cap that is not reached": capped} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newGroup(t, server)
			users := addUsers(b, 21)
			sizes := []int{19, 20, 19}
			if name == "no cap" {
				sizes = []int{19, 20, 21, 20, 19}
			}
			var state *object
			var warned []int
			for _, size := range sizes {
				r := newRun(t, b)
				if state != nil {
					var found diagnostics
					if state, found = r.refresh(t, state); truncated(found) {
						warned = append(warned, len(state.addresses(t)))
					}
				}
				state = must(t)(newRun(t, b).apply(t, set(gid, users[:size]...), state))
				if got := members(b); !slices.Equal(got, users[:size]) {
					t.Fatalf("the members are %v, want %d", got, size)
				}
			}
			if !slices.Equal(warned, []int{20}) { // Once it has shown 21, the server has no cap of 20.
				t.Errorf("warned of lists of %v", warned)
			}
		})
	}
}

// An import of a group whose members are not all listed takes those that are.
func TestSetImportedFromATruncatedList(t *testing.T) {
	t.Parallel()

	b := newGroup(t, capped)
	users := addUsers(b, 25)
	putMembers(b, users...)
	r := newRun(t, b)
	imported := &object{kind: "mesibo_group_members", value: encode(r.schemas["mesibo_group_members"].ValueType(), map[string]any{
		"gid": gid, "members": []any{},
	})}
	withoutMembers, err := tftypes.Transform(imported.value, func(path *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if path.LastStep() == tftypes.AttributeName("members") {
			return tftypes.NewValue(value.Type(), nil), nil
		}

		return value, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	imported.value = withoutMembers
	state := must(t)(r.refresh(t, imported))
	if got := state.addresses(t); !slices.Equal(slices.Sorted(slices.Values(got)), users[:20]) {
		t.Errorf("imported are %v", got)
	}
	must(t)(r.apply(t, set(gid, users...), state))
}

// addLongUsers adds users of whom a request takes no more than 20, because their addresses are long.
func addLongUsers(b *acctest.Backend) []string {
	var addresses []string
	for i := range 30 {
		address := fmt.Sprintf("user%02d", i) + strings.Repeat("x", 290)
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
		addresses = append(addresses, address)
	}

	return addresses
}

// What a create, an update or a destroy has done before it fails is in the state.
func TestSetSavesEachStep(t *testing.T) {
	t.Parallel()

	for name, server := range map[string]acctest.Server{"all listed": uncapped, "list capped": capped} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newGroup(t, server)
			users := addLongUsers(b)
			sorted := func(state *object) []string { return slices.Sorted(slices.Values(state.addresses(t))) }

			wrong := slices.Insert(slices.Clone(users), 25, "nobody")
			state, found := newRun(t, b).apply(t, set(gid, wrong...), nil)
			if got := members(b); !found.errors() || len(got) == 0 || !slices.Equal(sorted(state), got) {
				t.Fatalf("after a create that failed, %d are members and the state is %+v", len(got), state)
			}
			state = must(t)(newRun(t, b).apply(t, set(gid, users...), state))

			b.Fail("groupeditmembers", 2, emulator.Refuse("QUOTA", 403, "over quota"))
			state, found = newRun(t, b).destroy(t, state)
			if got := members(b); !found.errors() || len(got) == 0 || len(got) == len(users) || !slices.Equal(sorted(state), got) {
				t.Fatalf("after a destroy that failed, %d are members and the state is %+v", len(got), state)
			}
			state = must(t)(newRun(t, b).apply(t, set(gid, users...), state))
			if state = must(t)(newRun(t, b).destroy(t, state)); state != nil || len(members(b)) != 0 {
				t.Errorf("after a destroy, %d are members", len(members(b)))
			}
		})
	}
}

// A failure while members are removed leaves those that are left in the state.
func TestSetUpdateSavesRemovals(t *testing.T) {
	t.Parallel()

	b := newGroup(t, uncapped)
	users := addLongUsers(b)
	state := must(t)(newRun(t, b).apply(t, set(gid, users...), nil))
	b.Fail("groupeditmembers", 3, emulator.Refuse("QUOTA", 403, "over quota"))
	state, found := newRun(t, b).apply(t, set(gid, alice), state)
	if got := members(b); !found.errors() || len(got) == len(users)+1 || !slices.Equal(slices.Sorted(slices.Values(state.addresses(t))), got) {
		t.Errorf("%d are members, the state is %+v; %s", len(got), state, found)
	}
}

// Some servers refuse to remove whom they do not have as a member. A destroy asks for those only that are listed.
func TestSetDestroyAfterMembersLeft(t *testing.T) {
	t.Parallel()

	b := newGroup(t, uncapped, func(p *profile.Profile) { p.RemoveNonMember = profile.UnknownRefused })
	state := must(t)(newRun(t, b).apply(t, set(gid, alice, bob, "carol"), nil))
	b.RemoveMember(acctest.AppToken, gid, bob)
	must(t)(newRun(t, b).destroy(t, state))
	if got := members(b); len(got) != 0 {
		t.Errorf("left are %v", got)
	}
}

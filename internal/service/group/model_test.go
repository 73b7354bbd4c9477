// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// testers is a group in the state, with everything at its default.
func testers() model {
	m := model{Name: types.StringValue("Testers"), Active: types.BoolValue(true), GID: types.StringValue("7")}
	words, _ := decode(0)

	return m.withWords(words)
}

// with returns the model after a change.
func with(m model, change func(*model)) model {
	change(&m)

	return m
}

func TestSetRequest(t *testing.T) {
	t.Parallel()

	name, same, off, flags := "Beta", "Testers", false, func(flags uint32) *uint32 { return &flags }
	tests := map[string]struct {
		plan, prior func(*model)
		shown       uint32
		want        mesibo.UpdateGroupRequest
		needed      bool
	}{
		"nothing": {func(*model) {}, func(*model) {}, 8, mesibo.UpdateGroupRequest{}, false},
		"name": {
			func(m *model) { m.Name = types.StringValue(name) }, func(*model) {}, 8,
			mesibo.UpdateGroupRequest{Name: &name, Flags: flags(8)}, true,
		},
		"name of a group that stays disabled": {
			func(m *model) { m.Name, m.Active = types.StringValue(name), types.BoolValue(off) },
			func(m *model) { m.Active = types.BoolValue(off) }, 0,
			mesibo.UpdateGroupRequest{Name: &name, Flags: flags(0), Active: &off}, true,
		},
		"disabled": {
			func(m *model) { m.Active = types.BoolValue(off) }, func(*model) {}, 8,
			mesibo.UpdateGroupRequest{Name: &same, Flags: flags(8), Active: &off}, true,
		},
		"a word, with a flag that has none": {
			func(m *model) { m.Send = types.StringValue("anyone") }, func(*model) {}, 0x8 | 0x40000,
			mesibo.UpdateGroupRequest{Name: &same, Flags: flags(0x2 | 0x8 | 0x40000)}, true,
		},
		"back to the default": {
			func(*model) {}, func(m *model) { m.Loopback = types.BoolValue(true) }, 0x80,
			mesibo.UpdateGroupRequest{Name: &same, Flags: flags(0)}, true,
		},
		"words that nobody knows": {
			func(*model) {}, func(m *model) { *m = m.withWords(nil) }, 0,
			mesibo.UpdateGroupRequest{Name: &same, Flags: flags(0)}, true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tt.want.GID = "7"
			got, needed := with(testers(), tt.plan).setRequest(with(testers(), tt.prior), tt.shown)
			if diff := cmp.Diff(tt.want, got); diff != "" || needed != tt.needed {
				t.Errorf("needed %t, want %t (-want +got):\n%s", needed, tt.needed, diff)
			}
		})
	}
}

func TestRefreshedGroup(t *testing.T) {
	t.Parallel()

	name, flags, contradictory, off := "Beta", uint32(0x1|0x80|0x8), uint32(0x3), false
	for title, tt := range map[string]struct {
		shown mesibo.Group
		want  func(*model)
	}{
		"nothing is shown": {mesibo.Group{GID: "7"}, func(*model) {}},
		"all is shown": {mesibo.Group{GID: "7", Name: &name, Flags: &flags, Active: &off}, func(m *model) {
			m.Name, m.Send = types.StringValue(name), types.StringValue("selected")
			m.Loopback, m.Active = types.BoolValue(true), types.BoolValue(false)
		}},
		"bits that contradict each other": {mesibo.Group{Flags: &contradictory}, func(m *model) { m.Send = types.StringNull() }},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()

			if diff := cmp.Diff(with(testers(), tt.want), testers().refreshed(tt.shown)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The flags of the private state survive, and what is no number is none.
func TestPrivateFlags(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		flags := rapid.Uint32().Draw(t, "flags")
		if got := decodeFlags(encodeFlags(flags)); got != flags {
			t.Fatalf("%d, want %d", got, flags)
		}
	})
	if got := decodeFlags(nil); got != 0 {
		t.Errorf("none become %d", got)
	}
}

// Whatever the members were and are to be: the changes lead from the one to the other, touch nobody else, and a refresh
// afterwards shows what was planned.
func TestMemberChanges(t *testing.T) {
	t.Parallel()

	permission := rapid.SampledFrom([]types.Bool{types.BoolNull(), types.BoolValue(true), types.BoolValue(false)})
	address := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
	rapid.Check(t, func(t *rapid.T) {
		var planned []memberElement
		for _, a := range rapid.SliceOfDistinct(address, rapid.ID[string]).Draw(t, "planned") {
			planned = append(planned, memberElement{Address: types.StringValue(a), permissions: permissions{
				CanSend: permission.Draw(t, "send"), CanReceive: permission.Draw(t, "receive"), CanPublish: permission.Draw(t, "publish"),
				CanSubscribe: permission.Draw(t, "subscribe"), CanList: permission.Draw(t, "list"),
			}})
		}
		var shown []mesibo.Member
		for _, a := range rapid.SliceOfDistinct(address, rapid.ID[string]).Draw(t, "shown") {
			shown = append(shown, mesibo.Member{Address: a, Permissions: mesibo.Permissions{Send: rapid.Bool().Draw(t, "may send"), List: true}})
		}

		now := map[string]mesibo.Permissions{}
		for _, member := range shown {
			now[member.Address] = member.Permissions
		}
		changes := plannedChanges(planned, shown)
		for _, set := range changes.set {
			for _, a := range set.addresses {
				if before, isMember := now[a]; isMember && before == set.permissions {
					t.Fatalf("%s is set to what it is", a)
				}
				now[a] = set.permissions
			}
		}
		for _, a := range changes.remove {
			delete(now, a)
		}

		want, after := map[string]mesibo.Permissions{}, []mesibo.Member{}
		for _, member := range planned {
			want[member.Address.ValueString()] = member.granted()
			after = append(after, mesibo.Member{Address: member.Address.ValueString(), Permissions: member.granted()})
		}
		if diff := cmp.Diff(want, now); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if got := refreshedElements(planned, after); !slices.Equal(got, planned) {
			t.Fatalf("a refresh shows %+v, want %+v", got, planned)
		}
		for _, element := range refreshedElements(nil, after) {
			if element.granted() != want[element.Address.ValueString()] {
				t.Fatalf("an import shows %+v", element)
			}
		}
	})
}

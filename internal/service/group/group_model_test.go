// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// embedded lets cmp compare models with an embedded one.
var embedded = cmp.AllowUnexported(groupModel{}, groupDataModel{})

// testers returns a group in the state, with every setting at its default, after a change.
func testers(change func(*groupModel)) groupModel {
	m := groupModel{
		settingsModel: settingsFromFlags(0),
		Name:          types.StringValue("Testers"), Active: types.BoolValue(true), GID: types.StringValue("7"),
	}
	change(&m)

	return m
}

func TestUpdateRequest(t *testing.T) {
	t.Parallel()

	unchanged := func(*groupModel) {}
	tests := map[string]struct {
		plan, prior func(*groupModel)
		serverFlags uint32
		want        mesibo.UpdateGroupRequest
	}{
		"name": {
			func(m *groupModel) { m.Name = types.StringValue("Beta") }, unchanged, 0x8,
			mesibo.UpdateGroupRequest{Name: new("Beta"), Flags: new(uint32(0x8))},
		},
		"name of a group that stays disabled": {
			func(m *groupModel) { m.Name, m.Active = types.StringValue("Beta"), types.BoolValue(false) },
			func(m *groupModel) { m.Active = types.BoolValue(false) }, 0,
			mesibo.UpdateGroupRequest{Name: new("Beta"), Flags: new(uint32(0)), Active: new(false)},
		},
		"disabled": {
			func(m *groupModel) { m.Active = types.BoolValue(false) }, unchanged, 0x8,
			mesibo.UpdateGroupRequest{Name: new("Testers"), Flags: new(uint32(0x8)), Active: new(false)},
		},
		"enabled": {
			unchanged, func(m *groupModel) { m.Active = types.BoolValue(false) }, 0,
			mesibo.UpdateGroupRequest{Name: new("Testers"), Flags: new(uint32(0)), Active: new(true)},
		},
		"a word, with flags that belong to no setting": {
			func(m *groupModel) { m.Send = types.StringValue("anyone") }, unchanged, 0x8 | 0x40000,
			mesibo.UpdateGroupRequest{Name: new("Testers"), Flags: new(uint32(0x2 | 0x8 | 0x40000))},
		},
		"back to the default": {
			unchanged, func(m *groupModel) { m.Loopback = types.BoolValue(true) }, 0x80,
			mesibo.UpdateGroupRequest{Name: new("Testers"), Flags: new(uint32(0))},
		},
		"an import without settings": {
			unchanged, func(m *groupModel) { m.settingsModel = settingsModel{} }, 0,
			mesibo.UpdateGroupRequest{Name: new("Testers"), Flags: new(uint32(0))},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tt.want.GID = "7"
			got, needed := testers(tt.plan).updateRequest(testers(tt.prior), tt.serverFlags)
			if diff := cmp.Diff(tt.want, got); diff != "" || !needed {
				t.Errorf("needed %t (-want +got):\n%s", needed, diff)
			}
		})
	}
}

func TestRefreshedFrom(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		group mesibo.Group
		want  func(*groupModel)
	}{
		"the server shows nothing": {mesibo.Group{GID: "7"}, func(*groupModel) {}},
		"it shows everything": {
			mesibo.Group{GID: "7", Name: new("Beta"), Flags: new(uint32(0x1 | 0x80 | 0x8)), Active: new(false)},
			func(m *groupModel) {
				m.Name, m.Send = types.StringValue("Beta"), types.StringValue("selected")
				m.Loopback, m.Active = types.BoolValue(true), types.BoolValue(false)
			},
		},
		"bits that contradict each other": {mesibo.Group{Flags: new(uint32(0x3))}, func(m *groupModel) { m.Send = types.StringNull() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if diff := cmp.Diff(testers(tt.want), testers(func(*groupModel) {}).refreshedFrom(tt.group), embedded); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// drawGroup draws a planned group.
func drawGroup(t *rapid.T, label string) groupModel {
	var flags uint32
	for _, s := range settings {
		flags |= rapid.SampledFrom(s.bits).Draw(t, label+" "+s.name)
	}

	return groupModel{
		settingsModel: settingsFromFlags(flags),
		Name:          types.StringValue(rapid.SampledFrom([]string{"Testers", "Beta"}).Draw(t, label+" name")),
		Active:        types.BoolValue(rapid.Bool().Draw(t, label+" active")),
		GID:           types.StringValue("7"),
	}
}

// After a group is created or updated, the server has what was planned, and keeps the flags that belong to no setting.
func TestServerHasWhatWasPlanned(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		prior, plan := drawGroup(t, "prior"), drawGroup(t, "plan")
		request := prior.createRequest()
		server := mesibo.Group{GID: "7", Name: &request.Name, Flags: &request.Flags, Active: new(true)}
		if request.Active != nil {
			server.Active = request.Active
		}
		if diff := cmp.Diff(prior, groupModel{GID: prior.GID}.refreshedFrom(server), embedded); diff != "" {
			t.Fatalf("created (-want +got):\n%s", diff)
		}

		other := rapid.Uint32().Draw(t, "other flags") &^ knownBits
		server.Flags = new(*server.Flags | other)
		update, needed := plan.updateRequest(prior, *server.Flags)
		if needed {
			server.Name, server.Flags = update.Name, update.Flags
		}
		if update.Active != nil {
			server.Active = update.Active
		}
		if diff := cmp.Diff(plan, prior.refreshedFrom(server), embedded); diff != "" {
			t.Fatalf("updated (-want +got):\n%s", diff)
		}
		if got := *server.Flags &^ knownBits; got != other {
			t.Fatalf("the other flags %#x became %#x", other, got)
		}
		if _, needed := plan.updateRequest(plan, *server.Flags); needed {
			t.Fatal("a group that is as planned is updated")
		}
	})
}

// The data source shows what the server shows, and null for the rest.
func TestWithGroups(t *testing.T) {
	t.Parallel()

	list := mesibo.GroupList{Truncated: true, Groups: []mesibo.Group{
		{GID: "7"}, {GID: "8", Name: new("Beta"), Flags: new(uint32(0x48)), Active: new(true)},
	}}
	want := groupsDataModel{Truncated: types.BoolValue(true), Groups: []groupDataModel{
		{GID: types.StringValue("7")},
		{
			settingsModel: settingsFromFlags(0x40),
			GID:           types.StringValue("8"), Name: types.StringValue("Beta"), Flags: types.Int64Value(0x48),
		},
	}}
	if diff := cmp.Diff(want, groupsDataModel{}.withGroups(list), embedded); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The flags in the private state are read as the number that they are, or as 0.
func FuzzDecodeFlags(f *testing.F) {
	for _, seed := range []string{"", "0", "129", "4294967295", "4294967296", "99999999999999999999", "-1", "null", "1e3"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		if got := decodeFlags(encoded); got != 0 && fmt.Sprint(got) != strings.TrimSpace(string(encoded)) {
			t.Errorf("%q becomes %d", encoded, got)
		}
	})
}

func TestDecodeFlags(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		flags := rapid.Uint32().Draw(t, "flags")
		if got := decodeFlags(fmt.Append(nil, flags)); got != flags {
			t.Fatalf("%d becomes %d", flags, got)
		}
	})
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// embedded lets gocmp compare models with an embedded one.
var embedded = gocmp.AllowUnexported(groupModel{}, groupDataModel{})

// testers returns a group in the state, with every setting at its default, after a change.
func testers(change func(*groupModel)) groupModel {
	m := groupModel{
		settingsModel: settingsFromFlags(0),
		Name:          types.StringValue("Testers"), Active: types.BoolValue(true), GID: types.StringValue("7"),
	}
	change(&m)

	return m
}

// An import without lookups knows no settings, so the first update sets them.
func TestUpdateAfterImportWithoutSettings(t *testing.T) {
	t.Parallel()

	plan := testers(func(*groupModel) {})
	got, needed := plan.updateRequest(testers(func(m *groupModel) { m.settingsModel = settingsModel{} }), 0)
	want := mesibo.UpdateGroupRequest{GID: "7", Name: new("Testers"), Flags: new(uint32(0))}
	if diff := gocmp.Diff(want, got); diff != "" || !needed {
		t.Errorf("needed %t (-want +got):\n%s", needed, diff)
	}
}

// What the server does not show is unchanged. Bits that contradict each other have no word.
func TestRefreshedFrom(t *testing.T) {
	t.Parallel()

	state := testers(func(*groupModel) {})
	if diff := gocmp.Diff(state, state.refreshedFrom(mesibo.Group{GID: "7"}), embedded); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := testers(func(m *groupModel) { m.Send = types.StringNull() })
	if diff := gocmp.Diff(want, state.refreshedFrom(mesibo.Group{Flags: new(uint32(0x3))}), embedded); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
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

// After a group is created or updated, the server has what was planned, and keeps the flags that belong to no setting. A
// server may enable a group when an update leaves out whether it is enabled.
func TestServerHasWhatWasPlanned(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		prior, plan := drawGroup(t, "prior"), drawGroup(t, "plan")
		request := prior.createRequest()
		server := mesibo.Group{GID: "7", Name: &request.Name, Flags: &request.Flags, Active: new(true)}
		if request.Active != nil {
			server.Active = request.Active
		}
		if diff := gocmp.Diff(prior, groupModel{GID: prior.GID}.refreshedFrom(server), embedded); diff != "" {
			t.Fatalf("created (-want +got):\n%s", diff)
		}

		other := rapid.Uint32().Draw(t, "other flags") &^ knownBits
		server.Flags = new(*server.Flags | other)
		update, needed := plan.updateRequest(prior, decodeFlags(fmt.Append(nil, *server.Flags)))
		if needed {
			server.Name, server.Flags = update.Name, update.Flags
			if enables := rapid.Bool().Draw(t, "enables"); enables || update.Active != nil {
				server.Active = cmp.Or(update.Active, new(true))
			}
		}
		if diff := gocmp.Diff(plan, prior.refreshedFrom(server), embedded); diff != "" {
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
	if diff := gocmp.Diff(want, groupsDataModel{}.withGroups(list), embedded); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The flags in the private state are read as the number that they are, or as 0.
func FuzzDecodeFlags(f *testing.F) {
	f.Fuzz(func(t *testing.T, encoded []byte) {
		if got := decodeFlags(encoded); got != 0 && fmt.Sprint(got) != strings.TrimSpace(string(encoded)) {
			t.Errorf("%q becomes %d", encoded, got)
		}
	})
}

// drawPermissions draws the permissions of a member in a configuration.
func drawPermissions(t *rapid.T) permissionsModel {
	value := rapid.SampledFrom([]types.Bool{types.BoolNull(), types.BoolValue(true), types.BoolValue(false)})

	return permissionsModel{
		CanSend: value.Draw(t, "send"), CanReceive: value.Draw(t, "receive"), CanPublish: value.Draw(t, "publish"),
		CanSubscribe: value.Draw(t, "subscribe"), CanList: value.Draw(t, "list"),
	}
}

// Each attribute is one permission, and null means true.
func TestPermissionsRequest(t *testing.T) {
	t.Parallel()

	all := mesibo.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true}
	no, yes := types.BoolValue(false), types.BoolValue(true)
	for want, m := range map[mesibo.Permissions]permissionsModel{
		all:               {},
		{Send: true}:      {yes, no, no, no, no},
		{Receive: true}:   {no, yes, no, no, no},
		{Publish: true}:   {no, no, yes, no, no},
		{Subscribe: true}: {no, no, no, yes, no},
		{List: true}:      {no, no, no, no, yes},
	} {
		if got := m.request(); got != want {
			t.Errorf("%+v requests %+v, want %+v", m, got, want)
		}
	}
}

// Permissions survive the way to the server and back, in both forms in which a state contains them.
func TestPermissionsRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		request := drawPermissions(t).request()
		state := permissionsFrom(request)
		short := state.withNullForTrue()
		if state.request() != request || short.request() != request || short.CanSend.IsNull() != request.Send {
			t.Fatalf("%+v becomes %+v and %+v", request, state, short)
		}
	})
}

// The changes lead from any current members to any planned ones and touch nobody else; a refresh then shows the plan.
func TestMemberChanges(t *testing.T) {
	t.Parallel()

	addresses := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		var planned []memberElement
		for _, address := range addresses.Draw(t, "planned") {
			planned = append(planned, memberElement{permissionsModel: drawPermissions(t), Address: types.StringValue(address)})
		}
		var current []mesibo.Member
		server := map[string]mesibo.Permissions{}
		for _, address := range addresses.Draw(t, "current") {
			server[address] = drawPermissions(t).request()
			current = append(current, mesibo.Member{Address: address, Permissions: server[address]})
		}

		plan := membersModel{Members: planned}
		unchanged, sets, remove := memberChanges(planned, spelledAs(plan.addresses(), current))
		for _, element := range unchanged {
			if server[element.Address.ValueString()] != element.request() {
				t.Fatalf("%s is not changed", element.Address)
			}
		}
		for _, set := range sets {
			for _, address := range set.addresses() {
				if before, isMember := server[address]; isMember && before == set.permissions {
					t.Fatalf("%s is set to what it is", address)
				}
				server[address] = set.permissions
			}
		}
		for _, address := range remove {
			if _, isMember := server[address]; !isMember {
				t.Fatalf("%s is removed and is no member", address)
			}
			delete(server, address)
		}

		want, after := map[string]mesibo.Permissions{}, []mesibo.Member{}
		for _, element := range planned {
			want[element.Address.ValueString()] = element.request()
			after = append(after, mesibo.Member{Address: element.Address.ValueString(), Permissions: element.request()})
		}
		if diff := gocmp.Diff(want, server); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		listed := spelledAs(plan.addresses(), after)
		if got := plan.refreshed(listed); !maps.Equal(got.byAddress(), plan.byAddress()) {
			t.Fatalf("a refresh shows %+v, want %+v", got, plan)
		}
		if imported := (membersModel{}).refreshed(listed); !imported.requestsSameAs(plan) {
			t.Fatalf("an import shows %+v, want %+v", imported, plan)
		}
	})
}

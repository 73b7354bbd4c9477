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
		if state.request() != request || state.withNullForTrue().request() != request {
			t.Fatalf("%+v becomes %+v", request, state)
		}
		if short := state.withNullForTrue(); short.CanSend.IsNull() != request.Send || short.CanList.IsNull() != request.List {
			t.Fatalf("%+v is written as %+v", request, short)
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

		sets, remove := memberChanges(planned, current)
		for _, set := range sets {
			for _, address := range set.addresses {
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
		if diff := cmp.Diff(want, server); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if got := refreshedElements(planned, after); !slices.Equal(got, planned) {
			t.Fatalf("a refresh shows %+v, want %+v", got, planned)
		}
		if sets, remove := memberChanges(refreshedElements(nil, after), after); len(sets)+len(remove) > 0 {
			t.Fatalf("after an import the plan changes %v and removes %v", sets, remove)
		}
	})
}

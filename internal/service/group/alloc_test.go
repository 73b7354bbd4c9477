// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/alloctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// conversions are those that a run makes for each resource.
func conversions(t testing.TB) map[string]alloctest.Path {
	t.Helper()

	state := testers()
	group := mesibo.Group{GID: "7", Name: new("Testers"), Flags: new(uint32(0x81))}
	var planned []memberElement
	var now []mesibo.Member
	for i := range 1000 {
		address := fmt.Sprintf("user-%04d", i)
		planned = append(planned, memberElement{Address: types.StringValue(address)})
		now = append(now, mesibo.Member{Address: address, Permissions: planned[i].granted()})
	}

	return map[string]alloctest.Path{
		"refreshed": {Run: func() {
			if state.refreshed(group).GID.IsNull() {
				t.Fatal("no gid")
			}
		}, Most: 4},
		"set": {Run: func() {
			if _, needed := state.setRequest(state, 0); needed {
				t.Fatal("something is to change")
			}
		}, Most: 22},
		"1000 members": {Run: func() {
			if changes := plannedChanges(planned, now); len(changes.set)+len(changes.remove) > 0 {
				t.Fatal("something is to change")
			}
			if got := refreshedElements(planned, now); len(got) != len(planned) {
				t.Fatal("not the same members")
			}
		}, Most: 80},
	}
}

func BenchmarkConversions(b *testing.B) { alloctest.Bench(b, conversions(b)) }

func TestConversionsAllocateLittle(t *testing.T) { alloctest.Gate(t, conversions(t)) }

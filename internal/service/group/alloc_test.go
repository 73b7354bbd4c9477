// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// conversions are those that a run makes for each resource, and how often each may allocate: a little more than it did
// when this was written, with the race detector too.
func conversions(t testing.TB) map[string]struct {
	run    func()
	allocs float64
} {
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

	return map[string]struct {
		run    func()
		allocs float64
	}{
		"refreshed": {func() {
			if state.refreshed(group).GID.IsNull() {
				t.Fatal("no gid")
			}
		}, 4},
		"set": {func() {
			if _, needed := state.setRequest(state, 0); needed {
				t.Fatal("something is to change")
			}
		}, 22},
		"1000 members": {func() {
			if changes := plannedChanges(planned, now); len(changes.set)+len(changes.remove) > 0 {
				t.Fatal("something is to change")
			}
			if got := refreshedElements(planned, now); len(got) != len(planned) {
				t.Fatal("not the same members")
			}
		}, 80},
	}
}

func BenchmarkConversions(b *testing.B) {
	for name, conversion := range conversions(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				conversion.run()
			}
		})
	}
}

// No other test may run meanwhile, so this one is not parallel.
func TestConversionsAllocateLittle(t *testing.T) {
	for name, conversion := range conversions(t) {
		if got := testing.AllocsPerRun(100, conversion.run); got > conversion.allocs {
			t.Errorf("%s: %.0f allocations, at most %.0f are allowed", name, got, conversion.allocs)
		}
	}
}

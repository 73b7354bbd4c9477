// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
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

	state := held()
	plan := held()
	plan.Token = types.StringUnknown()
	reply := mesibo.User{UID: "5302", Token: mesibo.NewSecret("new")}
	lookup := mesibo.Lookup{Rows: []mesibo.UserRow{{UID: "5302", Address: "alice", AppID: "com.example.app", Token: mesibo.NewSecret("token"), Active: new(true)}}}

	return map[string]struct {
		run    func()
		allocs float64
	}{
		"refreshed": {func() {
			if got := state.refreshed(lookup, now); got.UID.IsNull() {
				t.Fatal("no uid")
			}
		}, 1},
		"mint": {func() {
			if plan.mintRequest().Token == nil || state.minted(plan, reply, now).Token.IsUnknown() {
				t.Fatal("no token")
			}
		}, 5},
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

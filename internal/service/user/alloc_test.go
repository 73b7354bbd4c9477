// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/alloctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// conversions are those that a run makes for each resource.
func conversions(t testing.TB) map[string]alloctest.Path {
	t.Helper()

	state := held()
	plan := held()
	plan.Token = types.StringUnknown()
	reply := mesibo.User{UID: "5302", Token: mesibo.NewSecret("new")}
	lookup := mesibo.Lookup{Rows: []mesibo.UserRow{{UID: "5302", Address: "alice", AppID: "com.example.app", Token: mesibo.NewSecret("token"), Active: new(true)}}}

	return map[string]alloctest.Path{
		"refreshed": {Run: func() {
			if got := state.refreshed(lookup, now); got.UID.IsNull() {
				t.Fatal("no uid")
			}
		}, Most: 1},
		"add and change": {Run: func() {
			if request := plan.addRequest(); request.Token == nil {
				t.Fatal("no token")
			}
			if _, needed := plan.setRequest(state); needed {
				t.Fatal("something is to change")
			}
		}, Most: 5},
		"shown by a data source": {Run: func() {
			if _, diags := shown(lookup.Rows, true); diags.HasError() {
				t.Fatal(diags)
			}
		}, Most: 14},
		"mint": {Run: func() {
			if plan.addRequest().Token == nil || state.minted(plan, reply, now).Token.IsUnknown() {
				t.Fatal("no token")
			}
		}, Most: 5},
	}
}

func BenchmarkConversions(b *testing.B) { alloctest.Bench(b, conversions(b)) }

func TestConversionsAllocateLittle(t *testing.T) { alloctest.Gate(t, conversions(t)) }

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"slices"
	"testing"
)

// Whatever gets much worse misses the targets that are about it, on the CLI on which it did, and no others.
func TestTargets(t *testing.T) {
	t.Parallel()

	slower := func(operation string) func(*sample) { return func(s *sample) { s.Seconds[operation] *= 10 } }
	for name, tt := range map[string]struct {
		subject string
		latency int
		worsen  func(*sample)
		misses  []string
	}{
		"nothing": {mesiboUser, 0, func(*sample) {}, nil},
		"create":  {mesiboUser, 0, slower(opCreate), []string{"create 1,000 at 0 ms / baseline"}},
		"plan":    {mesiboUser, 0, slower(opPlan), []string{"plan 1,000 at 0 ms / baseline"}},
		"destroy": {mesiboUser, 0, slower(opDestroy), []string{"destroy 1,000 at 0 ms / baseline"}},
		"create at 50 ms": {mesiboUser, 50, slower(opCreate), []string{
			"create 1,000 at 50 ms / (baseline + wire)", "create 1,000 at 50 ms: curl in a provisioner / `mesibo_user`",
		}},
		"bulk plan":  {mesiboUserBulk, 50, slower(opPlan), []string{"plan 1,000 with `bulk_reads` at 50 ms / baseline"}},
		"memory":     {mesiboUser, 0, func(s *sample) { s.ProviderMB *= 10 }, []string{"memory of the provider, 1,000 at 0 ms / baseline"}},
		"quick curl": {terraformDataCurl, 50, func(s *sample) { s.Seconds[opCreate] = 18 }, []string{"create 1,000 at 50 ms: curl in a provisioner / `mesibo_user`"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := someResults()
			for i := range r.Samples {
				if r.Samples[i].combination == (combination{terraform, tt.subject, 1000, tt.latency}) {
					tt.worsen(&r.Samples[i])
				}
			}
			var missed []string
			for _, target := range r.evaluate() {
				if !target.Met {
					missed = append(missed, target.Name)
				}
				if !target.Met && target.CLI != terraform {
					t.Errorf("%s is missed on %s", target.Name, target.CLI)
				}
			}
			if !slices.Equal(missed, tt.misses) {
				t.Errorf("missed %q, want %q", missed, tt.misses)
			}
		})
	}
}

// The wire of 2,000 requests at 50 ms, of which 10 are under way at once, is 10 s.
func TestTargetWithWire(t *testing.T) {
	t.Parallel()

	targets := someResults().evaluate()
	i := slices.IndexFunc(targets, func(t target) bool { return t.Name == "create 1,000 at 50 ms / (baseline + wire)" })
	if i < 0 || targets[i].Measured != 18./(20+10) {
		t.Errorf("the targets are %v, want 18 s / (20 s + 10 s)", targets)
	}
}

// One more subject shows the targets that are about it.
func TestTargetsOfUsers(t *testing.T) {
	t.Parallel()

	r := someResults()
	before := len(r.evaluate())
	for _, subject := range []string{mesiboUsers10, mesiboUsers50, xargs10} {
		for _, users := range []int{100, 1000, 10000} {
			for _, latency := range []int{0, 50} {
				r.Samples = append(r.Samples, sample{
					combination: combination{tofu, subject, users, latency}, ProviderMB: 1,
					Seconds: map[string]float64{opCreate: 1, opPlan: 1, opDestroy: 1},
				})
			}
		}
	}
	// Nobody has measured 100 of mesibo_user, so the target that compares it is not shown.
	if shown := len(r.evaluate()) - before; shown != 9 {
		t.Errorf("%d targets more, want 9: %v", shown, r.evaluate())
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package alloctest gates how often a piece of code allocates, which is the same on every machine, and measures how long
// it takes, which is not. It is a helper of tests.
package alloctest

import "testing"

// A Path is something that is run by the thousand, and how often it may allocate: a little more than it does when the
// limit is written, with the race detector too, so that who makes it worse has to say so there.
type Path struct {
	Run  func()
	Most float64
}

// Gate checks the limits. No other test may run meanwhile, so a test that calls it is not parallel.
func Gate(t *testing.T, paths map[string]Path) {
	t.Helper()

	for name, path := range paths {
		if got := testing.AllocsPerRun(20, path.Run); got > path.Most {
			t.Errorf("%s: %.0f allocations, at most %.0f are allowed", name, got, path.Most)
		}
	}
}

// Bench measures each path.
func Bench(b *testing.B, paths map[string]Path) {
	b.Helper()

	for name, path := range paths {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				path.Run()
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The program measures two users with each subject on a real CLI, and the second time nothing.
func TestAccBench(t *testing.T) {
	t.Parallel()

	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests are off: TF_ACC is not set")
	}
	dir := t.TempDir()
	err := run(t.Context(), []string{"-cli", os.Getenv("TF_ACC_TERRAFORM_PATH"), "-n", "2", "-latency", "0", "-once", "-results", dir})
	if err != nil {
		t.Fatal(err)
	}
	r, err := loadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string]sample{}
	for _, s := range r.Samples {
		measured[s.Subject] = s
	}
	for _, s := range subjects {
		if measured[s.name].Seconds[opCreate] <= 0 || measured[s.name].Seconds[opDestroy] <= 0 {
			t.Errorf("%s was not measured: %v", s.name, measured[s.name])
		}
	}
	if _, err := os.Stat("/proc/self/status"); err == nil && measured[mesiboUser].ProviderMB < 5 {
		t.Errorf("the provider took %g MB", measured[mesiboUser].ProviderMB)
	}
	for _, name := range []string{"results.md", "plot.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// Rounds come before subjects, so that the subjects take turns.
func TestSamplesTakeTurns(t *testing.T) {
	t.Parallel()

	b := bench{subjects: []subject{*find(baseline), *find(mesiboUser)}, latencies: []int{0, 50}}
	samples := b.samples(sample{combination: combination{CLI: tofu, Users: 1000}})
	turn := []combination{{tofu, baseline, 1000, 0}, {tofu, mesiboUser, 1000, 0}, {tofu, mesiboUser, 1000, 50}}
	if len(samples) != 3*len(turn) {
		t.Fatalf("%d samples, want three of each: %v", len(samples), samples)
	}
	for i, s := range samples {
		if s.combination != turn[i%3] || s.Round != 1+i/3 {
			t.Errorf("sample %d is %v", i, s)
		}
	}
}

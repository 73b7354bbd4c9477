// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tofu, terraform = "OpenTofu v1.2.3", "Terraform v4.5.6"

// someResults returns results in which the create of 1,000 users takes 20 s with the provider that does nothing and 10 s
// with mesibo_user, or 18 s at 50 ms.
func someResults() *results {
	r := &results{}
	for _, cli := range []string{tofu, terraform} {
		for _, users := range []int{1, 1000} {
			put := func(subject string, latency int, create, plan, destroy, memory float64) {
				share := float64(users) / 1000
				r.Samples = append(r.Samples, sample{
					combination: combination{cli, subject, users, latency}, Round: 1, Commit: "abc", ProviderMB: memory,
					Seconds: map[string]float64{opCreate: share * create, opPlan: share * plan, opDestroy: share * destroy},
				})
			}
			put(terraformData, 0, 4, 2, 4, 0)
			put(baseline, 0, 20, 10, 20, 100)
			put(randomID, 0, 16, 8, 16, 80)
			put(mesiboUser, 0, 10, 6, 14, 40)
			put(mesiboUser, 50, 18, 9, 20, 40)
			put(mesiboUserBulk, 50, 18, 6.5, 18, 40)
			put(terraformDataCurl, 50, 36, 1, 12, 0)
		}
	}

	return r
}

func TestMedian(t *testing.T) {
	t.Parallel()

	r := &results{}
	c := combination{tofu, mesiboUser, 1000, 50}
	if m := r.median(c, takes(opCreate)); !math.IsNaN(m) {
		t.Errorf("the median of nothing is %g", m)
	}
	for round, seconds := range []float64{5, 1, 9} {
		if err := r.add(sample{combination: c, Round: round, Seconds: map[string]float64{opCreate: seconds}}); err != nil {
			t.Fatal(err)
		}
	}
	if m := r.median(c, takes(opCreate)); m != 5 {
		t.Errorf("the median of 5, 1 and 9 is %g", m)
	}
	if m := r.median(c, takes(opPlan)); !math.IsNaN(m) {
		t.Errorf("the median of plans that were not measured is %g", m)
	}
}

// Results go on from what was saved: a sample of the same provider is not taken again, one of another takes its place.
func TestResultsGoOn(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	load := func() *results {
		r, err := loadResults(dir)
		if err != nil {
			t.Fatal(err)
		}

		return r
	}
	old := sample{combination: combination{tofu, mesiboUser, 100, 50}, Round: 1, Commit: "old", Seconds: map[string]float64{opCreate: 3}}
	if err := load().add(old); err != nil {
		t.Fatal(err)
	}
	other, changed := old, old
	other.Round, changed.Commit = 2, "new"
	for wanted, has := range map[*sample]bool{&old: true, &other: false, &changed: false} {
		if load().has(*wanted) != has {
			t.Errorf("has %v is %t", wanted, !has)
		}
	}
	changed.Seconds = map[string]float64{opCreate: 2}
	if err := load().add(changed); err != nil {
		t.Fatal(err)
	}
	if r := load(); len(r.Samples) != 1 || r.median(old.combination, takes(opCreate)) != 2 {
		t.Errorf("the results are %v, want only those of the new commit", r.Samples)
	}
	old.Commit = ""
	if err := load().add(old); err != nil || load().has(old) {
		t.Errorf("a provider that is in no commit counts as measured: %v", err)
	}
}

// Results of the form from before this one, which had no samples, are replaced.
func TestOldFormHasNoSamples(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	old := `{"cli": "Terraform v1.16.4", "rows": [{"system": "mesibo_user"}], "targets": [{"name": "x", "limit": 1}]}`
	if err := os.WriteFile(filepath.Join(dir, "results.json"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := loadResults(dir)
	if err != nil || len(r.Samples) != 0 {
		t.Errorf("loaded %v, %v", r, err)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()

	r := someResults()
	r.dir = t.TempDir()
	var printed bytes.Buffer
	if err := r.report(&printed); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"## OpenTofu v1.2.3, 1,000 users",
		"## Terraform v4.5.6, 1 user\n",
		"| `mesibo_user` | 50 ms | 18.00 | 9.00 | 20.00 | 40 MB | 1 |",
		"| a provider that does nothing |  | 20.00 | 10.00 | 20.00 | 100 MB | 1 |",
		"| create 1,000 at 0 ms / baseline | OpenTofu | ≤ 0.55 | 0.50 | met |",
		"| create 1,000 at 50 ms: curl in a provisioner / `mesibo_user` | Terraform | ≥ 1.20 | 2.00 | met |",
	} {
		if !strings.Contains(printed.String(), row) {
			t.Errorf("the tables lack %q", row)
		}
	}
	for _, name := range []string{"results.json", "results.md", "plot.svg"} {
		if content, err := os.ReadFile(filepath.Join(r.dir, name)); err != nil || !strings.Contains(string(content), "OpenTofu v1.2.3") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if t.Failed() {
		t.Log(printed.String())
	}
}

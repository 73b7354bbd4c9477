// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// results are all samples of one machine.
type results struct {
	Machine machine  `json:"machine"`
	Targets []target `json:"targets"`
	Samples []sample `json:"samples"`

	dir string // where they are kept, if anywhere
}

// combination is what is measured.
type combination struct {
	CLI       string `json:"cli"` // with its version
	Subject   string `json:"subject"`
	Users     int    `json:"users"`
	LatencyMS int    `json:"latency_ms"`
}

// sample is one create, plan and destroy.
type sample struct {
	combination

	Round      int                `json:"round"`
	Commit     string             `json:"commit"` // of the provider; empty when it had changes
	Time       time.Time          `json:"time"`
	Seconds    map[string]float64 `json:"seconds"`     // by operation
	ProviderMB float64            `json:"provider_mb"` // the highest of one process
}

// loadResults reads what a folder has. A file of another form has no samples.
func loadResults(dir string) (*results, error) {
	r := &results{dir: dir}
	if dir == "" {
		return r, nil
	}
	encoded, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}

	return r, json.Unmarshal(encoded, r)
}

// has reports whether a sample was taken, of the same provider.
func (r *results) has(wanted sample) bool {
	return wanted.Commit != "" && slices.ContainsFunc(r.Samples, func(s sample) bool {
		return s.combination == wanted.combination && s.Round == wanted.Round && s.Commit == wanted.Commit
	})
}

// add adds a sample, in place of that of the same round, and saves the results.
func (r *results) add(taken sample) error {
	r.Samples = slices.DeleteFunc(r.Samples, func(s sample) bool {
		return s.combination == taken.combination && s.Round == taken.Round
	})
	r.Samples = append(r.Samples, taken)

	return r.save()
}

// save writes the results; an interrupt leaves those from before.
func (r *results) save() error {
	if r.dir == "" {
		return nil
	}
	r.Targets = r.evaluate()
	encoded, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join(r.dir, "results.json")
	if err := os.WriteFile(file+".new", append(encoded, '\n'), 0o644); err != nil { //nolint:gosec // It contains no secret.
		return err
	}

	return os.Rename(file+".new", file)
}

// report prints the tables, and keeps them and the plot beside the results.
func (r *results) report(w io.Writer) error {
	tables := r.markdown()
	if _, err := io.WriteString(w, tables); err != nil || r.dir == "" {
		return err
	}
	plot, err := r.plot()
	if err != nil {
		return err
	}

	return errors.Join(
		r.save(),
		os.WriteFile(filepath.Join(r.dir, "results.md"), []byte(tables), 0o644), //nolint:gosec // It contains no secret.
		os.WriteFile(filepath.Join(r.dir, "plot.svg"), plot, 0o644),             //nolint:gosec // It contains no secret.
	)
}

// of returns the samples of a combination.
func (r *results) of(c combination) []sample {
	return slices.DeleteFunc(slices.Clone(r.Samples), func(s sample) bool { return s.combination != c })
}

// A figure is a number that a sample has, NaN when it has none.
type figure func(sample) float64

// takes is the seconds that an operation takes.
func takes(operation string) figure {
	return func(s sample) float64 {
		if seconds, ok := s.Seconds[operation]; ok {
			return seconds
		}

		return math.NaN()
	}
}

// providerMemory is the megabytes of the provider.
func providerMemory(s sample) float64 {
	if s.ProviderMB == 0 {
		return math.NaN()
	}

	return s.ProviderMB
}

// median returns the median of a figure, NaN without samples; of two it is the higher.
func (r *results) median(c combination, f figure) float64 {
	samples := r.of(c)
	if len(samples) == 0 {
		return math.NaN()
	}
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(f(a), f(b)) })

	return f(samples[len(samples)/2])
}

// distinct returns the values that samples have, in order.
func distinct[T cmp.Ordered](samples []sample, value func(sample) T) []T {
	var all []T
	for _, s := range samples {
		all = append(all, value(s))
	}
	slices.Sort(all)

	return slices.Compact(all)
}

// clis returns the CLIs that were measured; OpenTofu comes before Terraform.
func (r *results) clis() []string { return distinct(r.Samples, func(s sample) string { return s.CLI }) }

// users returns the numbers of users that were measured.
func (r *results) users() []int { return distinct(r.Samples, func(s sample) int { return s.Users }) }

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// results is what one run of the benchmark has found.
type results struct {
	CLI         string        `json:"cli"`
	Platform    string        `json:"platform"`
	CPUs        int           `json:"cpus"`
	Go          string        `json:"go"`
	BinaryBytes int64         `json:"binary_bytes"` // of the provider, stripped
	Rows        []measurement `json:"rows"`
	Targets     []target      `json:"targets"`
	Failures    []string      `json:"failures,omitempty"`
}

// combination is what is measured from create to destroy.
type combination struct {
	System    string `json:"system"`
	Shape     string `json:"shape"`
	Users     int    `json:"users"`
	LatencyMS int    `json:"latency_ms"`
}

// measurement is one phase of a combination.
type measurement struct {
	combination

	Phase   string  `json:"phase"`
	Seconds float64 `json:"seconds"` // the median
	Runs    int     `json:"runs"`

	Requests    map[string]int `json:"requests"` // by op
	Connections int            `json:"connections"`
	ProviderMB  float64        `json:"provider_mb"` // the highest of one process
}

// find returns the row of a combination.
func (r results) find(system, shape string, users, latency int, phase string) (measurement, bool) {
	c := combination{system, shape, users, latency}
	i := slices.IndexFunc(r.Rows, func(row measurement) bool { return row.combination == c && row.Phase == phase })
	if i < 0 {
		return measurement{}, false
	}

	return r.Rows[i], true
}

// users returns the number of users that targets and plot are about, the highest that was measured.
func (r results) users() int {
	users := 0
	for _, row := range r.Rows {
		users = max(users, row.Users)
	}

	return users
}

// markdown returns the tables of the results.
func (r results) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s, %d CPUs, %s, parallelism %d.\n\n", r.CLI, r.Platform, r.CPUs, r.Go, parallelism)

	text.WriteString("| | users | latency | phase | seconds | requests | connections | provider |\n|---|--:|--:|---|--:|---|--:|--:|\n")
	for _, row := range r.Rows {
		memory := ""
		if row.ProviderMB > 0 {
			memory = fmt.Sprintf("%.0f MB", row.ProviderMB)
		}
		var sent []string
		for _, op := range slices.Sorted(maps.Keys(row.Requests)) {
			sent = append(sent, fmt.Sprintf("%d %s", row.Requests[op], op))
		}
		fmt.Fprintf(&text, "| %s, %s | %d | %d ms | %s | %.2f | %s | %d | %s |\n", row.System, row.Shape, row.Users, row.LatencyMS,
			row.Phase, row.Seconds, strings.Join(sent, ", "), row.Connections, memory)
	}

	text.WriteString("\n| target | wanted | measured | |\n|---|--:|--:|---|\n")
	for _, t := range r.Targets {
		met := "met"
		if !t.Met {
			met = "**missed**"
		}
		fmt.Fprintf(&text, "| %s | ≤ %.4g %s | %.4g %s | %s |\n", t.Name, t.Limit, t.Unit, t.Measured, t.Unit, met)
	}

	return text.String()
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

// results is all that one run of the benchmark has found.
type results struct {
	CLI           string        `json:"cli"`
	Platform      string        `json:"platform"`
	CPUs          int           `json:"cpus"`
	Go            string        `json:"go"`
	BinaryBytes   int64         `json:"binary_bytes"` // of the provider, stripped
	SchemaOffline bool          `json:"schema_loads_offline"`
	Rows          []measurement `json:"rows"`
	Targets       []target      `json:"targets"`
	Failures      []string      `json:"failures,omitempty"`
}

// A measurement is one phase of one combination.
type measurement struct {
	System    string  `json:"system"`
	Shape     string  `json:"shape"`
	Users     int     `json:"users"`
	LatencyMS int     `json:"latency_ms"`
	Phase     string  `json:"phase"`
	Seconds   float64 `json:"seconds"` // the median
	Runs      int     `json:"runs"`

	Requests          map[string]int `json:"requests"` // by op
	Connections       int            `json:"connections"`
	PeakConcurrency   int            `json:"peak_concurrency"`
	ProviderMB        float64        `json:"provider_mb"` // the most that one process held
	ProviderProcesses int            `json:"provider_processes"`
}

// find returns the row of a combination.
func (r *results) find(system, shape string, users, latency int, phase string) (measurement, bool) {
	for _, row := range r.Rows {
		if row.System == system && row.Shape == shape && row.Users == users && row.LatencyMS == latency && row.Phase == phase {
			return row, true
		}
	}

	return measurement{}, false
}

// judged returns the number of users that targets and plot are about: a thousand, or the most that were measured below.
func (r *results) judged() int {
	users := 0
	for _, row := range r.Rows {
		if row.Users <= 1000 {
			users = max(users, row.Users)
		}
	}

	return users
}

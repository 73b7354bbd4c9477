// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// markdown returns the tables of the results.
func (r *results) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s, %d CPUs, %s, parallelism %d.\n\n", r.CLI, r.Platform, r.CPUs, r.Go, parallelism)

	text.WriteString("| | users | latency | phase | seconds | requests | connections | provider |\n|---|--:|--:|---|--:|---|--:|--:|\n")
	for _, row := range r.Rows {
		memory := ""
		if row.ProviderMB > 0 {
			memory = fmt.Sprintf("%.0f MB", row.ProviderMB)
		}
		fmt.Fprintf(&text, "| %s, %s | %d | %d ms | %s | %.2f | %s | %d | %s |\n",
			row.System, row.Shape, row.Users, row.LatencyMS, row.Phase, row.Seconds, counts(row.Requests), row.Connections, memory)
	}

	text.WriteString("\n| target | wanted | measured | |\n|---|--:|--:|---|\n")
	for _, t := range r.Targets {
		sign, verdict := "≤", "met"
		if t.AtLeast {
			sign = "≥"
		}
		if !t.Met {
			verdict = "**missed**"
		}
		fmt.Fprintf(&text, "| %s | %s %s | %s | %s |\n", t.Name, sign, amount(t.Limit, t.Unit), amount(t.Measured, t.Unit), verdict)
	}

	return text.String()
}

func amount(value float64, unit string) string {
	switch unit {
	case "":
		return fmt.Sprintf("%g", value)
	case "x":
		return fmt.Sprintf("%.2f", value)
	default:
		return fmt.Sprintf("%.2f %s", value, unit)
	}
}

// counts lists how often each op was sent.
func counts(requests map[string]int) string {
	var words []string
	for _, op := range slices.Sorted(maps.Keys(requests)) {
		words = append(words, fmt.Sprintf("%d %s", requests[op], op))
	}

	return strings.Join(words, ", ")
}

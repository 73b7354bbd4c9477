// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
)

const explanation = `
A sample is a create, a plan without changes and a destroy, each timed from start to end of the CLI; the tables show the
medians, in seconds. The subjects of a table took turns. The server is emulated on the same machine and answers after the
latency; what sends nothing has none. Resources are made by ` + "`count`" + `, those of 10,000 ` + "`mesibo_user`" + ` in ten
blocks, and the CLI works on 10 at once. Memory is the highest of one provider process. A create and a delete by
` + "`mesibo_user`" + ` look the user up first; curl sends one request for either.
`

// markdown returns the results as tables.
func (r *results) markdown() string {
	var text strings.Builder
	commits := distinct(r.Samples, func(s sample) string { return cmp.Or(s.Commit, "one with changes") })
	days := distinct(r.Samples, func(s sample) string { return s.Time.Format(time.DateOnly) })
	fmt.Fprintf(&text, "%s. Provider of commit %s, measured on %s.\n", r.Machine, strings.Join(commits, ", "), strings.Join(days, ", "))
	text.WriteString(explanation)
	for _, cli := range r.clis() {
		for _, n := range r.users() {
			r.writeTable(&text, cli, n)
		}
	}
	if targets := r.evaluate(); len(targets) > 0 {
		writeTargets(&text, targets)
	}

	return text.String()
}

// writeTable writes the samples of a CLI and a number of users.
func (r *results) writeTable(text *strings.Builder, cli string, users int) {
	fmt.Fprintf(text, "\n## %s, %s\n\n", cli, countOf(users))
	text.WriteString("| | latency | create | plan | destroy | memory | samples |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range subjects {
		for _, latency := range distinct(r.Samples, func(s sample) int { return s.LatencyMS }) {
			c := combination{cli, s.name, users, latency}
			samples := len(r.of(c))
			if samples == 0 {
				continue
			}
			unit := fmt.Sprintf("%d ms", latency)
			if s.requests == nil {
				unit = ""
			}
			fmt.Fprintf(text, "| %s | %s | %s | %s | %s | %s | %d |\n", s.title, unit, cell("%.2f", r.median(c, takes(opCreate))),
				cell("%.2f", r.median(c, takes(opPlan))), cell("%.2f", r.median(c, takes(opDestroy))), cell("%.0f MB", r.median(c, providerMemory)), samples)
		}
	}
}

// writeTargets writes which targets are met.
func writeTargets(text *strings.Builder, targets []target) {
	text.WriteString("\n## Targets\n\n| | | wanted | measured | |\n|---|---|--:|--:|---|\n")
	for _, t := range targets {
		cli, _, _ := strings.Cut(t.CLI, " ")
		wanted, verdict := "≤", "met"
		if t.AtLeast {
			wanted = "≥"
		}
		if !t.Met {
			verdict = "**missed**"
		}
		fmt.Fprintf(text, "| %s | %s | %s %.2f%s | %.2f%s | %s |\n", t.Name, cli, wanted, t.Limit, t.Unit, t.Measured, t.Unit, verdict)
	}
}

// cell formats a number; one that was not measured is empty.
func cell(format string, number float64) string {
	if math.IsNaN(number) {
		return ""
	}

	return fmt.Sprintf(format, number)
}

// countOf writes a number of users out, such as "1,000 users".
func countOf(n int) string {
	switch {
	case n == 1:
		return "1 user"
	case n < 1000:
		return fmt.Sprintf("%d users", n)
	default:
		return fmt.Sprintf("%d,%03d users", n/1000, n%1000)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"math"
	"strings"
)

// target is a limit that the provider should keep on a CLI, and what was measured.
type target struct {
	Name     string  `json:"name"`
	CLI      string  `json:"cli"`
	Limit    float64 `json:"limit"`
	AtLeast  bool    `json:"at_least"` // otherwise at most
	Unit     string  `json:"unit"`
	Measured float64 `json:"measured"`
	Met      bool    `json:"met"`
}

// limits are the targets. The baseline is the provider that does nothing; it sends nothing, so it has no latency. Wire
// is what the requests of an operation take while as many are under way as the CLI works on resources:
// requests · latency / parallelism.
var limits = []struct {
	name                string
	measured            value
	unit                string
	atLeast             bool
	openTofu, terraform float64
}{
	{
		"create 1,000 at 0 ms / baseline",
		ratio(seconds(mesiboUser, 1000, 0, opCreate), seconds(baseline, 1000, 0, opCreate)), "", false, 0.55, 0.80,
	}, {
		"plan 1,000 at 0 ms / baseline",
		ratio(seconds(mesiboUser, 1000, 0, opPlan), seconds(baseline, 1000, 0, opPlan)), "", false, 0.65, 0.70,
	}, {
		"destroy 1,000 at 0 ms / baseline",
		ratio(seconds(mesiboUser, 1000, 0, opDestroy), seconds(baseline, 1000, 0, opDestroy)), "", false, 0.75, 0.90,
	}, {
		"create 1,000 at 50 ms / (baseline + wire)",
		ratio(seconds(mesiboUser, 1000, 50, opCreate), sum(seconds(baseline, 1000, 0, opCreate), wire(2*1000, 50))), "", false, 0.60, 0.65,
	}, {
		"plan 1,000 with `bulk_reads` at 50 ms / baseline",
		ratio(seconds(mesiboUserBulk, 1000, 50, opPlan), seconds(baseline, 1000, 0, opPlan)), "", false, 0.65, 0.70,
	}, {
		"create 1,000 at 50 ms: curl in a provisioner / `mesibo_user`",
		ratio(seconds(terraformDataCurl, 1000, 50, opCreate), seconds(mesiboUser, 1000, 50, opCreate)), "", true, 1.8, 1.2,
	}, {
		"memory of the provider, 1,000 at 0 ms / baseline",
		ratio(memory(mesiboUser, 1000), memory(baseline, 1000)), "", false, 0.40, 0.40,
	}, {
		"memory of the provider, 10,000 at 0 ms",
		memory(mesiboUser, 10000), " MB", false, 120, 120,
	},
	{
		"create 1,000 at 50 ms: `mesibo_users`, 50 at once / `xargs -P10 curl`",
		ratio(seconds(mesiboUsers50, 1000, 50, opCreate), seconds(xargs10, 1000, 50, opCreate)), "", false, 0.5, 0.5,
	}, {
		"create 1,000 at 50 ms: `mesibo_users`, 10 at once / `xargs -P10 curl`",
		ratio(seconds(mesiboUsers10, 1000, 50, opCreate), seconds(xargs10, 1000, 50, opCreate)), "", false, 1.15, 1.15,
	}, {
		"create 1,000 at 50 ms: `mesibo_user` / `mesibo_users`, 50 at once",
		ratio(seconds(mesiboUser, 1000, 50, opCreate), seconds(mesiboUsers50, 1000, 50, opCreate)), "", true, 6, 6,
	}, {
		"create 100 at 50 ms: `mesibo_user` / `mesibo_users`, 10 at once",
		ratio(seconds(mesiboUser, 100, 50, opCreate), seconds(mesiboUsers10, 100, 50, opCreate)), "", true, 1, 1,
	}, {
		"plan 1,000 at 50 ms, `mesibo_users`",
		seconds(mesiboUsers10, 1000, 50, opPlan), " s", false, 1.5, 1.5,
	}, {
		"destroy 1,000 at 50 ms: `mesibo_users`, 50 at once / `xargs -P10 curl`",
		ratio(seconds(mesiboUsers50, 1000, 50, opDestroy), seconds(xargs10, 1000, 50, opDestroy)), "", false, 0.5, 0.5,
	}, {
		"create 10,000 at 0 ms, `mesibo_users`",
		seconds(mesiboUsers10, 10000, 0, opCreate), " s", false, 30, 30,
	}, {
		"plan 10,000 at 0 ms, `mesibo_users`",
		seconds(mesiboUsers10, 10000, 0, opPlan), " s", false, 30, 30,
	}, {
		"destroy 10,000 at 0 ms, `mesibo_users`",
		seconds(mesiboUsers10, 10000, 0, opDestroy), " s", false, 30, 30,
	}, {
		"memory of the provider, 10,000 at 0 ms, `mesibo_users`",
		memory(mesiboUsers10, 10000), " MB", false, 200, 200,
	},
}

// A value is computed from the results of a CLI. It is NaN when something that it needs was not measured.
type value func(r *results, cli string) float64

func seconds(subject string, users, latency int, operation string) value {
	return func(r *results, cli string) float64 {
		return r.median(combination{cli, subject, users, latency}, takes(operation))
	}
}

func memory(subject string, users int) value {
	return func(r *results, cli string) float64 {
		return r.median(combination{cli, subject, users, 0}, providerMemory)
	}
}

func wire(requests, latency int) value {
	return func(*results, string) float64 { return float64(requests*latency) / parallelism / 1000 }
}

func sum(a, b value) value {
	return func(r *results, cli string) float64 { return a(r, cli) + b(r, cli) }
}

func ratio(a, b value) value {
	return func(r *results, cli string) float64 { return a(r, cli) / b(r, cli) }
}

// evaluate compares what was measured with the targets.
func (r *results) evaluate() []target {
	targets := []target{}
	for _, l := range limits {
		for _, cli := range r.clis() {
			t := target{Name: l.name, CLI: cli, Limit: l.terraform, AtLeast: l.atLeast, Unit: l.unit, Measured: l.measured(r, cli)}
			if strings.HasPrefix(cli, "OpenTofu ") {
				t.Limit = l.openTofu
			}
			t.Met = t.AtLeast && t.Measured >= t.Limit || !t.AtLeast && t.Measured <= t.Limit
			if !math.IsNaN(t.Measured) {
				targets = append(targets, t)
			}
		}
	}

	return targets
}

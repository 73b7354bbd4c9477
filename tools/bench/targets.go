// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import "fmt"

// target is a limit that the provider should keep, and what was measured.
type target struct {
	Name     string  `json:"name"`
	Limit    float64 `json:"limit"`
	Measured float64 `json:"measured"`
	Unit     string  `json:"unit"`
	Met      bool    `json:"met"`
}

// evaluate compares what was measured with the targets. The baseline is the do-nothing provider; the network is what the
// requests alone take: their number / parallelism · latency. Targets of what was not measured are left out.
func (r results) evaluate() []target {
	var targets []target
	atMost := func(name string, measured, limit float64, unit string) {
		targets = append(targets, target{Name: name, Limit: limit, Measured: measured, Unit: unit, Met: measured <= limit})
	}
	n := r.users()
	for _, shape := range []string{shapeCount, shapeForEach} {
		name := func(title string) string { return fmt.Sprintf("%s (%d users, %s)", title, n, shape) }
		for _, t := range limits {
			row, found := r.find(systemMesibo, shape, n, t.latency, t.phase)
			base, measured := r.find(systemBaseline, shape, n, 0, t.basePhase)
			if !found || !measured {
				continue
			}
			title, seconds := fmt.Sprintf("%s at %d ms / baseline", t.phase, t.latency), base.Seconds
			if t.withNetwork {
				title, seconds = fmt.Sprintf("%s at %d ms / (baseline + network)", t.phase, t.latency), seconds+network(row)
			}
			atMost(name(title), row.Seconds/seconds, t.limit, "x")
		}
		own, found := r.find(systemMesibo, shape, n, 50, phaseCreate)
		if other, measured := r.find(systemLocalExec, shape, n, 50, phaseCreate); found && measured {
			atMost(name("create at 50 ms / terraform_data with curl"), own.Seconds/other.Seconds, 0.56, "x")
		}
	}
	own, found := r.find(systemMesibo, shapeCount, 1, 0, phasePlan)
	if base, measured := r.find(systemTerraformData, shapeCount, 1, 0, phasePlan); found && measured {
		atMost("start-up above terraform_data (plan of one user)", own.Seconds-base.Seconds, 0.10, "s")
	}
	connections, memory := r.highest()
	atMost("connections of a provider process", connections, parallelism, "")
	atMost("binary, stripped", float64(r.BinaryBytes)/1e6, 30, "MB")
	if base := memory[systemBaseline]; base > 0 {
		atMost("memory of a provider process / baseline", memory[systemMesibo]/base, 1, "x")
	}

	return targets
}

// limits are of the time of mesibo_user, as a multiple of the baseline.
var limits = []struct {
	latency          int
	phase, basePhase string
	withNetwork      bool
	limit            float64
}{
	{50, phaseCreate, phaseCreate, true, 0.80},
	{0, phaseCreate, phaseCreate, false, 1.15},
	{0, phasePlan, phasePlan, true, 1},
	{20, phasePlan, phasePlan, true, 1},
	{50, phasePlan, phasePlan, true, 1},
	{0, phaseBulkPlan, phasePlan, false, 1.05},
	{20, phaseBulkPlan, phasePlan, false, 1.05},
	{50, phaseBulkPlan, phasePlan, false, 1.05},
	{0, phaseDestroy, phaseDestroy, false, 1.10},
}

// network returns the seconds that the requests of a phase take at least.
func network(row measurement) float64 {
	sent := 0
	for _, n := range row.Requests {
		sent += n
	}

	return float64(sent) / parallelism * float64(row.LatencyMS) / 1000
}

// highest returns the most connections of a provider process, and the memory of the largest one of each system.
func (r results) highest() (connections float64, memory map[string]float64) {
	memory = map[string]float64{}
	for _, row := range r.Rows {
		if row.Users == r.users() && row.LatencyMS == 0 && row.Phase != phaseBulkPlan { // Both providers have these.
			memory[row.System] = max(memory[row.System], row.ProviderMB)
		}
		if row.System == systemMesibo {
			processes := 1.0
			if row.Phase == phaseDestroy { // It refreshes in one process and deletes in another.
				processes = 2
			}
			connections = max(connections, float64(row.Connections)/processes)
		}
	}

	return connections, memory
}

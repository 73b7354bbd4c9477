// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
)

// target is something that was set out to be reached, within one run.
type target struct {
	Name     string  `json:"name"`
	Limit    float64 `json:"limit"`
	Measured float64 `json:"measured"`
	Unit     string  `json:"unit"`
	AtLeast  bool    `json:"at_least"` // the limit is the least, not the most
	Met      bool    `json:"met"`
}

func atMost(name string, measured, limit float64, unit string) target {
	return target{Name: name, Limit: limit, Measured: measured, Unit: unit, Met: measured <= limit}
}

func atLeast(name string, measured, limit float64, unit string) target {
	return target{Name: name, Limit: limit, Measured: measured, Unit: unit, AtLeast: true, Met: measured >= limit}
}

// evaluate compares what was measured with the targets. The floor is the do-nothing provider, the wire is what the
// requests alone take: their number / parallelism · latency. A target whose combination was not measured is left out.
func evaluate(r *results) []target {
	var targets []target
	n := r.judged()
	for _, shape := range []string{shapeCount, shapeForEach} {
		name := func(format string, args ...any) string {
			return fmt.Sprintf(format, args...) + fmt.Sprintf(" (%d users, %s)", n, shape)
		}
		floor := func(phase string) float64 {
			row, _ := r.find(systemFloor, shape, n, 0, phase)

			return row.Seconds
		}
		compare := func(latency int, phase string, limit float64, title string, base func(measurement) float64) {
			if row, found := r.find(systemMesibo, shape, n, latency, phase); found {
				targets = append(targets, atMost(name("%s", title), row.Seconds/base(row), limit, "x"))
			}
		}
		onlyFloor := func(phase string) func(measurement) float64 { return func(measurement) float64 { return floor(phase) } }
		withWire := func(row measurement) float64 { return floor(row.Phase) + wire(row) }

		compare(50, phaseCreate, 0.80, "create at 50 ms / (floor + wire)", withWire)
		compare(0, phaseCreate, 1.15, "create at 0 ms / floor", onlyFloor(phaseCreate))
		for _, latency := range []int{0, 20, 50} {
			compare(latency, phasePlan, 1, fmt.Sprintf("plan at %d ms / (floor + wire)", latency), withWire)
			compare(latency, phaseBulkPlan, 1.05, fmt.Sprintf("plan with bulk_reads at %d ms / floor", latency), onlyFloor(phasePlan))
		}
		compare(0, phaseDestroy, 1.10, "destroy at 0 ms / floor", onlyFloor(phaseDestroy))
		own, found := r.find(systemMesibo, shape, n, 50, phaseCreate)
		if others, measured := r.find(systemLocalExec, shape, n, 50, phaseCreate); found && measured {
			targets = append(targets, atLeast(name("create at 50 ms, terraform_data with curl / mesibo_user"), others.Seconds/own.Seconds, 1.8, "x"))
		}
	}
	if own, found := r.find(systemMesibo, shapeCount, 1, 0, phasePlan); found {
		if floor, measured := r.find(systemTerraformData, shapeCount, 1, 0, phasePlan); measured {
			targets = append(targets, atMost("start-up above terraform_data (plan of one user)", own.Seconds-floor.Seconds, 0.10, "s"))
		}
	}

	return append(targets, r.sizes()...)
}

// wire is what the requests of a phase take on their way, at the least.
func wire(row measurement) float64 {
	sent := 0
	for _, n := range row.Requests {
		sent += n
	}

	return float64(sent) / parallelism * float64(row.LatencyMS) / 1000
}

// sizes are the targets that are not about time.
func (r *results) sizes() []target {
	memory := map[string]float64{} // of what was measured alike
	connections := 0.0             // of a process
	for _, row := range r.Rows {
		if row.Users == r.judged() && row.LatencyMS == 0 && row.Phase != phaseBulkPlan {
			memory[row.System] = max(memory[row.System], row.ProviderMB)
		}
		if row.System == systemMesibo {
			talking := 1.0 // A destroy refreshes in one process and deletes in another.
			if row.Phase == phaseDestroy {
				talking = 2
			}
			connections = max(connections, float64(row.Connections)/talking)
		}
	}
	targets := []target{
		atMost("connections of a provider process", connections, parallelism, ""),
		atMost("binary, stripped", float64(r.BinaryBytes)/1e6, 30, "MB"),
		atLeast("the schema loads without a network", map[bool]float64{true: 1}[r.SchemaOffline], 1, ""),
	}
	if floor := memory[systemFloor]; floor > 0 {
		targets = append(targets, atMost("memory of a provider process / floor", memory[systemMesibo]/floor, 1, "x"))
	}

	return targets
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"math"
	"strings"
)

// A series is the bars of one system. Floors send nothing, so they are measured without latency.
type series struct {
	system, color string
	latency       int
}

// plotted are the systems in the plot, what is done without a provider last.
var plotted = []series{
	{systemTerraformData, "#b8c4ce", 0},
	{systemFloor, "#7f93a3", 0},
	{systemMesibo, "#0b7a75", 50},
	{systemLocalExec, "#d8973c", 50},
	{systemXargs, "#e8c48a", 50},
}

// The plot is drawn on a grid of pixels.
const (
	plotWidth, plotHeight = 860, 460
	plotLeft, plotRight   = 60, 20
	plotTop, plotBottom   = 80, 90
)

// plot draws the seconds for the largest number of users at 50 ms, as an SVG.
func (r *results) plot() string {
	n := r.judged()
	phases := []string{phaseCreate, phasePlan, phaseBulkPlan, phaseDestroy}
	highest := 0.0
	for _, s := range plotted {
		for _, phase := range phases {
			row, _ := r.find(s.system, shapeCount, n, s.latency, phase)
			highest = max(highest, row.Seconds)
		}
	}
	step := niceStep(highest / 5)
	top := step * math.Ceil(highest/step)
	y := func(seconds float64) float64 {
		return plotHeight - plotBottom - seconds/top*(plotHeight-plotTop-plotBottom)
	}

	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&svg, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", plotWidth, plotHeight)
	label(&svg, plotLeft, 30, "start", 17, fmt.Sprintf("Seconds for %d users, server at 50 ms", n))
	label(&svg, plotLeft, 52, "start", 13, fmt.Sprintf("%s, %d CPUs, parallelism %d; less is better", r.CLI, r.CPUs, parallelism))
	for seconds := 0.0; seconds <= top; seconds += step {
		fmt.Fprintf(&svg, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#dddddd"/>`+"\n", plotLeft, plotWidth-plotRight, y(seconds), y(seconds))
		label(&svg, plotLeft-8, y(seconds)+4, "end", 13, fmt.Sprintf("%g", seconds))
	}

	group := float64(plotWidth-plotLeft-plotRight) / float64(len(phases))
	for i, phase := range phases {
		left := plotLeft + float64(i)*group
		label(&svg, left+group/2, plotHeight-plotBottom+20, "middle", 13, phase)
		var bars []series
		for _, s := range plotted {
			if _, measured := r.find(s.system, shapeCount, n, s.latency, phase); measured {
				bars = append(bars, s)
			}
		}
		width := min(group*0.85/float64(max(len(bars), 1)), 34)
		at := left + (group-width*float64(len(bars)))/2
		for _, s := range bars {
			row, _ := r.find(s.system, shapeCount, n, s.latency, phase)
			fmt.Fprintf(&svg, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n",
				at+1, y(row.Seconds), width-2, y(0)-y(row.Seconds), s.color)
			label(&svg, at+width/2, y(row.Seconds)-5, "middle", 12, fmt.Sprintf("%.0f", row.Seconds))
			at += width
		}
	}

	at := float64(plotLeft)
	for _, s := range plotted {
		name := s.system
		if s.latency == 0 {
			name += " (no requests)"
		}
		fmt.Fprintf(&svg, `<rect x="%.1f" y="%d" width="12" height="12" fill="%s"/>`+"\n", at, plotHeight-36, s.color)
		label(&svg, at+17, plotHeight-26, "start", 12, name)
		at += 30 + 5.8*float64(len(name))
	}
	svg.WriteString("</svg>\n")

	return svg.String()
}

// label writes a text, of which anchor says which end is at x.
func label(svg *strings.Builder, x, y float64, anchor string, size int, text string) {
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	fmt.Fprintf(svg, `<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" fill="#222222">%s</text>`+"\n", x, y, anchor, size, escaped)
}

// niceStep rounds up to 1, 2 or 5 times a power of ten.
func niceStep(least float64) float64 {
	if least <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= least {
			return factor * power
		}
	}

	return 10 * power
}

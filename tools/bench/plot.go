// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"math"
	"strings"
)

// series is the bars of one system. Baselines send nothing, so they are measured without latency.
type series struct {
	system, color string
	latency       int
}

// plotted are the systems in the plot; what people do without a provider comes last.
var plotted = []series{
	{systemTerraformData, "#b8c4ce", 0},
	{systemBaseline, "#7f93a3", 0},
	{systemMesibo, "#0b7a75", 50},
	{systemLocalExec, "#d8973c", 50},
	{systemXargs, "#e8c48a", 50},
}

// Sizes in pixels.
const (
	plotWidth, plotHeight = 860, 460
	plotLeft, plotRight   = 60, 20
	plotTop, plotBottom   = 80, 90
)

// svg is a plot that is being drawn.
type svg struct{ strings.Builder }

func (s *svg) rect(x, y, width, height float64, color string) {
	fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, width, height, color)
}

// text writes a text; anchor says which end of it is at x.
func (s *svg) text(x, y float64, anchor string, size int, text string) {
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" fill="#222222">%s</text>`+"\n", x, y, anchor, size, escaped)
}

// plot draws the seconds for the largest number of users at 50 ms, as an SVG.
func (r results) plot() string {
	n, highest := r.users(), 0.0
	for _, system := range plotted {
		for _, phase := range phases {
			row, _ := r.find(system.system, shapeCount, n, system.latency, phase)
			highest = max(highest, row.Seconds)
		}
	}
	step := 1.0
	for _, larger := range []float64{2, 5, 10, 20, 50, 100, 200, 500} {
		if highest > 6*step {
			step = larger
		}
	}
	top := step * math.Ceil(max(highest, 1)/step)
	y := func(seconds float64) float64 {
		return plotHeight - plotBottom - seconds/top*(plotHeight-plotTop-plotBottom)
	}

	var s svg
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", plotWidth, plotHeight)
	s.rect(0, 0, plotWidth, plotHeight, "#ffffff")
	s.text(plotLeft, 30, "start", 17, fmt.Sprintf("Seconds for %d users, server at 50 ms", n))
	s.text(plotLeft, 52, "start", 13, fmt.Sprintf("%s, %d CPUs, parallelism %d; less is better", r.CLI, r.CPUs, parallelism))
	for seconds := 0.0; seconds <= top; seconds += step {
		s.rect(plotLeft, y(seconds), plotWidth-plotLeft-plotRight, 1, "#dddddd")
		s.text(plotLeft-8, y(seconds)+4, "end", 13, fmt.Sprintf("%g", seconds))
	}
	group := float64(plotWidth-plotLeft-plotRight) / float64(len(phases))
	for i, phase := range phases {
		left, width := plotLeft+float64(i)*group, group*0.85/float64(len(plotted))
		s.text(left+group/2, plotHeight-plotBottom+20, "middle", 13, phase)
		at := left + group*0.075
		for _, system := range plotted {
			if row, measured := r.find(system.system, shapeCount, n, system.latency, phase); measured {
				s.rect(at+1, y(row.Seconds), width-2, y(0)-y(row.Seconds), system.color)
				s.text(at+width/2, y(row.Seconds)-5, "middle", 12, fmt.Sprintf("%.0f", row.Seconds))
			}
			at += width
		}
	}
	at := float64(plotLeft)
	for _, system := range plotted {
		s.rect(at, plotHeight-36, 12, 12, system.color)
		s.text(at+17, plotHeight-26, "start", 12, system.system)
		at += 40 + 6*float64(len(system.system))
	}
	s.WriteString("</svg>\n")

	return s.String()
}

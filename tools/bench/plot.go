// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// plotted are the subjects in the plot, from bottom to top.
var plotted = []struct{ name, label string }{
	{xargs10, "xargs -P10 curl"},
	{terraformDataCurl, "curl in a provisioner"},
	{randomID, "random_id"},
	{baseline, "a provider that does nothing"},
	{mesiboUser, "mesibo_user"},
}

// plotLatency is the latency of the server in the plot.
const plotLatency = 50

// parts are what the time of a create is made of.
var parts = [3]struct {
	label string
	color color.Color
}{
	{"the CLI by itself (terraform_data)", color.RGBA{0xb3, 0xc0, 0xcb, 0xff}},
	{"what the provider or curl adds", color.RGBA{0x0b, 0x7a, 0x75, 0xff}},
	{fmt.Sprintf("what a server adds that takes %d ms to answer", plotLatency), color.RGBA{0xe5, 0xaa, 0x55, 0xff}},
}

// split returns the parts of a create in seconds, none when one was not measured. Their sum is what was measured, also
// where a subject is quicker than terraform_data.
func (r *results) split(cli, name string, users int) (seconds [len(parts)]float64, ok bool) {
	create := func(subject string, latency int) float64 {
		return r.median(combination{cli, subject, users, latency}, takes(opCreate))
	}
	alone, quick, total := create(terraformData, 0), create(name, 0), create(name, plotLatency)
	s := find(name)
	if s.config == nil {
		alone = 0
	}
	if s.requests == nil {
		total = quick
	}
	quick = min(quick, total)
	alone = min(alone, quick)

	if math.IsNaN(alone) {
		return seconds, false
	}

	return [...]float64{alone, quick - alone, total - quick}, true
}

// plotUsers returns the numbers of users in the plot: those for which it is known what a CLI takes by itself.
func (r *results) plotUsers(cli string) []int {
	var all []int
	for _, n := range r.users() {
		if len(r.of(combination{cli, terraformData, n, 0})) > 0 {
			all = append(all, n)
		}
	}

	return all
}

// Sizes of the plot.
const (
	plotWidth, plotMargin = 880, 12
	titleSize, textSize   = 13, 11
	legendHeight          = 68
	barWidth              = 18
)

var rowHeight = vg.Length(barWidth*1.6*float64(len(plotted)) + 70)

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// plot draws a chart for each CLI as an SVG.
func (r *results) plot() ([]byte, error) {
	clis := r.clis()
	svg := vgsvg.New(plotWidth, legendHeight+rowHeight*vg.Length(len(clis)))
	page := draw.New(svg)
	page.SetColor(color.White)
	page.Fill(page.Path())
	page = draw.Crop(page, plotMargin, -plotMargin, 0, 0)
	drawLegend(draw.Crop(page, 0, 0, 0, -plotMargin))
	for i, cli := range clis {
		top := legendHeight + rowHeight*vg.Length(i)
		row := draw.Crop(page, 0, 0, page.Max.Y-top-rowHeight, -top)
		if err := r.drawCLI(row, cli); err != nil {
			return nil, err
		}
	}
	var content bytes.Buffer
	_, err := svg.WriteTo(&content)

	// The fonts that the text was measured with are not everywhere; the others are as wide.
	return bytes.ReplaceAll(content.Bytes(), []byte("Liberation Sans"), []byte("Liberation Sans,Arial,Helvetica,sans-serif")), err
}

func drawLegend(c draw.Canvas) {
	legend := plot.NewLegend()
	legend.Top, legend.Left = true, true
	legend.TextStyle.Font, legend.Padding = sans(textSize), 4
	for _, part := range parts {
		legend.Add(part.label, &plotter.BarChart{Color: part.color})
	}
	legend.Draw(c)
}

// drawCLI draws the title and the charts of a CLI, one for each number of users.
func (r *results) drawCLI(c draw.Canvas, cli string) error {
	users := r.plotUsers(cli)
	if len(users) == 0 {
		return nil
	}
	heading := text.Style{Font: sans(titleSize), Color: color.Black, YAlign: text.YTop, Handler: plot.DefaultTextHandler}
	heading.Font.Weight = xfont.WeightBold
	c.FillText(heading, vg.Point{X: c.Min.X, Y: c.Max.Y}, r.plotTitle(cli, users[len(users)-1]))

	charts := make([]*plot.Plot, len(users))
	for i, n := range users {
		var err error
		if charts[i], err = r.chart(cli, n); err != nil {
			return err
		}
		if i > 0 {
			charts[i].HideY()
		}
	}
	tiles := draw.Tiles{Rows: 1, Cols: len(charts), PadX: plotMargin, PadTop: 3 * titleSize, PadBottom: plotMargin}
	for i, canvas := range plot.Align([][]*plot.Plot{charts}, tiles, c)[0] {
		charts[i].Draw(canvas)
		heading.Font = sans(textSize)
		canvas.FillText(heading, vg.Point{X: charts[i].DataCanvas(canvas).Min.X, Y: canvas.Max.Y + 1.5*textSize}, countOf(users[i]))
	}

	return nil
}

// plotTitle says what was found for the largest number of users.
func (r *results) plotTitle(cli string, users int) string {
	own, measured := r.split(cli, mesiboUser, users)
	base, found := r.split(cli, baseline, users)
	if !measured || !found {
		return cli
	}

	return fmt.Sprintf("%s: mesibo_user creates %s in %.3g s, in %.3g s without latency; a provider that does nothing takes %.3g s",
		cli, countOf(users), own[0]+own[1]+own[2], own[0]+own[1], base[0]+base[1])
}

// chart returns the bars for a number of users.
func (r *results) chart(cli string, users int) (*plot.Plot, error) {
	p := plot.New()
	p.HideX()

	var labels []string
	var totals plotter.XYLabels
	var values [len(parts)]plotter.Values
	for i, subject := range plotted {
		labels = append(labels, subject.label)
		seconds, ok := r.split(cli, subject.name, users)
		total, note := seconds[0]+seconds[1]+seconds[2], "not measured"
		if ok {
			note = fmt.Sprintf("%.3g s", total)
		}
		for part := range parts {
			values[part] = append(values[part], seconds[part])
		}
		totals.XYs = append(totals.XYs, plotter.XY{X: total, Y: float64(i)})
		totals.Labels = append(totals.Labels, note)
	}
	var below *plotter.BarChart
	for part, of := range values {
		bars, err := plotter.NewBarChart(of, barWidth)
		if err != nil {
			return nil, err
		}
		bars.Horizontal, bars.Color, bars.LineStyle.Width = true, parts[part].color, 0
		if below != nil {
			bars.StackOn(below)
		}
		below = bars
		p.Add(bars)
	}
	notes, err := plotter.NewLabels(totals)
	if err != nil {
		return nil, err
	}
	for i := range notes.TextStyle {
		notes.TextStyle[i].Font, notes.TextStyle[i].YAlign = sans(textSize), text.YCenter
	}
	notes.Offset.X = 4
	p.Add(notes)
	p.NominalY(labels...)
	p.Y.Tick.Label.Font = sans(textSize)
	p.X.Min = 0

	return p, nil
}

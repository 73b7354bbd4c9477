// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// atTheLimit returns a run that meets each target exactly. The baseline takes 20 s, 10 s and 30 s.
func atTheLimit() results {
	r := results{CLI: "Terraform <1> & \"more\"", BinaryBytes: 30e6}
	add := func(system, shape string, users, latency int, phase string, seconds float64) {
		c := combination{system, shape, users, latency}
		r.Rows = append(r.Rows, measurement{combination: c, Phase: phase, Seconds: seconds, Requests: requests(c, phase), Connections: 10, ProviderMB: 50})
	}
	for _, shape := range []string{shapeCount, shapeForEach} {
		add(systemBaseline, shape, 1000, 0, phaseCreate, 20)
		add(systemBaseline, shape, 1000, 0, phasePlan, 10)
		add(systemBaseline, shape, 1000, 0, phaseDestroy, 30)
		add(systemMesibo, shape, 1000, 50, phaseCreate, 0.8*(20+10))
		add(systemMesibo, shape, 1000, 0, phaseCreate, 1.15*20)
		add(systemMesibo, shape, 1000, 20, phasePlan, 10+2)
		add(systemMesibo, shape, 1000, 50, phaseBulkPlan, 1.05*10)
		add(systemMesibo, shape, 1000, 0, phaseDestroy, 1.1*30)
		add(systemLocalExec, shape, 1000, 50, phaseCreate, 0.8*(20+10)/0.56)
	}
	add(systemTerraformData, shapeCount, 1, 0, phasePlan, 0.125)
	add(systemMesibo, shapeCount, 1, 0, phasePlan, 0.225)

	return r
}

// Whatever gets worse by a little misses the targets that are about it, and no others.
func TestTargets(t *testing.T) {
	t.Parallel()

	slower := func(users int, phase string) func(*measurement) {
		return func(m *measurement) {
			if m.System == systemMesibo && m.Phase == phase && m.Users == users {
				m.Seconds *= 1.1
			}
		}
	}
	for name, tt := range map[string]struct {
		worsen func(*measurement)
		misses string
		want   int
	}{
		"nothing":        {func(*measurement) {}, "", 0},
		"create":         {slower(1000, phaseCreate), "create at", 6},
		"plan":           {slower(1000, phasePlan), "plan at", 2},
		"bulk plan":      {slower(1000, phaseBulkPlan), "plan, bulk_reads at", 2},
		"destroy":        {slower(1000, phaseDestroy), "destroy at", 2},
		"start":          {slower(1, phasePlan), "start-up", 1},
		"10 connections": {func(m *measurement) { m.Connections += 10 }, "connections", 1},
		"memory": {func(m *measurement) {
			if m.System == systemMesibo {
				m.ProviderMB++
			}
		}, "memory", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := atTheLimit()
			for i := range r.Rows {
				tt.worsen(&r.Rows[i])
			}
			missed := slices.DeleteFunc(r.evaluate(), func(target target) bool { return target.Measured < target.Limit*1.0001 })
			if len(missed) != tt.want {
				t.Errorf("%d targets are missed, want %d: %v", len(missed), tt.want, missed)
			}
			for _, target := range missed {
				if target.Met || !strings.HasPrefix(target.Name, tt.misses) {
					t.Errorf("%s is missed", target.Name)
				}
			}
		})
	}
}

func TestPlotIsXML(t *testing.T) {
	t.Parallel()

	for name, plot := range map[string]string{"full": atTheLimit().plot(), "empty": results{}.plot()} {
		decoder := xml.NewDecoder(strings.NewReader(plot))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, plot)
			}
		}
	}
	if plot := atTheLimit().plot(); !strings.Contains(plot, ">24<") || !strings.Contains(plot, "Terraform &lt;1&gt;") {
		t.Errorf("the plot lacks the create at 50 ms, 24 s, or the CLI:\n%s", plot)
	}
}

// The program measures two users on a real CLI, and writes all files.
func TestAccBench(t *testing.T) {
	t.Parallel()

	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests are off: TF_ACC is not set")
	}
	file := func(name string) string { return filepath.Join(t.TempDir(), name) }
	jsonFile, markdown, svg := file("json"), file("md"), file("svg")
	err := run(t.Context(), []string{
		"-cli", os.Getenv("TF_ACC_TERRAFORM_PATH"), "-n", "2", "-latency", "0", "-once", "-json", jsonFile, "-markdown", markdown, "-svg", svg,
	})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := os.ReadFile(jsonFile)
	if err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(encoded, &r); err != nil {
		t.Fatal(err)
	}
	if create, found := r.find(systemMesibo, shapeForEach, 2, 0, phaseCreate); !found || create.Requests["useradd"] != 2 || len(r.Targets) == 0 {
		t.Errorf("the create, or the targets, are not in the results: %s", encoded)
	}
	for _, name := range []string{markdown, svg} {
		if content, err := os.ReadFile(name); err != nil || !strings.Contains(string(content), systemMesibo) {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
}

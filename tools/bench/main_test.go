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
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// atTheLimit is a run of a thousand users in which every target is met exactly.
func atTheLimit() *results {
	r := &results{CLI: "Terraform <1> & \"more\"", BinaryBytes: 30e6, SchemaOffline: true}
	add := func(system, shape string, users, latency int, phase string, seconds float64, sent map[string]int, connections int) {
		r.Rows = append(r.Rows, measurement{
			System: system, Shape: shape, Users: users, LatencyMS: latency, Phase: phase, Seconds: seconds,
			Requests: sent, Connections: connections, ProviderMB: 50,
		})
	}
	for _, shape := range []string{shapeCount, shapeForEach} {
		add(systemFloor, shape, 1000, 0, phaseCreate, 20, nil, 0)
		add(systemFloor, shape, 1000, 0, phasePlan, 10, nil, 0)
		add(systemFloor, shape, 1000, 0, phaseDestroy, 30, nil, 0)
		creates, reads := map[string]int{"usersget": 1000, "useradd": 1000}, map[string]int{"usersget": 1000}
		add(systemMesibo, shape, 1000, 50, phaseCreate, 0.8*(20+10), creates, 10)
		add(systemMesibo, shape, 1000, 0, phaseCreate, 1.15*20, creates, 10)
		add(systemMesibo, shape, 1000, 0, phasePlan, 10, reads, 10)
		add(systemMesibo, shape, 1000, 20, phasePlan, 10+2, reads, 10)
		add(systemMesibo, shape, 1000, 50, phasePlan, 10+5, reads, 10)
		add(systemMesibo, shape, 1000, 50, phaseBulkPlan, 1.05*10, map[string]int{"usersget": 1}, 1)
		add(systemMesibo, shape, 1000, 0, phaseDestroy, 1.1*30, map[string]int{"usersget": 1000, "userdel": 1000}, 20)
		add(systemLocalExec, shape, 1000, 50, phaseCreate, 1.8*0.8*(20+10), nil, 0)
	}
	add(systemMesibo, shapeCount, 5000, 0, phaseCreate, 1000, nil, 10) // It is not what the targets are about.
	add(systemTerraformData, shapeCount, 1, 0, phasePlan, 0.125, nil, 0)
	add(systemMesibo, shapeCount, 1, 0, phasePlan, 0.125+0.0999, nil, 1)

	return r
}

func TestTargetsAtTheirLimit(t *testing.T) {
	t.Parallel()

	targets := evaluate(atTheLimit())
	if len(targets) != 2*8+1+4 {
		t.Errorf("%d targets were evaluated", len(targets))
	}
	for _, target := range targets {
		if short := target.Limit - target.Measured; !target.Met && (short > 1e-9 || short < -1e-9) {
			t.Errorf("%s is missed: %v, want %v", target.Name, target.Measured, target.Limit)
		}
	}
}

// Each thing that gets worse misses the targets that are about it, and no others.
func TestTargetsMissed(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		worsen func(*measurement)
		want   []string
	}{
		"slow creates": {func(m *measurement) {
			if m.System == systemMesibo && m.Phase == phaseCreate && m.Users == 1000 {
				m.Seconds *= 1.1
			}
		}, []string{"create at"}},
		"slow plans": {func(m *measurement) {
			if m.System == systemMesibo && m.Phase == phasePlan && m.Users > 1 {
				m.Seconds *= 1.1
			}
		}, []string{"plan at"}},
		"slow destroys": {func(m *measurement) {
			if m.System == systemMesibo && m.Phase == phaseDestroy {
				m.Seconds *= 1.1
			}
		}, []string{"destroy at"}},
		"slow start": {func(m *measurement) {
			if m.System == systemMesibo && m.Users == 1 {
				m.Seconds += 0.1
			}
		}, []string{"start-up"}},
		"many connections": {func(m *measurement) {
			if m.System == systemMesibo && m.Phase == phaseDestroy {
				m.Connections++
			}
		}, []string{"connections"}},
		"much memory": {func(m *measurement) {
			if m.System == systemMesibo {
				m.ProviderMB++
			}
		}, []string{"memory"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := atTheLimit()
			for i := range r.Rows {
				tt.worsen(&r.Rows[i])
			}
			missed := 0
			for _, target := range evaluate(r) {
				about := strings.HasPrefix(target.Name, tt.want[0])
				if far := target.Measured/target.Limit > 1.0001 || target.AtLeast && target.Measured/target.Limit < 0.9999; far && !about && !target.AtLeast {
					t.Errorf("%s is missed too", target.Name)
				} else if far && about && !target.Met {
					missed++
				}
			}
			if missed == 0 {
				t.Error("no target is missed")
			}
		})
	}
}

func TestPlotIsXML(t *testing.T) {
	t.Parallel()

	r := atTheLimit()
	for name, plot := range map[string]string{"full": r.plot(), "empty": (&results{}).plot()} {
		decoder := xml.NewDecoder(strings.NewReader(plot))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, plot)
			}
		}
	}
	if plot := r.plot(); !strings.Contains(plot, ">24<") || !strings.Contains(plot, "Terraform &lt;1&gt;") {
		t.Errorf("the create at 50 ms, 24 s, or the CLI is not in the plot:\n%s", plot)
	}
}

func TestNiceStep(t *testing.T) {
	t.Parallel()

	for least, want := range map[float64]float64{0: 1, 0.3: 0.5, 1: 1, 1.2: 2, 4.9: 5, 7: 10, 51: 100} {
		if got := niceStep(least); got < want*0.999 || got > want*1.001 {
			t.Errorf("niceStep(%v) = %v, want %v", least, got, want)
		}
	}
}

func TestHighWater(t *testing.T) {
	t.Parallel()

	for status, want := range map[string]int64{"Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t 1 kB\n": 2 << 20, "Name:\tx\n": 0, "": 0} {
		if got := highWater([]byte(status)); got != want {
			t.Errorf("highWater(%q) = %d, want %d", status, got, want)
		}
	}
}

func TestIntegers(t *testing.T) {
	t.Parallel()

	if got, err := integers("0,20,1000"); err != nil || len(got) != 3 || got[2] != 1000 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, list := range []string{"", "1,", "x", "-1"} {
		if _, err := integers(list); err == nil {
			t.Errorf("%q is taken", list)
		}
	}
}

// The whole program on a real CLI, in small: every system sends what it should, and all files are written.
func TestAccBench(t *testing.T) {
	acctest.SameForAll(t)
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests are off: TF_ACC is not set")
	}
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if cli == "" {
		cli = "terraform"
	}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	t.Chdir(filepath.Join("..", ".."))
	err := run(t.Context(), []string{
		"-cli", cli, "-n", "2", "-latency", "0", "-once", "-json", file("json"), "-markdown", file("md"), "-svg", file("svg"),
	})
	if err != nil {
		t.Fatal(err)
	}

	encoded, err := os.ReadFile(file("json"))
	if err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(encoded, &r); err != nil {
		t.Fatal(err)
	}
	if create, found := r.find(systemMesibo, shapeForEach, 2, 0, phaseCreate); !found || create.Requests["useradd"] != 2 {
		t.Errorf("the creation is not in the results: %+v", create)
	}
	if !r.SchemaOffline || r.BinaryBytes == 0 || len(r.Targets) == 0 {
		t.Errorf("something was not looked at: %+v", r)
	}
	for _, name := range []string{"md", "svg"} {
		if content, err := os.ReadFile(file(name)); err != nil || !strings.Contains(string(content), systemMesibo) {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
}

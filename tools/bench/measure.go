// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// bench is what measurements share: programs that are built once, in a folder of their own.
type bench struct {
	cli      string
	dir      string
	hasCurl  bool
	provider string // the program

	sizes, latencies []int
	shapes           []string
	repeat           int
	once             bool // instead
}

func newBench(ctx context.Context, cli string) (*bench, error) {
	path, err := exec.LookPath(cli)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mesibo-bench-*")
	if err != nil {
		return nil, err
	}
	b := &bench{cli: path, dir: dir, provider: filepath.Join(dir, "terraform-provider-mesibo")}
	_, err = exec.LookPath("curl")
	b.hasCurl = err == nil

	for name, program := range map[string]string{
		"terraform-provider-mesibo": ".", "terraform-provider-floor": "./tools/bench/terraform-provider-floor",
	} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, name), program) //nolint:gosec // All is said here.
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			b.close()

			return nil, fmt.Errorf("building %s: %w", name, err)
		}
	}
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n    %q = %q\n  }\n  direct {}\n}\n",
		"mesibo-community/mesibo", dir, "mesibo-community/floor", dir)
	if err := os.WriteFile(filepath.Join(dir, "cli.tfrc"), []byte(overrides), 0o600); err != nil {
		b.close()

		return nil, err
	}

	return b, nil
}

func (b *bench) close() {
	os.RemoveAll(b.dir) //nolint:errcheck // Nothing is left to do about it.
}

// measure goes through all systems, sizes, shapes and latencies.
func (b *bench) measure(ctx context.Context) (*results, error) {
	r := &results{CPUs: runtime.NumCPU(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	info, err := os.Stat(b.provider)
	if err != nil {
		return nil, err
	}
	r.BinaryBytes = info.Size()
	if r.CLI, err = b.version(ctx); err != nil {
		return nil, err
	}
	r.SchemaOffline = b.loadsSchemaOffline(ctx)

	for _, n := range b.sizes {
		for _, s := range []struct {
			system    string
			shapes    []string
			latencies []int
		}{
			{systemTerraformData, b.shapes, []int{0}},
			{systemFloor, b.shapes, []int{0}},
			{systemMesibo, b.shapes, b.latencies},
			{systemLocalExec, []string{shapeCount}, b.latencies},
			{systemXargs, []string{shapeCount}, b.latencies},
		} {
			if curls := s.system == systemLocalExec || s.system == systemXargs; curls && !b.hasCurl {
				fmt.Fprintf(os.Stderr, "%s is left out: there is no curl\n", s.system)

				continue
			}
			for _, shape := range s.shapes {
				for _, latency := range s.latencies {
					rows, err := b.repeated(ctx, s.system, shape, n, latency)
					if err != nil { // What was measured so far, and what comes, is of use all the same.
						err = fmt.Errorf("%s, %s, %d users, %d ms: %w", s.system, shape, n, latency, err)
						fmt.Fprintln(os.Stderr, err)
						r.Failures = append(r.Failures, err.Error())
					}
					r.Rows = append(r.Rows, rows...)
				}
			}
		}
	}

	return r, nil
}

// repeated runs one combination as often as its size allows, and returns the medians.
func (b *bench) repeated(ctx context.Context, system, shape string, n, latency int) ([]measurement, error) {
	times := b.repeat
	switch {
	case b.once:
		times = 1
	case n == 1:
		times *= 5
	case n <= 100:
		times *= 3
	}
	var all [][]measurement
	for range times {
		began := time.Now()
		rows, err := b.cycle(ctx, system, shape, n, latency)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "%s, %s, %d users, %d ms: %.1f s\n", system, shape, n, latency, time.Since(began).Seconds())
		all = append(all, rows)
	}

	return medians(all), nil
}

// cycle creates, plans and destroys on a back end of its own.
func (b *bench) cycle(ctx context.Context, system, shape string, n, latency int) ([]measurement, error) {
	as := profile.Default()
	as.RowCap = 0
	server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken), emulator.WithProfile(as))
	if err != nil {
		return nil, err
	}
	defer server.Close()
	server.FailAlways("", emulator.Slow(milliseconds(latency)))
	dir, err := os.MkdirTemp(b.dir, "workspace-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // The whole folder goes at the end.

	users, err := json.Marshal(slices.Collect(numbers(n)))
	if err != nil {
		return nil, err
	}
	if err = os.WriteFile(filepath.Join(dir, "users.json"), users, 0o600); err != nil {
		return nil, err
	}
	var rows []measurement
	for _, phase := range phasesOf(system) {
		config := configuration(system, shape, n, phase == phaseBulkPlan)
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
			return nil, err
		}
		server.ResetRequests()
		server.ResetPeakConcurrency()
		connections := server.Connections()
		cmd := b.command(ctx, dir, server.Endpoint(), b.program(system, phase, n)...)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		watch := watchProviders(b.dir)
		began := time.Now()
		err := cmd.Run()
		seconds := time.Since(began).Seconds()
		memory, processes := watch.stop()
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", phase, err, output.String())
		}

		sent := map[string]int{}
		for _, request := range server.Requests() {
			sent[request.Op]++
		}
		if err := check(sent, system, phase, n); err != nil {
			return nil, err
		}
		rows = append(rows, measurement{
			System: system, Shape: shape, Users: n, LatencyMS: latency, Phase: phase, Seconds: seconds,
			Requests: sent, Connections: server.Connections() - connections, PeakConcurrency: server.PeakConcurrency(),
			ProviderMB: float64(memory) / 1e6, ProviderProcesses: processes,
		})
	}
	if left := len(server.Users(appToken)); left > 0 {
		return nil, fmt.Errorf("%d users are left behind", left)
	}

	return rows, nil
}

func phasesOf(system string) []string {
	switch system {
	case systemMesibo:
		return []string{phaseCreate, phasePlan, phaseBulkPlan, phaseDestroy}
	case systemXargs:
		return []string{phaseCreate, phaseDestroy}
	default:
		return []string{phaseCreate, phasePlan, phaseDestroy}
	}
}

// program is what runs in a phase.
func (b *bench) program(system, phase string, n int) []string {
	if system == systemXargs {
		return []string{"sh", "-euc", loop(map[string]string{phaseCreate: "useradd", phaseDestroy: "userdel"}[phase], n)}
	}

	return append([]string{b.cli}, map[string][]string{
		phaseCreate:   {"apply", "-auto-approve"},
		phasePlan:     {"plan", "-detailed-exitcode"}, // It fails when there is a change.
		phaseBulkPlan: {"plan", "-detailed-exitcode"},
		phaseDestroy:  {"destroy", "-auto-approve"},
	}[phase]...)
}

// numbers yields 0 to n-1 as texts.
func numbers(n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n {
			if !yield(strconv.Itoa(i)) {
				return
			}
		}
	}
}

// check compares the requests that were sent with those that a phase takes.
func check(sent map[string]int, system, phase string, n int) error {
	want := requests(system, phase)
	if phase == phaseBulkPlan {
		want = map[string]int{"usersget": 1}
		n = 1
	}
	expected := map[string]int{}
	for op, each := range want {
		expected[op] = each * n
	}
	if !maps.Equal(sent, expected) {
		return fmt.Errorf("%s: the requests were %v, not %v", phase, sent, expected)
	}

	return nil
}

// command returns a run of a program that knows nothing of the machine's own configuration.
func (b *bench) command(ctx context.Context, dir, endpoint string, program ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program[0], program[1:]...) //nolint:gosec // All is said here.
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MESIBO_") || strings.HasPrefix(variable, "TF_")
	})
	cmd.Env = append(cmd.Env, "no_proxy=127.0.0.1", "TF_CLI_CONFIG_FILE="+filepath.Join(b.dir, "cli.tfrc"), "TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1", fmt.Sprintf("TF_CLI_ARGS_apply=-parallelism=%d", parallelism),
		fmt.Sprintf("TF_CLI_ARGS_plan=-parallelism=%d", parallelism), fmt.Sprintf("TF_CLI_ARGS_destroy=-parallelism=%d", parallelism),
		"MESIBO_APP_TOKEN="+appToken, "MESIBO_ENDPOINT="+endpoint)

	return cmd
}

func (b *bench) version(ctx context.Context) (string, error) {
	output, err := b.command(ctx, b.dir, "", b.cli, "version").Output()
	first, _, _ := bytes.Cut(output, []byte("\n"))

	return string(first), err
}

// loadsSchemaOffline reports whether the CLI gets the schema while no server can be reached.
func (b *bench) loadsSchemaOffline(ctx context.Context) bool {
	dir, err := os.MkdirTemp(b.dir, "schema-*")
	if err != nil {
		return false
	}
	config := configuration(systemMesibo, shapeCount, 1, false)
	if err = os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		return false
	}
	output, err := b.command(ctx, dir, "http://127.0.0.1:1/", b.cli, "providers", "schema", "-json").Output()

	return err == nil && json.Valid(output) && bytes.Contains(output, []byte(`"mesibo_user"`))
}

// medians returns for each row the run whose time is in the middle. Memory and connections are the most that were seen.
func medians(runs [][]measurement) []measurement {
	var rows []measurement
	for i := range runs[0] {
		var same []measurement
		for _, run := range runs {
			same = append(same, run[i])
		}
		slices.SortFunc(same, func(a, b measurement) int { return cmp.Compare(a.Seconds, b.Seconds) })
		median := same[len(same)/2]
		median.Runs = len(same)
		for _, other := range same {
			median.Connections = max(median.Connections, other.Connections)
			median.PeakConcurrency = max(median.PeakConcurrency, other.PeakConcurrency)
			median.ProviderMB = max(median.ProviderMB, other.ProviderMB)
		}
		rows = append(rows, median)
	}

	return rows
}

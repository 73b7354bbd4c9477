// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
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

// bench is what is measured.
type bench struct {
	cli              string
	sizes, latencies []int
	shapes           []string
	once             bool
	dir              string // with the programs
}

// measure measures all systems, sizes, shapes and latencies.
func (b *bench) measure(ctx context.Context) (r results, err error) {
	if b.cli, err = exec.LookPath(b.cli); err != nil {
		return r, err
	}
	if b.dir, err = os.MkdirTemp("", "mesibo-bench-*"); err != nil {
		return r, err
	}
	defer os.RemoveAll(b.dir) //nolint:errcheck // Nothing is left to do about it.
	if err = b.build(ctx); err != nil {
		return r, err
	}
	info, err := os.Stat(filepath.Join(b.dir, "terraform-provider-mesibo"))
	if err != nil {
		return r, err
	}
	version, err := b.command(ctx, b.dir, "", b.cli, "version").Output()
	if err != nil {
		return r, err
	}
	r = results{CPUs: runtime.NumCPU(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), BinaryBytes: info.Size()}
	r.CLI, _, _ = strings.Cut(string(version), "\n")
	for _, n := range b.sizes {
		for _, c := range b.combinations(n) {
			rows, err := b.repeated(ctx, c)
			if err != nil { // The other combinations are of use all the same.
				err = fmt.Errorf("%s, %s, %d users, %d ms: %w", c.System, c.Shape, c.Users, c.LatencyMS, err)
				fmt.Fprintln(os.Stderr, err)
				r.Failures = append(r.Failures, err.Error())
			}
			r.Rows = append(r.Rows, rows...)
		}
	}

	return r, nil
}

// build builds the providers, and has the CLI find them.
func (b *bench) build(ctx context.Context) error {
	for _, pkg := range []string{"../..", "./terraform-provider-baseline"} {
		build := exec.CommandContext(ctx, "go", "build", "-C", pkg, "-ldflags", "-s -w", "-o", b.dir, ".") //nolint:gosec // Written above.
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building %s: %w", pkg, err)
		}
	}
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n    %q = %q\n  }\n  direct {}\n}\n",
		"mesibo-community/mesibo", b.dir, "mesibo-community/baseline", b.dir)

	return os.WriteFile(filepath.Join(b.dir, "cli.tfrc"), []byte(overrides), 0o600)
}

// combinations returns what is measured for a number of users.
func (b *bench) combinations(n int) []combination {
	var all []combination
	add := func(system string, shapes []string, latencies []int) {
		for _, shape := range shapes {
			for _, latency := range latencies {
				all = append(all, combination{System: system, Shape: shape, Users: n, LatencyMS: latency})
			}
		}
	}
	add(systemTerraformData, b.shapes, []int{0})
	add(systemBaseline, b.shapes, []int{0})
	add(systemMesibo, b.shapes, b.latencies)
	if _, err := exec.LookPath("curl"); err == nil {
		add(systemLocalExec, []string{shapeCount}, b.latencies)
		add(systemXargs, []string{shapeCount}, b.latencies)
	}

	return all
}

// repeated measures a small number of users several times, and returns the medians.
func (b *bench) repeated(ctx context.Context, c combination) ([]measurement, error) {
	times := 1
	if !b.once && c.Users <= 100 {
		times = 3
	}
	var all [][]measurement
	for range times {
		began := time.Now()
		rows, err := b.cycle(ctx, c)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "%s, %s, %d users, %d ms: %.1f s\n", c.System, c.Shape, c.Users, c.LatencyMS, time.Since(began).Seconds())
		all = append(all, rows)
	}

	return medians(all), nil
}

// cycle creates, plans and destroys on a back end of its own.
func (b *bench) cycle(ctx context.Context, c combination) ([]measurement, error) {
	as := profile.Default()
	as.RowCap = 0
	server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken), emulator.WithProfile(as))
	if err != nil {
		return nil, err
	}
	defer server.Close()
	server.FailAlways("", emulator.Slow(time.Duration(c.LatencyMS)*time.Millisecond))
	dir, err := os.MkdirTemp(b.dir, "workspace-*")
	if err != nil {
		return nil, err
	}
	users := make([]string, c.Users)
	for i := range users {
		users[i] = strconv.Itoa(i)
	}
	encoded, _ := json.Marshal(users) // It cannot fail.
	if err := os.WriteFile(filepath.Join(dir, "users.json"), encoded, 0o600); err != nil {
		return nil, err
	}
	var rows []measurement
	for _, phase := range phases {
		if program := b.program(c, phase); program != nil {
			row, err := b.phase(ctx, c, phase, program, dir, server)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", phase, err)
			}
			rows = append(rows, row)
		}
	}
	if left := len(server.Users(appToken)); left > 0 {
		return nil, fmt.Errorf("%d users are left", left)
	}

	return rows, nil
}

// program returns the command of a phase; none when the system has no such phase.
func (b *bench) program(c combination, phase string) []string {
	switch {
	case phase == phaseBulkPlan && c.System != systemMesibo, phase == phasePlan && c.System == systemXargs:
		return nil
	case c.System == systemXargs:
		return []string{"sh", "-euc", loop(map[string]string{phaseCreate: "useradd", phaseDestroy: "userdel"}[phase], c.Users)}
	case phase == phaseCreate:
		return []string{b.cli, "apply", "-auto-approve"}
	case phase == phaseDestroy:
		return []string{b.cli, "destroy", "-auto-approve"}
	default:
		return []string{b.cli, "plan", "-detailed-exitcode"} // It fails when there is a change.
	}
}

// phase runs and measures a phase, and checks the requests.
func (b *bench) phase(ctx context.Context, c combination, phase string, program []string, dir string, server *emulator.Server) (measurement, error) {
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(configuration(c, phase == phaseBulkPlan)), 0o600); err != nil {
		return measurement{}, err
	}
	server.ResetRequests()
	connections := server.Connections()
	cmd := b.command(ctx, dir, server.Endpoint(), program...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	stop := watchMemory(b.dir)
	began := time.Now()
	err := cmd.Run()
	seconds := time.Since(began).Seconds()
	memory := stop()
	if err != nil {
		return measurement{}, fmt.Errorf("%w\n%s", err, output.String())
	}
	sent := map[string]int{}
	for _, request := range server.Requests() {
		sent[request.Op]++
	}
	if want := requests(c, phase); !maps.Equal(sent, want) {
		return measurement{}, fmt.Errorf("the requests were %v, want %v", sent, want)
	}

	return measurement{
		combination: c, Phase: phase, Seconds: seconds,
		Requests: sent, Connections: server.Connections() - connections, ProviderMB: float64(memory) / 1e6,
	}, nil
}

// command returns a run of a program without the configuration of this machine.
func (b *bench) command(ctx context.Context, dir, endpoint string, program ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program[0], program[1:]...) //nolint:gosec // All is written here.
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MESIBO_") || strings.HasPrefix(variable, "TF_")
	})
	cmd.Env = append(cmd.Env, "no_proxy=127.0.0.1", "TF_CLI_CONFIG_FILE="+filepath.Join(b.dir, "cli.tfrc"), "TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1", "MESIBO_APP_TOKEN="+appToken, "MESIBO_ENDPOINT="+endpoint)

	return cmd
}

// medians returns for each row the run with the median time.
func medians(runs [][]measurement) []measurement {
	rows := make([]measurement, len(runs[0]))
	for i := range rows {
		slices.SortFunc(runs, func(a, b []measurement) int { return cmp.Compare(a[i].Seconds, b[i].Seconds) })
		rows[i] = runs[len(runs)/2][i]
		rows[i].Runs = len(runs)
	}

	return rows
}

// watchMemory watches the processes of the programs in a folder. Its result ends that, and returns the highest memory of
// one process in bytes. It reads /proc; without one, as on macOS, that is 0.
func watchMemory(dir string) (stop func() int64) {
	end, done := make(chan struct{}), make(chan struct{})
	peak := int64(0)
	go func() {
		defer close(done)
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
			}
			programs, _ := filepath.Glob("/proc/[0-9]*/exe")
			for _, program := range programs {
				if target, err := os.Readlink(program); err != nil || !strings.HasPrefix(target, dir) {
					continue
				}
				if status, err := os.ReadFile(filepath.Join(filepath.Dir(program), "status")); err == nil {
					peak = max(peak, peakMemory(status))
				}
			}
		}
	}()

	return func() int64 {
		close(end)
		<-done

		return peak
	}
}

// peakMemory returns the bytes in the line VmHWM of a process's status.
func peakMemory(status []byte) int64 {
	_, after, found := bytes.Cut(status, []byte("VmHWM:"))
	var kilobytes int64
	if _, err := fmt.Sscanf(string(after), "%d kB", &kilobytes); !found || err != nil {
		return 0
	}

	return kilobytes << 10
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// bench is what is measured.
type bench struct {
	clis             []string
	users, latencies []int
	subjects         []subject
	once, force      bool

	programs string // the folder of the providers
}

// measure measures what the results lack. They are saved after each run, so that an interrupted benchmark can go on.
func (b *bench) measure(ctx context.Context, r *results) (err error) {
	here, commit := thisMachine(), providerCommit(ctx)
	if len(r.Samples) > 0 && r.Machine != here {
		return fmt.Errorf("the results are of another machine (%s; this one is %s): keep these in another folder", r.Machine, here)
	}
	r.Machine = here
	if b.programs, err = os.MkdirTemp("", "mesibo-bench-*"); err != nil {
		return err
	}
	defer os.RemoveAll(b.programs) //nolint:errcheck // Nothing is left to do about it.
	if err := b.build(ctx); err != nil {
		return err
	}

	var failures []error
	for _, cli := range b.clis {
		version, err := b.program(ctx, b.programs, "", cli, "version").Output()
		if err != nil {
			return err
		}
		line, _, _ := bytes.Cut(version, []byte("\n"))
		for _, n := range b.users {
			err := b.compare(ctx, r, cli, sample{combination: combination{CLI: string(line), Users: n}, Commit: commit})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			failures = append(failures, err)
		}
	}

	return errors.Join(failures...)
}

// build builds the providers, and has the CLI find them.
func (b *bench) build(ctx context.Context) error {
	for _, provider := range []struct{ module, pkg string }{
		{"../..", "."},
		{".", "./terraform-provider-baseline"},
		{"../random", "github.com/terraform-providers/terraform-provider-random"},
	} {
		build := exec.CommandContext(ctx, "go", "build", "-C", provider.module, "-ldflags", "-s -w", "-o", b.programs, provider.pkg) //nolint:gosec // Written above.
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building %s of %s: %w", provider.pkg, provider.module, err)
		}
	}
	var overrides strings.Builder
	for _, source := range []string{"mesibo-community/mesibo", "mesibo-community/baseline", "hashicorp/random"} {
		fmt.Fprintf(&overrides, "    %q = %q\n", source, b.programs)
	}
	config := fmt.Sprintf("provider_installation {\n  dev_overrides {\n%s  }\n  direct {}\n}\n", &overrides)

	return os.WriteFile(filepath.Join(b.programs, "cli.tfrc"), []byte(config), 0o600)
}

// compare measures the subjects with a CLI and a number of users. One that fails does not stop the others.
func (b *bench) compare(ctx context.Context, r *results, cli string, common sample) error {
	var failures []error
	failed := map[combination]bool{}
	for _, next := range b.samples(common) {
		if failed[next.combination] || !b.force && r.has(next) {
			continue
		}
		title := fmt.Sprintf("%s, %s, %s, %d ms", next.CLI, countOf(next.Users), next.Subject, next.LatencyMS)
		began := time.Now()
		err := b.take(ctx, cli, &next)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", title, err)
			failed[next.combination] = true
			failures = append(failures, fmt.Errorf("%s failed, see above", title))

			continue
		}
		fmt.Fprintf(os.Stderr, "%s, round %d: %.2f s\n", title, next.Round, time.Since(began).Seconds())
		if err := r.add(next); err != nil {
			return err
		}
	}

	return errors.Join(failures...)
}

// samples returns what to take. The subjects take turns, so that a machine that gets slower is so for all of them. What
// sends nothing is measured without latency.
func (b *bench) samples(common sample) []sample {
	var all []sample
	for round := range b.rounds(common.Users) {
		for _, s := range b.subjects {
			latencies := b.latencies
			if s.requests == nil {
				latencies = []int{0}
			}
			for _, latency := range latencies {
				next := common
				next.Subject, next.LatencyMS, next.Round = s.name, latency, round+1
				all = append(all, next)
			}
		}
	}

	return all
}

// rounds returns how often a number of users is measured.
func (b *bench) rounds(users int) int {
	switch {
	case b.once || users > 1000:
		return 1
	case users > 100:
		return 3
	default:
		return 5
	}
}

// take creates, plans and destroys, on a back end of its own.
func (b *bench) take(ctx context.Context, cli string, result *sample) error {
	s := find(result.Subject)
	as := profile.Default()
	as.RowCap = 0
	server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken), emulator.WithProfile(as))
	if err != nil {
		return err
	}
	defer server.Close()
	server.FailAlways("", emulator.Slow(time.Duration(result.LatencyMS)*time.Millisecond))
	dir, err := os.MkdirTemp(b.programs, "workspace-*")
	if err != nil {
		return err
	}
	if s.config != nil {
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(s.config(result.Users)), 0o600); err != nil {
			return err
		}
	}
	result.Time, result.Seconds = time.Now().UTC().Truncate(time.Second), map[string]float64{}
	for _, operation := range operations {
		command := s.command(cli, operation, result.Users)
		if command == nil {
			continue
		}
		server.ResetRequests()
		seconds, memory, err := b.clock(b.program(ctx, dir, server.Endpoint(), command...))
		if err != nil {
			return fmt.Errorf("%s: %w", operation, err)
		}
		result.Seconds[operation], result.ProviderMB = seconds, max(result.ProviderMB, float64(memory)/1e6)
		if err := checkRequests(server, s, operation, result.Users); err != nil {
			return fmt.Errorf("%s: %w", operation, err)
		}
	}
	if left := len(server.Users(appToken)); left > 0 {
		return fmt.Errorf("%d users are left", left)
	}

	return nil
}

// clock runs a program, and returns how long it took and the memory of the largest provider process.
func (b *bench) clock(program *exec.Cmd) (seconds float64, memory int64, err error) {
	var output bytes.Buffer
	program.Stdout, program.Stderr = &output, &output
	stop := watchMemory(b.programs)
	began := time.Now()
	err = program.Run()
	seconds = time.Since(began).Seconds()
	memory = stop()
	if err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, &output)
	}

	return seconds, memory, nil
}

// checkRequests fails when an operation has sent other requests than it should.
func checkRequests(server *emulator.Server, s *subject, operation string, users int) error {
	sent, want := map[string]int{}, map[string]int{}
	for _, request := range server.Requests() {
		sent[request.Op]++
	}
	if s.requests != nil {
		want = s.requests(users)[operation]
	}
	if !maps.Equal(sent, want) {
		return fmt.Errorf("the requests were %v, want %v", sent, want)
	}

	return nil
}

// program returns a run of a program without the configuration of this machine.
func (b *bench) program(ctx context.Context, dir, endpoint string, command ...string) *exec.Cmd {
	program := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // All is written here.
	program.Dir = dir
	program.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MESIBO_") || strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "GOGC=")
	})
	program.Env = append(program.Env, "no_proxy=127.0.0.1", "TF_CLI_CONFIG_FILE="+filepath.Join(b.programs, "cli.tfrc"), "TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1", "MESIBO_APP_TOKEN="+appToken, "MESIBO_ENDPOINT="+endpoint)
	// An interrupted CLI stops its providers.
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }
	program.WaitDelay = time.Minute

	return program
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine is what a time depends on, apart from the programs that are measured.
type machine struct {
	Platform  string `json:"platform"`
	Processor string `json:"processor"`
	CPUs      int    `json:"cpus"`
	Go        string `json:"go"`
}

func thisMachine() machine {
	m := machine{Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version()}
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo") // Elsewhere than on Linux the processor stays empty.
	for line := range bytes.Lines(cpuinfo) {
		if name, value, _ := strings.Cut(string(line), ":"); strings.TrimSpace(name) == "model name" {
			m.Processor = strings.TrimSpace(value)
		}
	}

	return m
}

// String implements [fmt.Stringer].
func (m machine) String() string {
	return fmt.Sprintf("%s, %d CPUs (%s), %s", m.Platform, m.CPUs, m.Processor, m.Go)
}

// providerCommit returns the last commit that changed the provider or the emulator. With changes that are in no commit,
// or without a repository, it is empty.
func providerCommit(ctx context.Context) string {
	git := func(args ...string) string {
		args = append(args, "--", ":(top)main.go", ":(top)go.mod", ":(top)go.sum", ":(top)internal", ":(exclude,top,glob)**/*_test.go")
		output, err := exec.CommandContext(ctx, "git", args...).Output() //nolint:gosec // Written here.
		if err != nil {
			return err.Error()
		}

		return strings.TrimSpace(string(output))
	}
	if git("status", "--porcelain") != "" {
		return ""
	}

	return git("log", "-1", "--format=%h", "--abbrev=10")
}

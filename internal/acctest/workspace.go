// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"
)

// Workspace is a directory with a configuration in which a real CLI runs the real provider binary, as a user's
// machine would.
type Workspace struct {
	Dir string

	cli string
	env []string
}

// NewWorkspace returns a workspace with the given configuration, and the provider configured for the back end
// by the environment. It skips the test unless acceptance tests are on.
func (b *Backend) NewWorkspace(tb testing.TB, config string) *Workspace {
	tb.Helper()

	if os.Getenv("TF_ACC") == "" {
		tb.Skip("acceptance tests are off: TF_ACC is not set")
	}
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if cli == "" {
		cli = "terraform"
	}
	binaries, err := buildProvider()
	if err != nil {
		tb.Fatal(err)
	}

	dir := tb.TempDir()
	cliConfig := filepath.Join(dir, "cli.tfrc")
	write(tb, cliConfig, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n",
		"mesibo-community/mesibo", binaries))
	w := &Workspace{
		Dir: dir,
		cli: cli,
		env: append(os.Environ(),
			"TF_CLI_CONFIG_FILE="+cliConfig,
			"TF_IN_AUTOMATION=1",
			"CHECKPOINT_DISABLE=1",
			"MESIBO_APP_TOKEN="+AppToken,
			"MESIBO_ENDPOINT="+b.Endpoint(),
		),
	}
	w.Configure(tb, config)

	return w
}

// Configure replaces the configuration.
func (w *Workspace) Configure(tb testing.TB, config string) {
	tb.Helper()

	write(tb, filepath.Join(w.Dir, "main.tf"), config)
}

// SkipBelow skips the test when the CLI is older than the given version.
func (w *Workspace) SkipBelow(tb testing.TB, oldest *version.Version, reason string) {
	tb.Helper()

	var cli struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(w.MustRun(tb, "version", "-json")), &cli); err != nil {
		tb.Fatal(err)
	}
	if found, err := version.NewVersion(cli.Version); err != nil || found.LessThan(oldest) {
		tb.Skipf("%s is of version %s, and %s needs %s", w.cli, cli.Version, reason, oldest)
	}
}

// Setenv sets a variable for the CLI and the provider.
func (w *Workspace) Setenv(name, value string) {
	w.env = append(w.env, name+"="+value)
}

// Command returns a run of the CLI that is not started yet.
func (w *Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.cli, args...)
	cmd.Dir = w.Dir
	cmd.Env = w.env

	return cmd
}

// Run runs the CLI and returns all that it prints, and an error when it does not succeed.
func (w *Workspace) Run(tb testing.TB, args ...string) (string, error) {
	tb.Helper()

	output, err := w.Command(tb.Context(), args...).CombinedOutput()

	return string(output), err
}

// MustRun is Run for what has to succeed.
func (w *Workspace) MustRun(tb testing.TB, args ...string) string {
	tb.Helper()

	output, err := w.Run(tb, args...)
	if err != nil {
		tb.Fatalf("%s %v: %v\n%s", w.cli, args, err, output)
	}

	return output
}

// MustRunScript runs a shell script in which "terraform" is the CLI of the workspace.
func (w *Workspace) MustRunScript(tb testing.TB, script string) {
	tb.Helper()

	cli, err := exec.LookPath(w.cli)
	if err != nil {
		tb.Fatal(err)
	}
	bin := tb.TempDir()
	if err := os.Symlink(cli, filepath.Join(bin, "terraform")); err != nil {
		tb.Fatal(err)
	}
	shell := exec.CommandContext(tb.Context(), "sh", "-euc", script)
	shell.Dir = w.Dir
	shell.Env = append(slices.Clone(w.env), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if output, err := shell.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", script, err, output)
	}
}

// Root returns the folder of the project.
func Root() string {
	_, file, _, _ := runtime.Caller(0)

	return filepath.Join(filepath.Dir(file), "..", "..")
}

// buildProvider builds the provider once for all tests of a package and returns the folder that it is in.
var buildProvider = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mesibo-acctest-*")
	if err != nil {
		return "", err
	}
	build := exec.CommandContext(context.Background(), "go", "build", "-o", dir, ".")
	build.Dir = Root()
	var stderr bytes.Buffer
	build.Stderr = &stderr
	if err := build.Run(); err != nil {
		return "", errors.Join(err, errors.New(stderr.String()), os.RemoveAll(dir))
	}
	buildDir = dir

	return dir, nil
})

// buildDir is removed by Main.
var buildDir string

func write(tb testing.TB, file, content string) {
	tb.Helper()

	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"
)

// Workspace is a directory with a configuration in which a real CLI runs the real provider binary, as a user's
// machine would.
type Workspace struct {
	Dir string

	cli       string
	cliConfig string
	overrides map[string]string // the folder of each provider that is not to be downloaded
	env       []string
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

	dir := tb.TempDir()
	cliConfig := filepath.Join(dir, "cli.tfrc")
	w := &Workspace{
		Dir:       dir,
		cli:       cli,
		cliConfig: cliConfig,
		overrides: map[string]string{},
		env: append(os.Environ(),
			"TF_CLI_CONFIG_FILE="+cliConfig,
			"TF_IN_AUTOMATION=1",
			"CHECKPOINT_DISABLE=1",
			"MESIBO_APP_TOKEN="+AppToken,
			"MESIBO_ENDPOINT="+b.Endpoint(),
		),
	}
	w.AddProvider(tb, "mesibo-community/mesibo", buildProvider)
	w.Configure(tb, config)

	return w
}

// AddProvider lets the CLI find a provider in a folder, in which there may be other things.
func (w *Workspace) AddProvider(tb testing.TB, source string, find func() (dir string, err error)) {
	tb.Helper()

	dir, err := find()
	if err != nil {
		tb.Fatal(err)
	}
	w.overrides[source] = dir

	var config strings.Builder
	config.WriteString("provider_installation {\n  dev_overrides {\n")
	for source, dir := range w.overrides {
		fmt.Fprintf(&config, "    %q = %q\n", source, dir)
	}
	config.WriteString("  }\n  direct {}\n}\n")
	write(tb, w.cliConfig, config.String())
}

// CopyFrom copies a folder with all that is below it, except what a CLI may have left there.
func (w *Workspace) CopyFrom(tb testing.TB, dir string) {
	tb.Helper()

	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		to := filepath.Join(w.Dir, name)
		switch {
		case entry.Name() == ".terraform":
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(to, 0o700)
		case strings.HasPrefix(entry.Name(), ".terraform"), strings.Contains(entry.Name(), ".tfstate"):
			return nil
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}

		return os.WriteFile(to, content, 0o600)
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// Configure replaces the configuration.
func (w *Workspace) Configure(tb testing.TB, config string) {
	tb.Helper()

	write(tb, filepath.Join(w.Dir, "main.tf"), config)
}

// Write adds a file to the configuration.
func (w *Workspace) Write(tb testing.TB, name, content string) {
	tb.Helper()

	write(tb, filepath.Join(w.Dir, name), content)
}

// IsTerraform reports whether the CLI is Terraform, of the given version or a newer one.
func (w *Workspace) IsTerraform(tb testing.TB, oldest *version.Version) bool {
	tb.Helper()

	found := w.version(tb)

	return strings.HasPrefix(w.MustRun(tb, "version"), "Terraform") && !found.LessThan(oldest)
}

// SkipOnTerraform skips the test when the CLI is not OpenTofu.
func (w *Workspace) SkipOnTerraform(tb testing.TB, reason string) {
	tb.Helper()

	if !strings.HasPrefix(w.MustRun(tb, "version"), "OpenTofu") {
		tb.Skipf("%s is not OpenTofu, which alone has %s", w.cli, reason)
	}
}

// SkipBelow skips the test when the CLI is older than the given version.
func (w *Workspace) SkipBelow(tb testing.TB, oldest *version.Version, reason string) {
	tb.Helper()

	if found := w.version(tb); found.LessThan(oldest) {
		tb.Skipf("%s is of version %s, and %s needs %s", w.cli, found, reason, oldest)
	}
}

// version returns the version of the CLI.
func (w *Workspace) version(tb testing.TB) *version.Version {
	tb.Helper()

	var cli struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(w.MustRun(tb, "version", "-json")), &cli); err != nil {
		tb.Fatal(err)
	}
	found, err := version.NewVersion(cli.Version)
	if err != nil {
		tb.Fatal(err)
	}

	return found
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

	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// LocalProvider finds hashicorp/local, which make builds for the tests. Without make it is built here.
var LocalProvider = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(Root(), ".bin")
	if _, err := os.Stat(filepath.Join(bin, "terraform-provider-local")); err == nil {
		return bin, nil
	}

	return goBuild(filepath.Join("tools", "local"), "github.com/terraform-providers/terraform-provider-local")
})

// buildProvider builds the provider once for all tests of a package and returns the folder that it is in.
var buildProvider = sync.OnceValues(func() (string, error) { return goBuild(".", ".") })

// goBuild builds a program in a folder of the project and returns a new folder that it is in.
func goBuild(module, program string) (string, error) {
	dir, err := os.MkdirTemp("", "mesibo-acctest-*")
	if err != nil {
		return "", err
	}
	buildDirs.Store(dir, nil)
	build := exec.CommandContext(context.Background(), "go", "build", "-o", dir, program)
	build.Dir = filepath.Join(Root(), module)
	var stderr bytes.Buffer
	build.Stderr = &stderr
	if err := build.Run(); err != nil {
		return "", errors.Join(err, errors.New(stderr.String()))
	}

	return dir, nil
}

// buildDirs are removed by Main.
var buildDirs sync.Map

func write(tb testing.TB, file, content string) {
	tb.Helper()

	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}

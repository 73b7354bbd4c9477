// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"cmp"
	"context"
	"encoding/json"
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

// source is the provider in configurations.
const source = "mesibo-community/mesibo"

// Workspace is a folder with a configuration, in which a real CLI runs the real provider program, as on a user's machine.
type Workspace struct {
	Dir string

	cli       string
	overrides map[string]string // the folder of each provider that is not downloaded
	env       []string
}

// NewWorkspace returns a workspace with the given configuration. The environment configures the provider for the back
// end. The test is skipped unless acceptance tests are on.
func (b *Backend) NewWorkspace(tb testing.TB, config string) *Workspace {
	tb.Helper()

	if os.Getenv("TF_ACC") == "" {
		tb.Skip("acceptance tests are off: TF_ACC is not set")
	}
	dir := tb.TempDir()
	w := &Workspace{
		Dir:       dir,
		cli:       cmp.Or(os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform"),
		overrides: map[string]string{},
		env: append(os.Environ(),
			"TF_CLI_CONFIG_FILE="+filepath.Join(dir, "cli.tfrc"),
			"TF_IN_AUTOMATION=1",
			"CHECKPOINT_DISABLE=1",
			"MESIBO_APP_TOKEN="+AppToken,
			"MESIBO_ENDPOINT="+b.Endpoint(),
		),
	}
	w.AddProvider(tb, source, buildProvider)
	w.Configure(tb, config)

	return w
}

// AddProvider has the CLI take a provider from a folder, in which there may be other files.
func (w *Workspace) AddProvider(tb testing.TB, source string, find func() (dir string, err error)) {
	tb.Helper()

	dir, err := find()
	if err != nil {
		tb.Fatal(err)
	}
	w.overrides[source] = dir

	var overrides strings.Builder
	for source, dir := range w.overrides {
		fmt.Fprintf(&overrides, "    %q = %q\n", source, dir)
	}
	w.Write(tb, "cli.tfrc", "provider_installation {\n  dev_overrides {\n"+overrides.String()+"  }\n  direct {}\n}\n")
}

// Provider returns the provider program that the CLI starts.
func (w *Workspace) Provider() string {
	return filepath.Join(w.overrides[source], "terraform-provider-mesibo")
}

// CaptureStderr has the CLI start the provider by a script, which appends what the provider writes to stderr to a file. The
// CLI does not see it. It returns the name of the file.
func (w *Workspace) CaptureStderr(tb testing.TB) string {
	tb.Helper()

	dir := tb.TempDir()
	stderr := filepath.Join(dir, "stderr.log")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' 2>>'%s'\n", w.Provider(), stderr)
	w.AddProvider(tb, source, func() (string, error) { return dir, nil })
	if err := os.WriteFile(w.Provider(), []byte(script), 0o700); err != nil {
		tb.Fatal(err)
	}

	return stderr
}

// CopyFrom copies a folder with all that is below it, except what a CLI may have left there.
func (w *Workspace) CopyFrom(tb testing.TB, dir string) {
	tb.Helper()

	from := os.DirFS(dir)
	err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == ".terraform":
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(w.Dir, name), 0o700)
		case strings.HasPrefix(entry.Name(), ".terraform"), strings.Contains(entry.Name(), ".tfstate"):
			return nil
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}

		return os.WriteFile(filepath.Join(w.Dir, name), content, 0o600)
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// Configure replaces the configuration.
func (w *Workspace) Configure(tb testing.TB, config string) {
	tb.Helper()

	w.Write(tb, "main.tf", config)
}

// Write writes a file of the workspace.
func (w *Workspace) Write(tb testing.TB, name, content string) {
	tb.Helper()

	if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// SkipOnTerraform skips the test when the CLI is not OpenTofu.
func (w *Workspace) SkipOnTerraform(tb testing.TB, reason string) {
	tb.Helper()

	if !isOpenTofu() {
		tb.Skipf("%s is not OpenTofu, which alone has %s", w.cli, reason)
	}
}

// SkipOnOpenTofu skips the test when the CLI is OpenTofu.
func (w *Workspace) SkipOnOpenTofu(tb testing.TB, reason string) {
	tb.Helper()

	if isOpenTofu() {
		tb.Skipf("%s is OpenTofu, which lacks %s", w.cli, reason)
	}
}

// SkipBelow skips the test when the CLI is older than the given version.
func (w *Workspace) SkipBelow(tb testing.TB, oldest *version.Version, reason string) {
	tb.Helper()

	if found := w.Version(tb); found.LessThan(oldest) {
		tb.Skipf("%s has version %s, and %s needs %s", w.cli, found, reason, oldest)
	}
}

// Version returns the version of the CLI.
func (w *Workspace) Version(tb testing.TB) *version.Version {
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

// MustRun is Run for a command that has to succeed.
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

	shell := exec.CommandContext(tb.Context(), "sh", "-euc", "terraform() { \"$CLI\" \"$@\"; }\n"+script)
	shell.Dir = w.Dir
	shell.Env = append(slices.Clone(w.env), "CLI="+w.cli)
	if output, err := shell.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", script, err, output)
	}
}

// Vault is a folder in place of HashiCorp Vault, for tests of what a write-only argument receives.
type Vault struct{ dir string }

// AddVault gives the workspace a Vault, and a stand-in for the provider hashicorp/vault that writes to it.
func (w *Workspace) AddVault(tb testing.TB) Vault {
	tb.Helper()

	vault := Vault{tb.TempDir()}
	w.Setenv("VAULT_ADDR", vault.dir)
	w.AddProvider(tb, "hashicorp/vault", buildVaultProvider)

	return vault
}

// Secret returns a value of the secret at a path such as "/v1/secret/data/name"; empty when there is none.
func (v Vault) Secret(path, key string) string {
	var secret map[string]string
	content, err := os.ReadFile(filepath.Join(v.dir, path))
	if err != nil || json.Unmarshal(content, &secret) != nil {
		return ""
	}

	return secret[key]
}

// Root returns the folder of the project.
func Root() string {
	_, file, _, _ := runtime.Caller(0)

	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// The programs that tests need are built once for all tests of a package.
var (
	buildProvider = sync.OnceValues(func() (string, error) {
		return program("terraform-provider-mesibo", ".", ".")
	})
	buildVaultProvider = sync.OnceValues(func() (string, error) {
		return program("terraform-provider-vault", ".", "./internal/testing/acctest/terraform-provider-vault")
	})
	// LocalProvider returns the folder of hashicorp/local.
	LocalProvider = sync.OnceValues(func() (string, error) {
		return program("terraform-provider-local", "tools/local", "github.com/terraform-providers/terraform-provider-local")
	})
)

// buildDirs are removed by Run.
var buildDirs sync.Map

// program returns the folder of a program. It is ACCTEST_PROGRAMS if the program is there, else a new folder in which the
// package of the module is built.
func program(name, module, pkg string) (string, error) {
	if dir := os.Getenv("ACCTEST_PROGRAMS"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, nil
		}
	}
	dir, err := os.MkdirTemp("", "mesibo-acctest-*")
	if err != nil {
		return "", err
	}
	buildDirs.Store(dir, nil)
	build := exec.CommandContext(context.Background(), "go", "build", "-o", dir, pkg)
	build.Dir = filepath.Join(Root(), module)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, output)
	}

	return dir, nil
}

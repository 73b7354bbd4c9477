// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/provider"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/server"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// envServe makes the test program a provider that a CLI can start.
const envServe = "SERVER_TEST_SERVE"

var newProvider = provider.New("test", time.Now)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(envServe) {
	case "as the framework does":
		err = providerserver.Serve(context.Background(), newProvider, providerserver.ServeOpts{Address: provider.Address})
	case "a provider that panics":
		err = server.Serve(provider.Address, func() frameworkprovider.Provider { return panicking{newProvider()} }, false)
	default:
		for _, variable := range os.Environ() { // The tester's log levels must not matter.
			if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") {
				os.Unsetenv(name) //nolint:errcheck // The name is well formed.
			}
		}
		acctest.Main(m)
	}
	if err != nil {
		panic(err)
	}
}

// panicking is a provider that panics when it is configured. It says how often it collects garbage.
type panicking struct{ frameworkprovider.Provider }

func (panicking) Configure(context.Context, frameworkprovider.ConfigureRequest, *frameworkprovider.ConfigureResponse) {
	panic(fmt.Sprint("told to panic, with a GC percent of ", debug.SetGCPercent(-1)))
}

const oneUser = `
terraform {
  required_providers {
    mesibo = {
      source = "mesibo-community/mesibo"
    }
  }
}

resource "mesibo_user" "test" {
  address = "alice@example.com"
}
`

// newWorkspace returns a workspace with the environment. Unless serve is empty, this program is its provider.
func newWorkspace(t *testing.T, serve string, environment map[string]string) *acctest.Workspace {
	t.Helper()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(false) }) // A create warns, and the SDK logs that.
	w := b.NewWorkspace(t, oneUser)
	for variable, value := range environment {
		w.Setenv(variable, value)
	}
	if serve == "" {
		return w
	}
	w.Setenv(envServe, serve)
	w.AddProvider(t, "mesibo-community/mesibo", func() (string, error) {
		program, err := os.Executable()
		if err != nil {
			return "", err
		}
		dir := t.TempDir()

		return dir, os.Symlink(program, filepath.Join(dir, "terraform-provider-mesibo"))
	})

	return w
}

// line is a line of a log, without what differs between two runs.
type line struct {
	Level   string `json:"@level"`
	Module  string `json:"@module"`
	Message string `json:"@message"`
}

// stderrOf applies and destroys, and returns what the provider writes to stderr, as it is and as lines of a log.
func stderrOf(t *testing.T, serve string, environment map[string]string) ([]byte, map[line]bool) {
	t.Helper()

	w := newWorkspace(t, serve, environment)
	file := w.CaptureStderr(t)
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "destroy", "-auto-approve")
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[line]bool{}
	for text := range bytes.Lines(written) {
		var parsed line
		if err := json.Unmarshal(text, &parsed); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		lines[parsed] = true
	}

	return written, lines
}

// The provider writes what the CLI shows, and nothing else.
func TestAccLogIsThatOfTheCLI(t *testing.T) {
	t.Parallel()

	_, all := stderrOf(t, "as the framework does", nil)
	module := func(name string) func(line) bool {
		return func(l line) bool { return strings.HasPrefix(l.Module, name) }
	}
	level := func(lowest hclog.Level) func(line) bool {
		return func(l line) bool { return hclog.LevelFromString(l.Level) >= lowest }
	}
	for name, tt := range map[string]struct {
		environment map[string]string
		shown       func(line) bool
	}{
		"nothing":    {nil, nil},
		"the core":   {map[string]string{"TF_LOG_CORE": "TRACE"}, nil},
		"everything": {map[string]string{"TF_LOG": "TRACE"}, level(hclog.Trace)},
		"providers":  {map[string]string{"TF_LOG_PROVIDER": "INFO"}, level(hclog.Info)},
		"this one":   {map[string]string{"TF_LOG_PROVIDER_MESIBO": "TRACE"}, module("mesibo")},
		"the SDK":    {map[string]string{"TF_LOG_SDK": "TRACE"}, module("sdk")},
		"framework":  {map[string]string{"TF_LOG_SDK_FRAMEWORK": "TRACE"}, module("sdk.framework")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			want := maps.Clone(all)
			maps.DeleteFunc(want, func(l line, _ bool) bool { return tt.shown == nil || !tt.shown(l) })
			if len(want) == 0 && tt.shown != nil {
				t.Error("the framework writes no such line, so the test shows nothing")
			}
			written, got := stderrOf(t, "", tt.environment)
			if !maps.Equal(got, want) || len(want) == 0 && len(written) > 0 {
				t.Errorf("the provider writes %d bytes:\n%s\nwant lines like these:\n%v", len(written), written, slices.Collect(maps.Keys(want)))
			}
		})
	}
}

// The stack of a panic reaches the user without any log. It shows what GOGC is.
func TestAccPanicIsShown(t *testing.T) {
	t.Parallel()

	for gogc, percent := range map[string]string{"": "400", "50": "50", "off": "-1"} {
		t.Run("GOGC="+gogc, func(t *testing.T) {
			t.Parallel()

			w := newWorkspace(t, "a provider that panics", map[string]string{"GOGC": gogc})
			w.SkipOnOpenTofu(t, "the stack of any provider unless TF_LOG asks for it, since hashicorp/go-plugin#353")
			output, err := w.Run(t, "apply", "-auto-approve", "-no-color")
			for _, want := range []string{
				"Stack trace from the terraform-provider-mesibo plugin",
				"panic: told to panic, with a GC percent of " + percent + "\n",
				"panicking.Configure(",
			} {
				if err == nil || !strings.Contains(output, want) {
					t.Errorf("%v, want an error with %q:\n%s", err, want, output)
				}
			}
		})
	}
}

// For a debugger the provider runs on its own, and logs what its own environment asks for.
func TestAccDebug(t *testing.T) {
	t.Parallel()

	for level, logs := range map[string]bool{"": false, "DEBUG": true} {
		t.Run("TF_LOG_PROVIDER="+level, func(t *testing.T) {
			t.Parallel()

			w := newWorkspace(t, "", map[string]string{"TF_LOG_PROVIDER": level})
			process := exec.CommandContext(t.Context(), w.Provider(), "-debug")
			process.Env = w.Command(t.Context()).Env
			var stderr bytes.Buffer
			process.Stderr = &stderr
			stdout, err := process.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := process.Start(); err != nil {
				t.Fatal(err)
			}
			attach := regexp.MustCompile(`TF_REATTACH_PROVIDERS='(.*)'`)
			output := bufio.NewScanner(stdout)
			var found []string
			for found == nil && output.Scan() {
				found = attach.FindStringSubmatch(output.Text())
			}
			if found == nil {
				t.Fatalf("the provider does not say how to attach a CLI: %v\n%s", process.Wait(), &stderr)
			}
			w.Setenv("TF_REATTACH_PROVIDERS", found[1])
			w.Configure(t, strings.Replace(oneUser, "mesibo-community/mesibo", provider.Address, 1)) // OpenTofu has another registry.
			w.MustRun(t, "apply", "-auto-approve")
			if err := process.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if err := process.Wait(); err != nil || strings.Contains(stderr.String(), `"useradd"`) != logs || stderr.Len() > 0 != logs {
				t.Errorf("%v, and the log, which is wanted: %t, is:\n%s", err, logs, &stderr)
			}
		})
	}
}

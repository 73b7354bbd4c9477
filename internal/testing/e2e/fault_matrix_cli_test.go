// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// The main scenarios of the matrix on a real CLI. With -short each fault hits one call, another one each time.
func TestAccEveryCallFailsOnce(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	names := []string{renameInTwoSteps, adoptingShift, "App ID change", "destroy", "create everything", createFirstUser}
	for _, s := range scenarios() {
		turn := slices.Index(names, s.name)
		if turn < 0 {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			server := servers["default"]
			if s.takesPlace() || s.has("mesibo_group") {
				acctest.OncePerCLI(t)
				server = withLookups
			}

			calls := s.runOnCLI(t, server, func(*acctest.Backend) {})
			for i, fault := range slices.Sorted(maps.Keys(faults)) {
				if slices.Contains([]string{"web page", "bad gateway after commit", "answered too late", "connection refused"}, fault) {
					// The matrix in process has them. The provider handles the first three like others; and a server that stops
					// listening can break off an answer to another call, which a CLI sends at the same time.
					continue
				}
				for nth := 1; nth <= calls; nth++ {
					if testing.Short() && (i%len(names) != turn || nth != 1+i%calls) {
						continue
					}
					t.Run(fmt.Sprintf("%s/call %d", fault, nth), func(t *testing.T) {
						t.Parallel()
						s.runOnCLI(t, server, func(b *acctest.Backend) { faults[fault](b, nth) })
					})
				}
			}
		})
	}
}

const requirement = `
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

`

// newCLIWorkspace returns a workspace of a real CLI with a configuration.
func newCLIWorkspace(t *testing.T, b *acctest.Backend, config protocoltest.Config) *acctest.Workspace {
	t.Helper()

	w := b.NewWorkspace(t, requirement)
	w.Write(t, "resources.tf.json", config.JSON())

	return w
}

// withLookups makes a server show what has taken the place of an object, and groups whose creation was not answered.
func withLookups(p *profile.Profile) { p.SetLookups(true); p.RowsPerAppID, p.HideTokens = true, false }

// runOnCLI is run with a real CLI and the real program. It returns how many calls the apply made.
func (s scenario) runOnCLI(t *testing.T, server acctest.Server, fail func(*acctest.Backend)) int {
	t.Helper()

	b := acctest.NewBackend(t, server)
	w := newCLIWorkspace(t, b, s.earlier)
	for _, config := range []protocoltest.Config{s.earlier, s.before} {
		if w.Write(t, "resources.tf.json", config.JSON()); config != nil {
			w.MustRun(t, "apply", "-auto-approve")
		}
	}
	if s.taint != "" {
		w.MustRun(t, "taint", s.taint)
	}
	b.ResetRequests()
	w.Write(t, "resources.tf.json", s.after.JSON())
	w.Setenv("MESIBO_MAX_RETRIES", "0")
	w.Setenv("MESIBO_REQUEST_TIMEOUT", "1s")
	fail(b)
	output, _ := w.Run(t, "apply", "-auto-approve", "-no-color") // It may fail, or succeed thanks to a lookup.
	calls := b.Count("")
	w.Setenv("MESIBO_REQUEST_TIMEOUT", "30s")
	b.ClearFaults()
	if err := b.Accept(); err != nil {
		t.Fatal(err)
	}
	w.MustRun(t, "apply", "-auto-approve")
	checkConverged(t, b, w, s.after, output)

	return calls
}

// checkConverged checks after an apply that the server has what the configuration says, and nothing after a destroy. An
// error shows the output of the run that failed before.
func checkConverged(t *testing.T, b *acctest.Backend, w *acctest.Workspace, config protocoltest.Config, failed string) {
	t.Helper()

	if err := checkServer(b, config, textOf(t, w)); err != nil {
		t.Errorf("%v\nthe run that failed said: %s", err, failed)
	}
	w.MustRun(t, "plan", "-detailed-exitcode", "-no-color")
	w.MustRun(t, "destroy", "-auto-approve")
	if err := checkServer(b, nil, nil); err != nil {
		t.Errorf("after the destroy: %v", err)
	}
}

// textOf returns a function that returns a value in the state.
func textOf(t *testing.T, w *acctest.Workspace) textFunc {
	t.Helper()

	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(w.MustRun(t, "state", "pull")), &state); err != nil {
		t.Fatal(err)
	}

	return func(address, attribute string, key ...string) string {
		for _, resource := range state.Resources {
			if resource.Type+"."+resource.Name == address {
				value := resource.Instances[0].Attributes[attribute]
				for _, key := range key {
					elements, _ := value.(map[string]any)
					value = elements[key]
				}
				text, _ := value.(string)

				return text
			}
		}

		return ""
	}
}

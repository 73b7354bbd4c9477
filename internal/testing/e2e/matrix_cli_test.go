// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// The main scenarios of the matrix through a real CLI. In the gate each way spoils one call, another one each time.
func TestAccEveryCallFailsOnce(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	names := []string{"create everything", "App ID change", "destroy"}
	for _, scenario := range scenarios() {
		turn := slices.Index(names, scenario.name)
		if turn < 0 {
			continue
		}
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()

			calls := playOnCLI(t, scenario, func(*acctest.Backend) {})
			for i, way := range slices.Sorted(maps.Keys(waysToFail)) {
				if slices.Contains([]string{"web page", "bad gateway after commit", "answered too late"}, way) {
					continue // These are like others to the provider; the matrix in process has them all.
				}
				for nth := 1; nth <= calls; nth++ {
					if acctest.Full() || i%len(names) == turn && nth == 1+i%calls {
						t.Run(fmt.Sprintf("%s/call %d", way, nth), func(t *testing.T) {
							t.Parallel()
							playOnCLI(t, scenario, func(b *acctest.Backend) { waysToFail[way](b, nth) })
						})
					}
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

// playOnCLI is play with a real CLI and the real program. It returns how many calls the run made.
func playOnCLI(t *testing.T, s scenario, fail func(*acctest.Backend)) int {
	t.Helper()

	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, requirement+s.before.HCL())
	w.Setenv("MESIBO_MAX_RETRIES", "0")
	w.MustRun(t, "apply", "-auto-approve")

	b.ResetRequests()
	w.Configure(t, requirement+s.after.HCL())
	w.Setenv("MESIBO_REQUEST_TIMEOUT", "1s")
	fail(b)
	said, _ := w.Run(t, "apply", "-auto-approve", "-no-color") // It may fail, or be mended by a look-up.
	calls := b.Count("")
	w.Setenv("MESIBO_REQUEST_TIMEOUT", "30s")
	if err := recovered(b); err != nil {
		t.Fatal(err)
	}

	w.MustRun(t, "apply", "-auto-approve")
	if err := compare(b, s.after, stateOf(t, w)); err != nil {
		t.Errorf("%v\nthe run said: %s", err, said)
	}
	if output, err := w.Run(t, "plan", "-detailed-exitcode", "-no-color"); err != nil {
		t.Errorf("the plan after the clean apply is not empty: %s", output)
	}
	w.MustRun(t, "destroy", "-auto-approve")
	if err := compare(b, nil, nil); err != nil {
		t.Errorf("after the destroy: %v", err)
	}

	return calls
}

// stateOf returns a function that tells what the state holds.
func stateOf(t *testing.T, w *acctest.Workspace) func(address, attribute string) string {
	t.Helper()

	var state struct {
		Values struct {
			Root struct {
				Resources []struct {
					Address string
					Values  map[string]any
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal([]byte(w.MustRun(t, "show", "-json")), &state); err != nil {
		t.Fatal(err)
	}

	return func(address, attribute string) string {
		for _, resource := range state.Values.Root.Resources {
			if resource.Address == address {
				text, _ := resource.Values[attribute].(string)

				return text
			}
		}

		return ""
	}
}

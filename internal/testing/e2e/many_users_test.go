// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Two calls about many users fail in one apply, in every pair of ways, also when the second one is a part of undoing what
// the first one has ended. Then a clean apply converges.
func TestTwoCallsOfManyUsersFail(t *testing.T) {
	t.Parallel()

	for server, change := range servers {
		for _, s := range scenarios() {
			if !s.has("mesibo_users") || testing.Short() && (server != "default" || s.name != "many users") {
				continue
			}
			for first := range faults {
				if hangs(first) || first == "connection refused" || testing.Short() && first != "dropped after commit" {
					continue // The matrix has these; a refused connection refuses all that follow.
				}
				t.Run(server+"/"+s.name+"/"+first, func(t *testing.T) {
					t.Parallel()

					calls := len(s.run(t, change, 1, "", 0).calls)
					for one := 1; one <= calls; one++ {
						for _, second := range []string{"refused", "dropped after commit", "dropped before"} {
							for _, two := range []int{one + 1, one + 2, one + 4} {
								failed := s.runWith(t, change, 1, false, func(b *acctest.Backend) {
									faults[first](b, one)
									faults[second](b, two)
								})
								if failed.err != nil {
									t.Errorf("call %d, and %s at call %d: %v\nthe run said: %v", one, second, two, failed.err, failed.applyErr)
								}
							}
						}
					}
				})
			}
		}
	}
}

// A thousand users, of whom one is refused: no user is left, and the error names the one. Then all are created, on every
// kind of server, one of which limits the rate.
func TestThousandUsers(t *testing.T) {
	t.Parallel()

	n := map[bool]int{true: 100, false: 1000}[testing.Short()]
	names := attributes{}
	for i := range n {
		names[fmt.Sprintf("user-%03d", i)] = nil
	}
	all := maps.Clone(servers)
	all["list cut"] = func(p *profile.Profile) { p.RowCap, p.CountAll = 20, true }
	all["rate limit"] = func(p *profile.Profile) {
		p.RowCap, p.RequestsPerSecond = 0, map[bool]float64{true: 200, false: 20}[testing.Short()]
	}
	for server, change := range all {
		t.Run(server, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, change)
			w := newWorkspace(b, map[string]any{"max_retries": 4})
			config := manyUsers(names, attributes{"appid": android, "concurrency": 20})
			b.Fail("useradd", n/2, emulator.Refuse("QUOTA", 507, "no more users"))
			err := w.Apply(t.Context(), config)
			if err == nil || !strings.Contains(err.Error(), "user-") || !strings.Contains(err.Error(), "no more users") {
				t.Errorf("the error does not say who was refused, and why: %v", err)
			}
			if users := b.Users(acctest.AppToken); len(users) > 0 {
				t.Errorf("%d users are left", len(users))
			}
			if err := converge(t.Context(), b, w, config); err != nil {
				t.Error(err)
			}
		})
	}
}

// Where 30 of a thousand users exist, nothing is created, and nothing happens to the 30. The error names ten of them.
func TestSomeOfThousandUsersExist(t *testing.T) {
	t.Parallel()

	n := map[bool]int{true: 100, false: 1000}[testing.Short()]
	names := attributes{}
	for i := range n {
		names[fmt.Sprintf("user-%03d", i)] = nil
	}
	for server, change := range map[string]acctest.Server{
		"complete list": func(p *profile.Profile) { p.SetLookups(true); p.RowCap = 0 },
		"list cut":      func(p *profile.Profile) { p.SetLookups(true); p.RowCap, p.CountAll = 20, true },
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, change)
			for _, name := range slices.Sorted(maps.Keys(names))[:30] {
				b.PutUser(acctest.AppToken, emulator.User{Address: name + "@example.com", Name: "Other", Active: true})
				b.MintToken(acctest.AppToken, name+"@example.com", android)
			}
			before := actualState(b)
			w := newWorkspace(b, map[string]any{})
			err := w.Apply(t.Context(), manyUsers(names, attributes{"appid": android}))
			for _, text := range []string{"User already exists", "user-000@example.com", "user-009@example.com", "30 users", "20 more"} {
				if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "user-010") {
					t.Errorf("want %q in the error, and ten users: %v", text, err)
				}
			}
			after := actualState(b)
			slices.Sort(before)
			slices.Sort(after)
			if !slices.Equal(before, after) || b.Count("useradd") > 0 {
				t.Errorf("something happened to the users that exist")
			}
			adopting := manyUsers(names, attributes{"appid": android, "adopt_existing": true, "active": false})
			if err := errors.Join(w.Apply(t.Context(), adopting), w.Destroy(t.Context())); err != nil || len(b.Users(acctest.AppToken)) > 0 {
				t.Errorf("adopted: %v, and %d users are left", err, len(b.Users(acctest.AppToken)))
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// hundredUsers are enough for the CLI to use all of its parallelism, which is ten.
const hundredUsers = `
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

resource "mesibo_user" "test" {
  count   = 100
  address = "user-${count.index}@example.com"
  appid   = "com.example.app"
}
`

// A create takes a look-up and a useradd, a read one look-up, a delete one userdel; all of them share as many
// connections as the CLI works in parallel, and configuring the provider takes nothing.
func TestAccRequestsAndConnections(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	const users, parallelism = 100, 10
	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, hundredUsers)

	phases := []struct {
		args      []string
		want      map[string]int
		processes int // of the provider that send anything: the CLI starts one to plan and one to apply
	}{
		{[]string{"plan"}, map[string]int{}, 0},
		{[]string{"apply", "-auto-approve"}, map[string]int{"usersget": users, "useradd": users}, 1},
		{[]string{"plan", "-detailed-exitcode"}, map[string]int{"usersget": users}, 1},
		{[]string{"destroy", "-auto-approve"}, map[string]int{"usersget": users, "userdel": users}, 2},
	}
	for _, phase := range phases {
		b.ResetRequests()
		before := b.Connections()
		w.MustRun(t, phase.args...)

		got := map[string]int{}
		for _, request := range b.Requests() {
			got[request.Op]++
		}
		for _, op := range []string{"usersget", "useradd", "userset", "userdel"} {
			if got[op] != phase.want[op] {
				t.Errorf("%v: %s was sent %d times, want %d", phase.args, op, got[op], phase.want[op])
			}
		}
		// On a machine that stalls, Go's pool gives up a connection now and then, so there is some room.
		if opened, most := b.Connections()-before, phase.processes*parallelism; opened > most+parallelism/2 {
			t.Errorf("%v: %d connections were opened, want at most %d", phase.args, opened, most)
		}
	}
	if peak := b.PeakConcurrency(); peak > parallelism {
		t.Errorf("%d requests were in flight at once, want at most %d", peak, parallelism)
	}
	b.ExpectNoUsers(t)
}

// A server without look-ups is warned of once, however many users there are.
func TestAccNoLookupsIsSaidOnce(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(false) })
	w := b.NewWorkspace(t, hundredUsers)
	for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan"}} {
		output := w.MustRun(t, args...)
		if said := strings.Count(output, "mesibo offers no look-ups"); said != 1 || strings.Contains(output, "more similar warning") {
			t.Errorf("%v: said %d times, want once:\n%s", args, said, output)
		}
	}

	silent := b.NewWorkspace(t, hundredUsers)
	silent.Setenv("MESIBO_LOOKUPS", "disabled")
	if output := silent.MustRun(t, "apply", "-auto-approve"); strings.Contains(output, "no look-ups") {
		t.Errorf("with look-ups disabled it is said all the same:\n%s", output)
	}
}

// What an update does to tokens is said in the plan, where the CLI hides the token itself.
func TestAccPlanWarnsOfSurprises(t *testing.T) {
	t.Parallel()

	user := func(lines string) string {
		return providerRequirement + "resource \"mesibo_user\" \"test\" {\n  address = \"alice@example.com\"\n" + lines + "\n}\n"
	}
	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, user(`appid = "com.example.android"`))
	w.MustRun(t, "apply", "-auto-approve")

	w.Configure(t, user(`appid = "com.example.web"`))
	if output := w.MustRun(t, "plan"); !strings.Contains(output, "Token will be revoked") {
		t.Errorf("the plan does not say that a token ends:\n%s", output)
	}
	w.Configure(t, user(""))
	w.MustRun(t, "apply", "-auto-approve")
	w.Configure(t, user(`appid = "com.example.android"`))
	if output := w.MustRun(t, "plan"); !strings.Contains(output, "Token will be minted") {
		t.Errorf("the plan does not say that a token is minted:\n%s", output)
	}
}

// With bulk_reads one list refreshes a hundred users and their tokens, unless it may be cut short.
func TestAccBulkReads(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	for name, tt := range map[string]struct {
		rowCap, lookUps int
	}{
		"full list": {0, 1},
		"cut list":  {20, 1 + 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.rowCap > 0 {
				acctest.Needs(t, acctest.MatchesUsers)
			}

			b := acctest.NewBackend(t, func(p *profile.Profile) { p.RowCap, p.RowsPerAppID = tt.rowCap, true })
			w := b.NewWorkspace(t, hundredUsers+`
provider "mesibo" {
  bulk_reads = true
}

resource "mesibo_user_token" "test" {
  count   = 100
  address = mesibo_user.test[count.index].address
  appid   = "com.example.web"
}
`)
			w.MustRun(t, "apply", "-auto-approve")
			b.ResetRequests()
			w.MustRun(t, "plan", "-detailed-exitcode")
			if sent := b.Count(""); sent != tt.lookUps || b.Count("usersget") != sent {
				t.Errorf("%d requests were sent, want %d look-ups", sent, tt.lookUps)
			}

			// What changes elsewhere is seen.
			b.MintToken(acctest.AppToken, "user-7@example.com", "com.example.web")
			if output := w.MustRun(t, "plan", "-no-color"); !strings.Contains(output, "Token replaced outside of Terraform") {
				t.Errorf("a new token is not seen:\n%s", output)
			}
			w.MustRun(t, "destroy", "-auto-approve")
			b.ExpectNoUsers(t)
		})
	}
}

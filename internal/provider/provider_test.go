// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

const oneUser = `
resource "mesibo_user" "test" {
  address = "alice@example.com"
  appid   = "com.example.app"
}
`

// A provider that cannot work says why, without a change on the server. Bad values of the provider block are found when
// it is validated, those of the environment when a plan configures the provider.
func TestAccProvider_errors(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	closed := httptest.NewServer(nil)
	closed.Close()
	for name, tt := range map[string]struct{ command, environment, block, message string }{
		"app token missing":       {"plan", "MESIBO_APP_TOKEN=", ``, `App token missing.*app_token.*MESIBO_APP_TOKEN`},
		"whitespace in app token": {"validate", "", `app_token = "geheim token"`, `Invalid app token`},
		"endpoint without scheme": {"validate", "", `endpoint = "api.mesibo.com"`, `Invalid endpoint.*endpoint = "api.mesibo.com"`},
		"negative number":         {"validate", "", `max_retries = -1`, `Invalid max retries.*max_retries = -1`},
		"bad variable":            {"plan", "MESIBO_BULK_READS=perhaps", ``, `environment\s+variable\s+MESIBO_BULK_READS`},
		"CA file missing":         {"plan", "", `ca_cert_file = "/does/not/exist.pem"`, `Invalid CA certificate file.*ca_cert_file = `},
		"lookups missing":         {"apply -auto-approve", "", `lookups = "required"`, `User lookup failed.*BADOP.*lookups`},
		"server unreachable": {
			"apply -auto-approve", "MESIBO_MAX_RETRIES=0 MESIBO_ENDPOINT=" + closed.URL, ``,
			`Cannot reach the Backend API.*Nothing\s+was\s+sent.*MESIBO_ENDPOINT`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(false) })
			w := b.NewWorkspace(t, providerRequirement+"provider \"mesibo\" {\n"+tt.block+"\n}\n"+oneUser)
			for _, assignment := range strings.Fields(tt.environment) {
				variable, value, _ := strings.Cut(assignment, "=")
				w.Setenv(variable, value)
			}
			output, err := w.Run(t, append(strings.Fields(tt.command), "-no-color")...)
			if err == nil || !regexp.MustCompile("(?s)"+tt.message).MatchString(output) || strings.Contains(output, "geheim") {
				t.Errorf("%v, want an error that matches %q and does not show the app token:\n%s", err, tt.message, output)
			}
			b.ExpectNoUsers(t)
		})
	}
}

// While the app token is unknown because it comes from another resource, the environment does not replace it: users are
// planned without a call, and those in the state are kept.
func TestAccProvider_unknownAtPlan(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, "")
	for version, want := range []string{"mesibo_user.test will be created", "Plan: 1 to add, 0 to change, 1 to destroy."} {
		w.Configure(t, providerRequirement+oneUser+fmt.Sprintf(`
resource "terraform_data" "app" {
  input            = %q
  triggers_replace = %d
}

provider "mesibo" {
  app_token = terraform_data.app.output
}
`, acctest.AppToken, version))
		b.ResetRequests()
		if plan := w.MustRun(t, "plan", "-no-color"); !strings.Contains(plan, want) || b.Count("") != 0 {
			t.Errorf("%d requests were sent for this plan, want %q:\n%s", b.Count(""), want, plan)
		}
		w.MustRun(t, "apply", "-auto-approve")
	}
	if n := b.Minted("alice@example.com"); n != 1 {
		t.Errorf("%d tokens were minted", n)
	}
}

// hundredUsers are enough for the CLI to use all of its parallelism, which is ten.
const hundredUsers = providerRequirement + `
resource "mesibo_user" "test" {
  count   = 100
  address = "user-${count.index}@example.com"
  appid   = "com.example.app"
}
`

// A create takes a lookup and a useradd, a read one lookup, a delete a lookup and a userdel; all of them share as many
// connections as the CLI works in parallel, and configuring the provider takes no request. The user agent names the CLI
// and the provider, and the app token is in no URL or header.
func TestAccRequestsAndConnections(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)
	acctest.Needs(t, acctest.Lookups)

	const users, parallelism = 100, 10
	b := acctest.NewBackend(t, func(p *profile.Profile) { p.DeleteByAddress = true }) // Otherwise a delete takes two userdel.
	w := b.NewWorkspace(t, hundredUsers)
	agent := regexp.MustCompile(`^Terraform/\d+\.\d+\.\d+\S* terraform-provider-mesibo/dev$`)
	for _, phase := range []struct {
		args      []string
		want      map[string]int
		processes int // of the provider that send anything: the CLI starts one to plan and one to apply
	}{
		{[]string{"plan"}, map[string]int{}, 0},
		{[]string{"apply", "-auto-approve"}, map[string]int{"usersget": users, "useradd": users}, 1},
		{[]string{"plan", "-detailed-exitcode"}, map[string]int{"usersget": users}, 1},
		{[]string{"destroy", "-auto-approve"}, map[string]int{"usersget": 2 * users, "userdel": users}, 2}, // with a refresh
	} {
		b.ResetRequests()
		before := b.Connections()
		w.MustRun(t, phase.args...)

		for _, op := range []string{"usersget", "useradd", "userset", "userdel"} {
			if got := b.Count(op); got != phase.want[op] {
				t.Errorf("%v: %s was sent %d times, want %d", phase.args, op, got, phase.want[op])
			}
		}
		for _, request := range b.Requests() {
			headers := fmt.Sprint(request.Header)
			if !agent.MatchString(request.Header.Get("User-Agent")) || request.RawQuery != "" || strings.Contains(headers, acctest.AppToken) {
				t.Fatalf("%s: query %q, headers %s", request.Op, request.RawQuery, headers)
			}
		}
		// On a slow machine Go's pool drops a connection now and then, so there is some room.
		if opened, most := b.Connections()-before, phase.processes*parallelism; opened > most+parallelism/2 {
			t.Errorf("%v: %d connections were opened, want at most %d", phase.args, opened, most)
		}
	}
	if peak := b.PeakConcurrency(); peak > parallelism {
		t.Errorf("%d requests were in flight at once, want at most %d", peak, parallelism)
	}
	b.ExpectNoUsers(t)
}

// However many users are created, a server without lookups causes one warning. A plan, a refresh and a destroy cause none.
// Disabled lookups cause none, and none is sent.
func TestAccNoLookupsWarning(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	for lookups, want := range map[string]int{"auto": 1, "disabled": 0} {
		b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(false) })
		w := b.NewWorkspace(t, hundredUsers)
		w.Setenv("MESIBO_LOOKUPS", lookups)
		for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan"}, {"destroy", "-auto-approve"}} {
			output := w.MustRun(t, args...)
			if args[0] != "apply" {
				want = 0
			}
			if got := strings.Count(output, "Existing users are taken over"); got != want || strings.Contains(output, "more similar warning") {
				t.Errorf("%v with lookups = %q: %d warnings, want %d:\n%s", args, lookups, got, want, output)
			}
		}
		if n := b.Count("usersget"); lookups == "disabled" && n != 0 {
			t.Errorf("usersget was sent %d times", n)
		}
	}
}

// The plan says what an update does to tokens, because the CLI hides the token itself.
func TestAccPlanWarnsOfTokens(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	w := acctest.NewBackend(t).NewWorkspace(t, "")
	for _, step := range []struct{ appID, command, warning string }{
		{`"com.example.android"`, "apply", ""},
		{`"com.example.web"`, "plan", "Token will be revoked"},
		{`null`, "apply", ""},
		{`"com.example.android"`, "plan", "Token will be minted"},
	} {
		w.Configure(t, strings.Replace(providerRequirement+oneUser, `"com.example.app"`, step.appID, 1))
		args := map[string][]string{"apply": {"-auto-approve"}}[step.command]
		if output := w.MustRun(t, append([]string{step.command}, args...)...); !strings.Contains(output, step.warning) {
			t.Errorf("the %s of %s does not warn %q:\n%s", step.command, step.appID, step.warning, output)
		}
	}
}

// With bulk_reads one list refreshes a hundred users and their tokens, unless it may be truncated.
func TestAccBulkReads(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	for name, tt := range map[string]struct {
		rowCap, lookups int
		needs           []acctest.Need
	}{
		"full list":      {0, 1, nil},
		"truncated list": {20, 1 + 200, []acctest.Need{acctest.MatchesUsers}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.Needs(t, tt.needs...)

			b := acctest.NewBackend(t, func(p *profile.Profile) { p.RowCap, p.RowsPerAppID = tt.rowCap, true })
			w := b.NewWorkspace(t, hundredUsers+`
resource "mesibo_user_token" "test" {
  count   = 100
  address = mesibo_user.test[count.index].address
  appid   = "com.example.web"
}
`)
			w.Setenv("MESIBO_BULK_READS", "true")
			w.MustRun(t, "apply", "-auto-approve")
			b.ResetRequests()
			w.MustRun(t, "plan", "-detailed-exitcode")
			if sent := b.Count(""); sent != tt.lookups || b.Count("usersget") != sent {
				t.Errorf("%d requests were sent, want %d lookups", sent, tt.lookups)
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

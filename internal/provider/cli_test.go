// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
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

// Everything that is printed or logged at TRACE, through every op and error, is searched for secrets.
func TestAccNoSecretIsShown(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, func(m *emulator.Modes) { m.EchoApp = true })
	config := func(lines string) string {
		return `
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

provider "mesibo" {
  max_retries = 1
}

resource "mesibo_user" "test" {
  address = "alice@example.com"
  ` + lines + `
}

output "token" {
  value     = mesibo_user.test.token
  sensitive = true
}
`
	}
	w := b.NewWorkspace(t, config(`appid = "com.example.android"`))
	log := filepath.Join(t.TempDir(), "trace.log")
	w.Setenv("TF_LOG", "TRACE")
	w.Setenv("TF_LOG_PATH", log)

	var shown strings.Builder
	run := func(args ...string) {
		output, _ := w.Run(t, args...) // Some of the runs are to fail.
		shown.WriteString(output)
	}
	run("apply", "-auto-approve")
	for _, fault := range []emulator.Fault{
		emulator.AuthFail(), emulator.TokenBreach(), emulator.EchoSecretsInCause(), emulator.BadGateway(),
		emulator.HTMLPage(), emulator.EmptyReply(), emulator.TruncatedJSON(), emulator.DropAfterCommit(),
	} {
		b.FailAlways("usersget", fault)
		run("plan")
		b.ClearFaults()
		b.FailAlways("useradd", fault)
		run("apply", "-auto-approve", "-replace=mesibo_user.test")
		b.ClearFaults()
	}
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tf"), []byte(config("appid = \"com.example.web\"\nname = \"A\"")), 0o600); err != nil {
		t.Fatal(err)
	}
	run("apply", "-auto-approve")
	run("output")
	run("show")
	run("destroy", "-auto-approve")
	b.ExpectNoUsers(t)

	logged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(logged), "useradd") {
		t.Error("the log holds nothing of the client's")
	}
	minted := b.MintedTokens()
	if len(minted) < 3 {
		t.Fatalf("only %d tokens were minted, so the search shows little", len(minted))
	}
	for _, secret := range append(minted, acctest.AppToken, b.WebhookSecrets()[0]) {
		if strings.Contains(shown.String(), secret) || strings.Contains(string(logged), secret) {
			t.Errorf("a secret that begins with %s was shown", secret[:4])
		}
	}
}

// Ctrl-C while a user is being created: the reply is waited for, and the user and its token are kept.
func TestAccInterruptKeepsWhatWasCreated(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, strings.Replace(hundredUsers, "100", "1", 1))
	release := make(chan struct{})
	b.Fail("useradd", 1, emulator.Hold(release))

	apply := w.Command(t.Context(), "apply", "-auto-approve")
	var output strings.Builder
	apply.Stdout, apply.Stderr = &output, &output
	apply.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // The interrupt is for this group alone.
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); b.Count("useradd") == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("useradd was never sent")
		}
	}
	if err := syscall.Kill(-apply.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // The signal has to reach the provider before the reply does.
	close(release)
	var exit *exec.ExitError
	if err := apply.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if strings.Contains(output.String(), "panic") {
		t.Fatalf("the CLI panicked:\n%s", output.String())
	}

	b.ResetRequests()
	w.MustRun(t, "plan", "-detailed-exitcode") // Exit code 2, a failure here, would mean that something is missing.
	if n := b.Minted("user-0@example.com"); n != 1 {
		t.Errorf("%d tokens were minted, want 1", n)
	}
	w.MustRun(t, "destroy", "-auto-approve")
	b.ExpectNoUsers(t)
}

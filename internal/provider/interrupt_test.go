// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

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

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// TestSignals interrupts the program itself, over a network and at its real pace. It deletes what it has created by then.
func TestSignals(t *testing.T) {
	t.Parallel()

	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()

			server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			program := exec.CommandContext(t.Context(), os.Args[0], confirmed)
			program.Dir = t.TempDir()
			program.Env = append(os.Environ(), asProgram+"=1", "MESIBO_APP_TOKEN="+appToken, "MESIBO_ENDPOINT="+server.Endpoint())
			var output strings.Builder
			program.Stdout, program.Stderr = &output, &output
			if err = program.Start(); err != nil {
				t.Fatal(err)
			}
			for start := time.Now(); len(server.Users(appToken)) == 0; time.Sleep(10 * time.Millisecond) {
				if time.Since(start) > time.Minute {
					t.Fatal("no user is added")
				}
			}
			if err = program.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}

			if err = program.Wait(); program.ProcessState.ExitCode() != 1 || !strings.HasSuffix(output.String(), "cleaning up\nmesibo-probe: interrupted\n") {
				t.Errorf("%v: %s", err, output.String())
			}
			if form, shown := secrettest.Shows(output.String(), append(server.MintedTokens(), appToken)...); shown {
				t.Errorf("a secret shows in the form %s: %s", form, output.String())
			}
			files, err := os.ReadDir(program.Dir)
			if users := server.Users(appToken); len(users) > 0 || len(files) > 0 || err != nil {
				t.Errorf("left behind: %v, %v, %v", users, files, err)
			}
		})
	}
}

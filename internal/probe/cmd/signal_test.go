// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// TestSignals has the program itself interrupted, over a network and at its real pace: it deletes what it has made by then.
func TestSignals(t *testing.T) {
	t.Parallel()

	for name, signal := range map[string]os.Signal{"Ctrl-C": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			folder := t.TempDir()
			program := exec.CommandContext(t.Context(), os.Args[0], "-this-app-is-disposable")
			program.Dir = folder
			program.Env = append(os.Environ(), asProgram+"=1", "MESIBO_APP_TOKEN="+appToken, "MESIBO_ENDPOINT="+server.Endpoint())
			var output strings.Builder
			program.Stdout, program.Stderr = &output, &output
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			for start := time.Now(); len(server.Users(appToken)) == 0; time.Sleep(10 * time.Millisecond) {
				if time.Since(start) > time.Minute {
					t.Fatal("no user is added")
				}
			}
			if err := program.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}

			if err := program.Wait(); program.ProcessState.ExitCode() != 1 {
				t.Errorf("it ends with %v", err)
			}
			if said := output.String(); !strings.Contains(said, "cleaning up\n") || !strings.Contains(said, "mesibo-probe: interrupted") {
				t.Errorf("it said %s", said)
			}
			secrettest.None(t, append(server.MintedTokens(), appToken), output.String())
			if users := server.Users(appToken); len(users) > 0 {
				t.Errorf("left are %v", users)
			}
			if files, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(files) > 0 {
				t.Errorf("left are %v, %v", files, err)
			}
			if server.Count("userdel") == 0 {
				t.Error("nothing was deleted")
			}
		})
	}
}

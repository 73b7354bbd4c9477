// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// signals are the ways in which a run is interrupted. The CLI leads a process group of its own, as in a shell.
var signals = map[string]func(cli int) error{
	"Ctrl-C":  func(cli int) error { return syscall.Kill(-cli, syscall.SIGINT) },
	"SIGTERM": func(cli int) error { return syscall.Kill(cli, syscall.SIGTERM) },
	kill:      func(cli int) error { return signalProvider(cli, syscall.SIGKILL) },
}

const kill = "SIGKILL to the provider"

// signalProvider signals the providers of a CLI directly, so that a killed one cannot report what it has done.
func signalProvider(cli int, signal syscall.Signal) error {
	programs, err := filepath.Glob("/proc/[0-9]*/exe")
	signaled := false
	for _, program := range programs {
		target, _ := os.Readlink(program) // Empty when the process has ended.
		var pid int
		fmt.Sscanf(program, "/proc/%d/exe", &pid) //nolint:errcheck // The pattern says so.
		group, _ := syscall.Getpgid(pid)
		if group == cli && strings.HasPrefix(filepath.Base(target), "terraform-provider-mesibo") {
			signaled = syscall.Kill(pid, signal) == nil || signaled
		}
	}
	if !signaled {
		return errors.Join(errors.New("no provider was found"), err)
	}

	return nil
}

// A run is interrupted when the server has done what it was asked to and has not answered yet. The next run ends where
// the first should have: what was done is in the state or is adopted, and a group, which cannot be told from another one
// of the same name, is reported.
func TestAccInterrupts(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	config := func(appID string, name any) protocoltest.Config {
		var users protocoltest.Config
		for i := range 4 {
			users = append(users, user(fmt.Sprint("user", i), attributes{"adopt_existing": true, "appid": appID, "name": name}))
		}

		return append(users, userToken("user0", attributes{"appid": web}), group("one", attributes{}), member("one", "user0", attributes{}))
	}
	for _, phase := range []struct {
		name          string
		before, after protocoltest.Config
		ops           []string
	}{
		{"create", nil, config(android, nil), []string{"useradd", "groupadd", "groupeditmembers"}},
		{"update", config(android, nil), config(ios, "Somebody"), []string{"userset", "useradd"}},
		{"destroy", config(android, nil), nil, []string{"userdel", "groupdel"}},
	} {
		for _, op := range phase.ops {
			for signal := range signals {
				if testing.Short() && signal != kill && op != phase.ops[0] {
					continue
				}
				t.Run(phase.name+"/"+op+"/"+signal, func(t *testing.T) {
					t.Parallel()
					if op == "groupadd" && signal == kill {
						acctest.Needs(t, acctest.Lookups)
					}
					if phase.name == "update" {
						acctest.Needs(t, acctest.RevokesAppID)
					}

					b := acctest.NewBackend(t)
					w := newCLIWorkspace(t, b, phase.before)
					w.MustRun(t, "apply", "-auto-approve")
					w.Write(t, "resources.tf.json", phase.after.JSON())
					output := interrupt(t, b, w, op, signals[signal])
					next := w.MustRun(t, "apply", "-auto-approve", "-no-color")
					if groups := b.Groups(acctest.AppToken); signal == kill && len(groups) > 1 {
						removeReportedGroup(t, b, groups, next)
					} else if signal == kill && op == "groupadd" {
						t.Error("no group is left, so the signal came too late")
					}
					checkConverged(t, b, w, phase.after, output)
				})
			}
		}
	}
}

// Of many users, nothing new is sent after an interrupt, and the next run ends where the first should have. A provider that
// is killed reports nothing, so the next run adopts what it has left.
func TestAccInterruptsOfManyUsers(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	config := func(name any, given attributes) protocoltest.Config {
		given["appid"], given["concurrency"] = android, 1 // so that the request that waits delays the others

		return manyUsers(attributes{"alice": name, "bob": name, "carol": name, "dave": name, "erin": name}, given)
	}
	for signal := range signals {
		adopt := func() attributes { return attributes{"adopt_existing": signal == kill} }
		for _, phase := range []struct {
			name, op      string
			before, after protocoltest.Config
		}{
			{"create", "useradd", nil, config(nil, adopt())},
			{"mint", "useradd", config(nil, adopt()), config(nil, attributes{"adopt_existing": signal == kill, "expiry": 60})},
			{"rename", "userset", config(nil, adopt()), config("Somebody", adopt())},
			{"destroy", "userdel", config(nil, adopt()), nil},
		} {
			if testing.Short() && signal != "Ctrl-C" && phase.name != "create" {
				continue
			}
			t.Run(phase.name+"/"+signal, func(t *testing.T) {
				t.Parallel()

				b := acctest.NewBackend(t)
				w := newCLIWorkspace(t, b, phase.before)
				w.MustRun(t, "apply", "-auto-approve")
				w.Write(t, "resources.tf.json", phase.after.JSON())
				output := interrupt(t, b, w, phase.op, signals[signal])
				if sent := b.Count(phase.op); signal != kill && sent != 1 {
					t.Errorf("%s was sent %d times, so the interrupt did not end it:\n%s", phase.op, sent, output)
				}
				w.MustRun(t, "apply", "-auto-approve", "-no-color")
				checkConverged(t, b, w, phase.after, output)
			})
		}
	}
}

// removeReportedGroup removes the group that the output of a run reports as left over, as its reader would.
func removeReportedGroup(t *testing.T, b *acctest.Backend, groups []emulator.Group, output string) {
	t.Helper()

	words := strings.Fields(output)
	at := slices.IndexFunc(groups, func(group emulator.Group) bool { return slices.Contains(words, group.GID+";") })
	if at < 0 || len(groups) != 2 || !strings.Contains(output, "Group name already in use") {
		t.Fatalf("of %d groups none is reported:\n%s", len(groups), output)
	}
	b.RemoveGroup(acctest.AppToken, groups[at].GID)
}

// Without adopt_existing the next run reports each user that a killed provider has left, and changes nothing.
func TestAccInterruptIsReported(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	config := protocoltest.Config{user("alice", attributes{"appid": android})}
	w := newCLIWorkspace(t, b, config)
	interrupt(t, b, w, "useradd", signals[kill])

	output, err := w.Run(t, "apply", "-auto-approve", "-no-color")
	if err == nil || !strings.Contains(output, "User already exists") || !strings.Contains(output, "alice@example.com") {
		t.Errorf("the user that is left is not reported: %v\n%s", err, output)
	}
	w.MustRun(t, "import", "mesibo_user.alice", "alice@example.com")
	w.MustRun(t, "apply", "-auto-approve")
	checkConverged(t, b, w, config, output)
}

// A provider that crashes prints the stacks of its goroutines, which the CLI shows and logs.
func TestAccCrashShowsNoSecret(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	w := newCLIWorkspace(t, b, protocoltest.Config{user("alice", attributes{"appid": android})})
	log := filepath.Join(t.TempDir(), "trace.log")
	w.Setenv("TF_LOG", "TRACE")
	w.Setenv("TF_LOG_PATH", log)
	output := interrupt(t, b, w, "useradd", func(cli int) error { return signalProvider(cli, syscall.SIGQUIT) })

	logged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if shown := output + string(logged); showsSecret(b, shown) || !strings.Contains(shown, "goroutine 1 ") {
		t.Errorf("a secret is shown, or no crash:\n%s", output)
	}
}

// interrupt applies, and sends the signal when the first request of the op has been carried out and not yet answered. It
// returns what the CLI printed.
func interrupt(t *testing.T, b *acctest.Backend, w *acctest.Workspace, op string, signal func(cli int) error) string {
	t.Helper()

	release := make(chan struct{})
	b.ResetRequests()
	b.Fail(op, 1, emulator.Hold(release))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // A run that never ends fails the test.
	defer cancel()
	apply := w.Command(ctx, "apply", "-auto-approve", "-no-color")
	var output strings.Builder
	apply.Stdout, apply.Stderr = &output, &output
	apply.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	for b.Count(op) == 0 {
		if ctx.Err() != nil {
			t.Fatalf("%s was never sent", op)
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // The request has to be carried out,
	if err := signal(apply.Process.Pid); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // and the signal has to arrive before the reply does.
	close(release)
	var exit *exec.ExitError
	if err := apply.Wait(); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("the run did not end: %v\n%s", err, output.String())
	}
	if strings.Contains(output.String(), "panic:") {
		t.Errorf("something panicked:\n%s", output.String())
	}

	return output.String()
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// faults are all the ways in which a call fails. Each makes the nth call from now on fail.
var faults = map[string]func(b *acctest.Backend, nth int){
	"connection refused":       func(b *acctest.Backend, nth int) { b.RefuseFrom(nth) },
	"dropped before":           inject(emulator.DropBefore()),
	"dropped after commit":     inject(emulator.DropAfterCommit()),
	"bad gateway":              inject(emulator.BadGateway()),
	"bad gateway after commit": inject(emulator.BadGatewayAfterCommit()),
	"too many requests":        inject(emulator.TooManyRequests("")),
	"truncated":                inject(emulator.TruncatedJSON()),
	"web page":                 inject(emulator.HTMLPage()),
	"refused":                  inject(emulator.EchoSecretsInCause()),
	"too slow":                 inject(emulator.Slow(time.Minute)),
	"answered too late":        inject(emulator.Hold(make(chan struct{}))),
}

func inject(fault emulator.Fault) func(*acctest.Backend, int) {
	return func(b *acctest.Backend, nth int) { b.Fail("", nth, fault) }
}

// hangs reports whether a fault lasts as long as a request may.
func hangs(fault string) bool {
	return fault == "too slow" || fault == "answered too late"
}

// servers are the kinds of servers on which the matrix runs.
var servers = map[string]acctest.Server{
	"default":        func(*profile.Profile) {},
	"no lookups":     func(p *profile.Profile) { p.SetLookups(false) },
	"all rows":       func(p *profile.Profile) { p.RowsPerAppID, p.RowCap, p.MemberCap = true, 0, 0 },
	"removal of all": func(p *profile.Profile) { p.RemoveScope = profile.RemoveAll },
}

// Every call of every scenario fails once, by every fault, with and without a retry. Then a clean apply converges: the
// server has what the configuration says, the plan is empty, and a destroy leaves nothing.
func TestEveryCallFailsOnce(t *testing.T) {
	t.Parallel()

	var runs atomic.Int64
	t.Cleanup(func() { t.Logf("%d runs, in each of which a call failed", runs.Load()) })
	for server, change := range servers {
		as := acctest.NewBackend(t, change).Profile()
		for _, s := range scenarios() {
			for fault := range faults {
				if leftOut(server, as, s, fault) {
					continue
				}
				retries := 2
				if server != "default" || testing.Short() {
					retries = 1 // The client retries in the same way on each server.
				}
				t.Run(server+"/"+s.name+"/"+fault, func(t *testing.T) {
					t.Parallel()

					for retries := range retries {
						clean := s.run(t, change, retries, "", 0)
						if clean.applyErr != nil || clean.err != nil {
							t.Fatalf("no call failed: %v %v", clean.applyErr, clean.err)
						}
						for i, op := range clean.calls {
							if testing.Short() && strings.Contains(op, "get") && (fault != "refused" || !s.has("mesibo_group")) {
								continue // All lookups fail in like ways, and scenarios with groups have each of them.
							}
							runs.Add(1)
							if failed := s.run(t, change, retries, fault, i+1); failed.err != nil {
								t.Errorf("call %d of %d (%s), %d retries: %v\nthe run said: %v", i+1, len(clean.calls), op, retries, failed.err, failed.applyErr)
							}
						}
					}
				})
			}
		}
	}
}

// leftOut reports whether the matrix has no test of a scenario on a server.
func leftOut(server string, as profile.Profile, s scenario, fault string) bool {
	switch {
	case s.has("mesibo_group") && !as.GroupLookups:
		return true // A group whose creation was not answered cannot be found there; the error says so.
	case !as.UserLookups && s.takesPlace():
		return true // A later run cannot see there what has taken the place of an object, and deletes it; the documentation says so.
	case s.name == "App ID change" && as.RemoveScope == profile.RemoveAll:
		return true // A revocation that a failed run did not make ends the new token too; the plan warns of it.
	case server != "default" && (hangs(fault) || testing.Short()):
		return true // The client handles these in the same way on each server.
	case !testing.Short() || fault == "dropped after commit":
		return false
	case fault == "refused": // The other scenarios have calls like these.
		return !s.has("mesibo_group") && s.name != "App ID change" && s.name != "replacement"
	default:
		return s.name != "create everything" || fault != "connection refused" && fault != "dropped before"
	}
}

// result is how a scenario went.
type result struct {
	calls    []string // the ops of the apply in which a call failed
	applyErr error    // what that apply reported
	err      error    // what is wrong after a clean one
}

// run runs the scenario on a back end of its own. The fault, if any, is that of the nth call of the apply of after.
func (s scenario) run(t *testing.T, server acctest.Server, retries int, fault string, nth int) result {
	t.Helper()

	return s.runWith(t, server, retries, hangs(fault), func(b *acctest.Backend) {
		if fault != "" {
			faults[fault](b, nth)
		}
	})
}

// runWith is run with any faults, of which one may hang.
func (s scenario) runWith(t *testing.T, server acctest.Server, retries int, hangs bool, fail func(*acctest.Backend)) (r result) {
	t.Helper()

	b := acctest.NewBackend(t, server)
	defer b.Close()
	if s.setUp != nil {
		s.setUp(b)
	}
	var log bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	settings := map[string]any{"max_retries": retries}
	w := newWorkspace(b, settings)
	if err := s.prepare(ctx, w); err != nil {
		r.err = fmt.Errorf("the state before: %w", err)

		return r
	}

	b.ResetRequests()
	fail(b)
	if hangs {
		settings["request_timeout"] = "500ms"
	}
	r.applyErr = w.Apply(ctx, s.after)
	for _, request := range b.Requests() {
		r.calls = append(r.calls, request.Op)
	}
	delete(settings, "request_timeout")
	b.ClearFaults()
	r.err = errors.Join(b.Accept(), converge(ctx, b, w, s.after))
	for _, diagnostic := range w.Diagnostics {
		if showsSecret(b, diagnostic.Summary+diagnostic.Detail) {
			r.err = errors.Join(r.err, fmt.Errorf("%q shows a secret", diagnostic.Summary))
		}
	}
	if showsSecret(b, log.String()) || !strings.Contains(log.String(), "useradd") {
		r.err = errors.Join(r.err, errors.New("the log shows a secret, or nothing at all"))
	}

	return r
}

// newWorkspace returns a workspace for the back end, with a provider that does not wait between retries.
func newWorkspace(b *acctest.Backend, settings map[string]any) *protocoltest.Workspace {
	settings["app_token"], settings["endpoint"] = acctest.AppToken, b.Endpoint()

	return protocoltest.New(func() tfprotov6.ProviderServer {
		return b.NewProvider(mesibo.WithBackoff(time.Millisecond, time.Millisecond))
	}, settings)
}

// converge applies, and checks that the server has what the configuration says, and nothing after a destroy.
func converge(ctx context.Context, b *acctest.Backend, w *protocoltest.Workspace, config protocoltest.Config) error {
	if err := w.Apply(ctx, config); err != nil {
		return fmt.Errorf("the clean apply: %w", err)
	}
	if err := checkServer(b, config, w.Text); err != nil {
		return err
	}
	if pending, err := w.Pending(ctx, config); err != nil || len(pending) > 0 {
		return fmt.Errorf("the plan after the clean apply is not empty: %v %w", pending, err)
	}
	if err := w.Destroy(ctx); err != nil {
		return fmt.Errorf("the destroy: %w", err)
	}

	return checkServer(b, nil, w.Text)
}

// A message is sent at most once, and a success or a definite failure can be relied on.
func TestEveryCallOfAMessageFailsOnce(t *testing.T) {
	t.Parallel()

	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for retries := range 2 {
				b := acctest.NewBackend(t)
				b.PutUser(acctest.AppToken, emulator.User{Address: "alice", Active: true})
				b.PutUser(acctest.AppToken, emulator.User{Address: "bob", Active: true})
				fault(b, 1)
				err := newWorkspace(b, map[string]any{"max_retries": retries, "request_timeout": "500ms"}).Invoke(t.Context(),
					"mesibo_send_message", attributes{"from": "alice", "to": []string{"bob"}, "message": "Hello"})
				sent := len(b.Messages(acctest.AppToken))
				unsure := err != nil && strings.Contains(err.Error(), "Message may have been sent")
				if sent > 1 || err == nil && sent != 1 || err != nil && !unsure && sent != 0 {
					t.Errorf("%d retries: %d messages were sent, and the error is: %v", retries, sent, err)
				}
			}
		})
	}
}

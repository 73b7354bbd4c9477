// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// serverModes are the servers on which the matrix runs.
var serverModes = map[string]acctest.Server{
	"default":        func(*profile.Profile) {},
	"no look-ups":    func(p *profile.Profile) { p.SetLookups(false) },
	"all rows":       func(p *profile.Profile) { p.RowsPerAppID, p.RowCap, p.MemberCap = true, 0, 0 },
	"removal of all": func(p *profile.Profile) { p.RemoveScope = profile.RemoveAll },
}

// Every call of every scenario fails once, in every way, with and without a retry. Then a clean apply converges: the
// server holds exactly what the configuration says, the plan is empty, and a destroy leaves nothing. The gate runs the
// ways that the provider tells apart, on the usual server and without a retry; those in which nothing happens on the
// server, in one scenario that makes everything.
func TestEveryCallFailsOnce(t *testing.T) {
	t.Parallel()

	servers, ways, retries := slices.Collect(maps.Keys(serverModes)), slices.Collect(maps.Keys(waysToFail)), 2
	if !acctest.Full() {
		servers, ways, retries = []string{"default"}, []string{"connection refused", "dropped before", "dropped after commit", "refused"}, 1
	}
	var runs atomic.Int64
	t.Cleanup(func() { t.Logf("%d runs, in each of which a call failed", runs.Load()) })
	for _, server := range servers {
		as := acctest.NewBackend(t, serverModes[server]).Profile()
		for _, scenario := range scenarios() {
			if scenario.groups && !as.GroupLookups {
				continue // A group whose creation was not answered cannot be found there; the error says so.
			}
			if scenario.name == "App ID change" && as.RemoveScope == profile.RemoveAll {
				continue // A revocation that a failed run left undone ends the new token too; the plan warns of it.
			}
			for _, way := range ways {
				if nothing := way == "connection refused" || way == "dropped before"; nothing && !acctest.Full() && scenario.name != "create everything" {
					continue // To the provider it is a refusal.
				}
				if server != "default" && slices.Contains(waysThatHang, way) {
					continue // The client decides what becomes of these, whatever the server is like.
				}
				retries := retries
				if server != "default" {
					retries = 1 // And of retries too.
				}
				t.Run(server+"/"+scenario.name+"/"+way, func(t *testing.T) {
					t.Parallel()

					for retries := range retries {
						clean := play(t, server, scenario, retries, nil)
						if err := errors.Join(clean.first, clean.err); err != nil {
							t.Fatalf("no call failed: %v", err)
						}
						for i, op := range clean.calls {
							runs.Add(1)
							result := play(t, server, scenario, retries, func(b *acctest.Backend) { waysToFail[way](b, i+1) })
							if result.err != nil {
								t.Errorf("call %d of %d (%s), %d retries: %v\nthe run said: %v", i+1, len(clean.calls), op, retries, result.err, result.first)
							}
						}
					}
				})
			}
		}
	}
}

// A message is sent once or not at all, and whoever hears of a success or of a plain failure can rely on it.
func TestEveryCallOfAMessageFailsOnce(t *testing.T) {
	t.Parallel()

	for way, fail := range waysToFail {
		t.Run(way, func(t *testing.T) {
			t.Parallel()

			for retries := range 2 {
				b := acctest.NewBackend(t)
				for _, address := range []string{"alice", "bob"} {
					b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
				}
				fail(b, 1)
				err := workspace(b, map[string]any{"max_retries": retries, "request_timeout": "300ms"}).Invoke(t.Context(),
					"mesibo_send_message", attributes{"from": "alice", "to": []any{"bob"}, "message": "Hello"})
				sent := len(b.Messages(acctest.AppToken))
				unsure := err != nil && strings.Contains(err.Error(), "Message may have been sent")
				if sent > 1 || err == nil && sent != 1 || err != nil && !unsure && sent != 0 {
					t.Errorf("%d retries: %d messages were sent, and it was said: %v", retries, sent, err)
				}
			}
		})
	}
}

// workspace returns a workspace with a provider for the back end that loses no time between retries.
func workspace(b *acctest.Backend, settings map[string]any) *protocoltest.Workspace {
	settings["app_token"], settings["endpoint"] = acctest.AppToken, b.Endpoint()

	return protocoltest.New(func() tfprotov6.ProviderServer {
		return b.NewProvider(mesibo.WithBackoff(time.Millisecond, time.Millisecond))
	}, settings)
}

// played is how a scenario went.
type played struct {
	calls []string // the ops of the run in which a call failed
	first error    // what that run said
	err   error    // what is wrong after the clean one
}

// play runs a scenario on a back end of its own; fail spoils a call of the run from before to after.
func play(t *testing.T, server string, s scenario, retries int, fail func(*acctest.Backend)) (result played) {
	t.Helper()

	b := acctest.NewBackend(t, serverModes[server])
	defer b.Close()
	if s.setUp != nil {
		s.setUp(b)
	}
	var log bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	settings := map[string]any{"max_retries": retries}
	w := workspace(b, settings)
	if err := w.Apply(ctx, s.before); err != nil {
		result.err = fmt.Errorf("the state before: %w", err)

		return result
	}

	b.ResetRequests()
	settings["request_timeout"] = "300ms" // for the calls that hang
	if fail != nil {
		fail(b)
	}
	result.first = w.Apply(ctx, s.after)
	for _, request := range b.Requests() {
		result.calls = append(result.calls, request.Op)
	}
	delete(settings, "request_timeout")
	result.err = recovered(b)
	result.err = errors.Join(result.err, converge(ctx, b, w, s.after))
	for _, diagnostic := range w.Diagnostics {
		if showsSecret(b, diagnostic.Summary+diagnostic.Detail) {
			result.err = errors.Join(result.err, fmt.Errorf("%q shows a secret", diagnostic.Summary))
		}
	}
	if showsSecret(b, log.String()) || !strings.Contains(log.String(), "useradd") {
		result.err = errors.Join(result.err, errors.New("the log shows a secret, or nothing at all"))
	}

	return result
}

// converge applies, and checks that this leads where it should and that nothing is left after a destroy.
func converge(ctx context.Context, b *acctest.Backend, w *protocoltest.Workspace, config protocoltest.Config) error {
	if err := w.Apply(ctx, config); err != nil {
		return fmt.Errorf("the clean apply: %w", err)
	}
	if err := compare(b, config, w.Text); err != nil {
		return err
	}
	if pending, err := w.Pending(ctx, config); err != nil || len(pending) > 0 {
		return fmt.Errorf("the plan after the clean apply is not empty: %v %w", pending, err)
	}
	if err := w.Destroy(ctx); err != nil {
		return fmt.Errorf("the destroy: %w", err)
	}

	return compare(b, nil, w.Text)
}

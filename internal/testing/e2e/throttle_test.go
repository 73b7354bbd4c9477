// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// TestAccThrottledThousand applies a thousand users on a server that allows 20 requests a second. None may fail, and
// the requests have to make use of nine tenths of what the server allowed between the first and the last of them. It
// takes as long as 2,000 requests at that rate do, and needs a machine on which the CLI alone is at least twice as fast;
// TestThrottled of the client does the same by a clock of its own, wherever it runs.
func TestAccThrottledThousand(t *testing.T) {
	if !acctest.Full() {
		t.Skip("it takes four minutes: MESIBO_PROOF is not set")
	}
	const users, perSecond = 1000, 20
	for _, parallelism := range []int{10, 50} {
		t.Run(fmt.Sprintf("parallelism %d", parallelism), func(t *testing.T) { // one after the other, for the CLIs to be fast
			var log exchanges
			b := acctest.NewBackendWith(t, emulator.WithLog(&log))
			b.SetProfile(func(p *profile.Profile) { p.RequestsPerSecond = perSecond })
			w := b.NewWorkspace(t, requirement+fmt.Sprintf(`
resource "mesibo_user" "test" {
  count   = %d
  address = "user-${count.index}@example.com"
  appid   = "com.example.app"
}
`, users))
			w.MustRun(t, "apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallelism))

			took := log.last.Sub(log.first)
			used := float64(log.allowed) / (perSecond * took.Seconds())
			t.Logf("%.0f s, %.1f %% of the allowed rate, %d requests were put off", took.Seconds(), 100*used, log.late)
			if used < 0.9 || log.late == 0 {
				t.Errorf("%.3f of the allowed rate was used, want 0.9; %d requests were put off", used, log.late)
			}
			if log.allowed != 2*users {
				t.Errorf("%d requests came through, want %d", log.allowed, 2*users)
			}
			if n := len(b.Users(acctest.AppToken)); n != users {
				t.Errorf("there are %d users, want %d", n, users)
			}
		})
	}
}

// exchanges counts the lines of an emulator's log, one for each request, and those that were turned away.
type exchanges struct {
	mu            sync.Mutex
	allowed, late int
	first, last   time.Time // of those that came through
}

func (e *exchanges) Write(line []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()

	if bytes.Contains(line, []byte("too many requests")) {
		e.late++

		return len(line), nil
	}
	e.allowed++
	e.last = time.Now()
	if e.first.IsZero() {
		e.first = e.last
	}

	return len(line), nil
}

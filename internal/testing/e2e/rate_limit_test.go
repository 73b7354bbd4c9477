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

// A thousand users are applied on a server that allows 20 requests a second. None fails, and the requests use nine tenths
// of what the server allows between the first and the last of them. The CLI alone has to be twice as fast.
func TestAccRateLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes four minutes")
	}
	const users, perSecond = 1000, 20
	for _, parallelism := range []int{10, 50} {
		t.Run(fmt.Sprintf("parallelism %d", parallelism), func(t *testing.T) { // One after the other, so that the CLI is fast.
			var log requestLog
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

			used := float64(log.accepted) / (perSecond * log.last.Sub(log.first).Seconds())
			t.Logf("%.1f %% of the allowed rate was used, %d requests were rate-limited", 100*used, log.limited)
			if n := len(b.Users(acctest.AppToken)); used < 0.9 || log.limited == 0 || log.accepted != 2*users || n != users {
				t.Errorf("want at least 90 %% and 1; %d requests were accepted, want %d; there are %d users", log.accepted, 2*users, n)
			}
		})
	}
}

// requestLog counts the lines of an emulator's log, one for each request.
type requestLog struct {
	mu                sync.Mutex
	accepted, limited int
	first, last       time.Time // of those that were accepted
}

func (l *requestLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if bytes.Contains(line, []byte("too many requests")) {
		l.limited++

		return len(line), nil
	}
	l.accepted++
	l.last = time.Now()
	if l.first.IsZero() {
		l.first = l.last
	}

	return len(line), nil
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// BenchmarkThousandUsers applies, plans again and destroys a thousand users with a real CLI, at a parallelism of
// ten, without latency and with 50 ms, and at 50 ms with bulk_reads too. It reports seconds, requests and connections
// for each phase. The apply at 50 ms is to take no longer than the one at 0 ms plus the time on the wire,
// 2 requests · 1000 users / 10 · 50 ms; the plan with bulk_reads is to take no longer than 1.2 times the one at 0 ms.
func BenchmarkThousandUsers(b *testing.B) {
	const users = 1000

	for name, tt := range map[string]struct {
		latency   time.Duration
		bulkReads bool
	}{
		"0ms":       {0, false},
		"50ms":      {50 * time.Millisecond, false},
		"50ms,bulk": {50 * time.Millisecond, true},
	} {
		config := providerRequirement + fmt.Sprintf(`
provider "mesibo" {
  bulk_reads = %t
}

resource "mesibo_user" "test" {
  count   = %d
  address = "user-${count.index}@example.com"
  appid   = "com.example.app"
}
`, tt.bulkReads, users)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				backend := acctest.NewBackend(b, func(m *emulator.Modes) { m.Latency, m.RowCap = tt.latency, 0 })
				w := backend.NewWorkspace(b, config)
				for _, phase := range []struct {
					name string
					args []string
				}{
					{"apply", []string{"apply", "-auto-approve"}},
					{"plan", []string{"plan", "-detailed-exitcode"}},
					{"destroy", []string{"destroy", "-auto-approve"}},
				} {
					backend.ResetRequests()
					connections, began := backend.Connections(), time.Now()
					w.MustRun(b, phase.args...)
					b.ReportMetric(time.Since(began).Seconds(), phase.name+"-s")
					b.ReportMetric(float64(backend.Count("")), phase.name+"-requests")
					b.ReportMetric(float64(backend.Connections()-connections), phase.name+"-connections")
				}
			}
		})
	}
}

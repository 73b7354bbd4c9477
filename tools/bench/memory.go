// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// watchMemory watches the processes of the programs in a folder. Its result ends that, and returns the highest memory of
// one process in bytes. It reads /proc; without one, as on macOS, that is 0.
func watchMemory(dir string) (stop func() int64) {
	end, done := make(chan struct{}), make(chan struct{})
	peak := int64(0)
	go func() {
		defer close(done)
		ticker := time.NewTicker(250 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
			}
			programs, _ := filepath.Glob("/proc/[0-9]*/exe")
			for _, program := range programs {
				if target, err := os.Readlink(program); err != nil || !strings.HasPrefix(target, dir) {
					continue
				}
				if status, err := os.ReadFile(filepath.Join(filepath.Dir(program), "status")); err == nil {
					peak = max(peak, peakMemory(status))
				}
			}
		}
	}()

	return func() int64 {
		close(end)
		<-done

		return peak
	}
}

// peakMemory returns the bytes in the line VmHWM of a process's status.
func peakMemory(status []byte) int64 {
	_, after, found := bytes.Cut(status, []byte("VmHWM:"))
	var kilobytes int64
	if _, err := fmt.Sscanf(string(after), "%d kB", &kilobytes); !found || err != nil {
		return 0
	}

	return kilobytes << 10
}

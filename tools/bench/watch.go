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

// A watch follows the processes of the providers while a CLI runs. It reads /proc; without one, as on macOS, it sees
// nothing, and the memory is reported as 0.
type watch struct {
	dir  string // in which the providers are
	end  chan struct{}
	done chan struct{}
	peak map[string]int64 // bytes, by process
}

func watchProviders(dir string) *watch {
	w := &watch{dir: dir, end: make(chan struct{}), done: make(chan struct{}), peak: map[string]int64{}}
	go func() {
		defer close(w.done)
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-w.end:
				return
			case <-ticker.C:
				w.look()
			}
		}
	}()

	return w
}

// stop returns the most memory that one process held, and how many processes there were.
func (w *watch) stop() (bytes int64, processes int) {
	close(w.end)
	<-w.done
	for _, peak := range w.peak {
		bytes = max(bytes, peak)
	}

	return bytes, len(w.peak)
}

func (w *watch) look() {
	programs, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, program := range programs {
		if target, err := os.Readlink(program); err != nil || !strings.HasPrefix(target, w.dir) {
			continue
		}
		process := filepath.Dir(program)
		if status, err := os.ReadFile(filepath.Join(process, "status")); err == nil {
			w.peak[process] = max(w.peak[process], highWater(status))
		}
	}
}

// highWater reads the most memory that a process has held from its status.
func highWater(status []byte) int64 {
	_, after, found := bytes.Cut(status, []byte("VmHWM:"))
	var kilobytes int64
	if _, err := fmt.Sscanf(string(after), "%d kB", &kilobytes); !found || err != nil {
		return 0
	}

	return kilobytes << 10
}

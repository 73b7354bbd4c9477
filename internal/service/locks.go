// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// everybody is the weight of a lock that excludes everybody else. Those with the weight 1 may go on side by side.
const everybody = 1 << 30

// locks are locks by name, whose waiting ends with the context.
type locks struct {
	mu   sync.Mutex
	held map[string]*semaphore.Weighted
}

// lock waits for the lock with this name.
func (l *locks) lock(ctx context.Context, name string, weight int64) (unlock func(), err error) {
	l.mu.Lock()
	held, found := l.held[name]
	if !found {
		if l.held == nil {
			l.held = map[string]*semaphore.Weighted{}
		}
		held = semaphore.NewWeighted(everybody)
		l.held[name] = held
	}
	l.mu.Unlock()

	if err := held.Acquire(ctx, weight); err != nil {
		return nil, err
	}

	return func() { held.Release(weight) }, nil
}

// LockGroupName waits until nobody else in this run creates a group of this name: of two that are new at once, nobody
// could tell which is whose.
func (d *Data) LockGroupName(ctx context.Context, name string) (unlock func(), err error) {
	return d.locks.lock(ctx, "group "+name, everybody)
}

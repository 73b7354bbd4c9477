// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// KeyedLock is a mutual exclusion for each key. The zero value is ready for use.
type KeyedLock struct {
	locks sync.Map // *semaphore.Weighted by key
}

// Lock waits until nobody else has the lock of this key, or until the context ends.
func (l *KeyedLock) Lock(ctx context.Context, key any) (unlock func(), err error) {
	value, _ := l.locks.LoadOrStore(key, semaphore.NewWeighted(1))
	lock, _ := value.(*semaphore.Weighted)
	if err := lock.Acquire(ctx, 1); err != nil {
		return nil, err
	}

	return func() { lock.Release(1) }, nil
}

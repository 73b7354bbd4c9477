// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"sync"
)

// WithBulkReads lets [Client.RefreshUser] read one list of all users instead of each user. It pays where a server
// shows full lists, as self-hosted ones may, and many users are refreshed at once. Off by default.
func WithBulkReads() Option {
	return func(c *Client) { c.bulk = &bulk{done: make(chan struct{})} }
}

// bulk is one list of all users, which is read once.
type bulk struct {
	once    sync.Once
	done    chan struct{}        // closed when the list was read, or could not be
	users   map[string][]UserRow // by address; nil when the list was of no use
	changed sync.Map             // addresses that this client has changed, about which the list may be out of date
}

// RefreshUser looks up a user as [Client.GetUser] does, and may answer from one list of all users with
// [WithBulkReads]. The user is looked up alone when the list was truncated or could not be read, when this client has
// changed the user, and when the user is not in the list: a list never proves that a user is gone.
func (c *Client) RefreshUser(ctx context.Context, address string) (Lookup, error) {
	if c.bulk == nil {
		return c.GetUser(ctx, address)
	}
	c.bulk.once.Do(func() { // It is for all callers, so none of them cancels it.
		go func() { c.bulk.keep(c.ListUsers(context.WithoutCancel(ctx), "*")) }()
	})
	select {
	case <-c.bulk.done:
	case <-ctx.Done():
		return Lookup{}, errorf(OpUsersGet, ctx.Err(), "waiting for the list of all users ended: %s", ctx.Err())
	}
	rows := c.bulk.users[address]
	if _, changed := c.bulk.changed.Load(address); changed || len(rows) == 0 {
		return c.GetUser(ctx, address)
	}
	return Lookup{Rows: rows}, nil
}

// keep keeps a list that is complete. An error is no failure: the lookups of single users say what is wrong.
func (b *bulk) keep(list UserList, err error) {
	defer close(b.done)
	if err != nil || list.Truncated {
		return
	}
	b.users = map[string][]UserRow{}
	for _, row := range list.Rows {
		b.users[row.Address] = append(b.users[row.Address], row)
	}
}

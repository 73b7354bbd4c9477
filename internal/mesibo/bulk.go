// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// WithBulkReads lets [Client.RefreshUser] read one list of all users instead of each user. It pays where a server
// shows full lists, as self-hosted ones may, and many users are refreshed at once. Off by default.
func WithBulkReads() Option {
	return func(c *Client) { c.bulk = &bulk{written: map[string]bool{}} }
}

// bulk is one list of all users, which is read once, for as many callers as there are.
type bulk struct {
	reading singleflight.Group

	mu      sync.Mutex
	read    bool
	users   map[string][]UserRow // by address; nil when the list was of no use
	written map[string]bool      // addresses that this client has changed, of which the list may tell old news
}

// RefreshUser looks up a user as [Client.GetUser] does, and may answer from one list of all users with
// [WithBulkReads]. A user that is not in the list, that this client has changed, or a list that was cut short: each
// means a look-up of the one user, so that a list is never what proves that somebody is gone.
func (c *Client) RefreshUser(ctx context.Context, address string) (Lookup, error) {
	if c.bulk != nil {
		if !c.bulk.tried() {
			if err := c.bulk.fill(ctx, c); err != nil {
				return Lookup{}, err
			}
		}
		if rows := c.bulk.find(address); len(rows) > 0 {
			return Lookup{Rows: rows}, nil
		}
	}

	return c.GetUser(ctx, address)
}

// fill reads the list unless that was tried before. Who waits for it stops with its own context, and takes nothing
// from the others. A list that cannot be had is no failure: the look-ups of single users tell what is wrong.
func (b *bulk) fill(ctx context.Context, c *Client) error {
	done := b.reading.DoChan("users", func() (any, error) {
		if b.tried() {
			return nil, nil
		}
		b.keep(c.ListUsers(context.WithoutCancel(ctx), "*"))

		return nil, nil
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errorf(OpUsersGet, ctx.Err(), "waiting for the list of all users ended: %s", ctx.Err())
	}
}

// tried reports whether the list was read, or could not be.
func (b *bulk) tried() bool {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.read
}

// keep keeps what a list tells, if it is complete.
func (b *bulk) keep(list UserList, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.read = true
	if err != nil || list.Truncated {
		return
	}
	b.users = map[string][]UserRow{}
	for _, row := range list.Rows {
		b.users[row.Address] = append(b.users[row.Address], row)
	}
}

// find returns the rows of a user, none when the list is no authority on it.
func (b *bulk) find(address string) []UserRow {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.written[address] {
		return nil
	}

	return b.users[address]
}

// wrote notes that this client changes a user. It is called before the request, whose outcome does not matter.
func (b *bulk) wrote(address string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.written[address] = true
}

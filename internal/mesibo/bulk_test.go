// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// twoUsers is a full list.
const twoUsers = `{"userscount":2,"count":2,"users":[{"uid":1,"address":"a","token":"` + userToken + `","appid":"x"},` +
	`{"uid":2,"address":"b"}],"op":"usersget","result":true}`

// assertLookups checks which addresses and patterns were looked up.
func assertLookups(t *testing.T, s *server, want string) {
	t.Helper()
	var got []string
	for _, body := range s.requests() {
		_, rest, _ := strings.Cut(body, `"address":"`)
		address, _, _ := strings.Cut(rest, `"`)
		got = append(got, address)
	}
	if fmt.Sprint(got) != want {
		t.Errorf("looked up: %s, want %s", got, want)
	}
}

// However many callers there are, one list serves those who are in it.
func TestBulkReads(t *testing.T) {
	t.Parallel()
	s := newServer(t, ok(twoUsers))
	c := newClient(t, s.URL, WithBulkReads())
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			address := []string{"a", "b"}[i%2]
			lookup, err := c.RefreshUser(t.Context(), address)
			if err != nil || !lookup.Found() || lookup.Rows[0].Address != address || lookup.Truncated {
				t.Errorf("%s: %+v, %v", address, lookup, err)
			}
			if token, found := lookup.Token("x"); found != (address == "a") || found && token.Reveal() != userToken {
				t.Error("the list has lost the token")
			}
		})
	}
	wg.Wait()
	assertLookups(t, s, "[*]")
}

// TestBulkReadsFallBack checks when a user is looked up all the same: one who is not in the list, for it never proves that
// a user is gone; each one where the list is of no use, which is not asked for again; and one that this client has
// changed, whether the change succeeded or not.
func TestBulkReadsFallBack(t *testing.T) {
	t.Parallel()
	one := ok(`{"userscount":1,"count":1,"users":[{"uid":9,"address":"c"}],"result":true}`)
	list, none := ok(twoUsers), ok(okNoUsers)
	add := func(c *Client) error {
		_, err := c.CreateUser(t.Context(), CreateUserRequest{Address: "a"})
		return err
	}
	for name, tt := range map[string]struct {
		off     bool
		steps   []step
		refresh string              // whom, one after the other
		uids    string              // that are found, 0 for nobody
		change  func(*Client) error // before the second refresh
		lookups string
	}{
		"off":                           {true, []step{list}, "a b", "1 2", nil, "[a b]"},
		"not in the list":               {false, []step{list, one, none}, "a c d", "1 9 0", nil, "[* c d]"},
		"as long as the documented cap": {false, []step{ok(manyRows(documentedRows, "c")), one}, "c c", "9 9", nil, "[* c c]"},
		"fewer rows than there are":     {false, []step{ok(strings.Replace(twoUsers, `"userscount":2`, `"userscount":3`, 1)), one}, "c c", "9 9", nil, "[* c c]"},
		"refused":                       {false, []step{ok(`{"op":"usersget","result":false,"error":"X","code":403}`), one}, "c c", "9 9", nil, "[* c c]"},
		"malformed":                     {false, []step{ok(`<html>`), one}, "c c", "9 9", nil, "[* c c]"},
		"added":                         {false, []step{list, ok(okAny), none}, "a a b", "1 0 2", add, "[* a a]"},
		"addition refused":              {false, []step{list, ok(authFail), none}, "a a b", "1 0 2", add, "[* a a]"},
		"set":                           {false, []step{list, ok(okAny), none}, "a a b", "1 0 2", func(c *Client) error { return c.UpdateUser(t.Context(), UpdateUserRequest{Address: "a"}) }, "[* a a]"},
		"revoked":                       {false, []step{list, ok(okAny), none}, "a a b", "1 0 2", func(c *Client) error { return c.RevokeAllTokens(t.Context(), "a") }, "[* a a]"},
		"deleted":                       {false, []step{list, ok(okAny), none}, "a a b", "1 0 2", func(c *Client) error { return c.DeleteUser(t.Context(), "a", "") }, "[* a a]"},
	} {
		s := newServer(t, tt.steps...)
		opts := []Option{WithMaxRetries(0), WithBulkReads()}
		if tt.off {
			opts = opts[:1]
		}
		c := newClient(t, s.URL, opts...)
		for i, address := range strings.Fields(tt.refresh) {
			if i == 1 && tt.change != nil {
				_ = tt.change(c)
			}
			lookup, err := c.RefreshUser(t.Context(), address)
			uid := "0"
			if lookup.Found() {
				uid = lookup.Rows[0].UID
			}
			if err != nil || uid != strings.Fields(tt.uids)[i] || lookup.Absent() != (uid == "0") {
				t.Errorf("%s: %s is %+v, %v", name, address, lookup, err)
			}
		}
		assertLookups(t, s, tt.lookups)
	}

	s := newServer(t, ok(badOp))
	c := newClient(t, s.URL, WithBulkReads())
	for range 2 {
		_, err := c.RefreshUser(t.Context(), "a")
		assertKinds(t, err, ErrNoLookups)
	}
	assertLookups(t, s, "[*]")
}

// A caller that waits for the list stops with its own context; the list goes on for the others.
func TestBulkReadsCanceled(t *testing.T) {
	t.Parallel()
	release, arrived := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
		ok(twoUsers)(w, r)
	})
	c := newClient(t, s.URL, WithBulkReads())
	ctx, cancel := context.WithCancel(t.Context())
	canceled, patient := make(chan error), make(chan error)
	go func() {
		_, err := c.RefreshUser(ctx, "a")
		canceled <- err
	}()
	<-arrived
	go func() {
		_, err := c.RefreshUser(t.Context(), "b")
		patient <- err
	}()
	cancel()
	if err := <-canceled; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
	close(release)
	if err := <-patient; err != nil {
		t.Error(err)
	}
	assertLookups(t, s, "[*]")
}

// The list of a large app is several megabytes, and is read to its end.
func TestListOfALargeApp(t *testing.T) {
	t.Parallel()
	const users = 20_000
	body := manyRows(users, "a@example.com")
	if len(body) < 2*maxReplyBytes {
		t.Fatalf("%d bytes show little", len(body))
	}
	list, err := newClient(t, newServer(t, ok(body)).URL).ListUsers(t.Context(), "*")
	if err != nil || len(list.Rows) != users || list.Truncated {
		t.Errorf("%d rows, truncated: %t, %v", len(list.Rows), list.Truncated, err)
	}
}

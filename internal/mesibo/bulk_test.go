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

func refresh(t *testing.T, c *Client, address string) Lookup {
	t.Helper()

	lookup, err := c.RefreshUser(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}

	return lookup
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
		})
	}
	wg.Wait()
	assertLookups(t, s, "[*]")
	if token, found := refresh(t, c, "a").Token("x"); !found || token.Reveal() != userToken {
		t.Error("the list has lost the token")
	}

	off := newServer(t, ok(twoUsers))
	c = newClient(t, off.URL)
	refresh(t, c, "a")
	refresh(t, c, "b")
	assertLookups(t, off, "[a b]")
}

// A user who is not in the list is looked up: the list never proves that a user is gone.
func TestBulkReadsMiss(t *testing.T) {
	t.Parallel()

	s := newServer(t, ok(twoUsers), ok(`{"userscount":1,"count":1,"users":[{"uid":3,"address":"c"}],"result":true}`), ok(okNoUsers))
	c := newClient(t, s.URL, WithBulkReads())
	if lookup := refresh(t, c, "c"); !lookup.Found() || lookup.Rows[0].UID != "3" {
		t.Errorf("%+v, want what the second request shows", lookup)
	}
	if lookup := refresh(t, c, "d"); !lookup.Absent() {
		t.Errorf("%+v, want nobody", lookup)
	}
	assertLookups(t, s, "[* c d]")
}

// A list that is of no use is not asked for again, and not used.
func TestBulkReadsWithoutList(t *testing.T) {
	t.Parallel()

	one := ok(`{"userscount":1,"count":1,"users":[{"uid":9,"address":"a"}],"result":true}`)
	for name, list := range map[string]step{
		"as long as the documented cap": ok(manyRows(documentedRows, "a")),
		"fewer rows than there are":     ok(strings.Replace(twoUsers, `"userscount":2`, `"userscount":3`, 1)),
		"refused":                       ok(`{"op":"usersget","result":false,"error":"X","code":403}`),
		"malformed":                     ok(`<html>`),
	} {
		s := newServer(t, list, one)
		c := newClient(t, s.URL, WithBulkReads(), WithMaxRetries(0))
		for range 2 {
			if lookup := refresh(t, c, "a"); !lookup.Found() || lookup.Rows[0].UID != "9" {
				t.Errorf("%s: %+v, want what the lookup of the user shows", name, lookup)
			}
		}
		assertLookups(t, s, "[* a a]")
	}

	s := newServer(t, ok(badOp))
	c := newClient(t, s.URL, WithBulkReads())
	for range 2 {
		_, err := c.RefreshUser(t.Context(), "a")
		assertKinds(t, err, ErrNoLookups)
	}
	assertLookups(t, s, "[*]")
}

// A user whom this client has changed is looked up, whether the change succeeded or not.
func TestBulkReadsOwnWrites(t *testing.T) {
	t.Parallel()

	for name, write := range map[string]func(*Client) error{
		"add": func(c *Client) error {
			_, err := c.CreateUser(t.Context(), CreateUserRequest{Address: "a"})

			return err
		},
		"set":        func(c *Client) error { return c.UpdateUser(t.Context(), UpdateUserRequest{Address: "a"}) },
		"revoke":     func(c *Client) error { return c.RevokeToken(t.Context(), "a", "x") },
		"revoke all": func(c *Client) error { return c.RevokeAllTokens(t.Context(), "a") },
		"delete":     func(c *Client) error { return c.DeleteUser(t.Context(), "a") },
	} {
		for _, answered := range []step{ok(okAny), ok(authFail)} {
			s := newServer(t, ok(twoUsers), answered, ok(okNoUsers))
			c := newClient(t, s.URL, WithBulkReads())
			refresh(t, c, "a")
			_ = write(c)
			if lookup := refresh(t, c, "a"); !lookup.Absent() {
				t.Errorf("%s: %+v, want what the server shows now", name, lookup)
			}
			if lookup := refresh(t, c, "b"); !lookup.Found() {
				t.Errorf("%s: the rest of the list is lost", name)
			}
			assertLookups(t, s, "[* a a]")
		}
	}
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

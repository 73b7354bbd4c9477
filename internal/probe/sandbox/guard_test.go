// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// TestGuardBlocks checks that nothing is sent about others.
func TestGuardBlocks(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	ours, gid := add(t, app, "a"), addGroup(t, app)
	for name, tt := range map[string]struct {
		op      string
		members Object
	}{
		"add":                  {"useradd", Object{"user": Object{"address": "somebody"}}},
		"add by uid":           {"useradd", Object{"user": Object{"address": ours, "uid": "5302"}}},
		"change":               {"userset", Object{"user": Object{"address": "somebody"}}},
		"change nobody":        {"userset", Object{"user": Object{"active": false}}},
		"delete":               {"userdel", Object{"user": Object{"address": "somebody"}}},
		"delete by uid":        {"userdel", Object{"user": Object{"uid": "5302"}}},
		"address in two cases": {"userdel", Object{"user": Object{"address": ours, "ADDRESS": "somebody"}}},
		"user in two cases":    {"userdel", Object{"user": Object{"address": ours}, "USER": Object{"address": "somebody"}}},
		"list of addresses":    {"useradd", Object{"user": Object{"address": []string{"somebody"}}}},
		"list of users":        {"useradd", Object{"user": []Object{{"address": "somebody"}}}},
		"mint by uid":          {"usertoken", Object{"user": Object{"uid": "5302", "appid": "a"}}},
		"group without prefix": {"groupadd", Object{"group": Object{"name": "Testers"}}},
		"group with others":    {"groupadd", Object{"group": Object{"name": ours, "members": Object{"m": ours + ",somebody"}}}},
		"change group":         {"groupset", Object{"group": Object{"gid": "1", "active": false}}},
		"rename group":         {"groupset", Object{"group": Object{"gid": gid, "name": "Testers"}}},
		"change no group":      {"groupset", Object{"group": Object{"active": false}}},
		"delete group":         {"groupdel", Object{"group": Object{"gid": "1"}}},
		"join group":           {"groupeditmembers", Object{"group": Object{"gid": "1", "members": Object{"m": ours}}}},
		"others join group":    {"groupeditmembers", Object{"group": Object{"gid": gid, "members": Object{"m": ours + ",somebody"}}}},
		"message":              {"message", Object{"message": Object{"from": ours, "to": ours}}},
		"unknown op":           {"appdel", nil},
		"no op":                {"", nil},
		"list of ops":          {"usersget", Object{"op": []string{"userdel"}}},
		"unknown parameter":    {"useradd", Object{"addr": "somebody"}},
	} {
		sent := b.Count("")
		if _, err := app.Call(t.Context(), tt.op, tt.members); !errors.Is(err, ErrBlocked) || b.Count("") != sent {
			t.Errorf("%s: got %v, %d requests were sent", name, err, b.Count("")-sent)
		}
	}
	b.expectOthers(t)
}

// TestInterval sends one request a second. A 429 is sent again, and doubles the interval.
func TestInterval(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.options.Interval = 0
		b.Fail("", 3, emulator.TooManyRequests("1"))
		call(t, b.open(t), "usersget", nil)
		var intervals []time.Duration
		last := time.Now()
		for _, request := range slices.Backward(b.Requests()) {
			intervals = append(intervals, last.Sub(request.At).Round(time.Millisecond))
			last = request.At
		}
		if diff := cmp.Diff([]time.Duration{0, 2 * time.Second, time.Second, time.Second}, intervals); diff != "" {
			t.Error(diff)
		}
	})
}

// TestMaxRequests checks that clean-up always has the requests that it needs.
func TestMaxRequests(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.options.MaxRequests = 10
	app := b.open(t) // sends two
	user := func(name string) Object { return Object{"user": Object{"address": app.Prefix() + name}} }
	call(t, app, "useradd", user("a"))
	addGroup(t, app) // It takes two to find and delete a group whose gid is lost.
	call(t, app, "useradd", user("b"))
	if _, err := app.Call(t.Context(), "useradd", user("c")); !errors.Is(err, ErrNoRequestsLeft) {
		t.Errorf("got %v", err)
	}
	call(t, app, "useradd", user("b"))
	if _, err := app.Call(t.Context(), "usersget", nil); !errors.Is(err, ErrNoRequestsLeft) {
		t.Errorf("got %v", err)
	}
	if err := app.CleanUp(t.Context()); err != nil || b.Count("") != 9 { // One is kept for a server that wants the uid.
		t.Errorf("got %v after %d requests", err, b.Count(""))
	}
	b.expectClean(t)
}

// TestTokenBreach checks that nothing follows.
func TestTokenBreach(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	add(t, app, "a")
	b.Fail("usersget", 1, emulator.TokenBreach())
	for range 2 {
		if _, err := app.Call(t.Context(), "usersget", nil); !errors.Is(err, ErrTokenBreach) {
			t.Errorf("got %v", err)
		}
	}
	if err := app.CleanUp(t.Context()); !errors.Is(err, ErrTokenBreach) || b.Count("") != 4 {
		t.Errorf("got %v after %d requests", err, b.Count(""))
	}
}

func TestPinAddress(t *testing.T) {
	t.Parallel()

	local := ""
	dial := pinAddress(func(context.Context, string, string) (net.Conn, error) { return connection{local: local}, nil })
	for _, tt := range []struct {
		local string
		want  error
	}{{"192.0.2.1", nil}, {"192.0.2.1", nil}, {"192.0.2.2", errAddressChanged}, {"192.0.2.1", nil}} {
		local = tt.local
		if _, err := dial(t.Context(), "tcp", "mesibo.example:443"); !errors.Is(err, tt.want) {
			t.Errorf("from %s: %v", tt.local, err)
		}
	}
}

type connection struct {
	net.Conn
	local string
}

func (c connection) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(c.local), Port: 1} }

func (connection) Close() error { return nil }

// FuzzGuard checks that no request changes others, however it is written.
func FuzzGuard(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		b := newBench(t)
		app := b.open(t)
		if members, err := decode(body); err == nil {
			members["token"] = appToken
			op, _ := members["op"].(string)
			app.Call(t.Context(), op, members) //nolint:errcheck // It may be blocked.
		}
		app.guard.send(t.Context(), body, true) //nolint:errcheck // As above.

		b.expectOthers(t)
		for _, user := range b.Users(appToken) {
			if user.Address != "somebody" && !strings.HasPrefix(user.Address, Prefix) {
				t.Errorf("%q was added", user.Address)
			}
		}
	})
}

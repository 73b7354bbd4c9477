// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// TestOpenRefuses counts what was sent before the refusal: never anything that changes the app.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()

	foreign := func(b *bench) { b.PutUser(appToken, emulator.User{Address: "somebody", Active: true}) }
	for name, tt := range map[string]struct {
		prepare func(*bench)
		want    error
		says    string
		sent    int
	}{
		"nobody agreed":       {func(b *bench) { b.options.Agreed = 0 }, ErrNotAgreed, "all its users and groups may be lost", 0},
		"a rejected token":    {func(b *bench) { b.options.AppToken = "wrong" }, ErrRejected, "mesibo.example", 1},
		"users of others":     {foreign, ErrNotAgreed, "1 or more users", 2},
		"users not shown":     {func(b *bench) { hide(b) }, ErrNotAgreed, "2 or more users", 2},
		"a disabled app":      {func(b *bench) { b.Breach() }, ErrBreach, "", 1},
		"a page":              {func(b *bench) { b.Fail("", 1, emulator.HTMLPage()) }, ErrOther, "mesibo.example, status 200", 1},
		"a bad gateway":       {func(b *bench) { b.Fail("", 1, emulator.BadGateway()) }, ErrOther, "status 502", 1},
		"no answer":           {func(b *bench) { b.options.Transport = broken{} }, ErrUnreachable, "no route", 0},
		"no URL":              {func(b *bench) { b.options.Endpoint = "mesibo" }, nil, "full URL", 0},
		"a password":          {func(b *bench) { b.options.Endpoint = "https://a:" + appToken + "@mesibo.example/" }, nil, "without a password", 0},
		"an unreadable file":  {func(b *bench) { write(b, "{") }, nil, "does not say what a run before has left", 0},
		"a file of elsewhere": {func(b *bench) { write(b, `{"host":"other.example","users":{"`+Prefix+`a":true}}`) }, nil, "on other.example", 0},
		"a stranger's user":   {func(b *bench) { write(b, `{"host":"mesibo.example","users":{"somebody":true}}`) }, nil, "was not made here", 0},
		"a stranger's group":  {func(b *bench) { write(b, `{"host":"mesibo.example","groups":{"1":"Theirs"}}`) }, nil, "was not made here", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			tt.prepare(b)
			_, err := Open(t.Context(), b.options)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want %v with %q", err, tt.want, tt.says)
			}
			secrettest.None(t, []string{appToken}, err)
			if sent := b.Count(""); sent != tt.sent {
				t.Errorf("%d requests were sent, want %d", sent, tt.sent)
			}
		})
	}
}

// hide has the server show one user of ours, and not who comes after.
func hide(b *bench) {
	b.SetProfile(func(p *profile.Profile) { p.RowCap = 1 })
	for _, address := range []string{Prefix + "old", "u1", "u2"} {
		b.PutUser(appToken, emulator.User{Address: address, Active: true})
	}
}

// broken is a network that is down.
type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }

func write(b *bench, content string) {
	if err := os.WriteFile(b.options.JournalFile, []byte(content), 0o600); err != nil {
		panic(err)
	}
}

// TestOpen takes an app of others when it is told twice, and knows whether there are look-ups.
func TestOpen(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.PutUser(appToken, emulator.User{Address: "somebody", Active: true})
	b.PutUser(appToken, emulator.User{Address: Prefix + "old", Active: true})
	b.options.Agreed = 2
	if app := b.open(t); !app.Lookups {
		t.Error("look-ups are not found")
	}
	blind := newBench(t, func(p *profile.Profile) { p.SetLookups(false) })
	blind.PutUser(appToken, emulator.User{Address: "somebody", Active: true})
	first, second := blind.open(t), blind.open(t)
	if first.Lookups {
		t.Error("look-ups are found")
	}
	if first.Prefix() == second.Prefix() || !strings.HasPrefix(first.Prefix(), Prefix) || first.Prefix() == Prefix {
		t.Errorf("the prefixes are %s and %s", first.Prefix(), second.Prefix())
	}
	if _, err := os.Stat(b.options.JournalFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a journal of nothing: %v", err)
	}
}

// TestGuard sends what is about others, and sees that nothing is sent.
func TestGuard(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.options.Agreed = 2
	b.PutUser(appToken, emulator.User{Address: "somebody", Active: true})
	theirs := b.PutGroup(appToken, emulator.Group{Name: "Theirs", Active: true})
	app := b.open(t)
	ours := add(t, app, "a")
	gid := addGroup(t, app)
	message := func(more Object) Object {
		whole := Object{"from": ours, "to": ours, "message": "Hi"}
		for name, value := range more {
			whole[name] = value
		}

		return Object{"message": whole}
	}
	for name, tt := range map[string]struct {
		op      string
		members Object
	}{
		"add":                    {"useradd", Object{"user": Object{"address": "somebody"}}},
		"add by a uid":           {"useradd", Object{"user": Object{"address": ours, "uid": "5302"}}},
		"change":                 {"userset", Object{"user": Object{"address": "somebody"}}},
		"change nobody":          {"userset", Object{"user": Object{"active": false}}},
		"delete":                 {"userdel", Object{"user": Object{"address": "somebody"}}},
		"delete by a uid":        {"userdel", Object{"user": Object{"uid": "5302"}}},
		"delete, oddly named":    {"userdel", Object{"user": Object{"address": ours, "ADDRESS": "somebody"}}},
		"delete, oddly wrapped":  {"userdel", Object{"user": Object{"address": ours}, "USER": Object{"address": "somebody"}}},
		"delete several":         {"userdel", Object{"user": Object{"address": []string{"somebody"}}}},
		"delete a list":          {"userdel", Object{"user": []Object{{"address": "somebody"}}}},
		"mint by a uid":          {"usertoken", Object{"user": Object{"uid": "5302", "appid": "a"}}},
		"a group without prefix": {"groupadd", Object{"group": Object{"name": "Testers"}}},
		"a group of others":      {"groupadd", Object{"group": Object{"name": ours, "members": Object{"m": ours + ",somebody"}}}},
		"change a group":         {"groupset", Object{"group": Object{"gid": theirs.GID, "active": false}}},
		"rename a group":         {"groupset", Object{"group": Object{"gid": gid, "name": "Testers"}}},
		"change no group":        {"groupset", Object{"group": Object{"active": false}}},
		"delete a group":         {"groupdel", Object{"group": Object{"gid": theirs.GID}}},
		"a member of others":     {"groupeditmembers", Object{"group": Object{"gid": theirs.GID, "members": Object{"m": ours}}}},
		"others as members":      {"groupeditmembers", Object{"group": Object{"gid": gid, "members": Object{"m": ours + ",somebody"}}}},
		"a message of others":    {"message", message(Object{"from": "somebody"})},
		"a message to others":    {"message", message(Object{"to": "somebody"})},
		"a message to a group":   {"message", message(Object{"gid": theirs.GID})},
		"an op not known here":   {"appdel", nil},
		"no op":                  {"", nil},
		"an op that is no text":  {"usersget", Object{"op": []string{"userdel"}}},
		"a parameter":            {"useradd", Object{"addr": "somebody"}},
	} {
		sent := b.Count("")
		if _, err := app.Call(t.Context(), tt.op, tt.members); !errors.Is(err, ErrBeyond) || b.Count("") != sent {
			t.Errorf("%s: got %v, %d requests were sent", name, err, b.Count("")-sent)
		}
	}
	for _, body := range []string{"", "[]", "{", "op=userdel&addr=somebody", `{"op":"usersget"}{"op":"userdel"}`} {
		if _, err := app.send(t.Context(), []byte(body)); !errors.Is(err, ErrBeyond) {
			t.Errorf("%q: got %v", body, err)
		}
	}
}

// TestOursGetsThrough sends what is about users and groups that were made here.
func TestOursGetsThrough(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	ours, gid := add(t, app, "a"), addGroup(t, app)
	for _, tt := range []struct {
		op      string
		members Object
	}{
		{"userset", Object{"user": Object{"address": ours, "active": false, "token": Object{"remove": true}}}},
		{"groupset", Object{"group": Object{"gid": gid, "name": ours}}},
		{"groupeditmembers", Object{"group": Object{"gid": gid, "members": Object{"m": ours}}}},
		{"groupgetmembers", Object{"group": Object{"gid": gid}}},
		{"groupsget", Object{"group": Object{"name": "*"}}},
		{"usersget", nil},
		{"message", Object{"message": Object{"from": ours, "to": ours, "message": "Hi"}}},
		{"groupdel", Object{"group": Object{"gid": gid}}},
		{"userdel", Object{"user": Object{"address": ours}}},
	} {
		if reply, err := app.Call(t.Context(), tt.op, tt.members); err != nil || !reply.OK() {
			t.Errorf("%s: %v, %v", tt.op, reply.Members, err)
		}
	}
	if _, err := os.Stat(b.options.JournalFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is there: %v", err)
	}
}

// TestSpacing sends a request a second, and from the first 429 on one in two.
func TestSpacing(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.options.Interval = 0
		b.Fail("", 4, emulator.TooManyRequests("1"))
		app := b.open(t)
		for range 4 {
			if _, err := app.Call(t.Context(), "usersget", nil); err != nil {
				t.Fatal(err)
			}
		}
		var spaces []time.Duration
		requests := b.Requests()
		for i := 1; i < len(requests); i++ {
			spaces = append(spaces, requests[i].At.Sub(requests[i-1].At).Round(time.Millisecond))
		}
		want := []time.Duration{time.Second, time.Second, time.Second, 2 * time.Second, 2 * time.Second}
		if diff := cmp.Diff(want, spaces); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBudget(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.options.MaxRequests = 6
	app := b.open(t) // Which takes two.
	add(t, app, "a")
	if left := app.Left(); left != 2 {
		t.Errorf("%d are left, want 3 less one to clean up", left)
	}
	for range 2 {
		if _, err := app.Call(t.Context(), "usersget", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.CleanUp(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := app.Call(t.Context(), "usersget", nil); !errors.Is(err, ErrBeyond) || b.Count("") != 6 {
		t.Errorf("got %v after %d requests", err, b.Count(""))
	}
}

// TestBreach has mesibo disable the app. Not one request follows, and the journal stays.
func TestBreach(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	app := b.open(t)
	address := add(t, app, "a")
	b.Fail("usersget", 1, emulator.TokenBreach())
	if _, err := app.Call(t.Context(), "usersget", nil); !errors.Is(err, ErrBreach) {
		t.Fatalf("got %v", err)
	}
	sent := b.Count("")
	for _, err := range []error{app.CleanUp(t.Context()), second(app.Sweep(t.Context())), second(app.Call(t.Context(), "usersget", nil))} {
		if !errors.Is(err, ErrBreach) {
			t.Errorf("got %v", err)
		}
	}
	if b.Count("") != sent {
		t.Error("more was sent")
	}
	if diff := cmp.Diff([]string{address}, b.addresses()); diff != "" {
		t.Error(diff)
	}
	b.open(t)
	if len(b.addresses()) > 0 {
		t.Errorf("the next run leaves %v", b.addresses())
	}
}

func second[T any](_ T, err error) error { return err }

// TestOneAddress has a second connection come from another address of this machine.
func TestOneAddress(t *testing.T) {
	t.Parallel()

	addresses := []string{"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1"}
	dialled := 0
	dial := oneAddress(func(context.Context, string, string) (net.Conn, error) {
		dialled++

		return from{address: addresses[dialled-1]}, nil
	})
	var got []error
	for range addresses {
		_, err := dial(t.Context(), "tcp", "mesibo.example:443")
		got = append(got, err)
	}
	for i, want := range []error{nil, nil, errMoved, nil} {
		if !errors.Is(got[i], want) {
			t.Errorf("connection %d: %v", i+1, got[i])
		}
	}
	if err := unreachable(t.Context(), errMoved); errors.Is(err, ErrUnreachable) {
		t.Error("it is taken for a network that is down")
	}
}

// from is a connection from an address.
type from struct {
	net.Conn
	address string
}

func (f from) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(f.address), Port: 1} }

func (from) Close() error { return nil }

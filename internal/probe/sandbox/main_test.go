// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"

// A bench is an emulator without a network, and the options to open its app, which has a user and a group of others.
type bench struct {
	*emulator.Emulator
	options   Options
	intercept func(body []byte) ([]byte, error) // sees each request
}

func newBench(t *testing.T, changes ...func(*profile.Profile)) *bench {
	t.Helper()

	as := profile.Default()
	for _, change := range changes {
		change(&as)
	}
	b := &bench{Emulator: emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))}
	b.options = Options{
		Endpoint: "https://mesibo.example/backend/", AppToken: appToken, Confirmations: 2, Interval: time.Nanosecond,
		JournalFile: filepath.Join(t.TempDir(), "journal.json"), Transport: b,
	}
	b.PutUser(appToken, emulator.User{Address: "somebody", Name: "Somebody", Active: true})
	b.PutGroup(appToken, emulator.Group{GID: "1", Name: "Theirs", Active: true})
	b.PutMember(appToken, "1", "somebody", emulator.Permissions{})

	return b
}

func (b *bench) RoundTrip(request *http.Request) (response *http.Response, err error) {
	body, err := io.ReadAll(request.Body)
	if err == nil && b.intercept != nil {
		body, err = b.intercept(body)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil { // The emulator drops the connection.
			err = io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	b.ServeHTTP(recorder, httptest.NewRequest(request.Method, request.URL.String(), bytes.NewReader(body)))

	return recorder.Result(), nil
}

var errNoRoute = errors.New("no route")

func networkDown([]byte) ([]byte, error) { return nil, errNoRoute }

func (b *bench) open(t *testing.T) *App {
	t.Helper()

	app, err := Open(context.Background(), b.options)
	if err != nil {
		t.Fatal(err)
	}

	return app
}

// add adds a user of this run.
func add(t *testing.T, app *App, name string) (address string) {
	t.Helper()

	address = app.Prefix() + name
	call(t, app, "useradd", Object{"user": Object{"address": address}})

	return address
}

// addGroup adds a group of this run, and returns its gid.
func addGroup(t *testing.T, app *App) any {
	t.Helper()

	return call(t, app, "groupadd", Object{"group": Object{"name": app.Prefix() + "group"}}).Object("group")["gid"]
}

// call sends a request that succeeds.
func call(t *testing.T, app *App, op string, members Object) Reply {
	t.Helper()

	reply, err := app.Call(context.Background(), op, members)
	if err != nil || !reply.OK() {
		t.Fatalf("%s: %v, %v", op, reply.Body, err)
	}

	return reply
}

// own returns the users and groups that begin with the prefix.
func (b *bench) own() (own []string) {
	for _, user := range b.Users(appToken) {
		own = append(own, user.Address)
	}
	for _, group := range b.Groups(appToken) {
		own = append(own, group.Name)
	}

	return slices.DeleteFunc(own, func(name string) bool { return !strings.HasPrefix(name, Prefix) })
}

// expectClean checks that nothing is left, no journal either, and that nobody touched what others have.
func (b *bench) expectClean(t *testing.T) {
	t.Helper()

	if _, err := os.Stat(b.options.JournalFile); len(b.own()) > 0 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v, journal %v", b.own(), err)
	}
	b.expectOthers(t)
}

func (b *bench) expectOthers(t *testing.T) {
	t.Helper()

	user, exists := b.User(appToken, "somebody")
	others := slices.DeleteFunc(b.Groups(appToken), func(group emulator.Group) bool { return group.Name != "Theirs" })
	if !exists || user.Name != "Somebody" || !user.Active || user.Minted > 0 || len(others) != 1 || len(others[0].Members) != 1 || len(b.Messages(appToken)) > 0 {
		t.Errorf("got %v, %v, messages %v", user, others, b.Messages(appToken))
	}
}

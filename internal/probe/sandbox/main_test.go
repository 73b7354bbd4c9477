// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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

// direct carries requests to an emulator without a network.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(request *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, request)

	return recorder.Result(), nil
}

// A bench has a back end and a journal, on which apps are opened one after the other.
type bench struct {
	*emulator.Emulator
	options Options
}

func newBench(t *testing.T, changes ...func(*profile.Profile)) *bench {
	t.Helper()

	as := profile.Default()
	for _, change := range changes {
		change(&as)
	}
	e := emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))

	return &bench{Emulator: e, options: Options{
		Endpoint: "https://mesibo.example/backend/", AppToken: appToken, Agreed: 1, Interval: time.Nanosecond,
		JournalFile: filepath.Join(t.TempDir(), "journal.json"), Transport: direct{e},
	}}
}

// open opens the app.
func (b *bench) open(t *testing.T) *App {
	t.Helper()

	app, err := Open(context.Background(), b.options)
	if err != nil {
		t.Fatal(err)
	}

	return app
}

// add adds a user of this run.
func add(t *testing.T, app *App, name string) string {
	t.Helper()

	address := app.Prefix() + name
	reply, err := app.Call(context.Background(), "useradd", Object{"user": Object{"address": address}})
	if err != nil || !reply.OK() {
		t.Fatalf("%v, %v", reply.Symbol(), err)
	}

	return address
}

// addGroup adds a group of this run, and returns its gid.
func addGroup(t *testing.T, app *App) string {
	t.Helper()

	reply, err := app.Call(context.Background(), "groupadd", Object{"group": Object{"name": app.Prefix() + "group"}})
	if err != nil || !reply.OK() {
		t.Fatalf("%v, %v", reply.Symbol(), err)
	}

	return gidIn(reply)
}

// addresses returns all users.
func (b *bench) addresses() []string {
	all := []string{}
	for _, user := range b.Users(appToken) {
		all = append(all, user.Address)
	}

	return all
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package livetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// hosted is the endpoint of the hosted service.
const hosted = "https://api.mesibo.com/backend/"

// app is the one that all tests use.
var app *sandbox.App

func TestMain(m *testing.M) {
	resource.AddTestSweepers("mesibo", &resource.Sweeper{Name: "mesibo", F: sweep})
	flag.Parse()
	if flag.Lookup("sweep").Value.String() != "" {
		resource.TestMain(m)

		return
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "live tests:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// run opens the app, runs the tests and cleans up.
func run(m *testing.M) (code int, err error) {
	options, err := options(os.Getenv)
	if err != nil {
		return 0, err
	}
	stop := func() {}
	if options.Endpoint == "" {
		if stop, err = emulate(&options); err != nil {
			return 0, err
		}
	}
	defer stop()
	if app, err = sandbox.Open(context.Background(), options); err != nil {
		return 0, err
	}
	// The provider is told of the app by the environment: no file has the app token.
	proxy := httptest.NewServer(app)
	defer proxy.Close()
	err = errors.Join(os.Setenv("MESIBO_APP_TOKEN", options.AppToken), os.Setenv("MESIBO_ENDPOINT", proxy.URL))
	if err == nil {
		code = acctest.Run(m)
	}

	return code, errors.Join(err, cleanUp())
}

// cleanUp deletes what the tests have left, and whatever else carries the prefix.
func cleanUp() error {
	if err := app.CleanUp(context.Background()); err != nil || !app.Lookups {
		return err
	}
	swept, err := app.Sweep(context.Background())
	if errors.Is(err, sandbox.ErrNotListed) { // Users are listed, and the tests make no groups.
		err = nil
	}
	if swept > 0 {
		fmt.Fprintln(os.Stderr, "live tests:", swept, "users and groups of other runs were deleted")
	}

	return err
}

// options are those of a real app, if MESIBO_LIVE says so; without an endpoint they are for the emulator.
func options(getenv func(string) string) (sandbox.Options, error) {
	if getenv("MESIBO_LIVE") == "" {
		return sandbox.Options{}, nil
	}
	agreed := 0
	for word := range strings.SplitSeq(getenv("MESIBO_THIS_APP_IS_DISPOSABLE"), ",") {
		if word == "yes" {
			agreed++
		}
	}
	options := sandbox.Options{
		Endpoint: getenv("MESIBO_ENDPOINT"), AppToken: getenv("MESIBO_APP_TOKEN"), Confirmations: agreed,
		JournalFile: getenv("MESIBO_JOURNAL"),
	}
	if options.JournalFile == "" {
		options.JournalFile = filepath.Join(acctest.Root(), ".mesibo-live.json")
	}
	if options.Endpoint == "" {
		options.Endpoint = hosted
	}
	switch {
	case options.AppToken == "":
		return options, errors.New("set MESIBO_APP_TOKEN to the app token of an app that nobody needs")
	case agreed == 0:
		return options, errors.New("users of the app are made, changed and deleted: set MESIBO_THIS_APP_IS_DISPOSABLE=yes " +
			"for an app that nobody needs, and yes,yes for one that holds users of others")
	default:
		return options, nil
	}
}

// emulate starts an emulator in place of a real service, with the profile of this run.
func emulate(options *sandbox.Options) (stop func(), err error) {
	as, err := acctest.ProfileOfRun()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "mesibo-live-*")
	if err != nil {
		return nil, err
	}
	server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(acctest.AppToken), emulator.WithProfile(as))
	if err != nil {
		return nil, err
	}
	*options = sandbox.Options{
		Endpoint: server.Endpoint(), AppToken: acctest.AppToken, Confirmations: 1, JournalFile: filepath.Join(folder, "journal.json"),
		Interval: time.Microsecond, Transport: http.DefaultTransport,
	}

	return func() {
		http.DefaultClient.CloseIdleConnections()
		server.Close()
		os.RemoveAll(folder) //nolint:errcheck // It is a temporary folder.
	}, nil
}

// sweep deletes what carries the prefix in the app that the environment names, whichever run has left it.
func sweep(string) error {
	options, err := options(os.Getenv)
	if err != nil {
		return err
	}
	if options.Endpoint == "" {
		return errors.New("set MESIBO_LIVE=1 to sweep a real app")
	}
	swept, err := sweepApp(context.Background(), options)
	fmt.Fprintln(os.Stderr, "swept", swept, "users and groups")

	return err
}

func sweepApp(ctx context.Context, options sandbox.Options) (int, error) {
	app, err := sandbox.Open(ctx, options)
	if err != nil {
		return 0, err
	}

	return app.Sweep(ctx)
}

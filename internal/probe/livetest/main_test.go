// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package livetest

import (
	"cmp"
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
		if options, stop, err = emulate(); err != nil {
			return 0, err
		}
	}
	defer stop()
	if app, err = sandbox.Open(context.Background(), options); err != nil {
		return 0, err
	}
	// The provider takes the app from the environment, so that no file contains the app token.
	proxy := httptest.NewServer(app)
	defer proxy.Close()
	err = errors.Join(os.Setenv("MESIBO_APP_TOKEN", options.AppToken), os.Setenv("MESIBO_ENDPOINT", proxy.URL))
	if err == nil {
		code = acctest.Run(m)
	}

	return code, errors.Join(err, cleanUp())
}

// cleanUp deletes what the tests have left, and everything else with the prefix.
func cleanUp() error {
	if err := app.CleanUp(context.Background()); err != nil || !app.Lookups {
		return err
	}
	swept, err := app.Sweep(context.Background())
	if errors.Is(err, sandbox.ErrNotListed) { // Users are listed, and the tests create no groups.
		err = nil
	}
	if swept > 0 {
		fmt.Fprintln(os.Stderr, "live tests:", swept, "users and groups of other runs were deleted")
	}

	return err
}

// options are those of a real app if MESIBO_LIVE is set, and else have no endpoint.
func options(getenv func(string) string) (sandbox.Options, error) {
	if getenv("MESIBO_LIVE") == "" {
		return sandbox.Options{}, nil
	}
	options := sandbox.Options{
		Endpoint: cmp.Or(getenv("MESIBO_ENDPOINT"), hosted), AppToken: getenv("MESIBO_APP_TOKEN"),
		JournalFile: cmp.Or(getenv("MESIBO_JOURNAL"), filepath.Join(acctest.Root(), ".mesibo-live.json")),
	}
	for word := range strings.SplitSeq(getenv("MESIBO_THIS_APP_IS_DISPOSABLE"), ",") {
		if word == "yes" {
			options.Confirmations++
		}
	}
	switch {
	case options.AppToken == "":
		return options, errors.New("set MESIBO_APP_TOKEN to the app token of a disposable test app")
	case options.Confirmations == 0:
		return options, errors.New("users of the app are created, changed and deleted: set MESIBO_THIS_APP_IS_DISPOSABLE=yes " +
			"for a disposable test app, and yes,yes for one with users of others")
	default:
		return options, nil
	}
}

// emulate starts an emulator with the profile of this run.
func emulate() (options sandbox.Options, stop func(), err error) {
	as, err := acctest.ProfileOfRun()
	if err != nil {
		return sandbox.Options{}, nil, err
	}
	folder, err := os.MkdirTemp("", "mesibo-live-*")
	if err != nil {
		return sandbox.Options{}, nil, err
	}
	server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(acctest.AppToken), emulator.WithProfile(as))
	if err != nil {
		return sandbox.Options{}, nil, err
	}
	options = sandbox.Options{
		Endpoint: server.Endpoint(), AppToken: acctest.AppToken, Confirmations: 1, JournalFile: filepath.Join(folder, "journal.json"),
		Interval: time.Microsecond, Transport: http.DefaultTransport,
	}

	return options, func() {
		server.Close()
		os.RemoveAll(folder) //nolint:errcheck // It is a temporary folder.
	}, nil
}

// sweep deletes everything with the prefix in a real app, whichever run has left it.
func sweep(string) error {
	options, err := options(os.Getenv)
	if err != nil {
		return err
	}
	if options.Endpoint == "" {
		return errors.New("set MESIBO_LIVE=1 to sweep a real app")
	}
	app, err := sandbox.Open(context.Background(), options)
	if err != nil {
		return err
	}
	swept, err := app.Sweep(context.Background())
	fmt.Fprintln(os.Stderr, "swept", swept, "users and groups")

	return err
}

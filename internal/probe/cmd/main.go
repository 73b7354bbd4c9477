// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command mesibo-probe finds out how a real mesibo back end behaves where the documentation is silent or sources contradict
// each other. It needs a disposable test app, whose app token it reads from MESIBO_APP_TOKEN. It sends at most 90 requests,
// one a second, from one IP address, and deletes what it has created. It prints what it found beside what is assumed, and
// writes a profile for the emulator. Neither contains a secret.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
)

// hosted is the endpoint of the hosted service.
const hosted = "https://api.mesibo.com/backend/"

// cleanUpTimeout allows for a request a second for each user.
const cleanUpTimeout = 3 * time.Minute

func main() {
	ctx, interrupt := context.WithCancel(context.Background())
	cleanUp, giveUp := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		interrupt()
		<-signals
		giveUp()
	}()

	p := program{cleanUp: cleanUp, getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr}
	if err := p.run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mesibo-probe:", err)
		os.Exit(1)
	}
}

type program struct {
	cleanUp        context.Context // of clean-up, which the first signal does not end
	getenv         func(string) string
	stdout, stderr io.Writer

	options sandbox.Options
	profile string // file to write
	assumed profile.Profile
}

func (p *program) run(ctx context.Context, args []string) error {
	p.options.MaxRequests, p.options.AppToken = sandbox.MaxRequests, p.getenv("MESIBO_APP_TOKEN")
	flags := flag.NewFlagSet("mesibo-probe", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	flags.BoolFunc("this-app-is-disposable", "everything in the app may be lost; twice, if it has users that were not created here",
		func(value string) error {
			confirmed, err := strconv.ParseBool(value)
			if err == nil && !confirmed {
				err = errors.New("leave the flag out instead")
			}
			p.options.Confirmations++

			return err
		})
	flags.StringVar(&p.options.Endpoint, "endpoint", cmp.Or(p.getenv("MESIBO_ENDPOINT"), hosted), "`URL` of the Backend API; also MESIBO_ENDPOINT")
	flags.StringVar(&p.options.JournalFile, "journal", ".mesibo-probe.json", "`file` that lists what is left to delete")
	flags.StringVar(&p.profile, "profile", "mesibo-profile.json", "`file` to write the profile to")
	assumed := flags.String("assumed", "", "`profile` to compare with instead of the emulator's default: "+strings.Join(profile.Names(), ", ")+" or a file")
	onlyCleanUp := flags.Bool("clean-up", false, "only delete what an earlier run has left")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case p.options.Confirmations == 0:
		return errors.New("users and groups are created, changed and deleted: give -this-app-is-disposable for a disposable test app")
	case p.options.AppToken == "":
		return errors.New("set MESIBO_APP_TOKEN to the app token of a disposable test app")
	}
	var err error
	if p.assumed, err = profile.Load(*assumed); err != nil {
		return err
	}
	if *onlyCleanUp {
		return p.explain(p.cleanUpOnly(ctx))
	}

	return p.explain(p.probe(ctx))
}

// cleanUpOnly deletes what an earlier run has left, which opening the app does.
func (p *program) cleanUpOnly(ctx context.Context) error {
	if !p.left() {
		fmt.Fprintln(p.stderr, "there is nothing to clean up:", p.options.JournalFile, "does not exist")

		return nil
	}
	_, err := sandbox.Open(ctx, p.options)
	if err == nil {
		fmt.Fprintln(p.stderr, "everything is deleted")
	}

	return err
}

// probe asks all questions, cleans up and reports.
func (p *program) probe(ctx context.Context) error {
	if p.left() {
		return errors.New("an earlier run has left something")
	}
	app, err := sandbox.Open(ctx, p.options)
	if err != nil {
		return err
	}
	if !app.Lookups {
		fmt.Fprintf(p.stderr, "this server does not list users, so the app may have users of others; only users with the prefix %s are touched\n", app.Prefix())
	}
	found, err := probe.Run(ctx, app, p.options.AppToken, func(subject string) { fmt.Fprintln(p.stderr, subject) })
	if !errors.Is(err, sandbox.ErrTokenBreach) {
		fmt.Fprintln(p.stderr, "cleaning up")
		cleanUp, cancel := context.WithTimeout(p.cleanUp, cleanUpTimeout)
		defer cancel()
		err = cmp.Or(err, app.CleanUp(cleanUp))
	}
	if found != nil {
		err = errors.Join(p.report(found), err)
	}

	return err
}

// report prints the table and writes the profile.
func (p *program) report(found *probe.Findings) error {
	if err := found.WriteTable(p.stdout, p.assumed); err != nil {
		return err
	}
	about := "A back end"
	if endpoint, err := url.Parse(p.options.Endpoint); err == nil && strings.HasPrefix(hosted, "https://"+endpoint.Host+"/") {
		about = "The hosted service"
	}
	file := profile.File{
		Version: profile.Version, Answers: found.Answers,
		About: about + " as mesibo-probe found it on " + time.Now().UTC().Format(time.DateOnly),
	}

	return os.WriteFile(p.profile, file.Encode(), 0o644) //nolint:gosec // It contains no secret.
}

// left reports whether there is something to clean up.
func (p *program) left() bool {
	_, err := os.Stat(p.options.JournalFile)

	return !errors.Is(err, fs.ErrNotExist)
}

// explain adds to an error what to do about it.
func (p *program) explain(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted")
	case errors.Is(err, sandbox.ErrTokenBreach):
		err = fmt.Errorf("%w: it assumes that the app token has leaked or is used from too many IP addresses. "+
			"Nothing more was sent; enable the app again in mesibo's console", sandbox.ErrTokenBreach)
	}
	if err != nil && p.left() {
		err = fmt.Errorf("%w; run with -clean-up to delete what is left, which is listed in %s", err, p.options.JournalFile)
	}

	return err
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command mesibo-probe finds out how a real mesibo back end answers where documents are silent or contradict each other.
// It needs an app that nobody needs, whose app token it takes from MESIBO_APP_TOKEN alone. It sends at most 80 requests,
// one a second, from one address; deletes what it made; prints what it found beside what is assumed; and writes the
// profile, which the emulator can take. No secret is in any of it.
package main

import (
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

// cleanUpTime is how long cleaning up may take. It needs a request for each user, one a second.
const cleanUpTime = 3 * time.Minute

func main() {
	ctx, interrupt := context.WithCancel(context.Background())
	cleaning, giveUp := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		interrupt()
		<-signals
		giveUp()
	}()

	p := program{cleaning: cleaning, getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr}
	if err := p.run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mesibo-probe:", err)
		os.Exit(1)
	}
}

// A program is a run of it.
type program struct {
	cleaning       context.Context // ends when cleaning up is given up
	getenv         func(string) string
	stdout, stderr io.Writer

	options sandbox.Options
	profile string // the file to write
	assumed profile.Profile
}

// run does what the arguments say, until the context ends. Then it cleans up.
func (p *program) run(ctx context.Context, args []string) error {
	p.options.MaxRequests = sandbox.MaxRequests
	flags := flag.NewFlagSet("mesibo-probe", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	flags.BoolFunc("this-app-is-disposable", "all that the app holds may be lost; twice, if it holds users that were not made here",
		func(given string) error {
			agreed, err := strconv.ParseBool(given)
			if err == nil && !agreed {
				err = errors.New("leave it out instead")
			}
			p.options.Confirmations++

			return err
		})
	flags.StringVar(&p.options.Endpoint, "endpoint", p.usualEndpoint(), "`URL` of the Backend API; also MESIBO_ENDPOINT")
	flags.StringVar(&p.options.JournalFile, "journal", ".mesibo-probe.json", "`file` that says what there is to clean up, for as long as there is anything")
	flags.StringVar(&p.profile, "profile", "mesibo-profile.json", "`file` that the profile is written to")
	assumed := flags.String("assumed", "", "the `profile` to compare with, in place of the emulator's default: "+strings.Join(profile.Names(), ", ")+" or a file")
	onlyCleanUp := flags.Bool("clean-up", false, "only delete what a run before has left")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if p.options.Confirmations == 0 {
		return errors.New("it makes, changes and deletes users and groups: give -this-app-is-disposable for an app that nobody needs")
	}
	p.options.AppToken = p.getenv("MESIBO_APP_TOKEN")
	if p.options.AppToken == "" {
		return errors.New("an app token is needed: set MESIBO_APP_TOKEN to that of a disposable app")
	}
	var err error
	if p.assumed, err = profile.Load(*assumed); err != nil {
		return err
	}
	if *onlyCleanUp {
		return p.cleanUpOnly(ctx)
	}

	return p.probe(ctx)
}

// usualEndpoint is where the app is if no flag says so.
func (p *program) usualEndpoint() string {
	if endpoint := p.getenv("MESIBO_ENDPOINT"); endpoint != "" {
		return endpoint
	}

	return hosted
}

// cleanUpOnly deletes what a run before has left, which opening the app does.
func (p *program) cleanUpOnly(ctx context.Context) error {
	if !p.left() {
		fmt.Fprintln(p.stderr, "there is nothing to clean up:", p.options.JournalFile, "is not there")

		return nil
	}
	if _, err := sandbox.Open(ctx, p.options); err != nil || p.left() {
		return p.explain(err)
	}
	fmt.Fprintln(p.stderr, "all is deleted that a run before has left")

	return nil
}

// probe asks all questions, cleans up and reports.
func (p *program) probe(ctx context.Context) error {
	if p.left() {
		return fmt.Errorf("a run before has left something, see %s: run with -clean-up first", p.options.JournalFile)
	}
	app, err := sandbox.Open(ctx, p.options)
	if err != nil {
		return p.explain(err)
	}
	if !app.Lookups {
		fmt.Fprintf(p.stderr, "this server does not list users, so it is not known whether the app has users of others; "+
			"only those are touched whose addresses begin with %s\n", app.Prefix())
	}
	found, err := probe.Run(ctx, app, p.options.AppToken, func(subject string) {
		fmt.Fprintf(p.stderr, "%s (of at most %d requests, %d are left)\n", subject, p.options.MaxRequests, app.Remaining())
	})
	if !errors.Is(err, sandbox.ErrTokenBreach) {
		fmt.Fprintln(p.stderr, "cleaning up")
		cleaning, cancel := context.WithTimeout(p.cleaning, cleanUpTime)
		defer cancel()
		if failed := app.CleanUp(cleaning); err == nil {
			err = failed
		}
	}
	if found != nil {
		err = errors.Join(p.report(found), err)
	}

	return p.explain(err)
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

	return os.WriteFile(p.profile, file.Encode(), 0o644) //nolint:gosec // There is no secret in it.
}

// left tells whether there is something to clean up.
func (p *program) left() bool {
	_, err := os.Stat(p.options.JournalFile)

	return !errors.Is(err, fs.ErrNotExist)
}

// explain says of an error what follows from it.
func (p *program) explain(err error) error {
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	if errors.Is(err, sandbox.ErrTokenBreach) {
		err = fmt.Errorf("%w: it thinks that the app token has leaked, or was used from too many addresses. "+
			"Nothing more was sent; the app has to be enabled again in mesibo's console", sandbox.ErrTokenBreach)
	}
	switch {
	case !p.left():
		return err
	case err == nil:
		err = errors.New("not everything could be deleted")
	}

	return fmt.Errorf("%w; %s says what is left: run again with -clean-up", err, p.options.JournalFile)
}

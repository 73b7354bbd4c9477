// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command mesibo-emulator serves the mesibo Backend API from memory, for tests, demos and development without a mesibo
// account. It prints the two lines that point the provider at it, and logs each exchange without secrets. When it stops,
// its data is lost.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// defaultAppToken is for those who do not care.
const defaultAppToken = "app-token-of-the-emulator"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mesibo-emulator:", err)
		os.Exit(1) //nolint:gocritic // There is nothing to clean up by now.
	}
}

// run serves until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("mesibo-emulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("addr", "127.0.0.1:0", "loopback `address` to listen on; port 0 is any free port")
	appToken := flags.String("app-token", "", "app `token` of the one app, any string; else MESIBO_APP_TOKEN, else "+defaultAppToken)
	readyFile := flags.String("ready-file", "", "`file` that the endpoint is written to once it can be reached")

	name := flags.String("profile", "", "how it behaves where the documentation is silent: "+strings.Join(profile.Names(), ", ")+" or a `file`")
	single := profile.Answers{}
	flags.Func("set", "a single `question=answer` in place of the profile's, such as user_lookups=false", single.Set)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	export := "export MESIBO_APP_TOKEN=" + shellQuote(cmp.Or(*appToken, defaultAppToken))
	if fromEnvironment := os.Getenv("MESIBO_APP_TOKEN"); *appToken == "" && fromEnvironment != "" {
		*appToken = fromEnvironment
		export = "# MESIBO_APP_TOKEN is the one of the environment" // which may be a real one, so it is not shown
	}
	as, err := profile.Load(*name)
	if err != nil {
		return err
	}
	answers := profile.AnswersOf(as)
	maps.Copy(answers, single)
	if as, err = (profile.File{Answers: answers}).Profile(); err != nil {
		return err
	}
	server, err := emulator.Start(*address, emulator.WithApp(cmp.Or(*appToken, defaultAppToken)), emulator.WithProfile(as), emulator.WithLog(stderr))
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Fprintf(stdout, "export MESIBO_ENDPOINT=%s\n%s\n", shellQuote(server.Endpoint()), export)
	if *readyFile != "" {
		// A rename makes the whole content appear at once.
		unfinished := *readyFile + ".tmp"
		if err := os.WriteFile(unfinished, []byte(server.Endpoint()+"\n"), 0o600); err != nil {
			return err
		}
		if err := os.Rename(unfinished, *readyFile); err != nil {
			return err
		}
	}
	<-ctx.Done()

	return nil
}

// shellQuote writes s as one word of a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command mesibo-emulator serves the mesibo Backend API from memory, for tests, demos and development without a mesibo
// account. It prints its endpoint and logs each exchange without secrets. When it stops, its data is lost.
package main

import (
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
	appToken := flags.String("app-token", "", "app `token` of the one app; also MESIBO_APP_TOKEN")
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
	if *appToken == "" {
		*appToken = os.Getenv("MESIBO_APP_TOKEN") // Not the flag's default, which -help would print.
	}
	if *appToken == "" {
		return errors.New("an app token is needed: give -app-token or MESIBO_APP_TOKEN; any string will do")
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
	server, err := emulator.Start(*address, emulator.WithApp(*appToken), emulator.WithProfile(as), emulator.WithLog(stderr))
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Fprintf(stdout, "endpoint: %s\n", server.Endpoint())
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

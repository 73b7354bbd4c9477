// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command mesibo-emulator serves the mesibo Backend API from memory, for tests, demos and whoever has no mesibo at
// hand. It prints its endpoint, then logs each exchange with secrets masked, and forgets everything when it stops.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
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

	modes := emulator.DefaultModes()
	flags.BoolVar(&modes.Lookups, "lookups", modes.Lookups, "offer usersget and groupsget; without, they answer BADOP")
	flags.BoolVar(&modes.RowsPerAppID, "rows-per-appid", modes.RowsPerAppID, "show a row for each App ID, not for each user")
	flags.IntVar(&modes.RowCap, "row-cap", modes.RowCap, "most `rows` that usersget returns; 0 for no cap")
	flags.BoolVar(&modes.HideTokens, "hide-tokens", modes.HideTokens, "leave tokens out of the rows")
	flags.BoolVar(&modes.IgnorePattern, "ignore-pattern", modes.IgnorePattern, "return everybody, whatever address is asked for")
	flags.DurationVar(&modes.VisibilityDelay, "visibility-delay", modes.VisibilityDelay, "how `long` a new user is not in the rows")
	flags.BoolVar(&modes.MintEndsEarlier, "mint-ends-earlier", modes.MintEndsEarlier, "a new token ends the one that the App ID had")
	removeAll := flags.Bool("remove-ends-all", false, "removing a token ends those of all App IDs")
	missingIsOK := flags.Bool("missing-is-ok", false, "changing or deleting a user that is not there succeeds")
	flags.BoolVar(&modes.AddUpdatesExisting, "add-updates-existing", modes.AddUpdatesExisting, "useradd changes the name and status of a user that exists")
	flags.BoolVar(&modes.MemberLists, "member-lists", modes.MemberLists, "offer groupgetmembers; without, it answers BADOP")
	flags.IntVar(&modes.MemberCap, "member-cap", modes.MemberCap, "most `rows` that groupgetmembers returns; 0 for no cap")
	removal := flags.String("member-removal", "any", "the `form` that removes members: remove, null, delete, or any of them")
	flags.BoolVar(&modes.GIDAsString, "gid-as-string", modes.GIDAsString, "write gids as strings")
	flags.BoolVar(&modes.UIDAsNumber, "uid-as-number", modes.UIDAsNumber, "write uids as numbers")
	flags.BoolVar(&modes.EchoAddress, "echo-address", modes.EchoAddress, "repeat the address in the reply to useradd")
	flags.BoolVar(&modes.EchoApp, "echo-app", modes.EchoApp, "put the app, with its secrets, into each reply")
	flags.DurationVar(&modes.Latency, "latency", modes.Latency, "`time` added to each exchange")
	flags.Float64Var(&modes.RequestsPerSecond, "requests-per-second", modes.RequestsPerSecond, "`rate` above which it answers 429; 0 for no limit")
	flags.IntVar(&modes.TokenBreachAfter, "token-breach-after", modes.TokenBreachAfter, "client `addresses` after which the app is disabled; 0 for any number")
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
	form, known := map[string]emulator.MemberRemoval{
		"any": emulator.RemoveByAny, "remove": emulator.RemoveByRemove, "null": emulator.RemoveByNullPermissions,
		"delete": emulator.RemoveByDelete,
	}[*removal]
	if !known {
		return fmt.Errorf("-member-removal cannot be %q", *removal)
	}
	modes.MemberRemoval = form
	if *removeAll {
		modes.RemoveScope = emulator.RemoveAll
	}
	if *missingIsOK {
		modes.MissingTarget = emulator.MissingIsOK
	}

	server, err := emulator.Start(*address, emulator.WithApp(*appToken), emulator.WithModes(modes), emulator.WithLog(stderr))
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Fprintf(stdout, "endpoint: %s\n", server.Endpoint())
	if *readyFile != "" {
		// Whoever waits for the file finds all of it.
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

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures how long a real CLI takes to create, plan and destroy users with the provider, beside baselines
// that do nothing, and beside what people do without a provider. This process emulates the Backend API, with latency.
//
// It runs in its own folder, and builds the provider from the sources around it. It fails when a run of a CLI fails or
// sends other requests than it should; times are measured, never judged.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // Nothing is left to stop.
	}
}

func run(ctx context.Context, args []string) error {
	b := bench{users: []int{1, 100, 1000}, latencies: []int{0, 50}, subjects: subjects}
	var clis []string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Func("cli", "terraform, tofu, both (the default) or the path of a CLI; may be given more than once", func(cli string) error {
		clis = append(clis, cli)
		return nil
	})
	flags.Func("n", "numbers of users, a list (default 1,100,1000)", integers(&b.users))
	flags.Func("latency", "latencies of the server in milliseconds, a list (default 0,50)", integers(&b.latencies))
	flags.Func("subjects", "what to measure, a list (default "+strings.Join(names(), ",")+")", choose(&b.subjects))
	flags.BoolVar(&b.once, "once", false, "measure everything once, to try it out")
	flags.BoolVar(&b.force, "force", false, "measure again what the results have from the same commit")
	dir := flags.String("results", "", "keep the results in this folder, and measure what they lack")
	reportOnly := flags.Bool("report", false, "measure nothing; write the tables and the plot of the results")
	if err := flags.Parse(args); err != nil {
		return err
	}

	r, err := loadResults(*dir)
	if err != nil {
		return err
	}
	var failed error
	if !*reportOnly {
		if b.clis, err = findCLIs(ctx, clis); err != nil {
			return err
		}
		failed = b.measure(ctx, r) // What was measured is reported all the same.
	}
	if err := r.report(os.Stdout); err != nil {
		return err
	}

	return failed
}

// integers returns a function that parses a list of whole numbers.
func integers(numbers *[]int) func(list string) error {
	return func(list string) error {
		*numbers = nil
		for word := range strings.SplitSeq(list, ",") {
			number, err := strconv.ParseUint(word, 10, 31)
			if err != nil {
				return err
			}
			*numbers = append(*numbers, int(number))
		}

		return nil
	}
}

// choose returns a function that parses a list of subjects.
func choose(chosen *[]subject) func(list string) error {
	return func(list string) error {
		*chosen = nil
		for name := range strings.SplitSeq(list, ",") {
			s := find(name)
			if s == nil {
				return fmt.Errorf("%q is none of %s", name, strings.Join(names(), ", "))
			}
			*chosen = append(*chosen, *s)
		}

		return nil
	}
}

// findCLIs returns the paths of CLIs. Without any it finds both.
func findCLIs(ctx context.Context, given []string) ([]string, error) {
	if len(given) == 0 || slices.Equal(given, []string{"both"}) {
		given = []string{"tofu", "terraform"}
	}
	var paths []string
	for _, cli := range given {
		path, err := cli, error(nil)
		if cli == "tofu" || cli == "terraform" {
			find := exec.CommandContext(ctx, "../find-cli.sh", cli) //nolint:gosec // One of two names.
			find.Stderr = os.Stderr
			var found []byte
			found, err = find.Output()
			path = strings.TrimSpace(string(found))
		}
		if err == nil {
			path, err = exec.LookPath(path)
		}
		if err != nil {
			return nil, fmt.Errorf("finding the CLI %s: %w", cli, err)
		}
		paths = append(paths, path)
	}

	return paths, nil
}

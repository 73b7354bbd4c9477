// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures how long a real CLI takes with the provider, beside two baselines, which are what the CLI and
// the framework take for the same resources without any request, and beside what people do without a provider. This
// process emulates the Backend API, with latency.
//
// It builds the provider from the sources around it, so it runs in its own folder. It fails when a run of the CLI fails,
// or sends other requests than it should; times are measured, never judged.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
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
	b := bench{sizes: []int{1, 100, 1000}, latencies: []int{0, 20, 50}}
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.StringVar(&b.cli, "cli", "terraform", "the CLI to measure, its name or its full path")
	flags.Func("n", "how many users, a list (1,100,1000)", integers(&b.sizes))
	flags.Func("latency", "latencies of the server in milliseconds, a list (0,20,50)", integers(&b.latencies))
	shapes := flags.String("shape", shapeCount+","+shapeForEach, "how resources get their instances, a list")
	flags.BoolVar(&b.once, "once", false, "measure everything once, to try it out")
	jsonFile := flags.String("json", "", "write the results to this file")
	markdownFile := flags.String("markdown", "", "write the tables to this file")
	plotFile := flags.String("svg", "", "write the plot to this file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b.shapes = strings.Split(*shapes, ",")

	r, err := b.measure(ctx)
	if err != nil {
		return err
	}
	r.Targets = r.evaluate()
	encoded, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	report := r.markdown()
	fmt.Print(report)
	for file, content := range map[string]string{*jsonFile: string(encoded) + "\n", *markdownFile: report, *plotFile: r.plot()} {
		if file == "" {
			continue
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil { //nolint:gosec // It contains no secret.
			return err
		}
	}
	if len(r.Failures) > 0 {
		return fmt.Errorf("%d combinations failed, see above", len(r.Failures))
	}

	return nil
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

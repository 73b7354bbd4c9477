// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command mesibo-bench measures how long a real CLI takes with the provider, beside two floors, which are what the CLI
// and the framework take for the same resources without any request, and beside what people do without a provider.
// The Backend API is emulated in this process, with latency.
//
// It builds the provider from the sources around it, so it has to run in the project's folder. Times are measured,
// never judged: it fails when a run of the CLI fails, or when requests are sent that should not be.
//
// To profile the provider, start it with -debug, hand TF_REATTACH_PROVIDERS to a CLI, and attach perf or delve.
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
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mesibo-bench:", err)
		os.Exit(1) //nolint:gocritic // Nothing is left to stop.
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("mesibo-bench", flag.ExitOnError)
	cli := flags.String("cli", "terraform", "the CLI to drive")
	sizes := flags.String("n", "1,100,1000", "how many users, a list")
	latencies := flags.String("latency", "0,20,50", "latencies of the server in milliseconds, a list")
	shapes := flags.String("shape", shapeCount+","+shapeForEach, "how resources get their instances, a list")
	repeat := flags.Int("repeat", 1, "how often the largest sizes are measured; one user is measured five times as often, a hundred three times")
	once := flags.Bool("once", false, "measure everything once, to try it out")
	from := flags.String("from", "", "measure nothing, and report the results in this file")
	jsonFile := flags.String("json", "", "write the results to this file")
	markdownFile := flags.String("markdown", "", "write the tables to this file")
	plotFile := flags.String("svg", "", "draw the plot into this file")
	if err := flags.Parse(args); err != nil {
		return err
	}

	var found *results
	var err error
	if *from == "" {
		found, err = measured(ctx, *cli, *sizes, *latencies, *shapes, *repeat, *once)
	} else {
		found, err = read(*from)
	}
	if err != nil {
		return err
	}
	found.Targets = evaluate(found)
	report := found.markdown()
	fmt.Print(report)

	encoded, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		return err
	}
	for file, content := range map[string]string{
		*jsonFile: string(encoded) + "\n", *markdownFile: report, *plotFile: found.plot(),
	} {
		if file == "" {
			continue
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil { //nolint:gosec // There is no secret in it.
			return err
		}
	}
	if len(found.Failures) > 0 {
		return fmt.Errorf("%d combinations failed, see above", len(found.Failures))
	}

	return nil
}

// measured runs the benchmark as the flags say.
func measured(ctx context.Context, cli, sizes, latencies, shapes string, repeat int, once bool) (*results, error) {
	bench, err := newBench(ctx, cli)
	if err != nil {
		return nil, err
	}
	defer bench.close()
	if bench.sizes, err = integers(sizes); err != nil {
		return nil, fmt.Errorf("-n: %w", err)
	}
	if bench.latencies, err = integers(latencies); err != nil {
		return nil, fmt.Errorf("-latency: %w", err)
	}
	bench.shapes, bench.repeat, bench.once = strings.Split(shapes, ","), repeat, once

	return bench.measure(ctx)
}

// read returns the results of an earlier run.
func read(file string) (*results, error) {
	encoded, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var r results
	err = json.Unmarshal(encoded, &r)

	return &r, err
}

func integers(list string) ([]int, error) {
	var numbers []int
	for word := range strings.SplitSeq(list, ",") {
		number, err := strconv.Atoi(word)
		if err != nil || number < 0 {
			return nil, fmt.Errorf("%q is not a whole number", word)
		}
		numbers = append(numbers, number)
	}

	return numbers, nil
}

// milliseconds turns a latency into a duration.
func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command count reads the event files of `go test -json` that are its
// arguments and prints how many tests passed, failed and were skipped,
// subtests included. It exits with 1 when one failed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// event is what counts of an event; `go doc test2json` has the rest.
type event struct {
	Action  string
	Package string
	Test    string
}

type counts struct{ passed, failed, skipped int }

func main() {
	var total counts
	for _, path := range os.Args[1:] {
		if err := total.addFile(path); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
	}
	fmt.Println(total)
	if total.failed > 0 {
		os.Exit(1)
	}
}

func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

func (c *counts) addFile(path string) error {
	file, err := os.Open(path) //nolint:gosec // The files are the caller's to name.
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return c.add(file)
}

// add counts the events of one run. A package that fails by itself (it does
// not build, or it panics outside a test) counts as one failure, so that no
// run can fail with a count of none.
func (c *counts) add(r io.Reader) error {
	failing := map[string]bool{}
	for events := json.NewDecoder(r); ; {
		var e event
		if err := events.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch {
		case e.Test != "" && e.Action == "pass":
			c.passed++
		case e.Test != "" && e.Action == "skip":
			c.skipped++
		case e.Action == "fail" && (e.Test != "" || !failing[e.Package]):
			c.failed++
			failing[e.Package] = true
		}
	}
}

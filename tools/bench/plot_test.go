// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// The parts of a bar are the CLI's, the provider's and the server's, and their sum is what was measured.
func TestSplit(t *testing.T) {
	t.Parallel()

	r := someResults()
	put := func(subject string, latency int, create float64) {
		r.Samples = append(r.Samples, sample{combination: combination{tofu, subject, 1000, latency}, Seconds: map[string]float64{opCreate: create}})
	}
	put(terraformDataCurl, 0, 3) // quicker than terraform_data
	put(xargs10, 0, 5)
	put(xargs10, 50, 7)
	for subject, want := range map[string][3]float64{
		baseline:          {4, 16, 0},
		mesiboUser:        {4, 6, 8},
		terraformDataCurl: {3, 0, 33},
		xargs10:           {0, 5, 2},
	} {
		if got, ok := r.split(tofu, subject, 1000); !ok || got != want {
			t.Errorf("%s is %v, %t, want %v", subject, got, ok, want)
		}
	}
	if got, ok := r.split(tofu, xargs50, 1000); ok {
		t.Errorf("what was not measured is %v", got)
	}
}

func TestPlot(t *testing.T) {
	t.Parallel()

	for name, r := range map[string]*results{"full": someResults(), "empty": {}} {
		plot, err := r.plot()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		decoder := xml.NewDecoder(strings.NewReader(string(plot)))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, plot)
			}
		}
	}
	plot, err := someResults().plot()
	title := "OpenTofu v1.2.3: mesibo_user creates 1,000 users in 18 s, in 10 s without latency; a provider that does nothing takes 20 s"
	for _, text := range []string{title, ">1 user<", ">18 s<", "Terraform v4.5.6: "} {
		if err != nil || !strings.Contains(string(plot), text) {
			t.Errorf("the plot lacks %q: %v", text, err)
		}
	}
}

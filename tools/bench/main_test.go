// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"
	"testing"
)

func TestBadFlags(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"subject": {[]string{"-subjects", "mesibo_user,curl"}, `"curl" is none of terraform_data, baseline`},
		"number":  {[]string{"-n", "1,-5"}, "-5"},
		"CLI":     {[]string{"-cli", "/nowhere/terraform"}, "finding the CLI /nowhere/terraform"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if err := run(t.Context(), tt.args); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want %q", err, tt.want)
			}
		})
	}
}

// The machine is in the results, so that those of two are not mixed.
func TestResultsOfAnotherMachine(t *testing.T) {
	t.Parallel()

	r := someResults()
	r.Machine = machine{Platform: "plan9/amd64", CPUs: 1}
	if err := new(bench).measure(t.Context(), r); err == nil || !strings.Contains(err.Error(), "plan9/amd64") {
		t.Errorf("the error is %v", err)
	}
}

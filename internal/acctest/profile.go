// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"os"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/profile"
)

// profileOfRun returns the profile of the back ends of this run of tests, which MESIBO_PROFILE names; without it, the
// default one.
func profileOfRun(t testing.TB) profile.Profile {
	t.Helper()

	name := os.Getenv("MESIBO_PROFILE")
	if name == "" {
		return profile.Default()
	}
	file, err := profile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	as, err := file.Profile()
	if err != nil {
		t.Fatal(err)
	}

	return as
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/profile"
)

// TestPageHasEveryQuestion looks into the guide that says how sure each fact is.
func TestPageHasEveryQuestion(t *testing.T) {
	t.Parallel()

	page, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "how-sure.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, question := range profile.Questions() {
		if !strings.Contains(string(page), "`"+question+"`") {
			t.Errorf("%s is missing", question)
		}
	}
}

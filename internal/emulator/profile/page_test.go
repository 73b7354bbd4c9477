// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package profile_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// page returns the guide that says how sure each fact is.
func page(t *testing.T) string {
	t.Helper()

	content, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", "how-sure.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}

	return string(content)
}

// TestPageHasEveryQuestion looks into the last column of the tables.
func TestPageHasEveryQuestion(t *testing.T) {
	t.Parallel()

	inTables := regexp.MustCompile(`(?m)^\|.*\|([^|]*)\|$`).FindAllStringSubmatch(page(t), -1)
	var named []string
	for _, row := range inTables {
		for _, name := range regexp.MustCompile("`[^`]+`").FindAllString(row[1], -1) {
			named = append(named, strings.Trim(name, "`"))
		}
	}
	slices.Sort(named)
	if diff := cmp.Diff(slices.Sorted(slices.Values(profile.Questions())), slices.Compact(named)); diff != "" {
		t.Errorf("questions of a profile (-), and of the page (+): %s", diff)
	}
}

// TestPageHasAProfile reads the example.
func TestPageHasAProfile(t *testing.T) {
	t.Parallel()

	_, example, _ := strings.Cut(page(t), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	if file, err := profile.Parse([]byte(example)); err != nil || len(file.Answers) == 0 {
		t.Errorf("got %v, %v", file, err)
	}
}

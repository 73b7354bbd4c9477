// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Only what changes the provider makes results old; a provider that is in no commit has none.
func TestProviderCommit(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	git := func(args ...string) string {
		t.Helper()
		output, err := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, output)
		}

		return strings.TrimSpace(string(output))
	}
	commit := func(file, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		git("add", "-A")
		git("commit", "-q", "-m", file)
	}
	if got := providerCommit(t.Context()); got != "" {
		t.Errorf("without a repository the commit is %q", got)
	}

	git("init", "-q")
	commit("internal/a.go", "package a")
	want := git("log", "-1", "--format=%h", "--abbrev=10")
	commit("docs/index.md", "text")
	commit("internal/a_test.go", "package a")
	commit("tools/bench/main.go", "package main")
	if got := providerCommit(t.Context()); got != want {
		t.Errorf("the commit of the provider is %q, want %q", got, want)
	}
	if err := os.WriteFile("internal/b.go", []byte("package a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := providerCommit(t.Context()); got != "" {
		t.Errorf("with a new file the commit is %q", got)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package profile_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// TestCommitted reads each profile that comes with the project. Each differs from the others, gives a reason for each answer,
// and has no answer that is the default.
func TestCommitted(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	usual := profile.AnswersOf(profile.Default())
	seen := map[profile.Profile]string{profile.Default(): "the default"}
	for i, name := range profile.Names() {
		file, err := profile.Open(name)
		as, invalid := file.Profile()
		if err != nil || invalid != nil || files[i] != name+".json" || seen[as] != "" {
			t.Fatalf("%v: %v, %v; it is the same as %q", files, err, invalid, seen[as])
		}
		seen[as] = name
		if diff := cmp.Diff(slices.Sorted(maps.Keys(file.Answers)), slices.Sorted(maps.Keys(file.Why))); diff != "" {
			t.Errorf("%s: answers, and why: %s", name, diff)
		}
		all := profile.AnswersOf(as)
		for question := range file.Answers {
			if string(all[question]) == string(usual[question]) {
				t.Errorf("%s: %s has the default answer", name, question)
			}
		}
	}
}

// TestFileComesBack encodes and parses profiles with any answers.
func TestFileComesBack(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		want := profile.Default()
		want.UserLookups = rapid.Bool().Draw(t, "user_lookups")
		want.RowCap = rapid.IntRange(0, 1000).Draw(t, "row_cap")
		want.SetUnknownUser = rapid.SampledFrom([]profile.Unknown{profile.UnknownRefused, profile.UnknownOK, profile.UnknownAdded}).Draw(t, "set_unknown_user")
		want.AddExistingName = rapid.SampledFrom([]profile.Upsert{profile.UpsertKept, profile.UpsertSet, profile.UpsertReset}).Draw(t, "add_existing_name")
		want.MemberRemoval = profile.MemberRemoval(rapid.IntRange(0, int(profile.RemoveByAny)).Draw(t, "member_removal"))
		want.UnknownUser = profile.Refusal{Error: rapid.String().Draw(t, "error"), Code: rapid.IntRange(0, 599).Draw(t, "code")}
		want.RequestsPerSecond = rapid.Float64Range(0, 1e6).Draw(t, "requests_per_second")
		file := profile.File{Version: profile.Version, About: rapid.String().Draw(t, "about"), Answers: profile.AnswersOf(want)}
		got, err := profile.Parse(file.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if as, err := got.Profile(); err != nil || as != want || got.About != file.About {
			t.Fatalf("%v: %s", err, cmp.Diff(want, as))
		}
	})
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()

	answer := func(text string) string { return `{"version":1,"about":"","answers":{` + text + `}}` }
	for content, want := range map[string]string{
		``:                                      "EOF",
		`[]`:                                    "cannot unmarshal array",
		`{"version":2,"answers":{}}`:            "version is 2",
		`{"answers":{}}`:                        "version is 0",
		`{"version":1,"answer":{}}`:             `unknown field "answer"`,
		answer(``) + `{}`:                       "something follows",
		answer(`"moon":true`):                   `unknown field "moon"`,
		answer(`"row_cap":"many"`):              "Profile.row_cap",
		answer(`"row_cap":-1`):                  "row_cap: it is negative",
		answer(`"requests_per_second":-1`):      "requests_per_second: it is negative",
		answer(`"remove_scope":"half"`):         `remove_scope: "half" is none of`,
		answer(`"set_name":"x"`):                `set_name: "x" is none of`,
		answer(`"member_removal":["x"]`):        `"x" is none of`,
		answer(`"member_removal":"x"`):          "Profile.member_removal",
		answer(`"add_existing_name":"x"`):       `add_existing_name: "x" is none of`,
		answer(`"set_unknown_user":"x"`):        `set_unknown_user: "x" is none of`,
		answer(`"delete_unknown_user":"added"`): `delete_unknown_user: "added" is none of`,
		answer(`"unknown_user":{"symbol":"X"}`): `unknown field "symbol"`,
	} {
		if _, err := profile.Parse([]byte(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", content, err, want)
		}
	}
}

// TestLoad reads a file, and says what it tried if there is none.
func TestLoad(t *testing.T) {
	t.Parallel()

	name := filepath.Join(t.TempDir(), "mine.json")
	if _, err := profile.Load(name); err == nil || !strings.Contains(err.Error(), "neither one of cloud, legacy, onpremise nor a file") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(name, []byte(`{"version":1,"about":"mine","answers":{"row_cap":7}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	want := profile.Default() // All other answers are the default.
	want.RowCap = 7
	if as, err := profile.Load(name); err != nil || as != want {
		t.Errorf("%v, %s", err, cmp.Diff(want, as))
	}
}

func TestSet(t *testing.T) {
	t.Parallel()

	answers := profile.Answers{}
	for _, text := range []string{"row_cap=3", "remove_scope=all", `set_name="user.name"`, `member_removal=[]`, "user_lookups=false"} {
		if err := answers.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	want := profile.Answers{
		"row_cap": json.RawMessage("3"), "remove_scope": json.RawMessage(`"all"`), "set_name": json.RawMessage(`"user.name"`),
		"member_removal": json.RawMessage("[]"), "user_lookups": json.RawMessage("false"),
	}
	if diff := cmp.Diff(want, answers); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "row_cap", "=3", "row_cap=", "row_cap=many", "moon=1"} {
		if err := (profile.Answers{}).Set(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

// TestGuide wants the guide to list exactly the questions, in the last column of its tables, and its example to be valid.
func TestGuide(t *testing.T) {
	t.Parallel()

	guide, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile(`(?m)^\|.*\|([^|]*)\|$`).FindAllStringSubmatch(string(guide), -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			listed = append(listed, name[1])
		}
	}
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(slices.Values(profile.Questions())), slices.Compact(listed)); diff != "" {
		t.Errorf("questions of a profile (-), and of the guide (+): %s", diff)
	}
	_, example, _ := strings.Cut(string(guide), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	if file, err := profile.Parse([]byte(example)); err != nil || len(file.Answers) == 0 {
		t.Errorf("the example: %v, %v", file, err)
	}
}

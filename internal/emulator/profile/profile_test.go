// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package profile_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
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

// TestCommitted reads each profile that comes with the project: each differs from the others, says why for each of its
// answers, and has no answer that the default has anyhow.
func TestCommitted(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file, ".json"))
	}
	if diff := cmp.Diff(profile.Names(), names); diff != "" {
		t.Errorf("Names: %s", diff)
	}

	usual := profile.AnswersOf(profile.Default())
	seen := map[profile.Profile]string{profile.Default(): "the default"}
	for _, name := range profile.Names() {
		file, err := profile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		as, err := file.Profile()
		if err != nil {
			t.Fatal(err)
		}
		if other, found := seen[as]; found {
			t.Errorf("%s is the same as %s", name, other)
		}
		seen[as] = name
		if diff := cmp.Diff(slices.Sorted(maps.Keys(file.Answers)), slices.Sorted(maps.Keys(file.Why))); diff != "" {
			t.Errorf("%s: answers, and why they are: %s", name, diff)
		}
		for question, answer := range file.Answers {
			var compact bytes.Buffer
			if err := json.Compact(&compact, answer); err != nil {
				t.Fatal(err)
			}
			if compact.String() == string(usual[question]) {
				t.Errorf("%s: %s has the default's answer", name, question)
			}
		}
	}
}

// TestEveryQuestionIsExplained holds each field to a comment that begins with its name.
func TestEveryQuestionIsExplained(t *testing.T) {
	t.Parallel()

	source, err := parser.ParseFile(token.NewFileSet(), "profile.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	explained := 0
	ast.Inspect(source, func(node ast.Node) bool {
		spec, isType := node.(*ast.TypeSpec)
		if !isType || spec.Name.Name != "Profile" {
			return true
		}
		fields, isStruct := spec.Type.(*ast.StructType)
		if !isStruct {
			t.Fatal("Profile is no struct")
		}
		for _, field := range fields.Fields.List {
			if name := field.Names[0].Name; !strings.HasPrefix(field.Doc.Text(), name+" ") {
				t.Errorf("%s is not explained", name)
			}
			explained++
		}

		return false
	})
	if explained != len(profile.Questions()) {
		t.Errorf("%d fields, and %d questions", explained, len(profile.Questions()))
	}
}

func TestQuestionsAreNamedAlike(t *testing.T) {
	t.Parallel()

	form := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, name := range profile.Questions() {
		if !form.MatchString(name) {
			t.Errorf("odd name %q", name)
		}
	}
}

// TestFileComesBack writes and reads profiles of any answers.
func TestFileComesBack(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		want := drawProfile(t)
		file := profile.File{Version: profile.Version, About: rapid.String().Draw(t, "about"), Answers: profile.AnswersOf(want)}
		got, err := profile.Parse(file.Encode())
		if err != nil {
			t.Fatal(err)
		}
		as, err := got.Profile()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, as); diff != "" {
			t.Fatal(diff)
		}
	})
}

// drawProfile gives an answer of its own to each kind of question.
func drawProfile(t *rapid.T) profile.Profile {
	as := profile.Default()
	as.UserLookups = rapid.Bool().Draw(t, "user_lookups")
	as.RowCap = rapid.IntRange(0, 1000).Draw(t, "row_cap")
	as.SetUnknownUser = rapid.SampledFrom([]profile.Unknown{profile.UnknownRefused, profile.UnknownOK, profile.UnknownAdded}).Draw(t, "set_unknown_user")
	as.RemoveScope = rapid.SampledFrom([]profile.RemoveScope{profile.RemoveAppID, profile.RemoveAll}).Draw(t, "remove_scope")
	as.AddExistingName = rapid.SampledFrom([]profile.Upsert{profile.UpsertKept, profile.UpsertSet, profile.UpsertReset}).Draw(t, "add_existing_name")
	as.SetName = rapid.SampledFrom([]profile.SetName{profile.SetNameUser, profile.SetNameProfile, profile.SetNameBoth}).Draw(t, "set_name")
	as.MemberRemoval = profile.MemberRemoval(rapid.IntRange(0, int(profile.RemoveByAny)).Draw(t, "member_removal"))
	as.UnknownUser = profile.Refusal{Error: rapid.String().Draw(t, "error"), Code: rapid.IntRange(0, 599).Draw(t, "code")}
	as.RequestsPerSecond = rapid.Float64Range(0, 1e6).Draw(t, "requests_per_second")

	return as
}

// TestAbsentIsDefault has answers that are left out be those of the default.
func TestAbsentIsDefault(t *testing.T) {
	t.Parallel()

	file, err := profile.Parse([]byte(`{"version":1,"about":"","answers":{"row_cap":7}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := file.Profile()
	if err != nil {
		t.Fatal(err)
	}
	want := profile.Default()
	want.RowCap = 7
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()

	answer := func(text string) string { return `{"version":1,"about":"","answers":{` + text + `}}` }
	for name, tt := range map[string]struct{ content, want string }{
		"nothing":                {``, "EOF"},
		"no object":              {`[]`, "cannot unmarshal array"},
		"another version":        {`{"version":2,"answers":{}}`, "version is 2"},
		"no version":             {`{"answers":{}}`, "version is 0"},
		"an unknown member":      {`{"version":1,"answer":{}}`, `unknown field "answer"`},
		"something behind":       {`{"version":1,"answers":{}}{}`, "something follows"},
		"an unknown question":    {answer(`"moon":true`), `"moon" is no question`},
		"a question in capitals": {answer(`"ROW_CAP":1`), `"ROW_CAP" is no question`},
		"a word for a number":    {answer(`"row_cap":"many"`), "row_cap: "},
		"a negative number":      {answer(`"row_cap":-1`), "row_cap: it is negative"},
		"a negative rate":        {answer(`"requests_per_second":-1`), "requests_per_second: it is negative"},
		"an odd word":            {answer(`"remove_scope":"half"`), `remove_scope: "half" is none of`},
		"an odd name":            {answer(`"set_name":"x"`), `set_name: "x" is none of`},
		"an odd form":            {answer(`"member_removal":["x"]`), `member_removal: "x" is none of`},
		"a form for a list":      {answer(`"member_removal":"members.remove"`), "member_removal: "},
		"an odd upsert":          {answer(`"add_existing_name":"x"`), `add_existing_name: "x" is none of`},
		"an odd outcome":         {answer(`"set_unknown_user":"x"`), `set_unknown_user: "x" is none of`},
		"a deletion that adds":   {answer(`"delete_unknown_user":"added"`), `delete_unknown_user: "added" is none of`},
		"an odd refusal":         {answer(`"unknown_user":{"symbol":"X"}`), `unknown field "symbol"`},
		"null":                   {answer(`"row_cap":null`), "row_cap: an answer that is not known is left out"},
	} {
		if _, err := profile.Parse([]byte(tt.content)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// TestOpen reads a file beside the committed ones, and says what it tried when there is none.
func TestOpen(t *testing.T) {
	t.Parallel()

	name := filepath.Join(t.TempDir(), "mine.json")
	if _, err := profile.Open(name); err == nil || !strings.Contains(err.Error(), "neither one of cloud, legacy, onpremise nor a file") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(name, []byte(`{"version":1,"about":"mine","answers":{"row_cap":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if file, err := profile.Open(name); err != nil || file.About != "mine" {
		t.Errorf("got %v, %v", file, err)
	}
	if err := os.WriteFile(name, []byte(`{"version":1,"about":"mine","answers":{"moon":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := profile.Open(name); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("got %v", err)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()

	answers := profile.Answers{}
	for _, text := range []string{"row_cap=3", "remove_scope=all", `set_name="user.name"`, `member_removal=[]`} {
		if err := answers.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	got, err := profile.File{Version: profile.Version, Answers: answers}.Profile()
	if err != nil {
		t.Fatal(err)
	}
	want := profile.Default()
	want.RowCap, want.RemoveScope, want.SetName, want.MemberRemoval =
		3, profile.RemoveAll, profile.SetNameUser, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "row_cap", "=3", "row_cap=", "row_cap=many", "moon=1"} {
		if err := (profile.Answers{}).Set(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

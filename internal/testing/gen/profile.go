// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package gen draws profiles of servers for property tests.
package gen

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// fataler is a test, or a case that a property test draws.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// With returns the default profile with other answers, in JSON by question.
func With(t fataler, answers map[string]string) profile.Profile {
	t.Helper()

	file := profile.File{Answers: profile.Answers{}}
	for question, answer := range answers {
		file.Answers[question] = json.RawMessage(answer)
	}
	as, err := file.Profile()
	if err != nil {
		t.Fatal(err)
	}

	return as
}

// Alternatives returns the answers to each question, in JSON, that differ in a way that can be seen. It leaves out rates.
func Alternatives() map[string][]string {
	all := map[string][]string{}
	for question, answer := range profile.AnswersOf(profile.Default()) {
		switch {
		case string(answer) == "true" || string(answer) == "false":
			all[question] = []string{"true", "false"}
		case bytes.Contains(answer, []byte(`"code"`)):
			all[question] = []string{string(answer), `{"error":"GONE_1","code":0}`, `{"error":"TEAPOT","code":418}`, `{"error":"NOSUCH","code":410}`}
		case string(answer) == `"kept"`:
			all[question] = []string{`"kept"`, `"set"`, `"reset"`}
		case string(answer) == `"refused"` || string(answer) == `"ok"`:
			all[question] = []string{`"refused"`, `"ok"`}
		}
	}
	maps.Copy(all, map[string][]string{
		"missing_parameter": {`{"error":"MISSINGPARA","code":400}`, `{"error":"MISSINGPARA","code":0}`, `{"error":"NOSUCH","code":400}`},
		"max_body_bytes":    {"0", "8192"}, "set_unknown_user": {`"refused"`, `"ok"`, `"added"`},
		"set_name": {`"user.name"`, `"user.profile.name"`, `"both"`}, "remove_scope": {`"app_id"`, `"all"`},
		"row_cap": {"0", "12", "20"}, "group_expiry": {"0", "31536000"}, "member_cap": {"0", "12", "20"},
		"member_removal": {
			`[]`, `["members.remove"]`, `["members.permissions=null"]`, `["group.delete"]`, `["group.delete","members.remove"]`,
			`["group.delete","members.permissions=null"]`, `["members.permissions=null","members.remove"]`,
			`["group.delete","members.permissions=null","members.remove"]`,
		},
	})

	return all
}

// Draw draws an answer to each question that has alternatives.
func Draw(t *rapid.T, alternatives map[string][]string) profile.Profile {
	drawn := map[string]string{}
	for _, question := range slices.Sorted(maps.Keys(alternatives)) {
		drawn[question] = rapid.SampledFrom(alternatives[question]).Draw(t, question)
	}

	return With(t, drawn)
}

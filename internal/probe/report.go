// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// Answers returns what was seen, as a profile has it.
func (f *Findings) Answers() profile.Answers {
	answers := profile.Answers{}
	for name, value := range f.answers {
		encoded, err := json.Marshal(value)
		if err != nil {
			panic(err) // Answers are texts, numbers and booleans.
		}
		answers[name] = encoded
	}

	return answers
}

// Unseen returns why questions were not answered, by their names.
func (f *Findings) Unseen() map[string]string {
	unseen := map[string]string{}
	for _, q := range questions {
		if _, answered := f.answers[q.name]; !answered {
			unseen[q.name] = f.unseen[q.name]
		}
	}

	return unseen
}

// WriteTable writes each question with its answer, beside what is assumed.
func (f *Findings) WriteTable(w io.Writer, assumed profile.Profile) error {
	answers, unseen, expected := f.Answers(), f.Unseen(), profile.AnswersOf(assumed)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "QUESTION\tANSWER\tASSUMED\tVERDICT\tIN WORDS")
	same, different := 0, 0
	for _, q := range questions {
		answer, verdict := string(answers[q.name]), "same"
		switch {
		case answers[q.name] == nil:
			answer, verdict = "-", "not seen: "+unseen[q.name]
		case bytes.Equal(answers[q.name], expected[q.name]):
			same++
		default:
			verdict = "different"
			different++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", q.name, answer, expected[q.name], verdict, q.words)
	}
	for _, q := range notAsked {
		fmt.Fprintf(table, "%s\t-\t%s\tnot asked: %s\n", q.name, expected[q.name], q.words)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d as assumed, %d different, %d not seen, %d not asked\n", same, different, len(unseen), len(notAsked))

	return err
}

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

// Findings have an answer to each question, or why there is none. Of the server's words they contain symbols of errors only.
type Findings struct {
	Answers    profile.Answers
	Unanswered map[string]string
}

func (p *probe) findings() *Findings {
	f := &Findings{Answers: profile.Answers{}, Unanswered: map[string]string{}}
	for _, q := range questions {
		e := &evidence{probe: p}
		answer := q.answer(e)
		if e.err != nil {
			f.Unanswered[q.name] = e.err.Error()

			continue
		}
		encoded, err := json.Marshal(answer)
		if err != nil {
			panic(err) // Answers are strings, numbers and booleans.
		}
		f.Answers[q.name] = encoded
	}

	return f
}

// WriteTable writes each question with its answer beside the assumed one.
func (f *Findings) WriteTable(w io.Writer, assumed profile.Profile) error {
	expected := profile.AnswersOf(assumed)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "QUESTION\tANSWER\tASSUMED\tRESULT\tIN WORDS")
	same, different := 0, 0
	for _, q := range questions {
		answer, result := string(f.Answers[q.name]), "same"
		switch {
		case f.Answers[q.name] == nil:
			answer, result = "-", "not answered: "+f.Unanswered[q.name]
		case bytes.Equal(f.Answers[q.name], expected[q.name]):
			same++
		default:
			result = "different"
			different++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", q.name, answer, expected[q.name], result, q.words)
	}
	for _, q := range notAsked {
		fmt.Fprintf(table, "%s\t-\t%s\tnot asked: %s\n", q.name, expected[q.name], q.words)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d as assumed, %d different, %d not answered, %d not asked\n", same, different, len(f.Unanswered), len(notAsked))

	return err
}

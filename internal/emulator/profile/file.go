// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package profile

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
)

// Version is the version of the file format. It changes when a question changes its name or meaning.
const Version = 1

// A File is a profile as it is stored. It contains no secret.
type File struct {
	Version int               `json:"version"`
	About   string            `json:"about"`         // what the profile describes, in a sentence
	Answers Answers           `json:"answers"`       // the known answers; all others are those of [Default]
	Why     map[string]string `json:"why,omitempty"` // the source of each answer that did not come from the probe
}

// Answers are answers in JSON, by the name of the question.
type Answers map[string]json.RawMessage

// committed are the profiles that come with the project.
//
//go:embed *.json
var committed embed.FS

// Names returns the names of the committed profiles.
func Names() []string { return []string{"cloud", "legacy", "onpremise"} }

// Open reads a committed profile by its name, or a file.
func Open(name string) (File, error) {
	content, err := committed.ReadFile(name + ".json")
	if err != nil {
		content, err = os.ReadFile(name)
	}
	if err != nil {
		return File{}, fmt.Errorf("the profile is neither one of %s nor a file: %w", strings.Join(Names(), ", "), err)
	}
	file, err := Parse(content)
	if err != nil {
		return File{}, fmt.Errorf("the profile %s: %w", name, err)
	}

	return file, nil
}

// Load returns the profile that [Open] reads, or the default one if the name is empty.
func Load(name string) (Profile, error) {
	if name == "" {
		return Default(), nil
	}
	file, err := Open(name)
	if err != nil {
		return Profile{}, err
	}

	return file.Profile()
}

// Parse decodes a file. Unknown members and questions are errors, so that a misspelt one is noticed.
func Parse(content []byte) (File, error) {
	var file File
	if err := decode(content, &file); err != nil {
		return File{}, err
	}
	if file.Version != Version {
		return File{}, fmt.Errorf("its version is %d, and this program reads version %d", file.Version, Version)
	}
	_, err := file.Profile()

	return file, err
}

func decode(content []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}

	return nil
}

// Encode returns the file as it is stored: indented, with the answers in the order of their names.
func (f File) Encode() []byte {
	var indented bytes.Buffer
	json.Indent(&indented, encode(f), "", "  ") //nolint:errcheck // It is JSON.

	return append(indented.Bytes(), '\n')
}

// Profile returns [Default] with the answers of the file.
func (f File) Profile() (Profile, error) {
	profile := Default()
	if err := decode(encode(f.Answers), &profile); err != nil {
		return Profile{}, err
	}

	return profile, profile.check()
}

// Set adds an answer that is written as question=answer: in JSON, or as a word without quotes.
func (a Answers) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found {
		return errors.New("it is not question=answer")
	}
	a[name] = json.RawMessage(value)
	if !json.Valid(a[name]) {
		a[name] = encode(value)
	}
	_, err := File{Answers: Answers{name: a[name]}}.Profile()

	return err
}

// AnswersOf returns all answers of a profile.
func AnswersOf(profile Profile) Answers {
	var answers Answers
	if err := decode(encode(profile), &answers); err != nil {
		panic(err) // It is an object.
	}

	return answers
}

func encode(value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // The program made an answer that is not JSON.
	}

	return encoded
}

// Questions returns the names of all questions, in the order of the fields of [Profile].
func Questions() []string {
	var names []string
	for field := range reflect.TypeFor[Profile]().Fields() {
		names = append(names, field.Tag.Get("json"))
	}

	return names
}

// check refuses words that are unknown and numbers that are negative.
func (p Profile) check() error {
	for question, answer := range AnswersOf(p) {
		if answer[0] == '-' {
			return fmt.Errorf("%s: it is negative", question)
		}
		words := words[question]
		if word := strings.Trim(string(answer), `"`); words != nil && !slices.Contains(words, word) {
			return fmt.Errorf("%s: %q is none of %v", question, word, words)
		}
	}

	return nil
}

// words are the answers to the questions that are answered with a word.
var words = map[string][]string{
	"add_existing_name":    {"kept", "set", "reset"},
	"add_existing_active":  {"kept", "set", "reset"},
	"set_name":             {"user.name", "user.profile.name", "both"},
	"set_unknown_user":     {"refused", "ok", "added"},
	"delete_unknown_user":  {"refused", "ok"},
	"remove_scope":         {"app_id", "all"},
	"set_unknown_group":    {"refused", "ok"},
	"delete_unknown_group": {"refused", "ok"},
	"remove_non_member":    {"refused", "ok"},
}

// removalForms are the names of the forms in a file.
var removalForms = []string{"members.remove", "members.permissions=null", "group.delete"} // in the order of their bits

// MarshalJSON writes a list of forms.
func (m MemberRemoval) MarshalJSON() ([]byte, error) {
	forms := []string{}
	for bit, form := range removalForms {
		if m&(1<<bit) != 0 {
			forms = append(forms, form)
		}
	}
	slices.Sort(forms)

	return json.Marshal(forms)
}

// UnmarshalJSON reads a list of forms.
func (m *MemberRemoval) UnmarshalJSON(data []byte) error {
	var forms []string
	if err := json.Unmarshal(data, &forms); err != nil {
		return err
	}
	*m = 0
	for _, form := range forms {
		bit := slices.Index(removalForms, form)
		if bit < 0 {
			return fmt.Errorf("%q is none of %v", form, removalForms)
		}
		*m |= 1 << bit
	}

	return nil
}

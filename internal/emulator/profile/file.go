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
	"maps"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
)

// Version is that of the file format. It changes when an answer changes its name or meaning.
const Version = 1

// A File is a profile as it is kept. It holds no secret.
type File struct {
	Version int `json:"version"`
	// About says in a sentence whose profile it is.
	About string `json:"about"`
	// Answers are those that are known, by the name of the question; any other is that of [Default].
	Answers Answers `json:"answers"`
	// Why has the source of each answer, where it is not the probe.
	Why map[string]string `json:"why,omitempty"`
}

// Answers are answers by the name of the question, in JSON.
type Answers map[string]json.RawMessage

// committed are the profiles that come with the project.
//
//go:embed cloud.json onpremise.json legacy.json
var committed embed.FS

// Names returns the names of the committed profiles.
func Names() []string {
	return []string{"cloud", "legacy", "onpremise"}
}

// Open reads a committed profile by its name, or a file.
func Open(name string) (File, error) {
	var content []byte
	var err error
	if slices.Contains(Names(), name) {
		content, err = committed.ReadFile(path.Base(name) + ".json")
	} else {
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

// Load returns the committed profile of a name, or that of a file; without a name, the default one.
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

// Parse reads a file. What it does not know is an error: a misspelt question would change nothing.
func Parse(content []byte) (File, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var file File
	if err := decoder.Decode(&file); err != nil {
		return File{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return File{}, errors.New("something follows the object")
	}
	if file.Version != Version {
		return File{}, fmt.Errorf("its version is %d, and this program reads version %d", file.Version, Version)
	}
	if _, err := file.Profile(); err != nil {
		return File{}, err
	}

	return file, nil
}

// Encode returns the file as it is kept: indented, with the answers in the order of their names.
func (f File) Encode() []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(f); err != nil {
		panic(err) // An answer that is no JSON is a mistake of the program.
	}

	return body.Bytes()
}

// Profile returns [Default] with the answers of the file.
func (f File) Profile() (Profile, error) {
	return f.Answers.over(Default())
}

// Set adds an answer that is written as question=answer: in JSON, or as a word that stands for itself.
func (a Answers) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found {
		return errors.New("it is not question=answer")
	}
	if !json.Valid([]byte(value)) {
		quoted, err := json.Marshal(value)
		if err != nil {
			return err
		}
		value = string(quoted)
	}
	a[name] = json.RawMessage(value)
	_, err := Answers{name: a[name]}.over(Default())

	return err
}

// over returns the profile with the answers in place of its own.
func (a Answers) over(profile Profile) (Profile, error) {
	questions := Questions()
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if !slices.Contains(questions, name) {
			return Profile{}, fmt.Errorf("%q is no question of a profile", name)
		}
		one, err := json.Marshal(Answers{name: a[name]})
		if err != nil {
			return Profile{}, fmt.Errorf("%s: %w", name, err)
		}
		decoder := json.NewDecoder(bytes.NewReader(one))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&profile); err != nil {
			return Profile{}, fmt.Errorf("%s: %w", name, err)
		}
		if bytes.Equal(bytes.TrimSpace(a[name]), []byte("null")) {
			return Profile{}, fmt.Errorf("%s: an answer that is not known is left out, and not null", name)
		}
	}

	return profile, profile.check()
}

// AnswersOf returns the whole of a profile.
func AnswersOf(profile Profile) Answers {
	encoded, err := json.Marshal(profile)
	if err != nil {
		panic(err) // A profile is made of texts, numbers and booleans.
	}
	var answers Answers
	if err := json.Unmarshal(encoded, &answers); err != nil {
		panic(err)
	}

	return answers
}

// Questions returns the names of all questions, in the order of [Profile].
func Questions() []string {
	var names []string
	for field := range reflect.TypeFor[Profile]().Fields() {
		names = append(names, field.Tag.Get("json"))
	}

	return names
}

// check refuses answers that make no sense.
func (p Profile) check() error {
	for name, limit := range map[string]int{
		"max_body_bytes": p.MaxBodyBytes, "row_cap": p.RowCap, "member_cap": p.MemberCap, "token_breach_after": p.TokenBreachAfter,
	} {
		if limit < 0 {
			return fmt.Errorf("%s: it is negative", name)
		}
	}
	if !(p.RequestsPerSecond >= 0) { // so that NaN is refused too
		return errors.New("requests_per_second: it is negative")
	}
	outcomes, upserts := []Unknown{UnknownRefused, UnknownOK}, []Upsert{UpsertKept, UpsertSet, UpsertReset}

	return errors.Join(
		oneOf("add_existing_name", p.AddExistingName, upserts...),
		oneOf("add_existing_active", p.AddExistingActive, upserts...),
		oneOf("set_name", p.SetName, SetNameUser, SetNameProfile, SetNameBoth),
		oneOf("set_unknown_user", p.SetUnknownUser, append(outcomes, UnknownAdded)...),
		oneOf("delete_unknown_user", p.DeleteUnknownUser, outcomes...),
		oneOf("remove_scope", p.RemoveScope, RemoveAppID, RemoveAll),
		oneOf("set_unknown_group", p.SetUnknownGroup, outcomes...),
		oneOf("delete_unknown_group", p.DeleteUnknownGroup, outcomes...),
		oneOf("remove_non_member", p.RemoveNonMember, outcomes...),
	)
}

func oneOf[T ~string](name string, answer T, words ...T) error {
	if !slices.Contains(words, answer) {
		return fmt.Errorf("%s: %q is none of %v", name, answer, words)
	}

	return nil
}

// removalForms are the forms by the names that stand in a file.
var removalForms = map[string]MemberRemoval{
	"members.remove": RemoveByRemove, "members.permissions=null": RemoveByNullPermissions, "group.delete": RemoveByDelete,
}

// MarshalJSON writes a list of forms.
func (m MemberRemoval) MarshalJSON() ([]byte, error) {
	forms := []string{}
	for _, form := range slices.Sorted(maps.Keys(removalForms)) {
		if m&removalForms[form] != 0 {
			forms = append(forms, form)
		}
	}

	return json.Marshal(forms)
}

// UnmarshalJSON reads a list of forms.
func (m *MemberRemoval) UnmarshalJSON(data []byte) error {
	var forms []string
	if err := json.Unmarshal(data, &forms); err != nil {
		return err
	}
	*m = 0
	for _, name := range forms {
		form, known := removalForms[name]
		if !known {
			return fmt.Errorf("%q is none of %v", name, slices.Sorted(maps.Keys(removalForms)))
		}
		*m |= form
	}

	return nil
}

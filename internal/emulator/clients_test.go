// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bufio"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// TestClients sends what real clients send, byte for byte, and compares the replies and what the server has afterwards. The
// README.md beside the recordings explains their format. Each client has its own server.
func TestClients(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("testdata/clients/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	readme := read(t, "testdata/clients/README.md")
	for _, match := range regexp.MustCompile(`(?m)^\| \x60([^\x60]+)\x60 \|`).FindAllStringSubmatch(readme, -1) {
		listed = append(listed, "testdata/clients/"+match[1])
	}
	expect(t, files, slices.Sorted(slices.Values(listed)))

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()

			e, kept := newEmulator(), values{}
			for _, x := range recordings(t, file) {
				t.Log(x.name)
				request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(x.request(t, kept))))
				if err != nil {
					t.Fatal(err)
				}
				got := exchange(t, e, request)
				for name, path := range x.keep {
					value := any(got)
					for member := range strings.SplitSeq(path, ".") {
						outer, _ := value.(object)
						value = outer[member]
					}
					kept[name] = fmt.Sprint(value)
				}
				expect(t, got, decode(t, kept.fill(t, x.parts[1])))
				expect(t, contents(t, e), strings.Split(kept.fill(t, x.parts[2]), "\n"))
				if t.Failed() {
					return // The next exchanges depend on this one.
				}
			}
		})
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	return string(content)
}

// A recording is a request of a client with its effect.
type recording struct {
	name  string
	keep  map[string]string // paths in the reply, by the name of the placeholder
	parts []string          // the request, with an empty line before its body; the reply in JSON; what the server has then
}

func recordings(t *testing.T, file string) []recording {
	t.Helper()
	about, rest, _ := strings.Cut(strings.TrimSuffix(read(t, file), "\n"), "\n\n=== ")
	if !strings.Contains(about, "\n# Source: ") || !strings.Contains(about, "\n# Head: ") {
		t.Fatal("a source or what adds the head is missing")
	}
	var all []recording
	for text := range strings.SplitSeq(rest, "\n\n=== ") {
		notes, rest, _ := strings.Cut(text, "\n\n")
		x := recording{keep: map[string]string{}, parts: strings.Split(rest, "\n---\n")}
		x.name, notes, _ = strings.Cut(notes, "\n")
		if len(x.parts) != 3 || !strings.Contains(notes, "sent by: ") || !strings.Contains(notes, "\nanswered as: ") {
			t.Fatalf("%s: incomplete", x.name)
		}
		_, keep, _ := strings.Cut(notes, "\nkeep: ")
		for kept := range strings.FieldsSeq(keep) {
			name, path, _ := strings.Cut(kept, "=")
			x.keep[name] = path
		}
		all = append(all, x)
	}

	return all
}

// request returns the request as it goes over the wire.
func (x recording) request(t *testing.T, kept values) string {
	t.Helper()
	head, body, _ := strings.Cut(x.parts[0], "\n\n")
	body = kept.fill(t, body)
	filled := maps.Clone(kept)
	filled["length"] = strconv.Itoa(len(body))

	return strings.ReplaceAll(filled.fill(t, head), "\n", "\r\n") + "\r\n\r\n" + body
}

// values are the values of placeholders.
type values map[string]string

var placeholder = regexp.MustCompile(`\{\{[^{}]*\}\}`)

func (v values) fill(t *testing.T, text string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		value, known := v[strings.Trim(found, "{}")]
		if !known {
			t.Fatalf("%s has no value", found)
		}

		return value
	})
}

// contents returns a line for each user, group and message of the app.
func contents(t *testing.T, e *emulator.Emulator) []string {
	t.Helper()
	var lines []string
	for _, user := range e.Users(appToken) {
		line := fmt.Sprintf("user %s, name %q, flags %v, active %t", user.Address, user.Name, rows(t, e, user.Address)[0]["flags"], user.Active)
		for _, appID := range slices.Sorted(maps.Keys(user.Tokens)) {
			line += fmt.Sprintf(", token for %q of %d minutes", appID, user.Tokens[appID].ExpiryMinutes)
		}
		lines = append(lines, line)
	}
	for _, group := range e.Groups(appToken) {
		line := fmt.Sprintf("group %s, name %q, flags %d, active %t", group.GID, group.Name, group.Flags, group.Active)
		for _, address := range slices.Sorted(maps.Keys(group.Members)) {
			line += ", " + address
			may := group.Members[address]
			for i, given := range []bool{may.Send, may.Receive, may.Publish, may.Subscribe, may.List} {
				if given {
					line += " " + []string{"send", "recv", "pub", "sub", "list"}[i]
				}
			}
		}
		lines = append(lines, line)
	}
	for _, message := range e.Messages(appToken) {
		to := strings.Join(message.To, ", ")
		if message.GID != "" {
			to = "group " + message.GID
		}
		lines = append(lines, fmt.Sprintf("message from %s to %s, type %d, for %d seconds: %q",
			message.From, to, message.Type, message.Expiry, message.Text))
	}
	if lines == nil {
		return []string{"nothing"}
	}

	return lines
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// clients is where the requests of real clients are; its README.md says what the files look like.
const clients = "testdata/clients"

// TestClients sends what real clients send, byte for byte. Each client has a server to itself, and what it does first
// is there for what it does next.
func TestClients(t *testing.T) {
	t.Parallel()

	for _, file := range clientFiles(t) {
		t.Run(strings.TrimSuffix(file, ".txt"), func(t *testing.T) {
			t.Parallel()

			exchanges := readRecording(t, file)
			server := start(t)
			kept := values{}
			for _, x := range exchanges {
				t.Logf("%s", x.name)
				got := x.send(t, server, kept)
				for name, path := range x.keep {
					kept[name] = look(t, got, path)
				}
				expect(t, got, decode(t, kept.fill(t, x.reply)))
				expect(t, holdings(t, server.Emulator), strings.Split(kept.fill(t, x.holds), "\n"))
				if t.Failed() {
					return // What follows builds on it.
				}
			}
		})
	}
}

// clientFiles returns the recordings. README.md names each of them, and nothing else is there.
func clientFiles(t *testing.T) []string {
	t.Helper()

	readme, err := os.ReadFile(filepath.Join(clients, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, match := range regexp.MustCompile(`(?m)^\| \x60([^\x60]+)\x60 \|`).FindAllStringSubmatch(string(readme), -1) {
		named = append(named, match[1])
	}

	entries, err := os.ReadDir(clients)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		if entry.Name() != "README.md" {
			found = append(found, entry.Name())
		}
	}
	slices.Sort(named)
	expect(t, found, named)
	if len(found) == 0 {
		t.Fatal("there are no recordings")
	}

	return found
}

// A recorded exchange is a request of a client, with what has to come of it.
type recorded struct {
	name    string
	request string            // the head, its lines ended by line feeds alone; an empty line; the body
	keep    map[string]string // where in the reply the values of placeholders are
	reply   string            // JSON
	holds   string            // what the server holds then
}

// readRecording reads a file, which has to be as README.md says.
func readRecording(t *testing.T, file string) []recorded {
	t.Helper()

	text, err := os.ReadFile(filepath.Join(clients, file))
	if err != nil {
		t.Fatal(err)
	}
	about, rest, _ := strings.Cut(strings.TrimSuffix(string(text), "\n"), "\n\n=== ")
	for _, wanted := range []string{"# ", "\n# Source: ", "\n# Head: "} {
		if !strings.Contains(about, wanted) {
			t.Fatalf("%s: no line begins with %q", file, strings.TrimSpace(wanted))
		}
	}
	var exchanges []recorded
	for part := range strings.SplitSeq(rest, "\n\n=== ") {
		x, err := parseRecorded(part)
		if err != nil {
			t.Fatalf("%s: %q: %v", file, x.name, err)
		}
		exchanges = append(exchanges, x)
	}

	return exchanges
}

func parseRecorded(text string) (recorded, error) {
	notes, rest, _ := strings.Cut(text, "\n\n")
	parts := strings.Split(rest, "\n---\n")
	name, notes, _ := strings.Cut(notes, "\n")
	x := recorded{name: name, keep: map[string]string{}}
	if len(parts) != 3 {
		return x, fmt.Errorf("%d parts, not a request, a reply and what is held then", len(parts))
	}
	x.request, x.reply, x.holds = parts[0], parts[1], parts[2]

	said := map[string]string{}
	for line := range strings.SplitSeq(notes, "\n") {
		what, value, _ := strings.Cut(line, ": ")
		said[what] = value
	}
	for kept := range strings.FieldsSeq(said["keep"]) {
		value, path, _ := strings.Cut(kept, "=")
		x.keep[value] = path
		if !strings.Contains(x.reply, "{{"+value+"}}") {
			return x, fmt.Errorf("the reply has no %s to keep", value)
		}
	}
	if delete(said, "keep"); len(said) != 2 || said["sent by"] == "" || said["answered as"] == "" {
		return x, fmt.Errorf("not one line for who sends it and one for who says how it is answered: %v", said)
	}

	return x, nil
}

// send sends the request over a connection of its own, and returns the reply.
func (x recorded) send(t *testing.T, server *emulator.Server, kept values) object {
	t.Helper()

	endpoint, err := url.Parse(server.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", endpoint.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if err = connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err = io.WriteString(connection, x.bytes(t, kept)); err != nil {
		t.Fatal(err)
	}

	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("status %d, content type %q: %s", response.StatusCode, response.Header.Get("Content-Type"), body)
	}

	return decode(t, string(body))
}

// bytes returns the request as it goes over the wire.
func (x recorded) bytes(t *testing.T, kept values) string {
	t.Helper()

	head, body, _ := strings.Cut(x.request, "\n\n")
	body = kept.fill(t, body)
	filled := maps.Clone(kept)
	filled["length"] = strconv.Itoa(len(body))

	return strings.ReplaceAll(filled.fill(t, head), "\n", "\r\n") + "\r\n\r\n" + body
}

// values are what placeholders stand for.
type values map[string]string

var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// fill puts values in the place of placeholders, all of which have to have one.
func (v values) fill(t *testing.T, text string) string {
	t.Helper()

	filled := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		value, known := v[strings.Trim(found, "{}")]
		if !known {
			t.Fatalf("nothing is known of %s", found)
		}

		return value
	})
	if strings.Contains(filled, "{{") {
		t.Fatalf("a placeholder has no end: %s", filled)
	}

	return filled
}

// look returns the text or the number at a path of a reply.
func look(t *testing.T, reply object, path string) string {
	t.Helper()

	var found any = reply
	for step := range strings.SplitSeq(path, ".") {
		inner, _ := found.(object)
		found = inner[step]
	}
	switch found := found.(type) {
	case string:
		if found != "" {
			return found
		}
	case json.Number:
		return found.String()
	}
	t.Fatalf("%s is not in the reply: %v", path, reply)

	return ""
}

// holdings says in a line each what users, groups and messages the app has.
func holdings(t *testing.T, e *emulator.Emulator) []string {
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
			line += ", " + address + abilities(group.Members[address])
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

// abilities says what a member of a group may do.
func abilities(may emulator.Permissions) string {
	said := ""
	for _, ability := range []struct {
		name  string
		given bool
	}{{"send", may.Send}, {"recv", may.Receive}, {"pub", may.Publish}, {"sub", may.Subscribe}, {"list", may.List}} {
		if ability.given {
			said += " " + ability.name
		}
	}

	return said
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// journal is what there is to clean up, kept in a file that is there as long as there is anything. No secret is in it.
type journal struct {
	file string

	mu      sync.Mutex
	entries entries
	gone    map[string]bool // gids of groups that were made here and deleted
}

// entries are what is in the file.
type entries struct {
	Host   string            `json:"host"`             // of the endpoint
	Users  map[string]bool   `json:"users,omitempty"`  // by address
	Groups map[string]string `json:"groups,omitempty"` // names by gid
	Lost   string            `json:"lost,omitempty"`   // name of a group that may have been made, with a gid that nobody knows
}

// openJournal reads the file, if there is one. It has to be about the same server.
func openJournal(file, host string) (*journal, error) {
	j := &journal{file: file, gone: map[string]bool{}}
	content, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(content, &j.entries)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		j.entries.Host = host
	case err != nil:
		return nil, fmt.Errorf("%s does not say what a run before has left: %w", file, err)
	case j.entries.Host != host:
		return nil, fmt.Errorf("a run has left something on %s, as %s says: clean up there first, or delete the file", j.entries.Host, file)
	}
	if j.entries.Users == nil {
		j.entries.Users = map[string]bool{}
	}
	if j.entries.Groups == nil {
		j.entries.Groups = map[string]string{}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(j.entries.Users)), slices.Collect(maps.Values(j.entries.Groups))) {
		if !strings.HasPrefix(name, Prefix) {
			return nil, fmt.Errorf("%s names something that was not made here", file)
		}
	}

	return j, nil
}

// empty tells whether there is nothing to clean up.
func (j *journal) empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.entries.empty()
}

func (e entries) empty() bool { return len(e.Users) == 0 && len(e.Groups) == 0 && e.Lost == "" }

// size is how many requests it takes to clean up.
func (j *journal) size() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	size := len(j.entries.Users) + len(j.entries.Groups)
	if j.entries.Lost != "" {
		size += 2 // It has to be looked for.
	}

	return size
}

// made tells whether a group was made here.
func (j *journal) made(gid string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, there := j.entries.Groups[gid]

	return there || j.gone[gid]
}

// before writes down what a request would make.
func (j *journal) before(c call) error {
	return j.change(func(e *entries) {
		switch {
		case c.op == "useradd" && c.address != "", c.op == "userset":
			e.Users[c.address] = true // A userset might add a user; nobody knows.
		case c.op == "groupadd":
			e.Lost = c.name
		}
	})
}

// after writes down what became of it.
func (j *journal) after(c call, reply Reply) error {
	return j.change(func(e *entries) {
		done := reply.OK()
		gone := done || reply.refuses() // For what is not there may not be deleted.
		switch {
		case c.op == "useradd" && done:
			if address := addressIn(reply); strings.HasPrefix(address, Prefix) {
				e.Users[address] = true // A server may have shortened it, say.
			}
		case c.op == "groupadd" && done:
			if gid := gidIn(reply); gid != "" {
				e.Groups[gid], e.Lost = e.Lost, ""
			}
		case c.op == "groupadd" && (reply.refuses() || reply.Status == http.StatusTooManyRequests):
			e.Lost = ""
		case c.op == "userdel" && gone:
			delete(e.Users, c.address)
		case c.op == "groupdel" && gone:
			delete(e.Groups, c.gid)
			j.gone[c.gid] = true
		}
	})
}

// addressIn returns the address in a reply to useradd, if it has one.
func addressIn(reply Reply) string {
	user, _ := reply.Members["user"].(Object)
	address, _ := user["address"].(string)

	return address
}

// gidIn returns the gid in a reply to groupadd.
func gidIn(reply Reply) string {
	group, _ := reply.Members["group"].(Object)

	return gidOf(group)
}

// gidOf returns the gid of a group, which is a number or a text.
func gidOf(group Object) string {
	switch gid := group["gid"].(type) {
	case json.Number:
		return gid.String()
	case string:
		return gid
	default:
		return ""
	}
}

// found writes down that a server has users and groups of ours.
func (j *journal) found(users []string, groups map[string]string) error {
	return j.change(func(e *entries) {
		for _, address := range users {
			e.Users[address] = true
		}
		maps.Copy(e.Groups, groups)
	})
}

// forgetLost gives up on a group that may have been made.
func (j *journal) forgetLost() error {
	return j.change(func(e *entries) { e.Lost = "" })
}

// left returns what there is to clean up.
func (j *journal) left() (users, gids []string, lost string) {
	j.mu.Lock()
	defer j.mu.Unlock()

	return slices.Sorted(maps.Keys(j.entries.Users)), slices.Sorted(maps.Keys(j.entries.Groups)), j.entries.Lost
}

// change changes the entries, and then the file, which is replaced as a whole. It goes when nothing is left to clean up.
func (j *journal) change(change func(*entries)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	before, err := json.Marshal(j.entries)
	if err != nil {
		return err
	}
	change(&j.entries)
	content, err := json.MarshalIndent(j.entries, "", "  ")
	if err != nil {
		return err
	}
	if after, err := json.Marshal(j.entries); err != nil || string(after) == string(before) {
		return err
	}
	if j.entries.empty() {
		if err := os.Remove(j.file); !errors.Is(err, fs.ErrNotExist) {
			return err
		}

		return nil
	}
	unfinished := filepath.Join(filepath.Dir(j.file), "."+filepath.Base(j.file)+".tmp")
	if err := os.WriteFile(unfinished, append(content, '\n'), 0o600); err != nil {
		return err
	}

	return os.Rename(unfinished, j.file)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package disposable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// journal is what there is to clean up, kept in a file that is there as long as there is anything. No secret is in it.
type journal struct {
	file string

	mu     sync.Mutex
	Host   string          `json:"host"` // of the endpoint
	Users  map[string]bool `json:"users"`
	Groups map[string]bool `json:"groups"`
	Lost   bool            `json:"lost"` // a groupadd was sent and not answered
	gone   map[string]bool // groups that were made here and deleted
}

// openJournal reads the file, if there is one. It has to be about the same server.
func openJournal(file, endpoint string) (*journal, error) {
	parsed, err := url.Parse(endpoint)
	if err != nil || parsed.Host == "" {
		return nil, errors.New("the endpoint is not a URL")
	}
	j := &journal{file: file, Host: parsed.Host, gone: map[string]bool{}}
	content, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("what a run before has left: %w", err)
	default:
		if err := json.Unmarshal(content, j); err != nil {
			return nil, fmt.Errorf("%s is not what a run before has left: %w", file, err)
		}
		if j.Host != parsed.Host {
			return nil, fmt.Errorf("%s is about %s, where a run has left something; run it there again, or delete the file", file, j.Host)
		}
	}
	if j.Users == nil {
		j.Users = map[string]bool{}
	}
	if j.Groups == nil {
		j.Groups = map[string]bool{}
	}
	for address := range j.Users {
		if !strings.HasPrefix(address, Prefix) {
			return nil, fmt.Errorf("%s names a user that was not made here", file)
		}
	}

	return j, nil
}

func (j *journal) empty() bool { return j.size() == 0 && !j.Lost }

// size is how many requests it takes to clean up.
func (j *journal) size() int {
	j.mu.Lock()
	defer j.mu.Unlock()

	return len(j.Users) + len(j.Groups)
}

// made tells whether a group was made here.
func (j *journal) made(gid string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()

	return gid != "" && (j.Groups[gid] || j.gone[gid])
}

// before writes down what a request would make.
func (j *journal) before(c call) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case c.op == "useradd" && c.user, c.op == "userset":
		j.Users[c.address] = true // A userset might add a user; nobody knows.
	case c.op == "groupadd":
		j.Lost = true
	default:
		return nil
	}

	return j.save()
}

// after writes down what became of it.
func (j *journal) after(c call, ok, refused bool, gid string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case c.op == "groupadd":
		j.Lost = ok && gid == ""
		if ok && gid != "" {
			j.Groups[gid] = true
		}
	case c.op == "userdel" && (ok || refused):
		delete(j.Users, c.address)
	case c.op == "groupdel" && (ok || refused):
		delete(j.Groups, c.gid)
		j.gone[c.gid] = true
	default:
		return nil
	}

	return j.save()
}

// save replaces the file, or removes it when there is nothing left to clean up.
func (j *journal) save() error {
	if len(j.Users) == 0 && len(j.Groups) == 0 && !j.Lost {
		if err := os.Remove(j.file); !errors.Is(err, fs.ErrNotExist) {
			return err
		}

		return nil
	}
	content, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	unfinished := filepath.Join(filepath.Dir(j.file), "."+filepath.Base(j.file)+".tmp")
	if err := os.WriteFile(unfinished, content, 0o600); err != nil {
		return err
	}

	return os.Rename(unfinished, j.file)
}

// CleanUp deletes what was made, by this run and by runs before whose journal is there. What it could not delete stays in
// the journal.
func (a *App) CleanUp(ctx context.Context) error {
	a.journal.mu.Lock()
	users := slices.Sorted(maps.Keys(a.journal.Users))
	groups := slices.Sorted(maps.Keys(a.journal.Groups))
	a.journal.mu.Unlock()

	var failures []error
	for _, gid := range groups {
		failures = append(failures, a.delete(ctx, "groupdel", Object{"group": Object{"gid": json.Number(gid)}}))
	}
	for _, address := range users {
		failures = append(failures, a.delete(ctx, "userdel", Object{"user": Object{"address": address}}))
	}

	return errors.Join(failures...)
}

func (a *App) delete(ctx context.Context, op string, members Object) error {
	_, err := a.Call(ctx, op, members)

	return err
}

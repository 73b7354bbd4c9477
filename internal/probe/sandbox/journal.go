// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A journal records what is left to delete. Its file exists only while there is something, and contains no secret.
type journal struct {
	file string

	mu      sync.Mutex
	entries entries
	deleted map[string]bool // gids and uids of groups and users that were created here
	byUID   bool            // see deletesByUID
}

// entries are the content of the file.
type entries struct {
	Host   string            `json:"host"`             // of the endpoint
	Users  map[string]string `json:"users,omitempty"`  // uids by address, empty when unknown
	Groups map[string]string `json:"groups,omitempty"` // names by gid
	Lost   string            `json:"lost,omitempty"`   // name of a group that may have been created, with an unknown gid
}

// openJournal reads the file, if there is one. It must be about the same server and name nothing of others.
func openJournal(file, host string) (*journal, error) {
	j := &journal{
		file: file, deleted: map[string]bool{},
		entries: entries{Host: host, Users: map[string]string{}, Groups: map[string]string{}},
	}
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &j.entries)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal %s: %w", file, err)
	}
	if j.entries.Host != host {
		return nil, fmt.Errorf("an earlier run has left something on %s, says the journal %s: clean up there first, or delete the file", j.entries.Host, file)
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(j.entries.Users)), slices.Collect(maps.Values(j.entries.Groups))) {
		if !strings.HasPrefix(name, Prefix) {
			return nil, fmt.Errorf("the journal %s names something that was not created here", file)
		}
	}

	return j, nil
}

// left returns a copy of the entries.
func (j *journal) left() entries {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.entries.clone()
}

func (e entries) clone() entries {
	e.Users, e.Groups = maps.Clone(e.Users), maps.Clone(e.Groups)

	return e
}

// cost returns how many requests clean-up needs.
func (e entries) cost() int {
	cost := len(e.Users) + len(e.Groups)
	if len(e.Users) > 0 {
		cost++ // The first may be asked for by address and by uid.
	}
	if e.Lost != "" {
		cost += 2 // It has to be looked up first.
	}

	return cost
}

// created reports whether a group was created here, deleted or not.
func (j *journal) created(gid string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.entries.Groups[gid] != "" || j.deleted[gid]
}

// createdUser reports whether the user with this uid was created here, deleted or not.
func (j *journal) createdUser(uid string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()

	return uid != "" && (slices.Contains(slices.Collect(maps.Values(j.entries.Users)), uid) || j.deleted["user "+uid])
}

// deletesByUID reports whether the server has deleted a user by uid that it did not find by address.
func (j *journal) deletesByUID() bool {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.byUID
}

// addPending adds what a request may create.
func (e *entries) addPending(r request) {
	switch {
	case r.op == "groupadd":
		e.Lost = r.name
	case r.address != "" && (r.op == "useradd" || r.op == "userset"): // It is not known whether userset adds users.
		e.Users[r.address] += "" // A uid that is known stays.
	}
}

// addOutcome changes the entries by what a request has created or deleted.
func (j *journal) addOutcome(e *entries, r request, reply Reply) {
	switch gone := reply.OK() || reply.Refused(); { // Refused, because it does not exist. Clean-up looks again.
	case r.op == "useradd" && reply.OK() && r.address != "":
		e.Users[r.address] = Text(reply.Object("user")["uid"])
	case r.op == "userdel" && gone:
		j.addDeletedUser(e, r, reply)
	case r.op == "groupadd" && reply.OK():
		if gid := Text(reply.Object("group")["gid"]); gid != "" {
			e.Groups[gid], e.Lost = r.name, ""
		}
	case r.op == "groupadd" && (reply.Refused() || reply.rateLimited()):
		e.Lost = ""
	case r.op == "groupdel" && gone:
		delete(e.Groups, r.gid)
		j.deleted[r.gid] = true
	}
}

// addDeletedUser is addOutcome of a userdel. A user that the server does not take an address for is still there.
func (j *journal) addDeletedUser(e *entries, r request, reply Reply) {
	switch {
	case r.uid != "":
		maps.DeleteFunc(e.Users, func(_, uid string) bool { return uid == r.uid })
		j.deleted["user "+r.uid] = true
		j.byUID = j.byUID || reply.OK()
	case !reply.MissesParameter():
		delete(e.Users, r.address)
	}
}

// addListed records those of the listed users and groups whose names begin with [Prefix], and returns their addresses and gids.
func (j *journal) addListed(users, groups []Object) (names []string, err error) {
	err = j.change(func(e *entries) {
		for _, user := range users {
			if address := Text(user["address"]); strings.HasPrefix(address, Prefix) {
				e.Users[address] = Text(user["uid"])
				names = append(names, address)
			}
		}
		for _, group := range groups {
			if gid, name := Text(group["gid"]), Text(group["name"]); gid != "" && strings.HasPrefix(name, Prefix) {
				e.Groups[gid] = name
				names = append(names, gid)
			}
		}
	})
	slices.Sort(names)

	return slices.Compact(names), err // A user may have several rows.
}

// change changes the entries and replaces the file as a whole, or removes it when nothing is left.
func (j *journal) change(change func(*entries)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	before := j.entries.clone()
	change(&j.entries)
	if reflect.DeepEqual(before, j.entries) {
		return nil
	}
	if j.entries.cost() == 0 {
		if err := os.Remove(j.file); !errors.Is(err, fs.ErrNotExist) {
			return err
		}

		return nil
	}
	content, err := json.MarshalIndent(j.entries, "", "  ")
	if err != nil {
		return err
	}
	unfinished := filepath.Join(filepath.Dir(j.file), "."+filepath.Base(j.file)+".tmp")
	if err := os.WriteFile(unfinished, append(content, '\n'), 0o600); err != nil {
		return err
	}

	return os.Rename(unfinished, j.file)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CleanUp deletes what the journal lists, of this run and of earlier ones. What it cannot delete stays in the journal and is
// an error.
func (a *App) CleanUp(ctx context.Context) error {
	failed := []error{a.findLostGroup(ctx)}
	var refused []string
	inARow := 0
	for _, d := range a.deletions() {
		reply, err := d.send(ctx)
		switch {
		case err != nil:
		case reply.Refused():
			refused = append(refused, d.name)
		case !reply.OK():
			err = a.unexpected(reply)
		}
		if err == nil {
			inARow = 0

			continue
		}
		failed = append(failed, fmt.Errorf("%w: %s: %w", ErrNotDeleted, d.name, err))
		inARow++
		// A server that has not answered twice will not answer the next request; other errors do not go away.
		if inARow == 2 || !errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrUnexpectedResponse) {
			return errors.Join(failed...)
		}
	}

	return errors.Join(append(failed, a.checkDeleted(ctx, refused))...)
}

// findLostGroup looks for a group that may have been created although no answer came.
func (a *App) findLostGroup(ctx context.Context) error {
	lost := a.journal.left().Lost
	if lost == "" {
		return nil
	}
	groups, _, err := a.list(ctx, "groupsget", lost)
	if err != nil {
		err = fmt.Errorf("%w: the group %s may have been created (look for it in mesibo's console): %w", ErrNotDeleted, lost, err)
	}
	if err != nil && !errors.Is(err, ErrNotListed) { // Otherwise a later run cannot find it either.
		return err
	}
	_, failed := a.journal.addListed(nil, groups)

	return errors.Join(err, failed, a.journal.change(func(e *entries) { e.Lost = "" }))
}

type deletion struct {
	name string
	send func(context.Context) (Reply, error)
}

// deletions returns the requests that delete what the journal lists.
func (a *App) deletions() (all []deletion) {
	left := a.journal.left()
	for _, gid := range slices.Sorted(maps.Keys(left.Groups)) {
		all = append(all, deletion{"group " + gid, func(ctx context.Context) (Reply, error) {
			return a.call(ctx, "groupdel", Object{"group": Object{"gid": Number(gid)}}, false)
		}})
	}
	for _, address := range slices.Sorted(maps.Keys(left.Users)) {
		all = append(all, deletion{address, func(ctx context.Context) (Reply, error) { return a.deleteUser(ctx, address) }})
	}

	return all
}

// deleteUser deletes a user by address, or by uid where the server wants that. The reply to a useradd has a uid that is
// unknown; at worst it adds the user that is deleted next.
func (a *App) deleteUser(ctx context.Context, address string) (Reply, error) {
	user := func(op, name string, value any) (Reply, error) {
		return a.call(ctx, op, Object{"user": Object{name: value}}, false)
	}
	uid, left := a.journal.left().Users[address]
	if !left { // It was deleted under another spelling of its address.
		return Reply{Body: Object{"result": true}}, nil
	}
	if !a.journal.deletesByUID() {
		if reply, err := user("userdel", "address", address); err != nil || !reply.MissesParameter() {
			return reply, err
		}
	}
	if uid == "" {
		reply, err := user("useradd", "address", address)
		if uid = Text(reply.Object("user")["uid"]); err != nil || uid == "" {
			return reply, err
		}
	}

	return user("userdel", "uid", Number(uid))
}

// checkDeleted looks for users whose deletion was refused. Usually it was refused because they are gone.
func (a *App) checkDeleted(ctx context.Context, refused []string) error {
	if len(refused) == 0 || !a.Lookups {
		return nil
	}
	users, _, err := a.list(ctx, "usersget", Prefix+"*")
	users = slices.DeleteFunc(users, func(row Object) bool { return !slices.Contains(refused, Text(row["address"])) })
	switch {
	case errors.Is(err, ErrNoRequestsLeft):
		return nil
	case len(users) == 0:
		return err
	}
	left, err := a.journal.addListed(users, nil)

	return errors.Join(err, fmt.Errorf("%w: %s", ErrNotDeleted, strings.Join(left, ", ")))
}

// Sweep deletes all users and groups with [Prefix], whoever created them, and returns how many there were. Lists may be cut
// short, so it lists again until nothing is left. When users or groups are not listed, it deletes the others and returns
// [ErrNotListed].
func (a *App) Sweep(ctx context.Context) (swept int, err error) {
	deleted := map[string]bool{}
	for {
		users, _, errUsers := a.list(ctx, "usersget", Prefix+"*")
		groups, _, errGroups := a.list(ctx, "groupsget", Prefix+"*")
		found, err := a.journal.addListed(users, groups)
		if err = errors.Join(err, a.CleanUp(ctx)); err != nil {
			return swept, err
		}
		for _, name := range found {
			deleted[name] = true
		}
		switch {
		case len(found) == 0:
			return swept, errors.Join(errUsers, errGroups)
		case len(deleted) == swept:
			return swept, fmt.Errorf("%w: %s is still listed", ErrNotDeleted, strings.Join(found, ", "))
		}
		swept = len(deleted)
	}
}

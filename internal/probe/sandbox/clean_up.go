// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CleanUp deletes what was made, by this run and by runs before whose journal is there. What it could not delete stays in
// the journal, and is an error.
func (a *App) CleanUp(ctx context.Context) error {
	if err := a.findLost(ctx); err != nil {
		return err
	}
	users, gids, _ := a.journal.left()
	var failed []error
	var refused []string
	inARow := 0
	remove := func(op, what string, members Object) (goesOn bool) {
		reply, err := a.patiently(ctx, op, members)
		switch {
		case err != nil:
		case reply.rejects():
			err = ErrRejected
		case reply.refuses():
			refused = append(refused, what)
		case !reply.OK():
			err = fmt.Errorf("%w: %s, status %d", ErrOther, a.endpoint.Host, reply.Status)
		}
		if err == nil {
			inARow = 0

			return true
		}
		failed = append(failed, fmt.Errorf("%w: %s: %w", ErrLeft, what, err))
		inARow++

		// A server that does not answer twice will not answer a third time; other causes do not go away.
		return inARow < 2 && (errors.Is(err, ErrUnreachable) || errors.Is(err, ErrOther))
	}
	for _, gid := range gids {
		if !remove("groupdel", "group "+gid, Object{"group": Object{"gid": asGID(gid)}}) {
			return errors.Join(failed...)
		}
	}
	for _, address := range users {
		if !remove("userdel", address, Object{"user": Object{"address": address}}) {
			return errors.Join(failed...)
		}
	}

	return errors.Join(append(failed, a.stillThere(ctx, refused))...)
}

// patiently sends a request again that the server has put off.
func (a *App) patiently(ctx context.Context, op string, members Object) (Reply, error) {
	const tries, usual, longest = 3, 5, 60 // seconds
	for try := 1; ; try++ {
		reply, err := a.Call(ctx, op, members)
		if err != nil || reply.Status != http.StatusTooManyRequests || try == tries {
			return reply, err
		}
		seconds, err := strconv.Atoi(reply.Header.Get("Retry-After"))
		if err != nil {
			seconds = usual
		}
		select {
		case <-time.After(time.Duration(min(max(seconds, 1), longest)) * time.Second):
		case <-ctx.Done():
			return Reply{}, ctx.Err()
		}
	}
}

// stillThere looks whether who could not be deleted is there. Mostly it is not, which is why it could not be deleted; it may
// be there under an address that the server has changed.
func (a *App) stillThere(ctx context.Context, refused []string) error {
	if len(refused) == 0 || !a.Lookups || a.guard.remaining() == 0 {
		return nil
	}
	users, err := a.list(ctx, "usersget", Prefix+"*")
	if err != nil {
		return err
	}
	var there []string
	for _, row := range users.rows {
		if address, _ := row["address"].(string); slices.Contains(refused, address) || strings.HasPrefix(address, a.prefix) {
			there = append(there, address)
		}
	}
	there = slices.Compact(slices.Sorted(slices.Values(there))) // One may have several rows.
	if len(there) == 0 {
		return nil
	}

	return errors.Join(a.journal.found(there, nil), fmt.Errorf("%w: %s could not be deleted", ErrLeft, strings.Join(there, ", ")))
}

// asGID is how a gid is sent: as a number where it is one.
func asGID(gid string) any {
	if number := json.Number(gid); json.Valid([]byte(gid)) {
		return number
	}

	return gid
}

// findLost looks for a group that may have been made, though no answer came.
func (a *App) findLost(ctx context.Context) error {
	_, _, lost := a.journal.left()
	if lost == "" {
		return nil
	}
	groups, err := a.list(ctx, "groupsget", lost)
	switch {
	case err != nil:
		return fmt.Errorf("%w: the group %s, perhaps: %w", ErrLeft, lost, err)
	case !groups.offered:
		// No later run could find it either.
		return errors.Join(a.journal.forgetLost(),
			fmt.Errorf("%w, perhaps: the group %s, which this server does not show; look for it in mesibo's console", ErrLeft, lost))
	}

	return errors.Join(a.journal.found(nil, ourGroups(groups.rows)), a.journal.forgetLost())
}

// ourGroups returns the names of those groups that carry the prefix, by their gids.
func ourGroups(groups []Object) map[string]string {
	ours := map[string]string{}
	for _, group := range groups {
		if name, _ := group["name"].(string); strings.HasPrefix(name, Prefix) && gidOf(group) != "" {
			ours[gidOf(group)] = name
		}
	}

	return ours
}

// Sweep deletes whatever carries the prefix, whoever made it, and returns how many users and groups that were. Lists may be
// cut, so it looks again until nothing turns up. What the server does not list is [ErrUnlisted], after the rest has gone.
func (a *App) Sweep(ctx context.Context) (swept int, err error) {
	gone := map[string]bool{}
	for {
		users, err := a.list(ctx, "usersget", Prefix+"*")
		if err != nil {
			return swept, err
		}
		groups, err := a.list(ctx, "groupsget", Prefix+"*")
		if err != nil {
			return swept, err
		}
		addresses, named := ourUsers(users.rows), ourGroups(groups.rows)
		if err := a.journal.found(addresses, named); err != nil {
			return swept, err
		}
		if err := a.CleanUp(ctx); err != nil {
			return swept, err
		}
		found := slices.Concat(addresses, slices.Collect(maps.Keys(named)))
		for _, one := range found {
			gone[one] = true
		}
		switch {
		case len(found) == 0 && users.offered && groups.offered:
			return swept, nil
		case len(found) == 0:
			return swept, fmt.Errorf("%w by %s, so there may be more", ErrUnlisted, a.endpoint.Host)
		case len(gone) == swept:
			return swept, fmt.Errorf("%w: %s was deleted and is still listed", ErrLeft, strings.Join(found, ", "))
		}
		swept = len(gone)
	}
}

// ourUsers returns the addresses of those users that carry the prefix. One may have several rows.
func ourUsers(users []Object) []string {
	var ours []string
	for _, user := range users {
		if address, _ := user["address"].(string); strings.HasPrefix(address, Prefix) && !slices.Contains(ours, address) {
			ours = append(ours, address)
		}
	}

	return ours
}

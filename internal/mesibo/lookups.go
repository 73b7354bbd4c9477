// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
)

// Lookups says whether users and groups may be looked up. That needs the ops usersget and groupsget, which are old and
// documented for development; the documentation of 2026 counts them among the ops that self-hosting adds.
type Lookups string

// The values of [Lookups].
const (
	LookupsAuto     Lookups = "auto"     // use lookups until the server says that it has none
	LookupsRequired Lookups = "required" // use lookups, and fail where the server has none
	LookupsDisabled Lookups = "disabled" // never send a lookup
)

const (
	documentedRows = 20      // that a server sends at most (official documentation of 2018-2020); there is no paging
	listRows       = 100_000 // that a list asks for: all of them (third-party code asks for as many)
)

// LookupsMode returns what [WithLookups] has set.
func (c *Client) LookupsMode() Lookups { return c.lookups }

// lookup sends a lookup, unless lookups are disabled or the server has said that it does not have this one.
func (c *Client) lookup(ctx context.Context, op Op, about payload) (envelope, error) {
	if c.lookups == LookupsDisabled {
		return envelope{}, errorf(op, ErrNoLookups, "nothing was sent: lookups are disabled")
	}
	notOffered := errorf(op, ErrNoLookups, "the server does not offer lookups; it answered BADOP")
	if _, found := c.noLookups.Load(op); found {
		return envelope{}, notOffered
	}

	reply, err := c.call(ctx, op, about)
	if c.lookups == LookupsAuto && errors.Is(err, ErrUnsupportedOp) {
		if _, known := c.noLookups.Swap(op, true); !known {
			c.logger.DebugContext(ctx, "the server has no lookups; continuing without them", "op", string(op))
		}
		return envelope{}, notOffered
	}
	return reply, err
}

// truncated reports whether a list may have been cut: it has as many rows as were asked for, or as many as servers are
// documented to send, or fewer than the server says there are (inferred).
func truncated(rows, asked int, total json.RawMessage) bool {
	return rows >= asked || rows == documentedRows || integer(total) > rows
}

// wildcard returns an expression that matches what the pattern does, in which "*" stands for anything.
func wildcard(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.ToValidUTF8(pattern, "\uFFFD"))
	return regexp.MustCompile(`^(?s:` + strings.ReplaceAll(quoted, `\*`, `.*`) + `)$`)
}

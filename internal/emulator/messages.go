// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"strconv"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// A Message is one that was sent.
type Message struct {
	MID    string
	From   string
	To     []string
	GID    string // empty for a message to users
	Text   string
	Type   int64
	URL    string
	Title  string
	Expiry int64 // in seconds
	When   int64 // in seconds from At
	At     time.Time
}

const (
	firstMID             = 1_387_628    // as in the official documentation
	defaultMessageExpiry = 365 * 86_400 // seconds, a year (official documentation)
)

// message is the op message: each call is a message of its own (official documentation). Invented: a message to an address
// that is not a user is refused.
func (e *Emulator) message(app *app, call call) reply {
	asked := call.fields.object("message")
	mid := firstMID + len(app.messages)
	sent := Message{
		MID: strconv.Itoa(mid), From: asked.text("from"), To: asked.list("to"), Text: asked.text("message"),
		Type: asked.integer("type", 0), URL: asked.text("url"), Title: asked.text("title"),
		Expiry: asked.integer("expiry", defaultMessageExpiry), When: asked.integer("when", 0), At: e.clock(),
	}
	if gid := asked.text("gid"); gid != "0" {
		sent.GID = gid
	}
	switch {
	case sent.From == "":
		return e.missing("from")
	case len(sent.To) == 0 && sent.GID == "":
		return e.missing("to")
	case sent.Text == "" && sent.URL == "":
		return e.missing("message")
	case app.users[e.key(sent.From)] == nil:
		return e.noUser("from")
	}
	for _, address := range sent.To {
		if app.users[e.key(address)] == nil {
			return e.noUser("to")
		}
	}
	if sent.GID != "" {
		if g, failed := e.findGroup(app, asked, profile.UnknownRefused); g == nil {
			return failed
		}
	}
	app.messages = append(app.messages, sent)

	return reply{"mid": mid}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"strconv"
	"strings"
	"time"
)

// A Message is one that was sent.
type Message struct {
	MID    string
	From   string
	To     []string
	GID    string // empty when it went to users
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

// send is message: each call is a message of its own, from a user (official documentation). Invented: that one to who is no
// user is refused.
func (e *Emulator) send(app *app, call call) outcome {
	asked := call.fields.object("message")
	message := Message{
		MID: strconv.Itoa(firstMID + len(app.messages)), From: asked.text("from"), Text: asked.text("message"),
		Type: asked.integer("type", 0), URL: asked.text("url"), Title: asked.text("title"),
		Expiry: asked.integer("expiry", defaultMessageExpiry), When: asked.integer("when", 0), At: e.clock(),
	}
	for address := range strings.SplitSeq(asked.text("to"), ",") {
		if address != "" {
			message.To = append(message.To, address)
		}
	}
	if gid := asked.text("gid"); gid != "0" {
		message.GID = gid
	}

	switch {
	case message.From == "":
		return e.missing("from")
	case len(message.To) == 0 && message.GID == "":
		return e.missing("to")
	case message.Text == "" && message.URL == "":
		return e.missing("message")
	}
	if app.users[e.key(message.From)] == nil {
		return e.noUser("from")
	}
	for _, address := range message.To {
		if app.users[e.key(address)] == nil {
			return e.noUser("to")
		}
	}
	if message.GID != "" {
		if g, refusal := e.findGroup(app, asked); g == nil {
			return refusal
		}
	}
	app.messages = append(app.messages, message)
	mid, _ := strconv.Atoi(message.MID)

	return outcome{"mid": mid}
}

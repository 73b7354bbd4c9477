// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"strings"
)

// Message is what is sent, and to whom (official documentation of message).
type Message struct {
	From          string   // the address of an existing user
	To            []string // the addresses of the receivers, unless GID is a group
	GID           string   // the group that receives the message
	Text          string
	Type          *int64 // a number of the app's own; nil leaves it out, which is 0
	URL, Title    string // of a file that goes with the message
	ExpirySeconds *int64 // how long the server keeps the message; nil leaves it out, which is a year
	DelaySeconds  *int64 // in how many seconds the message is sent; nil leaves it out, which is at once
}

// messageObject is the member "message" of a request.
type messageObject struct {
	From    string    `json:"from"`
	To      string    `json:"to,omitempty"` // separated by commas
	GID     numericID `json:"gid,omitempty"`
	Type    *int64    `json:"type,omitempty"`
	Expiry  *int64    `json:"expiry,omitempty"`
	When    *int64    `json:"when,omitempty"`
	Message string    `json:"message,omitempty"`
	URL     string    `json:"url,omitempty"`
	Title   string    `json:"title,omitempty"`
}

// SendMessage sends one message and returns its id, which is empty with older servers. Each request that arrives sends a
// message, so one that was sent and not answered is not sent again: that is [ErrOutcomeUnknown].
func (c *Client) SendMessage(ctx context.Context, message Message) (string, error) {
	if message.From == "" || len(message.To) == 0 && message.GID == "" {
		return "", errorf(OpMessage, nil, "nothing was sent: the message has no sender or no receiver")
	}
	if err := checkList(OpMessage, message.To); err != nil {
		return "", err
	}

	reply, err := c.call(ctx, OpMessage, payload{Message: &messageObject{
		From: message.From, To: strings.Join(message.To, ","), GID: numericID(message.GID), Type: message.Type,
		Expiry: message.ExpirySeconds, When: message.DelaySeconds, Message: message.Text, URL: message.URL, Title: message.Title,
	}})
	if err != nil {
		return "", err
	}
	return text(reply.read().MID), nil // Without one, the message was sent all the same.
}

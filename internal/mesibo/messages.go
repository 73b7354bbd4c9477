// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"encoding/json"
	"strings"
)

// Message is what is sent, and to whom (official documentation of message).
type Message struct {
	// From is the address of an existing user.
	From string
	// To are the addresses of the receivers, unless GID is a group.
	To []string
	// GID is the group that receives the message.
	GID string
	// Text is the text of the message.
	Text string
	// Type is a number of the app's own; nil leaves it out, which is 0.
	Type *int64
	// URL is that of a file that goes with the message, and Title its title.
	URL, Title string
	// ExpirySeconds is how long the server keeps the message; nil leaves it out, which is a year.
	ExpirySeconds *int64
	// DelaySeconds is in how many seconds the message is sent; nil leaves it out, which is at once.
	DelaySeconds *int64
}

// messageObject is the member "message" of a request.
type messageObject struct {
	From    string `json:"from"`
	To      string `json:"to,omitempty"` // a comma between each two
	GID     gid    `json:"gid,omitempty"`
	Type    *int64 `json:"type,omitempty"`
	Expiry  *int64 `json:"expiry,omitempty"`
	When    *int64 `json:"when,omitempty"`
	Message string `json:"message,omitempty"`
	URL     string `json:"url,omitempty"`
	Title   string `json:"title,omitempty"`
}

// SendMessage sends one message and returns its id, which older servers do not tell. Each request that arrives sends a
// message, so one that was sent and not answered is not sent again: that is [ErrOutcomeUnknown].
func (c *Client) SendMessage(ctx context.Context, message Message) (string, error) {
	if err := checkAddress(OpMessage, message.From); err != nil {
		return "", err
	}
	if len(message.To) == 0 && message.GID == "" {
		return "", errorf(OpMessage, nil, "nothing was sent: the message has no receiver")
	}
	for _, address := range message.To {
		if address == "" || strings.Contains(address, ",") {
			return "", errorf(OpMessage, nil, "nothing was sent: an address is empty, or holds a comma, which separates addresses")
		}
	}

	reply, err := c.call(ctx, OpMessage, payload{Message: &messageObject{
		From: message.From, To: strings.Join(message.To, ","), GID: gid(message.GID), Type: message.Type,
		Expiry: message.ExpirySeconds, When: message.DelaySeconds, Message: message.Text, URL: message.URL, Title: message.Title,
	}})
	if err != nil {
		return "", err
	}
	var mid id
	_ = json.Unmarshal(reply.read().MID, &mid) // Without one, the message was sent all the same.

	return string(mid), nil
}

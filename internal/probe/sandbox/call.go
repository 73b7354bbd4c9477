// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
)

// An Object is a JSON object.
type Object = map[string]any

// A Reply is what came back.
type Reply struct {
	Status  int
	Header  http.Header
	Members Object // nil when the body is no JSON object
}

// OK tells whether the request succeeded.
func (r Reply) OK() bool { return r.Members["result"] == true }

// Symbol is the error of a failure.
func (r Reply) Symbol() string {
	symbol, _ := r.Members["error"].(string)

	return symbol
}

// Code is the code of a reply, 0 for none.
func (r Reply) Code() int {
	code, _ := r.Members["code"].(json.Number)
	number, _ := code.Int64()

	return int(number)
}

// rejects tells whether the server does not take the app token.
func (r Reply) rejects() bool {
	return r.Code() == http.StatusUnauthorized || r.Symbol() == "AUTHFAIL" || r.Symbol() == "INVALIDTOKEN"
}

// refuses tells whether the server itself says no to this very request.
func (r Reply) refuses() bool {
	return r.Members["result"] == false && !r.rejects() && r.Status < http.StatusInternalServerError &&
		r.Status != http.StatusTooManyRequests && r.Code() != http.StatusTooManyRequests
}

// readReply reads a body as a reply.
func readReply(status int, header http.Header, body []byte) Reply {
	members, _ := decode(body) // What is no object has none.

	return Reply{Status: status, Header: header, Members: members}
}

// decode reads a JSON object, numbers to the last digit.
func decode(body []byte) (Object, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var members Object
	if err := decoder.Decode(&members); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}

	return members, nil
}

// Call sends an op with further members of the request.
func (a *App) Call(ctx context.Context, op string, members Object) (Reply, error) {
	whole := Object{"op": op, "token": a.appToken}
	maps.Copy(whole, members)
	body, err := json.Marshal(whole)
	if err != nil {
		return Reply{}, err
	}

	return a.send(ctx, body)
}

// send lets the guard send a request.
func (a *App) send(ctx context.Context, body []byte) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	return a.guard.send(ctx, a.endpoint.String(), body)
}

// A listing is a list of users or groups that match a pattern.
type listing struct {
	rows    []Object
	hidden  int // how many more there are, as far as the server says
	offered bool
}

// list returns what usersget or groupsget shows, if the server offers it.
func (a *App) list(ctx context.Context, op, pattern string) (listing, error) {
	const many = 1000
	about, members := Object{"user": Object{"address": pattern}}, "users"
	if op == "groupsget" {
		about, members = Object{"group": Object{"name": pattern}}, "groups"
	}
	about["count"] = many
	reply, err := a.Call(ctx, op, about)
	if err != nil {
		return listing{}, err
	}
	elements, isList := reply.Members[members].([]any)
	found := listing{offered: isList && reply.OK()}
	for _, element := range elements {
		row, _ := element.(Object)
		found.rows = append(found.rows, row)
	}
	if counted, isNumber := reply.Members[members+"count"].(json.Number); isNumber {
		all, _ := counted.Int64()
		found.hidden = max(int(all)-len(found.rows), 0)
	}

	return found, nil
}

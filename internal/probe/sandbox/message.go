// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// An Object is a JSON object.
type Object = map[string]any

// decode reads one JSON object. Numbers keep all their digits.
func decode(body []byte) (Object, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object Object
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}

	return object, nil
}

// Text returns a string or a number of a request or reply as text, since ids come in both forms. It is empty for anything else.
func Text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	default:
		return ""
	}
}

// A Reply is the answer of the server.
type Reply struct {
	Status int // of HTTP
	Header http.Header
	Body   Object // nil when the body is not a JSON object
}

// OK reports whether the request succeeded.
func (r Reply) OK() bool { return r.Body["result"] == true }

// Refused reports whether the server refused this request, and not the app token or the rate.
func (r Reply) Refused() bool {
	return r.Body["result"] == false && !r.unauthorized() && !r.rateLimited() && r.Status < http.StatusInternalServerError
}

// Symbol returns the "error" of a failure, such as BADOP.
func (r Reply) Symbol() string {
	symbol, _ := r.Body["error"].(string)

	return symbol
}

// Code returns the "code", or 0 when there is none.
func (r Reply) Code() int {
	number, _ := r.Body["code"].(json.Number)
	code, _ := number.Int64()

	return int(code)
}

// Object returns a member that is an object, or nil.
func (r Reply) Object(name string) Object {
	object, _ := r.Body[name].(Object)

	return object
}

// Rows returns a list of objects. It is not offered when the request failed or the reply has no such list.
func (r Reply) Rows(name string) (rows []Object, offered bool) {
	list, isList := r.Body[name].([]any)
	for _, element := range list {
		row, _ := element.(Object)
		rows = append(rows, row)
	}

	return rows, isList && r.OK()
}

// Count returns the number of users or groups that the server counts, which may be more than it lists.
func (r Reply) Count(name string) (count int, counted bool) {
	number, _ := r.Body[name].(json.Number)
	value, err := number.Int64()

	return int(value), err == nil
}

func (r Reply) unauthorized() bool {
	return r.Code() == http.StatusUnauthorized || r.Symbol() == "AUTHFAIL" || r.Symbol() == "INVALIDTOKEN"
}

func (r Reply) rateLimited() bool {
	return r.Status == http.StatusTooManyRequests || r.Code() == http.StatusTooManyRequests
}

// A request is what the guard has to know of a request.
type request struct {
	op        string
	address   string   // of the user
	name      string   // of the group
	gid       string   // of the group
	addresses []string // all that occur
	unknown   bool     // something in it is not known here
}

// known lists the members that each object of a request may have. Any other could name a user or group.
var known = map[string][]string{
	"":        {"op", "token", "id", "count", "padding", "user", "group", "message"},
	"user":    {"address", "name", "active", "flags", "token", "profile"},
	"group":   {"gid", "name", "flags", "active", "delete", "members"},
	"members": {"m", "permissions", "remove"},
	"message": {"from", "to", "gid", "message", "type", "url", "title", "expiry", "when"},
}

// readRequest reads a request. Names are case-sensitive: a server might take "ADDRESS" for "address", so it is unknown here.
func readRequest(body Object) request {
	r := request{op: Text(body["op"])}
	r.checkMembers("", body)
	user, group, message := r.object(body, "user"), r.object(body, "group"), r.object(body, "message")
	r.address, r.name, r.gid = r.text(user, "address"), r.text(group, "name"), r.text(group, "gid")
	if gid := r.text(message, "gid"); gid != "" && gid != "0" {
		r.gid = gid
	}
	for _, list := range []string{
		r.address, r.text(r.object(group, "members"), "m"), r.text(message, "from"), r.text(message, "to"),
	} {
		if list != "" {
			r.addresses = append(r.addresses, strings.Split(list, ",")...)
		}
	}

	return r
}

func (r *request) checkMembers(of string, object Object) {
	for member := range object {
		r.unknown = r.unknown || !slices.Contains(known[of], member)
	}
}

func (r *request) object(outer Object, name string) Object {
	inner, isObject := outer[name].(Object)
	r.unknown = r.unknown || outer[name] != nil && !isObject
	r.checkMembers(name, inner)

	return inner
}

func (r *request) text(outer Object, name string) string {
	text := Text(outer[name])
	r.unknown = r.unknown || text == "" && outer[name] != nil && outer[name] != ""

	return text
}

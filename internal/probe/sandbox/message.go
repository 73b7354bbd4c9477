// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// An Object is a JSON object.
type Object = map[string]any

// decode reads a JSON object. Numbers keep all their digits.
func decode(body []byte) (object Object, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	err = decoder.Decode(&object)

	return object, err
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

// Number returns an id as a request has it: a number, where it is one.
func Number(id string) any {
	if json.Valid([]byte(id)) {
		return json.Number(id)
	}

	return id
}

// A Reply is the answer of the server.
type Reply struct {
	Status int    // of HTTP
	Body   Object // nil when the body is not a JSON object
}

// OK reports whether the request succeeded.
func (r Reply) OK() bool { return r.Body["result"] == true }

// Refused reports whether the server refused this request, and not the app token or the rate.
func (r Reply) Refused() bool {
	return r.Body["result"] == false && !r.unauthorized() && !r.rateLimited() && r.Status < http.StatusInternalServerError
}

// MissesParameter reports whether the server refused the request because a parameter is missing.
func (r Reply) MissesParameter() bool {
	return r.Refused() && (r.Symbol() == "MISSINGPARA" || r.Code() == http.StatusBadRequest)
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
	op, uid, address, members string // addresses are separated by ","
	name, gid                 string // of the group
	unknown                   bool   // something in it could name a user or group in a way that is not known here
}

// read reads an object of a request. Names are case-sensitive: a server might take "ADDRESS" for "address".
func (r *request) read(path string, object Object) {
	for name, value := range object {
		switch inner, isObject := value.(Object); path + name {
		case "user", "group", "group.members":
			r.unknown = r.unknown || !isObject && value != nil
			r.read(path+name+".", inner)
		case "op":
			r.op = r.text(value)
		case "user.uid":
			r.uid = r.text(value)
		case "user.address":
			r.address = r.text(value)
		case "group.members.m":
			r.members = r.text(value)
		case "group.name":
			r.name = r.text(value)
		case "group.gid":
			r.gid = r.text(value)
		case "token", "id", "count", "padding", "user.name", "user.active", "user.flags", "user.token", "user.profile", "user.permissions",
			"group.flags", "group.active", "group.expiry", "group.permissions", "group.delete", "group.members.permissions", "group.members.remove":
		default:
			r.unknown = true
		}
	}
}

func (r *request) text(value any) string {
	text := Text(value)
	r.unknown = r.unknown || text == "" && value != nil && value != ""

	return text
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is the largest request that is read, far above what any op needs.
const maxBody = 1 << 20

// A call is a request in the JSON form, whichever form it came in.
type call struct {
	op       string
	appToken string
	id       any // as sent; nil when it was not
	fields   object
	body     json.RawMessage
}

// user returns the object that the ops on users are about.
func (c call) user() object {
	return c.fields.object("user")
}

// parse reads a request in any of its three forms: JSON, form-encoded, or a query. The method has no meaning, as
// clients send JSON with GET and DELETE too.
func parse(r *http.Request) (call, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return call{}, err
	}

	fields := legacy(r.URL.Query())
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch trimmed := bytes.TrimSpace(body); {
	case mediaType == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return call{}, err
		}
		for name, value := range r.URL.Query() {
			values[name] = value
		}
		fields = legacy(values)
	case len(trimmed) > 0:
		decoder := json.NewDecoder(bytes.NewReader(trimmed))
		decoder.UseNumber()
		fields = object{}
		if err := decoder.Decode(&fields); err != nil {
			return call{}, err
		}
		if decoder.More() {
			return call{}, errors.New("more than one value")
		}
	}

	return call{
		op:       fields.text("op"),
		appToken: fields.text("token"),
		id:       fields["id"],
		fields:   fields,
		body:     body,
	}, nil
}

// legacy turns the parameters of the legacy form (official documentation of 2018-2020) into the JSON form.
func legacy(values url.Values) object {
	fields, user, token := object{}, object{}, object{}
	places := map[string]struct {
		in   object
		name string
	}{
		"op": {fields, "op"}, "token": {fields, "token"}, "id": {fields, "id"}, "count": {fields, "count"},
		"addr": {user, "address"}, "uid": {user, "uid"}, "name": {user, "name"}, "flag": {user, "flags"}, "active": {user, "active"},
		"appid": {token, "appid"}, "expiry": {token, "expiry"},
	}
	for parameter, place := range places {
		// The console sends -1 for what is to stay as it is.
		if value := values.Get(parameter); value != "" && value != "-1" {
			place.in[place.name] = value
		}
	}
	if len(token) > 0 {
		user["token"] = map[string]any(token)
	}
	fields["user"] = map[string]any(user)

	return fields
}

// An object is a JSON object whose members are read leniently: numbers, strings and booleans stand for each other,
// as clients mix them.
type object map[string]any

func (o object) has(name string) bool {
	value, found := o[name]

	return found && value != nil
}

// object returns a member that is an object, or an empty one.
func (o object) object(name string) object {
	member, _ := o[name].(map[string]any)

	return member
}

// text returns a member as a string, or an empty one.
func (o object) text(name string) string {
	switch value := o[name].(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	default:
		return ""
	}
}

// flag returns a member as a boolean.
func (o object) flag(name string) bool {
	if value, ok := o[name].(bool); ok {
		return value
	}
	value := strings.ToLower(o.text(name))

	return value != "" && value != "0" && value != "false"
}

// integer returns a member as a number, or the fallback when it is none.
func (o object) integer(name string, fallback int64) int64 {
	value, err := strconv.ParseInt(o.text(name), 10, 64)
	if err != nil {
		return fallback
	}

	return value
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
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
	op         string
	appToken   string
	id         any // as sent; nil when it was not
	fields     object
	body       json.RawMessage
	unreadable bool // the body is in no known form
}

// user returns the object that the ops on users are about.
func (c call) user() object {
	return c.fields.object("user")
}

// group returns the object that the ops on groups are about.
func (c call) group() object {
	return c.fields.object("group")
}

// subject says what the call is about.
func (c call) subject() string {
	group := c.group()
	switch {
	case group.text("gid") != "":
		return "gid " + group.text("gid")
	case group.text("name") != "":
		return group.text("name")
	case c.fields.object("message").text("from") != "":
		return c.fields.object("message").text("from")
	case c.user().text("address") != "":
		return c.user().text("address")
	default:
		return "uid " + c.user().text("uid")
	}
}

// parse reads a request.
func parse(r *http.Request) call {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return call{body: body, unreadable: true}
	}
	fields, err := parseFields(r, body)
	if err != nil {
		return call{body: body, unreadable: true}
	}

	return call{
		op:       fields.text("op"),
		appToken: fields.text("token"),
		id:       fields["id"],
		fields:   fields,
		body:     body,
	}
}

// parseFields reads a request in any of its three forms: JSON, form-encoded, or a query. The method has no meaning,
// as clients send JSON with GET and DELETE too. Invented: which form holds when a request has several. JSON does
// alone; of the others, the query goes before the form.
func parseFields(r *http.Request, body []byte) (object, error) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch trimmed := bytes.TrimSpace(body); {
	case mediaType == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		maps.Copy(values, r.URL.Query())

		return legacy(values), nil
	case len(trimmed) > 0:
		decoder := json.NewDecoder(bytes.NewReader(trimmed))
		decoder.UseNumber()
		var fields object
		if err := decoder.Decode(&fields); err != nil {
			return nil, err
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return nil, errors.New("something follows the object")
		}

		return fields, nil
	default:
		return legacy(r.URL.Query()), nil
	}
}

// legacy turns the parameters of the legacy form (official documentation of 2018-2020) into the JSON form. What some of
// them mean depends on the family of the op.
func legacy(values url.Values) object {
	takeJSONNames(values)
	fields := named(values, map[string]string{"op": "op", "token": "token", "id": "id", "count": "count"})
	// An id is an integer in each form.
	if id, err := strconv.ParseInt(fields.text("id"), 10, 64); err == nil {
		fields["id"] = id
	}
	switch op := fields.text("op"); {
	case strings.HasPrefix(op, "group"):
		fields["group"] = legacyGroup(values)
	case op == "message":
		fields["message"] = map[string]any(named(values, map[string]string{
			"from": "from", "to": "to", "gid": "gid", "type": "type", "expiry": "expiry", "when": "when", "msg": "message",
			"url": "url", "title": "title",
		}))
	default:
		fields["user"] = legacyUser(values)
	}

	return fields
}

// takeJSONNames gives parameters that have the names of JSON those of the legacy form. The vendor's sample of 2022 sends
// them so, with its JSON switched off. Invented: that the server knows both, and that the legacy name goes first.
func takeJSONNames(values url.Values) {
	for name, inJSON := range map[string]string{"addr": "address", "flag": "flags", "msg": "message"} {
		if values.Get(name) == "" {
			values.Set(name, values.Get(inJSON))
		}
	}
}

func legacyUser(values url.Values) map[string]any {
	user := named(values, map[string]string{
		"addr": "address", "uid": "uid", "name": "name", "flag": "flags", "active": "active",
	})
	user.dropUnchanged()
	token := named(values, map[string]string{"appid": "appid", "expiry": "expiry", "remove": "remove"})
	if len(token) > 0 {
		user["token"] = map[string]any(token)
	}

	return user
}

func legacyGroup(values url.Values) map[string]any {
	group := named(values, map[string]string{
		"gid": "gid", "name": "name", "flag": "flags", "active": "active", "delete": legacyDelete,
	})
	group.dropUnchanged()
	members := named(values, map[string]string{"m": "m"})
	permissions := named(values, map[string]string{
		"cs": "send", "cr": "recv", "canpub": "pub", "cansub": "sub", "canlist": "list",
	})
	if len(permissions) > 0 {
		members["permissions"] = map[string]any(permissions)
	}
	if len(members) > 0 {
		group["members"] = map[string]any(members)
	}

	return group
}

// legacyDelete is a member that only a request in the legacy form has: the parameter delete of an op on groups, which every
// server knows.
const legacyDelete = "delete in the legacy form"

// named returns the parameters that have a value, by their names in JSON.
func named(values url.Values, names map[string]string) object {
	fields := object{}
	for parameter, name := range names {
		if value := values.Get(parameter); value != "" {
			fields[name] = value
		}
	}

	return fields
}

// dropUnchanged drops what is to stay as it is, for which the console sends -1.
func (o object) dropUnchanged() {
	for _, name := range []string{"flags", "active"} {
		if o[name] == "-1" {
			delete(o, name)
		}
	}
}

// An object is a JSON object whose members are read leniently: numbers, strings and booleans stand for each other,
// as clients mix them.
type object map[string]any

// has tells whether a member is there and not null.
func (o object) has(name string) bool {
	value, found := o[name]

	return found && value != nil
}

// without returns the object without some of its members.
func (o object) without(names map[string]bool) object {
	left := maps.Clone(o)
	maps.DeleteFunc(left, func(name string, _ any) bool { return names[name] })

	return left
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

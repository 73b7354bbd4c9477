// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// maxBody is the largest request that is read, in bytes; far above what any op needs.
const maxBody = 1 << 20

// A call is a request, converted to the JSON form if it came in another one.
type call struct {
	op         string
	appToken   string
	fields     object
	body       json.RawMessage
	unreadable bool // the body is in no known form
}

func (c call) user() object  { return c.fields.object("user") }
func (c call) group() object { return c.fields.object("group") }

// subject says what the call is about.
func (c call) subject() string {
	if gid := c.group().text("gid"); gid != "" {
		return "gid " + gid
	}
	sender := c.fields.object("message").text("from")

	return cmp.Or(c.group().text("name"), sender, c.user().text("address"), "uid "+c.user().text("uid"))
}

// parse reads a request. The method has no meaning, because clients send JSON with GET and DELETE too.
func parse(r *http.Request) call {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errors.New("the request is too large")
	}
	var fields object
	if err == nil {
		fields, err = parseFields(r, body)
	}

	return call{op: fields.text("op"), appToken: fields.text("token"), fields: fields, body: body, unreadable: err != nil}
}

// parseFields reads the forms of a request: JSON, form-encoded, a query, or a form with a file. Invented: a query beside a body
// is ignored.
func parseFields(r *http.Request, body []byte) (object, error) {
	switch mediaType, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType {
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))

		return fromLegacy(values), err
	case "multipart/form-data":
		return parseMultipart(body, parameters["boundary"])
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return fromLegacy(r.URL.Query()), nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var fields object
	if err := decoder.Decode(&fields); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}

	return fields, nil
}

// legacyDelete is a member of groupeditmembers in the legacy form alone, whose parameter delete every server knows.
const legacyDelete = "delete in the legacy form"

// fromLegacy converts the parameters of the legacy form (official documentation of 2018-2020) to the JSON form. The vendor's
// sample of 2022 sends some of them by their names in JSON. Invented: the server knows both, and the legacy name goes first.
func fromLegacy(values url.Values) object {
	fields := pick(values, "op token id count")
	switch op := fields.text("op"); {
	case strings.HasPrefix(op, "group"):
		group, members := pick(values, "gid name flags flag:flags active expiry"), pick(values, "m")
		if values.Has("delete") {
			group[legacyDelete] = values.Get("delete")
		}
		members.setObject("permissions", pick(values, "cs:send cr:recv canpub:pub cansub:sub canlist:list"))
		group.setObject("members", members)
		fields.setObject("group", group)
	case op == "message":
		fields.setObject("message", pick(values, "from to gid type expiry message msg:message"))
	default:
		user := pick(values, "address addr:address uid name flags flag:flags active")
		user.setObject("token", pick(values, "appid expiry remove"))
		fields.setObject("user", user)
	}

	return fields
}

// pick returns the parameters that have a value. A name is followed by that in JSON, if it differs.
func pick(values url.Values, names string) object {
	fields := object{}
	for name := range strings.FieldsSeq(names) {
		parameter, inJSON, _ := strings.Cut(name, ":")
		if value := values.Get(parameter); value != "" {
			fields[cmp.Or(inJSON, parameter)] = value
		}
	}

	return fields
}

// An object is a JSON object. Numbers, strings and booleans are interchangeable in it, because clients mix them.
type object map[string]any

// setObject adds a member that is an object, unless it is empty.
func (o object) setObject(name string, member object) {
	if len(member) > 0 {
		o[name] = map[string]any(member)
	}
}

// has reports whether a member is present and not null.
func (o object) has(name string) bool { return o[name] != nil }

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
	case bool:
		return strconv.FormatBool(value)
	default:
		return ""
	}
}

// flag returns a member as a boolean.
func (o object) flag(name string) bool {
	value := strings.ToLower(o.text(name))

	return value != "" && value != "0" && value != "false"
}

// integer returns a member as a number, or the fallback if it is none.
func (o object) integer(name string, fallback int64) int64 {
	value, err := strconv.ParseInt(o.text(name), 10, 64)
	if err != nil {
		return fallback
	}

	return value
}

// list returns the addresses of a member that separates them by commas.
func (o object) list(name string) []string {
	if o.text(name) == "" {
		return nil
	}

	return strings.FieldsFunc(o.text(name), func(r rune) bool { return r == ',' })
}

// A reply is an answer, or the part of one that belongs to an op. It is a failure if it has an error.
type reply map[string]any

// complete adds what every reply has. The op and the id come back as they were sent (official documentation).
func (r reply) complete(call call) reply {
	_, failed := r["error"]
	r["op"], r["result"] = call.op, !failed
	if id := call.fields["id"]; id != nil {
		r["id"] = id
	}

	return r
}

func (r reply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(r.encode()) //nolint:errcheck // The client may be gone.
}

func (r reply) encode() []byte {
	encoded, _ := json.Marshal(r) // Replies consist of strings, numbers, maps and slices.

	return encoded
}

// failure is an error in the full form, as a real server sent it in 2023.
func failure(symbol string, code int, cause string, properties ...string) reply {
	if properties == nil {
		properties = []string{}
	}

	return reply{"error": symbol, "code": code, "cause": cause, "properties": properties}
}

// authFail is the answer to a wrong app token, captured in 2023.
func authFail() reply {
	return failure("AUTHFAIL", http.StatusUnauthorized, "Invalid or expired app token", "token")
}

// refusal is a failure in the form that the profile has.
func refusal(as profile.Refusal, cause string, properties ...string) reply {
	if as.Code == 0 {
		return reply{"error": as.Error}
	}

	return failure(as.Error, as.Code, cause, properties...)
}

// missing is the answer to a request without a required parameter.
func (e *Emulator) missing(property string) reply {
	return refusal(e.profile.MissingParameter, "A required parameter is missing", property)
}

// noUser is the answer to an op on a user that does not exist.
func (e *Emulator) noUser(property string) reply {
	return refusal(e.profile.UnknownUser, "No such user", property)
}

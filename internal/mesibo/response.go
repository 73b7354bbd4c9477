// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// symbolTokenBreach says that mesibo has disabled the app (official documentation).
const symbolTokenBreach = "TOKENBREACH"

// An envelope is the outer object of every reply. Servers put tokens into it, so its members are behind a function:
// however an envelope is printed or encoded, fmt shows an address and encoding/json nothing.
type envelope struct{ read func() members }

// members are those of a reply. They stay raw until they are needed, so that a malformed one spoils only itself.
type members struct {
	Result     result          `json:"result"`
	Error      json.RawMessage `json:"error"`
	Code       json.RawMessage `json:"code"`
	Cause      json.RawMessage `json:"cause"`
	Properties json.RawMessage `json:"properties"`

	User        json.RawMessage `json:"user"`
	Users       json.RawMessage `json:"users"`
	UsersCount  json.RawMessage `json:"userscount"`
	Group       json.RawMessage `json:"group"`
	Groups      json.RawMessage `json:"groups"`
	GroupsCount json.RawMessage `json:"groupscount"`
	Members     json.RawMessage `json:"members"`
	MID         json.RawMessage `json:"mid"`
}

// A result is the member "result". In encoding/json the last of several members with one name counts, in capitals or
// not; a reply that says yes and no says nothing.
type result json.RawMessage

// UnmarshalJSON keeps the value, or null when there was another one before.
func (r *result) UnmarshalJSON(data []byte) error {
	if *r != nil && !bytes.Equal(*r, data) {
		data = []byte("null")
	}
	*r = bytes.Clone(data)
	return nil
}

// A shape says how much of a reply a body is.
type shape int

const (
	shapeOther     shape = iota // something else
	shapeEmpty                  // nothing
	shapeTruncated              // the beginning of a JSON object
	shapeNoResult               // a JSON object that does not say whether the request succeeded
	shapeSuccess                // the request succeeded
	shapeFailure                // the request failed
	shapeBreach                 // the request did not succeed, because mesibo has disabled the app
)

// decode reads the body of a response.
func decode(body []byte) (envelope, shape) {
	var reply members
	form := shapeOther
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		form = shapeEmpty
	case body[0] != '{':
	case json.Unmarshal(body, &reply) == nil:
		form = reply.shape()
	default:
		reply = members{}
		// Only a decoder distinguishes a truncated body from a malformed one. It is slower, for it copies the body.
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(new(members)); errors.Is(err, io.ErrUnexpectedEOF) {
			form = shapeTruncated
		}
	}
	return envelope{func() members { return reply }}, form
}

// shape interprets "result". It is a boolean (official documentation); third-party clients also test for 1 and "OK".
// What is neither a known yes nor a known no counts as none.
func (m members) shape() shape {
	result := strings.ToUpper(strings.Trim(string(m.Result), `"`))
	switch {
	case result == "TRUE" || result == "1" || result == "OK":
		return shapeSuccess
	case printable(text(m.Error)) == symbolTokenBreach:
		return shapeBreach
	case result == "FALSE" || result == "0" || result == "FAIL":
		return shapeFailure
	default:
		return shapeNoResult
	}
}

// classify says what a response means for the request: by its HTTP status, its shape and the "code" in it.
func classify(status int, shape shape, code int) outcome {
	switch {
	case shape == shapeBreach:
		return refused
	case status == http.StatusTooManyRequests:
		return rateLimited
	case status < 200:
		return garbled
	case status >= 500:
		return unanswered
	case status >= 300 && status < 400:
		return refused
	case shape == shapeSuccess:
		return succeeded
	case shape == shapeFailure && code == http.StatusTooManyRequests:
		return rateLimited
	case shape == shapeFailure, status >= 400:
		return refused
	case shape == shapeEmpty, shape == shapeTruncated:
		return unanswered
	default:
		return garbled
	}
}

// responseError returns the error of a response that is not a success. All of it is redacted.
func responseError(op Op, resp *http.Response, body []byte, reply members, shape shape, redactor *redactor) *Error {
	e := &Error{
		Op:     string(op),
		Symbol: redactor.redact(text(reply.Error)),
		Code:   integer(reply.Code),
		Cause:  redactor.redact(text(reply.Cause)),
	}
	properties := texts(reply.Properties)
	for _, property := range properties[:min(len(properties), 20)] { // far more than any request has
		e.Properties = append(e.Properties, redactor.redact(property))
	}
	e.text, e.kinds = e.describe(), replyKinds(e.Symbol, e.Code)
	unexpected := func(format string, args ...any) {
		e.text = fmt.Sprintf(format, args...)
		e.kinds = []error{ErrUnexpectedResponse} // Whatever else such a response says proves nothing.
	}
	status, content := resp.StatusCode, describeBody(resp, body, shape, redactor)
	switch {
	case shape == shapeBreach: // whatever the status
	case status == http.StatusTooManyRequests:
		e.text, e.kinds = "the server answered that there are too many requests (HTTP status 429)", []error{ErrRateLimited}
	case status < 200:
		unexpected("the server answered HTTP status %d, which was not asked for", status)
	case status >= 300 && status < 400:
		unexpected("the endpoint redirects%s (HTTP status %d), which is not followed because the app token would go along; "+
			"set endpoint to the final URL", redirectTarget(resp, redactor), status)
	case status < 500 && shape == shapeFailure: // as described above
	case status >= 400:
		unexpected("the server answered HTTP status %d with %s", status, content)
	case shape == shapeEmpty, shape == shapeTruncated:
		unexpected("the server answered with %s", content)
	default:
		unexpected("the server answered with %s, which is not a reply of the Backend API", content)
	}

	return e
}

// describeBody says in a few words what a body is. It never shows any of it.
func describeBody(resp *http.Response, body []byte, shape shape, redactor *redactor) string {
	contentType := cmp.Or(redactor.redact(resp.Header.Get("Content-Type")), "unknown type")
	switch {
	case shape == shapeEmpty:
		return "no content"
	case shape == shapeTruncated:
		return "truncated JSON"
	case shape == shapeNoResult:
		return "a JSON object without a result"
	case shape != shapeOther:
		return "a JSON object"
	case strings.Contains(contentType, "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return "an HTML page"
	default:
		return fmt.Sprintf("%d bytes of %s", len(body), contentType)
	}
}

// redirectTarget names the URL that a redirect points at, without the parts that could be secret.
func redirectTarget(resp *http.Response, redactor *redactor) string {
	location, err := resp.Location()
	if err != nil {
		return ""
	}
	return " to " + redactor.redact(location.Scheme+"://"+location.Host+location.EscapedPath())
}

// An id is a uid, a gid or an address. The API writes ids as strings in some places and as numbers in others (official
// documentation), addresses as numbers at one deployment (third-party code); kept as text, neither form loses digits.
type id string

// UnmarshalJSON accepts a string or a whole number that is not negative; null gives an empty id.
func (i *id) UnmarshalJSON(data []byte) error {
	switch {
	case bytes.Equal(data, []byte("null")):
		*i = ""
	case data[0] == '"':
		return json.Unmarshal(data, (*string)(i))
	case strings.Trim(string(data), "0123456789") == "":
		*i = id(data)
	default:
		return errors.New("an id must be a string or a whole number")
	}
	return nil
}

// boolean returns a member that may come as true, 1 or "1" (third-party code has the numbers), nil for anything else.
func boolean(raw json.RawMessage) *bool {
	switch strings.Trim(string(raw), `"`) {
	case "true", "1":
		return new(true)
	case "false", "0":
		return new(false)
	default:
		return nil
	}
}

// text returns a member that should be a string; a whole number is taken as text, anything else as empty.
func text(raw json.RawMessage) string {
	var value id
	_ = json.Unmarshal(raw, &value)
	return string(value)
}

// texts returns a member that should be a list of strings; one string alone will do.
func texts(raw json.RawMessage) []string {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		items = []json.RawMessage{raw}
	}
	var values []string
	for _, item := range items {
		if value := text(item); value != "" {
			values = append(values, value)
		}
	}
	return values
}

// integer returns a member that should be a whole number, as a number or as a string; anything else gives 0.
func integer(raw json.RawMessage) int {
	value, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	if err != nil {
		return 0
	}
	return value
}

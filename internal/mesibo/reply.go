// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxProperties is how many blamed members of a request are shown: far more than any request has.
const maxProperties = 20

// symbolTokenBreach says that the app was disabled (official documentation).
const symbolTokenBreach = "TOKENBREACH"

// An envelope is the outer object of every reply. Servers put tokens into it, so it is held by a function: however an
// envelope is printed or encoded, also in an unexported field, fmt shows an address and encoding/json nothing.
type envelope struct{ read func() members }

// envelopeOf returns the envelope with these members.
func envelopeOf(m members) envelope { return envelope{func() members { return m }} }

// members are those of a reply. They stay raw until they are needed, so that an odd one spoils nothing but itself.
type members struct {
	Result     verdict         `json:"result"`
	Error      json.RawMessage `json:"error"`
	Code       json.RawMessage `json:"code"`
	Cause      json.RawMessage `json:"cause"`
	Properties json.RawMessage `json:"properties"`

	User       json.RawMessage `json:"user"`
	Users      json.RawMessage `json:"users"`
	UsersCount json.RawMessage `json:"userscount"`

	Group       json.RawMessage `json:"group"`
	Groups      json.RawMessage `json:"groups"`
	GroupsCount json.RawMessage `json:"groupscount"`
	Members     json.RawMessage `json:"members"`
	MID         json.RawMessage `json:"mid"`
}

// A verdict is "result". Go lets the last of several members with one name count, in capitals or not; a reply that says
// yes and no says nothing.
type verdict json.RawMessage

// UnmarshalJSON keeps the value, or null when there was another one before.
func (v *verdict) UnmarshalJSON(data []byte) error {
	if *v != nil && !bytes.Equal(*v, data) {
		data = []byte("null")
	}
	*v = bytes.Clone(data)

	return nil
}

// A shape is how much of a reply a body is.
type shape int

const (
	shapeOther     shape = iota // something else
	shapeEmpty                  // nothing
	shapeTruncated              // the beginning of a JSON object
	shapeNoResult               // a JSON object that does not say whether the request succeeded
	shapeSuccess                // the request succeeded
	shapeFailure                // the request failed
)

// decode reads the body of a reply.
func decode(body []byte) (envelope, shape) {
	none := envelopeOf(members{})
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return none, shapeEmpty
	}
	if body[0] != '{' {
		return none, shapeOther
	}

	var reply members
	if json.Unmarshal(body, &reply) != nil {
		// Only a decoder tells a body that was cut short from one that is odd. It is slower, for it copies the body.
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(new(members)); errors.Is(err, io.ErrUnexpectedEOF) {
			return none, shapeTruncated
		}

		return none, shapeOther
	}

	return envelopeOf(reply), shapeOfResult(reply.Result)
}

// shapeOfResult judges "result". It is a boolean (official documentation); third-party clients also test for 1
// and "OK". A value that is neither a known yes nor a known no counts as none.
func shapeOfResult(result verdict) shape {
	switch strings.ToUpper(strings.Trim(string(result), `"`)) {
	case "TRUE", "1", "OK":
		return shapeSuccess
	case "FALSE", "0", "FAIL":
		return shapeFailure
	default:
		return shapeNoResult
	}
}

// A fate is what became of one try.
type fate int

const (
	fateRefused    fate = iota // not carried out, and another try would not be either
	fateSucceeded              // carried out
	fateThrottled              // not carried out, but it may be later
	fateNeverSent              // nothing left this machine
	fateUnanswered             // sent, and lost on the way there or back
	fateGarbled                // sent, and answered by something that says nothing about it
)

// judge tells what an answer means for the request, and returns the error if it is not a success.
func judge(op Op, answer *http.Response, body []byte, scrub *scrubber) (fate, envelope, *Error) {
	reply, form := decode(body)
	status := answer.StatusCode
	if form == shapeSuccess && (status < 300 || status >= 400 && status < 500 && status != http.StatusTooManyRequests) {
		return fateSucceeded, reply, nil
	}
	failure := describe(op, status, reply.read(), scrub)
	content := summary(answer.Header.Get("Content-Type"), body, form, scrub)

	odd := func(format string, args ...any) *Error {
		failure.text = fmt.Sprintf(format, args...)
		failure.kinds = []error{ErrUnexpectedResponse} // whatever else it says proves nothing

		return failure
	}

	switch {
	case failure.Symbol == symbolTokenBreach && form != shapeSuccess:
		return fateRefused, reply, failure
	case status == http.StatusTooManyRequests:
		failure.text = "the server answered that there are too many requests (HTTP status 429)"
		failure.kinds = []error{ErrRateLimited}

		return fateThrottled, reply, failure
	case status < 200:
		return fateGarbled, reply, odd("the server answered HTTP status %d, which nothing has asked for", status)
	case status >= 500:
		return fateUnanswered, reply, odd("the server answered HTTP status %d with %s", status, content)
	case status >= 300 && status < 400:
		return fateRefused, reply, odd("the endpoint redirects%s (HTTP status %d), which is not followed because the app "+
			"token would go along; set endpoint to the final URL", target(answer, scrub), status)
	case form == shapeFailure && failure.Code == http.StatusTooManyRequests:
		return fateThrottled, reply, failure
	case form == shapeFailure:
		return fateRefused, reply, failure
	case status >= 400:
		return fateRefused, reply, odd("the server answered HTTP status %d with %s", status, content)
	case form == shapeEmpty || form == shapeTruncated:
		return fateUnanswered, reply, odd("the server answered with %s", content)
	default:
		return fateGarbled, reply, odd("the server answered with %s, which is not a reply of the Backend API", content)
	}
}

// describe returns the error that a reply speaks of, scrubbed.
func describe(op Op, status int, reply members, scrub *scrubber) *Error {
	failure := &Error{
		Op:         string(op),
		Symbol:     scrub.clean(text(reply.Error)),
		Code:       integer(reply.Code),
		Cause:      scrub.clean(text(reply.Cause)),
		HTTPStatus: status,
	}
	blamed := texts(reply.Properties)
	for _, property := range blamed[:min(len(blamed), maxProperties)] {
		failure.Properties = append(failure.Properties, scrub.clean(property))
	}
	failure.text = failure.quote()
	failure.kinds = kindsOfAnswer(failure.Symbol, failure.Code)

	return failure
}

// summary tells in a few words what a body is. It never shows any of it.
func summary(contentType string, body []byte, form shape, scrub *scrubber) string {
	mediaType, _, err := mime.ParseMediaType(contentType)
	switch {
	case form == shapeEmpty:
		return "no content"
	case form == shapeTruncated:
		return "JSON that is cut short"
	case form == shapeNoResult:
		return "a JSON object without a result"
	case form != shapeOther:
		return "a JSON object"
	case strings.HasSuffix(mediaType, "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return "an HTML page"
	case err != nil:
		return fmt.Sprintf("%d bytes of unknown type", len(body))
	default:
		return fmt.Sprintf("%d bytes of %s", len(body), scrub.clean(mediaType))
	}
}

// target names the URL that a redirect points at, without the parts that could hold a secret.
func target(answer *http.Response, scrub *scrubber) string {
	location, err := answer.Location()
	if err != nil {
		return ""
	}

	return " to " + scrub.clean(location.Scheme+"://"+location.Host+location.EscapedPath())
}

// text returns a member that should be a string; a number is taken as it stands, anything else as empty.
func text(raw json.RawMessage) string {
	var value string
	if json.Unmarshal(raw, &value) == nil {
		return value
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}

	return ""
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

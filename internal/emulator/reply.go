// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"encoding/json"
	"net/http"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

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
	encoded, err := json.Marshal(r)
	if err != nil {
		panic(err) // Replies consist of strings, numbers, maps and slices.
	}

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

// tokenBreach is the answer of an app that was disabled. The symbol is documented; that it has the short form is inferred.
func tokenBreach() reply {
	return reply{"error": "TOKENBREACH"}
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

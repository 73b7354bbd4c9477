// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// An outcome is what an op adds to its reply: its object, or an error.
type outcome map[string]any

// A reply is a whole answer.
type reply map[string]any

// reply completes an outcome: op and id come back as they were sent (official documentation).
func (o outcome) reply(op string, id any) reply {
	_, failed := o["error"]
	whole := reply{"op": op, "result": !failed}
	if id != nil {
		whole["id"] = id
	}
	maps.Copy(whole, o)

	return whole
}

// outcome says in a word how the exchange ended.
func (r reply) outcome() string {
	if symbol, failed := r["error"]; failed {
		return fmt.Sprint(symbol)
	}

	return "ok"
}

// write sends the reply.
func (r reply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(r.encode()) //nolint:errcheck // The client may be gone.
}

// failure is an error in the full form, as a real server gave it in 2023.
func failure(symbol string, code int, cause string, properties ...string) outcome {
	if properties == nil {
		properties = []string{}
	}

	return outcome{"error": symbol, "code": code, "cause": cause, "properties": properties}
}

// authFail is the answer to a wrong app token, captured in 2023.
func authFail() outcome {
	return failure("AUTHFAIL", http.StatusUnauthorized, "Invalid or expired app token", "token")
}

// tokenBreach is the answer for an app that was disabled. The symbol is documented; the rest is the short form.
func tokenBreach() outcome {
	return outcome{"error": "TOKENBREACH"}
}

// badOp is the answer to an op that is not offered (official documentation).
func badOp() outcome {
	return outcome{"error": "BADOP"}
}

// refusal is a failure as the profile has it: in the full form, or in the short one when it has no code.
func refusal(as profile.Refusal, cause string, properties ...string) outcome {
	if as.Code == 0 {
		return outcome{"error": as.Error}
	}

	return failure(as.Error, as.Code, cause, properties...)
}

// missing is the answer to a request without a required parameter.
func (e *Emulator) missing(property string) outcome {
	return refusal(e.profile.MissingParameter, "A required parameter is missing", property)
}

// noUser is the answer to an op on a user that is not there.
func (e *Emulator) noUser(property string) outcome {
	return refusal(e.profile.UnknownUser, "No such user", property)
}

// noGroup is the answer to an op on a group that is not there.
func (e *Emulator) noGroup() outcome {
	return refusal(e.profile.UnknownGroup, "No such group", "gid")
}

func (r reply) encode() []byte {
	encoded, err := json.Marshal(r)
	if err != nil {
		panic(err) // Replies are made of strings, numbers, maps and slices.
	}

	return encoded
}

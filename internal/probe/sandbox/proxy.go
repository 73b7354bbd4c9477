// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

const maxRequestBytes = 1 << 20

// ServeHTTP implements [http.Handler]: it is the Backend API for a program that is given another endpoint, with the limits
// of the guard. A blocked request gets a failure in the form of mesibo, with the error GUARD.
func (a *App) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxRequestBytes))
	if err != nil {
		http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)

		return
	}
	reply, err := a.guard.send(request.Context(), body, true)
	switch {
	case errors.Is(err, ErrTokenBreach):
		reply = Reply{Status: http.StatusOK, Body: Object{"result": false, "error": "TOKENBREACH"}}
	case errors.Is(err, ErrBlocked), errors.Is(err, ErrNoRequestsLeft):
		reply = Reply{Status: http.StatusOK, Body: Object{"result": false, "error": "GUARD", "cause": err.Error()}}
	case err != nil:
		http.Error(w, "the server did not answer", http.StatusBadGateway)

		return
	case reply.Body == nil:
		http.Error(w, "the answer is not a JSON object", reply.Status)

		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(reply.Status)
	json.NewEncoder(w).Encode(reply.Body) //nolint:errcheck // The client may be gone.
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxRequestBytes bounds what is read of a request.
const maxRequestBytes = 1 << 20

// ServeHTTP implements [http.Handler]: it is the Backend API for whoever can be given another endpoint, and lets through
// what the guard does. What the guard refuses is an answer of the form that mesibo's failures have, with the error GUARD.
func (a *App) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxRequestBytes))
	if err != nil {
		http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)

		return
	}
	reply, err := a.send(request.Context(), body)
	if after := reply.Header.Get("Retry-After"); after != "" {
		w.Header().Set("Retry-After", after)
	}
	switch {
	case errors.Is(err, ErrBreach):
		reply = Reply{Members: Object{"result": false, "error": "TOKENBREACH"}}
	case errors.Is(err, ErrBeyond):
		reply = Reply{Members: Object{"result": false, "error": "GUARD", "cause": err.Error()}}
	case err != nil:
		http.Error(w, "the server did not answer", http.StatusBadGateway)

		return
	case reply.Members == nil:
		http.Error(w, "the answer is no JSON object", reply.Status)

		return
	}
	w.Header().Set("Content-Type", "application/json")
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	json.NewEncoder(w).Encode(reply.Members) //nolint:errcheck // The client may be gone.
}

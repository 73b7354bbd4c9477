// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"bytes"
	"net/http"
	"slices"
	"time"
)

// A Fault is something that goes wrong with a request. The functions below return one.
type Fault struct {
	name   string
	delay  time.Duration                              // before anything else
	before func(*Emulator, http.ResponseWriter, call) // answers, instead of carrying the request out
	hold   <-chan struct{}                            // delays the answer until it is closed
	after  func(http.ResponseWriter, call, reply)     // answers, once the request was carried out
}

// instead is a fault that answers without carrying the request out.
func instead(name string, answer func(http.ResponseWriter)) Fault {
	return Fault{name: name, before: func(_ *Emulator, w http.ResponseWriter, _ call) { answer(w) }}
}

// refused is a fault that answers with a failure without carrying the request out.
func refused(answer func(*Emulator, call) reply) Fault {
	return Fault{name: "refused", before: func(e *Emulator, w http.ResponseWriter, call call) {
		answer(e, call).complete(call).write(w)
	}}
}

// DropBefore closes the connection without carrying the request out.
func DropBefore() Fault { return instead("dropped before", drop) }

// DropAfterCommit carries the request out and closes the connection without an answer.
func DropAfterCommit() Fault {
	return Fault{name: "dropped after", after: func(w http.ResponseWriter, _ call, _ reply) { drop(w) }}
}

// drop closes the connection: the HTTP server does so on this panic.
func drop(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// BadGateway answers with the error page of a proxy without carrying the request out.
func BadGateway() Fault { return instead("bad gateway", badGateway) }

// BadGatewayAfterCommit carries the request out and answers with the error page of a proxy.
func BadGatewayAfterCommit() Fault {
	return Fault{name: "bad gateway after", after: func(w http.ResponseWriter, _ call, _ reply) { badGateway(w) }}
}

func badGateway(w http.ResponseWriter) { page(w, http.StatusBadGateway, "502 Bad Gateway") }

// HTMLPage answers with a page and status 200, like a captive portal, without carrying the request out.
func HTMLPage() Fault {
	return instead("HTML page", func(w http.ResponseWriter) { page(w, http.StatusOK, "Please log in") })
}

func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte("<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>")) //nolint:errcheck // The client may be gone.
}

// EmptyReply answers with status 200 and an empty body without carrying the request out.
func EmptyReply() Fault {
	return instead("empty reply", func(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/json") })
}

// TruncatedJSON carries the request out and sends the first half of the answer as if it were complete.
func TruncatedJSON() Fault {
	return Fault{name: "truncated", after: func(w http.ResponseWriter, _ call, r reply) {
		whole := r.encode()
		w.Header().Set("Content-Type", "application/json")
		w.Write(whole[:len(whole)/2]) //nolint:errcheck // The client may be gone.
	}}
}

// HugeReply carries the request out and sends the answer with 100 MB more in it, until the client goes away. It is valid JSON,
// so that only a limit of its own stops a client from reading all of it.
func HugeReply() Fault {
	return Fault{name: "huge reply", after: func(w http.ResponseWriter, _ call, r reply) {
		const size, chunk = 100 << 20, 64 << 10
		whole := r.encode()
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write(append(whole[:len(whole)-1], `,"filler":"`...))
		for filler, sent := bytes.Repeat([]byte("a"), chunk), 0; sent < size && err == nil; sent += chunk {
			_, err = w.Write(filler)
		}
		if err == nil {
			w.Write([]byte(`"}`)) //nolint:errcheck // The client may be gone.
		}
	}}
}

// TooManyRequests answers with status 429 and the given Retry-After header, if any, without carrying the request out. Invented.
func TooManyRequests(retryAfter string) Fault {
	return instead("too many requests", func(w http.ResponseWriter) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		page(w, http.StatusTooManyRequests, "429 Too Many Requests")
	})
}

// Refuse answers with a failure in the full form without carrying the request out.
func Refuse(symbol string, code int, cause string, properties ...string) Fault {
	return refused(func(*Emulator, call) reply { return failure(symbol, code, cause, properties...) })
}

// RefuseAfterCommit carries the request out and answers with a failure.
func RefuseAfterCommit(symbol string, code int, cause string, properties ...string) Fault {
	return Fault{name: "refused after", after: func(w http.ResponseWriter, call call, _ reply) {
		failure(symbol, code, cause, properties...).complete(call).write(w)
	}}
}

// AuthFail answers as to a wrong app token.
func AuthFail() Fault {
	return refused(func(*Emulator, call) reply { return authFail() })
}

// TokenBreach answers as for an app that was disabled.
func TokenBreach() Fault {
	return refused(func(*Emulator, call) reply { return reply{"error": "TOKENBREACH"} })
}

// EchoSecretsInCause answers with a failure whose cause contains the app token and the user token minted last. Invented.
func EchoSecretsInCause() Fault {
	return refused(func(e *Emulator, call call) reply {
		last := append([]string{""}, e.MintedTokens()...)

		return failure("REFUSED", http.StatusForbidden, "app "+call.appToken+" may not replace token "+last[len(last)-1])
	})
}

// Slow delays the request, which is then carried out. It ends early when the client goes away.
func Slow(delay time.Duration) Fault { return Fault{name: "slow", delay: delay} }

// Hold carries the request out and delays the answer until the channel is closed.
func Hold(release <-chan struct{}) Fault { return Fault{name: "held", hold: release} }

// A pendingFault waits for its request.
type pendingFault struct {
	op    string // empty for any
	after int    // how many requests of the op pass before it
	again bool   // it stays until ClearFaults
	fault Fault
}

// Fail makes the nth request of an op from now on, 1 being the next, fail once. An empty op is any op. A request has at most
// one fault; another one that is due waits for the next request. Requests over the rate limit do not count.
func (e *Emulator) Fail(op string, nth int, fault Fault) {
	e.addFault(&pendingFault{op: op, after: nth - 1, fault: fault})
}

// FailAlways makes every request of an op fail until ClearFaults. An empty op is any op.
func (e *Emulator) FailAlways(op string, fault Fault) {
	e.addFault(&pendingFault{op: op, again: true, fault: fault})
}

func (e *Emulator) addFault(fault *pendingFault) {
	defer e.lock()()
	e.faults = append(e.faults, fault)
}

// ClearFaults removes all faults.
func (e *Emulator) ClearFaults() {
	defer e.lock()()
	e.faults = nil
}

// takeFault returns the fault of a request, if there is one. All faults of the op count the request. A fault that happens once
// goes before one that happens always, which would make it wait forever.
func (e *Emulator) takeFault(op string) Fault {
	var due *pendingFault
	for _, pending := range e.faults {
		if pending.op != "" && pending.op != op {
			continue
		}
		if pending.after--; pending.after < 0 && (due == nil || due.again && !pending.again) {
			due = pending
		}
	}
	if due == nil {
		return Fault{}
	}
	if !due.again {
		e.faults = slices.DeleteFunc(e.faults, func(pending *pendingFault) bool { return pending == due })
	}

	return due.fault
}

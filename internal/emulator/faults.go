// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"bytes"
	"net/http"
	"slices"
	"time"
)

// A Fault is something that goes wrong with one request. Faults are made by the functions below.
type Fault struct {
	name   string
	delay  time.Duration
	before func(*Emulator, http.ResponseWriter, call) // answers instead of carrying the request out
	hold   <-chan struct{}                            // closed when the answer may go out
	after  func(http.ResponseWriter, reply)           // answers after the request was carried out
}

// DropBefore closes the connection; the request is not carried out.
func DropBefore() Fault {
	return Fault{name: "dropped before", before: func(*Emulator, http.ResponseWriter, call) { drop() }}
}

// DropAfterCommit carries the request out, and closes the connection without an answer.
func DropAfterCommit() Fault {
	return Fault{name: "dropped after", after: func(http.ResponseWriter, reply) { drop() }}
}

// drop ends the connection: the HTTP server does so on this panic, without a word.
func drop() {
	panic(http.ErrAbortHandler)
}

// BadGateway is a proxy's error page; the request is not carried out.
func BadGateway() Fault {
	return Fault{name: "bad gateway", before: func(_ *Emulator, w http.ResponseWriter, _ call) { badGateway(w) }}
}

// BadGatewayAfterCommit is a proxy's error page for a request that was carried out.
func BadGatewayAfterCommit() Fault {
	return Fault{name: "bad gateway after", after: func(w http.ResponseWriter, _ reply) { badGateway(w) }}
}

func badGateway(w http.ResponseWriter) {
	page(w, http.StatusBadGateway, "502 Bad Gateway")
}

// HTMLPage is a web page with status 200, as a captive portal shows; the request is not carried out.
func HTMLPage() Fault {
	return Fault{name: "HTML page", before: func(_ *Emulator, w http.ResponseWriter, _ call) { page(w, http.StatusOK, "Please log in") }}
}

func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte("<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>")) //nolint:errcheck // The client may be gone.
}

// EmptyReply is status 200 with nothing; the request is not carried out.
func EmptyReply() Fault {
	return Fault{name: "empty reply", before: func(_ *Emulator, w http.ResponseWriter, _ call) {
		w.Header().Set("Content-Type", "application/json")
	}}
}

// TruncatedJSON carries the request out, and sends half of the answer as if it were all.
func TruncatedJSON() Fault {
	return Fault{name: "truncated", after: func(w http.ResponseWriter, r reply) {
		whole := r.encode()
		w.Header().Set("Content-Type", "application/json")
		w.Write(whole[:len(whole)/2]) //nolint:errcheck // The client may be gone.
	}}
}

// HugeReply carries the request out, and sends the answer with 100 MB more in it, until the client goes away. The
// answer is sound to the last byte, so that only a limit of its own stops a client from taking it all.
func HugeReply() Fault {
	return Fault{name: "huge reply", after: func(w http.ResponseWriter, r reply) {
		const size, chunk = 100 << 20, 64 << 10
		whole := r.encode()
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write(append(whole[:len(whole)-1], `,"filler":"`...))
		filler := bytes.Repeat([]byte("a"), chunk)
		for sent := 0; sent < size && err == nil; sent += chunk {
			_, err = w.Write(filler)
		}
		if err == nil {
			w.Write([]byte(`"}`)) //nolint:errcheck // The client may be gone.
		}
	}}
}

// TooManyRequests is status 429 with the given Retry-After header, if any; the request is not carried out. Invented.
func TooManyRequests(retryAfter string) Fault {
	return Fault{name: "too many requests", before: func(_ *Emulator, w http.ResponseWriter, _ call) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		page(w, http.StatusTooManyRequests, "429 Too Many Requests")
	}}
}

// Refuse answers with an error in the full form; the request is not carried out.
func Refuse(symbol string, code int, cause string, properties ...string) Fault {
	return refuse(func(*Emulator, call) outcome { return failure(symbol, code, cause, properties...) })
}

// RefuseAfterCommit carries the request out, and answers with an error all the same.
func RefuseAfterCommit(symbol string, code int, cause string, properties ...string) Fault {
	return Fault{name: "refused after", after: func(w http.ResponseWriter, r reply) {
		op, _ := r["op"].(string)
		failure(symbol, code, cause, properties...).reply(op, r["id"]).write(w)
	}}
}

// AuthFail answers as to a wrong app token.
func AuthFail() Fault {
	return refuse(func(*Emulator, call) outcome { return authFail() })
}

// TokenBreach answers as for an app that was disabled.
func TokenBreach() Fault {
	return refuse(func(*Emulator, call) outcome { return tokenBreach() })
}

// EchoSecretsInCause answers with an error whose cause holds the app token and the user token minted last. Invented.
func EchoSecretsInCause() Fault {
	return refuse(func(e *Emulator, call call) outcome {
		minted := e.MintedTokens()
		last := ""
		if len(minted) > 0 {
			last = minted[len(minted)-1]
		}

		return failure("REFUSED", http.StatusForbidden, "app "+call.appToken+" may not replace token "+last)
	})
}

func refuse(answer func(*Emulator, call) outcome) Fault {
	return Fault{name: "refused", before: func(e *Emulator, w http.ResponseWriter, call call) {
		answer(e, call).reply(call.op, call.id).write(w)
	}}
}

// Slow waits before the request is carried out. It ends early when the client goes away.
func Slow(delay time.Duration) Fault {
	return Fault{name: "slow", delay: delay}
}

// Hold carries the request out, and keeps the answer until the channel is closed.
func Hold(release <-chan struct{}) Fault {
	return Fault{name: "held", hold: release}
}

// pending is a fault that waits for its request.
type pending struct {
	op     string // empty for any
	nth    int    // of the requests to come; 0 for all of them
	fault  Fault
	passed int
}

// Fail makes the nth request of an op from now on, 1 being the next, go wrong. An empty op is any op. The fault
// happens once; several may wait. One request has one fault: the next is left to what else was due with it. What
// [Modes.RequestsPerSecond] turns away does not count.
func (e *Emulator) Fail(op string, nth int, fault Fault) {
	e.addFault(&pending{op: op, nth: max(nth, 1), fault: fault})
}

// FailAlways makes every request of an op go wrong, until ClearFaults. An empty op is any op.
func (e *Emulator) FailAlways(op string, fault Fault) {
	e.addFault(&pending{op: op, fault: fault})
}

// ClearFaults forgets all faults.
func (e *Emulator) ClearFaults() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = nil
}

func (e *Emulator) addFault(fault *pending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = append(e.faults, fault)
}

// takeFault returns the fault of this request, if there is one. Every fault that waits for the op counts it. Among
// those that are due, one that happens once goes before one that happens always, which would keep it waiting for ever.
func (e *Emulator) takeFault(op string) Fault {
	var always, once *pending
	for _, fault := range e.faults {
		if fault.op != "" && fault.op != op {
			continue
		}
		fault.passed++
		switch {
		case fault.nth == 0 && always == nil:
			always = fault
		case fault.nth > 0 && fault.passed >= fault.nth && once == nil:
			once = fault
		}
	}
	switch {
	case once != nil:
		e.faults = slices.DeleteFunc(e.faults, func(fault *pending) bool { return fault == once })

		return once.fault
	case always != nil:
		return always.fault
	default:
		return Fault{}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// What is read of an answer at the most.
const (
	maxReplyBytes  = 1 << 20
	maxListBytes   = 32 << 20 // of an answer to a list of everything: some 300 bytes for each of [listRows]
	maxHeaderBytes = 64 << 10
)

// A pool lends connections: each try has a transport to itself, which keeps its one connection for the next. So there
// are never more connections than callers at work. One transport for all would dial in vain whenever another
// caller's connection becomes free before the dial is done.
type pool struct {
	tlsConfig *tls.Config

	mu   sync.Mutex
	idle []*http.Transport
}

// borrow returns the transport that was used last, whose connection is the most likely to be alive, or a new one.
func (p *pool) borrow() *http.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()

	last := len(p.idle) - 1
	if last < 0 {
		return newTransport(p.tlsConfig)
	}
	transport := p.idle[last]
	p.idle = p.idle[:last]

	return transport
}

// giveBack takes a transport whose try is over.
func (p *pool) giveBack(transport *http.Transport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, transport)
}

// closeIdle closes the connections that nobody has borrowed.
func (p *pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, transport := range p.idle {
		transport.CloseIdleConnections()
	}
}

// newTransport returns a transport. A proxy is taken from the usual environment variables.
func newTransport(tlsConfig *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        tlsConfig.Clone(),
		ForceAttemptHTTP2:      true,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// An exchange is one call: a request, tried until it is settled. It is the http.RoundTripper below the
// retrying client, and remembers what the tries came to.
type exchange struct {
	client *Client
	op     Op
	class  class
	mints  bool // the reply to this request holds a new user token
	limit  int  // of the reply, in bytes

	tries   int           // begun so far
	counted int           // of these, those that count against the retries
	began   time.Time     // the call
	settled int64         // what the client had counted at the last look
	sent    bool          // some try left this machine
	unclear bool          // some try may have been carried out
	wait    time.Duration // before the next try
	last    outcome
	stopped *stop // why there is no further try, if not by policy
}

// A stop is why tries ended early.
type stop struct {
	reason string
	kind   error
}

// An outcome is what one try came to.
type outcome struct {
	fate   fate
	status int // of HTTP; 0 without an answer
	reply  envelope
	err    *Error        // nil after a success
	asked  time.Duration // how long the server asked to wait; 0 when it did not
}

// errTried tells the retrying client that a try failed. The exchange knows the rest.
var errTried = errors.New("the try failed")

// RoundTrip makes one try. It begins none when the context has ended.
func (x *exchange) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if err := x.admit(ctx); err != nil {
		return nil, err
	}
	x.tries++
	if x.mints && x.unclear {
		x.client.debug(ctx, "sending again after a try without an answer; a token minted by that try, if any, is known to nobody",
			map[string]any{"op": string(x.op), "attempt": x.tries})
	}

	began := time.Now()
	answer := x.try(request)
	x.note(ctx, time.Since(began))

	if x.last.fate != fateSucceeded {
		return nil, errTried
	}

	return answer, nil
}

// admit waits until a try may begin. It fails when the context has ended, or would end during the wait.
func (x *exchange) admit(ctx context.Context) error {
	err := ctx.Err()
	if err == nil && x.client.limiter != nil {
		err = x.client.limiter.Wait(ctx)
	}

	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		x.stop(ctx.Err().Error(), ctx.Err())
	default:
		x.stop("the wait for the client's own rate limit would outlast the deadline", context.DeadlineExceeded)
	}

	return err
}

// try sends the request, reads the answer and leaves the outcome in x.last.
func (x *exchange) try(request *http.Request) *http.Response {
	// A change that is under way is not cut off: its outcome would be lost.
	whole := request.Context()
	if x.class != classRead {
		whole = context.WithoutCancel(whole)
	}
	ctx, cancel := context.WithTimeout(whole, x.client.requestTimeout)
	defer cancel()

	// The transport asks for a second connection only when nothing was written to the first.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})

	transport := x.client.pool.borrow()
	defer x.client.pool.giveBack(transport)
	answer, err := transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		x.last = x.noAnswer(whole, err, connected.Load())

		return nil
	}
	x.sent = true
	body, err := readAll(answer, x.limit)
	x.last = x.answered(whole, answer, body, err)

	return answer
}

// readAll reads a body to its end, so that its connection can be used again, and closes it. A body that is too
// large is given up, together with its connection. One after a switch of protocols is the connection itself, of which
// no context ends the reading, so it is given up too.
func readAll(answer *http.Response, limit int) ([]byte, error) {
	if answer.StatusCode == http.StatusSwitchingProtocols {
		_ = answer.Body.Close()
		answer.Body = http.NoBody

		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(limit)+1))
	if closeErr := answer.Body.Close(); err == nil {
		err = closeErr
	}
	answer.Body = http.NoBody

	return body, err
}

// noAnswer is the outcome of a try that failed without an answer; whole is the context of the call as far as it
// can end the try.
func (x *exchange) noAnswer(whole context.Context, err error, connected bool) outcome {
	host, cause := x.client.host, x.explain(whole, err)
	failure := errorf(x.op, nil, "no answer from %s: %s", host, cause)
	failure.kinds = contextKinds(err)
	if connected {
		x.sent = true

		return outcome{fate: fateUnanswered, err: failure}
	}

	failure.text = fmt.Sprintf("no connection to %s: %s", host, cause)
	if !x.sent && whole.Err() == nil {
		failure.kinds = append(failure.kinds, ErrUnreachable)
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		failure.text = fmt.Sprintf("the certificate of %s is not trusted: %s. %s", host, cause, cure(err))

		return outcome{fate: fateRefused, err: failure}
	}
	if noTLS := (tls.RecordHeaderError{}); errors.As(err, &noTLS) {
		failure.text += ". The server does not speak TLS there, so the scheme or the port of the endpoint is wrong"
	}

	return outcome{fate: fateNeverSent, err: failure}
}

// cure says what makes a certificate trusted.
func cure(err error) string {
	var invalid x509.CertificateInvalidError
	var misnamed x509.HostnameError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "It has to be renewed, or the clock of this machine is wrong"
	case errors.As(err, &misnamed):
		return "The endpoint has to name the server as the certificate does"
	default:
		return "If a private certificate authority (CA) has issued it, its CA certificate must be configured"
	}
}

// answered is the outcome of a try that got an answer; err is the error of reading its body.
func (x *exchange) answered(whole context.Context, answer *http.Response, body []byte, err error) outcome {
	result := outcome{
		status: answer.StatusCode,
		asked:  retryAfter(answer.Header.Get("Retry-After"), time.Now()),
	}
	switch {
	case err != nil:
		result.fate = fateUnanswered
		result.err = errorf(x.op, ErrUnexpectedResponse, "the answer broke off: %s", x.explain(whole, err))
		result.err.kinds = append(result.err.kinds, contextKinds(err)...)
	case len(body) > x.limit:
		result.fate = fateGarbled
		result.err = errorf(x.op, ErrUnexpectedResponse, "the answer is larger than %d bytes", x.limit)
	default:
		result.fate, result.reply, result.err = judge(x.op, answer, body, x.client.scrub)
	}
	if result.err != nil {
		result.err.HTTPStatus = answer.StatusCode
		if errors.Is(result.err, ErrUnexpectedResponse) { // It may come from elsewhere than the user thinks.
			result.err.host = x.client.host
		}
	}

	return result
}

// explain puts the error of a connection into words. It may quote the server, so it is scrubbed.
func (x *exchange) explain(whole context.Context, err error) string {
	if errors.Is(err, context.DeadlineExceeded) && whole.Err() == nil {
		return fmt.Sprintf("the request timeout of %s has passed", x.client.requestTimeout)
	}

	return x.client.scrub.clean(err.Error())
}

// contextKinds returns which errors of a context an error is.
func contextKinds(err error) []error {
	var kinds []error
	for _, kind := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, kind) {
			kinds = append(kinds, kind)
		}
	}

	return kinds
}

// note keeps what must outlive the try, and logs one line about it.
func (x *exchange) note(ctx context.Context, took time.Duration) {
	if x.class != classRead && (x.last.fate == fateUnanswered || x.last.fate == fateGarbled) {
		x.unclear = true
	}

	if x.last.fate == fateSucceeded || x.last.fate == fateRefused {
		x.client.settled.Add(1)
	}

	fields := map[string]any{
		"op":          string(x.op),
		"attempt":     x.tries,
		"http_status": x.last.status,
		"duration":    took.String(),
	}
	if failure := x.last.err; failure != nil {
		fields["error"] = failure.Symbol
	}
	x.client.debug(ctx, "tried a request to the Backend API", fields)
}

// stop ends the tries early. The first reason counts.
func (x *exchange) stop(reason string, kind error) {
	if x.stopped == nil {
		x.stopped = &stop{reason: reason, kind: kind}
	}
}

// failure returns the error of the whole call: that of the last try, and what is to say about all of them.
func (x *exchange) failure() *Error {
	failure := x.last.err
	if x.tries > 1 {
		failure.text += fmt.Sprintf(" (%d tries)", x.tries)
	}
	// A read that was cut off by its context says so already.
	if x.stopped != nil && !errors.Is(failure, x.stopped.kind) {
		failure.and("The call was given up: "+x.stopped.reason, x.stopped.kind)
	}
	if x.unclear {
		failure.and("The request may have been carried out", ErrOutcomeUnknown)
	}

	return failure
}

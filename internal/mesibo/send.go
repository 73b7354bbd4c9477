// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	maxReplyBytes = 1 << 20  // that are read of the body of a response
	maxListBytes  = 32 << 20 // that are read of a list of everything: some 300 for each of listRows
)

// An attempt is what became of sending a request once.
type attempt struct {
	outcome    outcome
	status     int // of HTTP; 0 without a response
	reply      envelope
	err        *Error        // nil after a success
	retryAfter time.Duration // how long the server asked to wait; 0 when it did not
}

// attempt sends the request once, notes what later attempts and the final error have to know, and logs it.
func (r *request) attempt(ctx context.Context) attempt {
	c := r.client
	r.attempts++
	if r.mints && r.unclear {
		c.logger.DebugContext(ctx, "sending again after an attempt without an answer; nobody knows a token that it may have minted",
			"op", string(r.op), "attempt", r.attempts)
	}
	began := time.Now()
	a := r.send(ctx)
	fields := []any{"op", string(r.op), "attempt", r.attempts, "http_status", a.status, "duration", time.Since(began).String()}
	if a.err != nil {
		fields = append(fields, "error", a.err.Symbol)
	}
	c.logger.DebugContext(ctx, "Backend API request", fields...)

	switch a.outcome {
	case succeeded, refused:
		c.settled.Add(1)
	case unanswered, garbled:
		r.unclear = r.unclear || classes[r.op] != classRead
	}
	if a.err != nil && r.attempts > 1 {
		a.err.text += fmt.Sprintf(" (%d tries)", r.attempts)
	}
	if a.err != nil && r.unclear {
		a.err.addOutcomeUnknown()
	}
	return a
}

// send sends the request and reads the response.
func (r *request) send(ctx context.Context) attempt {
	c := r.client
	if classes[r.op] != classRead {
		ctx = context.WithoutCancel(ctx) // A change that is under way is not cut off: its outcome would be lost.
	}
	timed, cancel := context.WithTimeout(ctx, c.requestTimeout)
	defer cancel()
	timed, end := c.connections.begin(timed, c.custom)
	req, _ := http.NewRequestWithContext(timed, http.MethodPost, c.endpoint, bytes.NewReader(r.body())) // New has parsed the endpoint.
	req.Header.Set("Content-Type", r.contentType)
	req.Header.Set("User-Agent", c.userAgent)
	resp, err := c.transport.RoundTrip(req) // An http.Client would follow redirects, and the app token would go along.
	if err != nil {
		return r.noResponse(ctx, err, end())
	}
	defer func() { _ = resp.Body.Close() }()
	r.sent = true
	body, err := readBody(resp, r.maxBytes)
	end()
	return r.response(ctx, resp, body, err)
}

// readBody reads a body to its end, so that its connection can be used again. A body that is too large is given up with
// its connection. So is one after a switch of protocols: it is the connection itself, and no context ends reading it.
func readBody(resp *http.Response, limit int) ([]byte, error) {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
}

// noResponse returns an attempt without a response. The context is that of the call, as far as it can end the attempt.
func (r *request) noResponse(ctx context.Context, err error, nothingSent bool) attempt {
	host := r.client.host
	if !nothingSent {
		r.sent = true
		return attempt{outcome: unanswered, err: r.connectionError(ctx, "no answer from "+host, err)}
	}
	a := attempt{outcome: neverSent}
	what, advice := "no connection to "+host, ""
	var untrusted *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &untrusted):
		a.outcome, what, advice = refused, "the certificate of "+host+" is not trusted", ". "+certificateAdvice(err)
	case errors.As(err, &noTLS):
		advice = ". The server does not speak TLS there, so the scheme or the port of the endpoint is wrong"
	}
	a.err = r.connectionError(ctx, what, err)
	a.err.text += advice
	if !r.sent && ctx.Err() == nil {
		a.err.kinds = append(a.err.kinds, ErrUnreachable)
	}
	return a
}

// connectionError returns the error of a connection. It may quote the server, so it is redacted.
func (r *request) connectionError(ctx context.Context, what string, err error) *Error {
	cause := r.redactor.redact(err.Error())
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		cause = fmt.Sprintf("the request timeout of %s has passed", r.client.requestTimeout)
	}
	failure := errorf(r.op, nil, "%s: %s", what, cause)
	for _, kind := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, kind) {
			failure.kinds = append(failure.kinds, kind)
		}
	}
	return failure
}

// certificateAdvice says what makes a certificate trusted.
func certificateAdvice(err error) string {
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

// response returns an attempt that got a response; err is the error of reading its body.
func (r *request) response(ctx context.Context, resp *http.Response, body []byte, err error) attempt {
	a := attempt{status: resp.StatusCode, retryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	switch {
	case err != nil:
		a.outcome, a.err = unanswered, r.connectionError(ctx, "the answer broke off", err)
		a.err.kinds = append(a.err.kinds, ErrUnexpectedResponse)
	case len(body) > r.maxBytes:
		a.outcome, a.err = garbled, errorf(r.op, ErrUnexpectedResponse, "the answer is larger than %d bytes", r.maxBytes)
	default:
		reply, form := decode(body)
		a.outcome, a.reply = classify(resp.StatusCode, form, integer(reply.read().Code)), reply
		if a.outcome != succeeded {
			a.err = responseError(r.op, resp, body, reply.read(), form, r.redactor)
		}
	}
	if a.err != nil {
		a.err.HTTPStatus = resp.StatusCode
		if errors.Is(a.err, ErrUnexpectedResponse) { // It may come from another server than the user thinks.
			a.err.at = " at " + r.client.host
		}
	}
	return a
}

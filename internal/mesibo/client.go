// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package mesibo is a client of the mesibo Backend API.
//
// The API is one URL that takes a POST of a JSON object: its member "op" says what to do, and the app token is in it
// (official documentation). So a request is retried by its op, never by its HTTP method, and the member "result" of the
// reply says whether it succeeded, never the HTTP status.
//
// A request that changes something and is under way is not cut off when its context ends: it runs to its reply or to the
// request timeout, and its outcome is reported. An error says what is known about the outcome: see [ErrOutcomeUnknown]
// and [ErrUnreachable]. No error, log line or printed value shows an app token, a user token or the body of a reply.
package mesibo

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// DefaultEndpoint is the URL of the hosted Backend API (official documentation).
const DefaultEndpoint = "https://api.mesibo.com/backend/"

// Client calls the Backend API for one app. It is safe for concurrent use, and calls share its connections.
type Client struct {
	appToken       Secret
	endpoint       string
	host           string // of the endpoint, for errors
	lookups        Lookups
	maxRetries     int
	requestTimeout time.Duration
	backoffMin     time.Duration
	backoffMax     time.Duration
	perSecond      float64
	userAgent      string
	tlsConfig      *tls.Config
	logger         *slog.Logger

	transport   http.RoundTripper
	custom      bool // the transport is the caller's
	connections *connections
	limiter     *rate.Limiter
	redactor    *redactor
	bulk        *bulk        // nil without WithBulkReads
	settled     atomic.Int64 // requests that the server has carried out or refused
	noLookups   sync.Map     // the lookup ops that the server turned out not to have
}

// An Option changes how a [Client] works.
type Option func(*Client)

// WithEndpoint sets the full URL of the Backend API, with its path; the default is [DefaultEndpoint]. On-premise
// back ends are served under any URL, also over plain http (vendor sample). [ParseEndpoint] has the rules.
func WithEndpoint(endpoint string) Option {
	return func(c *Client) { c.endpoint = endpoint }
}

// WithHTTPClient sends requests through the Transport of httpClient, or through [http.DefaultTransport] if it has none.
// Nothing else of httpClient is used: the client never follows a redirect, because the app token would go along, and
// [WithRequestTimeout] sets the timeout. TLS is set in the Transport then: [New] refuses WithTLSConfig beside it.
func WithHTTPClient(httpClient *http.Client) Option {
	return func(c *Client) { c.transport, c.custom = httpClient.Transport, true }
}

// WithTLSConfig sets how the server is verified, for a back end with a private certificate authority.
func WithTLSConfig(config *tls.Config) Option {
	return func(c *Client) { c.tlsConfig = config }
}

// WithLookups sets whether lookups are used; the default is [LookupsAuto].
func WithLookups(lookups Lookups) Option {
	return func(c *Client) { c.lookups = lookups }
}

// WithMaxRetries sets how often a request is sent again after the first attempt; the default is 4. With 1 or more, an
// attempt that the server rate-limited (HTTP status 429) while it answered other requests of this client is not counted.
func WithMaxRetries(retries int) Option {
	return func(c *Client) { c.maxRetries = retries }
}

// WithRequestTimeout sets how long one attempt may take; the default is 30 seconds.
func WithRequestTimeout(timeout time.Duration) Option {
	return func(c *Client) { c.requestTimeout = timeout }
}

// WithRequestsPerSecond limits how fast requests are sent, retries included; the default, 0, is no limit.
func WithRequestsPerSecond(perSecond float64) Option {
	return func(c *Client) { c.perSecond = perSecond }
}

// WithUserAgent sets the User-Agent header. Characters that a header must not contain become spaces.
func WithUserAgent(userAgent string) Option {
	return func(c *Client) { c.userAgent = printable(userAgent) }
}

// WithBackoff sets the shortest and the longest wait before a retry when the server does not ask for one; the default
// is 500 milliseconds and 30 seconds. It is meant for tests.
func WithBackoff(shortest, longest time.Duration) Option {
	return func(c *Client) { c.backoffMin, c.backoffMax = shortest, longest }
}

// WithLogger logs each attempt at level debug, without secrets and bodies; the default is no log.
func WithLogger(logger *slog.Logger) Option {
	return func(c *Client) { c.logger = logger }
}

// New returns a client for the app of the given app token. It makes no call. Its error never shows the app token or the
// endpoint, which may contain a password.
func New(appToken Secret, opts ...Option) (*Client, error) {
	c := &Client{
		appToken:       appToken,
		endpoint:       DefaultEndpoint,
		lookups:        LookupsAuto,
		maxRetries:     4,
		requestTimeout: 30 * time.Second,
		backoffMin:     500 * time.Millisecond,
		backoffMax:     30 * time.Second,
		userAgent:      "terraform-provider-mesibo",
	}
	for _, opt := range opts {
		opt(c)
	}
	endpoint, err := ParseEndpoint(c.endpoint)
	if err == nil {
		err = c.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("mesibo: %w", err)
	}

	c.host = endpoint.Host
	c.redactor = newRedactor(appToken)
	c.limiter = rate.NewLimiter(rate.Inf, 1)
	if c.perSecond > 0 {
		c.limiter.SetLimit(rate.Limit(c.perSecond))
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	c.connections = newConnections(c.requestTimeout)
	if !c.custom {
		c.transport = newTransport(c.tlsConfig, c.connections)
	} else if c.transport == nil {
		c.transport = http.DefaultTransport
	}

	return c, nil
}

// ParseEndpoint parses a URL that requests can be sent to: http or https, with a host, and without credentials, query
// or fragment. Its error says what is wrong with the endpoint and never shows it, since it may contain a password.
func ParseEndpoint(endpoint string) (*url.URL, error) {
	parsed, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return nil, errors.New("endpoint is not a URL") // err shows the URL
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, errors.New("endpoint must begin with https:// or http://")
	case parsed.Hostname() == "":
		return nil, errors.New("endpoint has no host")
	case parsed.User != nil:
		return nil, errors.New("endpoint must not contain a user name or password")
	case parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "":
		return nil, errors.New("endpoint must not contain a query or fragment")
	default:
		return parsed, nil
	}
}

// validate returns what is wrong with the settings other than the endpoint.
func (c *Client) validate() error {
	switch {
	case c.appToken.IsEmpty():
		return errors.New("app token is empty")
	case c.lookups != LookupsAuto && c.lookups != LookupsRequired && c.lookups != LookupsDisabled:
		return fmt.Errorf("lookups must not be %q", c.lookups)
	case c.maxRetries < 0:
		return errors.New("number of retries is negative")
	case c.requestTimeout <= 0:
		return errors.New("request timeout is not positive")
	case !(c.perSecond >= 0): // so that NaN is refused too
		return errors.New("number of requests per second is negative")
	case c.backoffMin < 0 || c.backoffMax < c.backoffMin:
		return errors.New("shortest wait before a retry is negative or exceeds the longest")
	case c.custom && c.tlsConfig != nil:
		return errors.New("WithTLSConfig has no effect beside WithHTTPClient: set TLS in its Transport")
	default:
		return nil
	}
}

// CloseIdleConnections closes the connections that wait for the next call.
func (c *Client) CloseIdleConnections() {
	if transport, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		transport.CloseIdleConnections()
	}
}

// A payload is what a request says beside its op. Only the members that are set are sent.
type payload struct {
	Count   int            `json:"count,omitempty"`
	User    *userObject    `json:"user,omitempty"`
	Group   *groupObject   `json:"group,omitempty"`
	Message *messageObject `json:"message,omitempty"`
}

// call sends a request, more than once where its op allows that, and returns the reply of a success. Every error is an
// [*Error].
func (c *Client) call(ctx context.Context, op Op, about payload) (envelope, error) {
	body := encode(op, c.appToken, about)
	r := c.request(op, "application/json", body)
	r.mints = about.mints()
	if about.Count == listRows {
		r.maxBytes = maxListBytes
	}
	return r.do(ctx)
}

// request returns a request that was not sent yet.
func (c *Client) request(op Op, contentType string, body []byte) *request {
	return &request{
		client: c, op: op, contentType: contentType, body: func() []byte { return body }, redactor: c.redactor, maxBytes: maxReplyBytes,
	}
}

// encode returns the body of a request, its members in the order of the official documentation.
func encode(op Op, appToken Secret, about payload) []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // an address is sent as it is written
	_ = encoder.Encode(struct {  // It fails for no payload.
		Op    Op     `json:"op"`
		Token string `json:"token"`
		payload
	}{op, appToken.Reveal(), about})
	return bytes.TrimSuffix(body.Bytes(), []byte("\n"))
}

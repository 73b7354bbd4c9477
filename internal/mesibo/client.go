// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// DefaultEndpoint is the URL of the hosted Backend API (official documentation).
const DefaultEndpoint = "https://api.mesibo.com/backend/"

// What a client does unless an option says otherwise.
const (
	defaultMaxRetries     = 4
	defaultRequestTimeout = 30 * time.Second
	defaultBackoffMin     = 500 * time.Millisecond
	defaultBackoffMax     = 30 * time.Second
	defaultUserAgent      = "terraform-provider-mesibo"
	longestCall           = 5 * time.Minute // with its waits, where the caller sets no deadline
)

// Client calls the Backend API for one app. It is safe for concurrent use, and calls share their connections.
type Client struct {
	appToken Secret
	endpoint string
	host     string // of the endpoint; stands in errors, where a whole URL might hold too much

	lookups        Lookups
	maxRetries     int
	requestTimeout time.Duration
	backoffMin     time.Duration
	backoffMax     time.Duration
	perSecond      float64
	userAgent      string
	tlsConfig      *tls.Config
	logger         Logger

	bulk      *bulk // nil unless it is asked for
	pool      *pool
	limiter   *rate.Limiter // nil: no limit
	scrub     *scrubber
	settled   atomic.Int64 // requests that the server has carried out or refused
	noLookups sync.Map     // the look-ups that the server has told it does not have, by op
}

// An Option changes how a [Client] works.
type Option func(*Client)

// Logger receives debug events. Their fields never hold a secret or a body.
type Logger interface {
	Debug(ctx context.Context, msg string, fields map[string]any)
}

// WithEndpoint sets the full URL of the Backend API, with its path; the default is [DefaultEndpoint]. On-premise
// back ends are served under any URL, also over plain http (vendor sample).
func WithEndpoint(endpoint string) Option {
	return func(c *Client) { c.endpoint = endpoint }
}

// WithTLSConfig sets how the server is verified, for a back end with a private certificate authority.
func WithTLSConfig(config *tls.Config) Option {
	return func(c *Client) { c.tlsConfig = config }
}

// WithLookups sets whether look-ups are used; the default is [LookupsAuto].
func WithLookups(lookups Lookups) Option {
	return func(c *Client) { c.lookups = lookups }
}

// WithMaxRetries sets how often a request is sent again after the first try; the default is 4. With 1 or more, a try
// does not count that the server put off by status 429 while it answered others of this client.
func WithMaxRetries(retries int) Option {
	return func(c *Client) { c.maxRetries = retries }
}

// WithRequestTimeout sets how long one HTTP exchange may take; the default is 30 seconds.
func WithRequestTimeout(timeout time.Duration) Option {
	return func(c *Client) { c.requestTimeout = timeout }
}

// WithRequestsPerSecond limits how fast requests are sent, retries among them; the default, 0, is no limit.
func WithRequestsPerSecond(perSecond float64) Option {
	return func(c *Client) { c.perSecond = perSecond }
}

// WithUserAgent sets the User-Agent header. Characters that no header may hold become blanks.
func WithUserAgent(userAgent string) Option {
	return func(c *Client) { c.userAgent = printable(userAgent) }
}

// WithBackoff sets the shortest and the longest wait before a retry, for servers that do not ask for another one;
// the default is 500 milliseconds and 30 seconds. It is meant for tests.
func WithBackoff(shortest, longest time.Duration) Option {
	return func(c *Client) { c.backoffMin, c.backoffMax = shortest, longest }
}

// WithLogger sets what receives debug events; the default is nothing.
func WithLogger(logger Logger) Option {
	return func(c *Client) { c.logger = logger }
}

// New returns a client for the app of the given app token. It makes no call. The error tells which option makes
// no sense; it never shows the app token or the endpoint, which might hold a password.
func New(appToken Secret, opts ...Option) (*Client, error) {
	c := &Client{
		appToken:       appToken,
		endpoint:       DefaultEndpoint,
		lookups:        LookupsAuto,
		maxRetries:     defaultMaxRetries,
		requestTimeout: defaultRequestTimeout,
		backoffMin:     defaultBackoffMin,
		backoffMax:     defaultBackoffMax,
		userAgent:      defaultUserAgent,
	}
	for _, opt := range opts {
		opt(c)
	}

	endpoint, err := ParseEndpoint(c.endpoint)
	if err != nil {
		return nil, fmt.Errorf("mesibo: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("mesibo: %w", err)
	}

	c.host = endpoint.Host
	c.scrub = newScrubber(appToken)
	c.pool = &pool{tlsConfig: c.tlsConfig}
	if c.perSecond > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(c.perSecond), 1)
	}

	return c, nil
}

// CloseIdleConnections closes the connections that wait for the next call.
func (c *Client) CloseIdleConnections() { c.pool.closeIdle() }

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

// check tells what is wrong with the settings other than the endpoint.
func (c *Client) check() error {
	switch {
	case c.appToken.IsEmpty():
		return errors.New("the app token is empty")
	case !c.lookups.valid():
		return fmt.Errorf("look-ups cannot be %q", c.lookups)
	case c.maxRetries < 0:
		return errors.New("the number of retries is negative")
	case c.requestTimeout <= 0:
		return errors.New("the request timeout is not positive")
	case !(c.perSecond >= 0): // so that NaN is refused too
		return errors.New("the number of requests per second is negative")
	case c.backoffMin < 0 || c.backoffMax < c.backoffMin:
		return errors.New("the shortest wait before a retry is negative or longer than the longest")
	default:
		return nil
	}
}

// A payload is what an op is about. Only the members that are set are sent.
type payload struct {
	Count   int            `json:"count,omitempty"`
	User    *userObject    `json:"user,omitempty"`
	Group   *groupObject   `json:"group,omitempty"`
	Message *messageObject `json:"message,omitempty"`
}

// limit returns how large the reply may be, in bytes.
func (p payload) limit() int {
	if p.Count >= listRows {
		return maxListBytes
	}

	return maxReplyBytes
}

// call sends a request until it is settled, and returns the reply of a success. Every error is an [*Error].
func (c *Client) call(ctx context.Context, op Op, about payload) (envelope, error) {
	body, err := encode(op, c.appToken, about)
	if err != nil {
		return envelope{}, errorf(op, nil, "the request cannot be encoded")
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, body)
	if err != nil {
		return envelope{}, errorf(op, nil, "the request cannot be built")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.userAgent)

	x := &exchange{client: c, op: op, class: classes[op], mints: about.mints(), limit: about.limit()}
	x.began, x.settled = time.Now(), c.settled.Load()
	x.last.err = errorf(op, nil, "nothing was sent") // until something is
	retrier := &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: x},
		RetryMax:     math.MaxInt, // checkRetry counts
		CheckRetry:   x.checkRetry,
		Backoff:      x.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	answer, err := retrier.Do(request)
	if err == nil {
		_ = answer.Body.Close() // the exchange has read it already

		return x.last.reply, nil
	}
	if ctx.Err() != nil && !errors.Is(err, errTried) {
		x.stop(ctx.Err().Error(), ctx.Err()) // the context ended during a wait
	}

	return envelope{}, x.failure()
}

// encode returns the body of a request, its members in the order of the official documentation.
func encode(op Op, appToken Secret, about payload) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // an address is sent as it is written
	err := encoder.Encode(struct {
		Op    string `json:"op"`
		Token string `json:"token"`
		payload
	}{string(op), appToken.Reveal(), about})

	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), err
}

// debug logs an event, if there is anybody to read it.
func (c *Client) debug(ctx context.Context, msg string, fields map[string]any) {
	if c.logger != nil {
		c.logger.Debug(ctx, msg, fields)
	}
}

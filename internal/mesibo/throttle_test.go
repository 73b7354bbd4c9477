// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// A roundTripper stands in for the network, which the clock of a bubble does not wait for.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newOffline returns a client whose requests go straight to a handler.
func newOffline(t *testing.T, handler http.HandlerFunc, opts ...Option) *Client {
	t.Helper()
	direct := roundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result(), nil
	})
	base := []Option{WithHTTPClient(&http.Client{Transport: direct}), WithBackoff(500*time.Millisecond, 30*time.Second)}
	return newClient(t, "http://offline/backend/", append(base, opts...)...)
}

// TestThrottled adds users on servers that allow 20 requests a second, by the clock of a bubble: a thousand, or a
// hundred with -short. None may fail, and the requests have to use at least nine tenths of what was allowed in the time
// that they took, where the server allows bursts.
func TestThrottled(t *testing.T) {
	t.Parallel()
	const perSecond = 20
	users := 1000
	if testing.Short() {
		users = 100
	}
	bucket := func(burst int) func() bool { return rate.NewLimiter(perSecond, burst).Allow }
	windows := func(int) func() bool { // so many in each second of the clock
		var second, used int64
		return func() bool {
			if now := time.Now().Unix(); now != second {
				second, used = now, 0
			}
			used++
			return used <= perSecond
		}
	}
	for name, tt := range map[string]struct {
		limit      func(burst int) func() bool
		burst      int
		retryAfter string
		workers    int
		wait       time.Duration // the longest that a worker is busy with other things between two requests
		want       float64       // of what was allowed; 0 where waiting for as long as the server says makes that impossible
	}{
		"bucket":               {bucket, perSecond, "1", 10, time.Millisecond, 0.9},
		"bucket, slower":       {bucket, perSecond, "1", 10, 200 * time.Millisecond, 0.9},
		"bucket, many":         {bucket, perSecond, "1", 50, 50 * time.Millisecond, 0.9},
		"bucket, many no hint": {bucket, perSecond, "", 50, 50 * time.Millisecond, 0.9},
		"windows":              {windows, 0, "1", 10, 50 * time.Millisecond, 0.9},
		"no burst, many":       {bucket, 1, "1", 50, time.Millisecond, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var served, refused int
			allow := tt.limit(tt.burst)
			client := newOffline(t, func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(rand.N(10 * time.Millisecond)) // the way there and back
				mu.Lock()
				defer mu.Unlock()
				if allow() {
					served++
					ok(okAny)(w, r)
				} else {
					refused++
					answer(http.StatusTooManyRequests, "", "Retry-After", tt.retryAfter)(w, r)
				}
			})
			began := time.Now()
			var group sync.WaitGroup
			for range tt.workers {
				group.Go(func() {
					for range users / tt.workers {
						ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
						for _, class := range []string{"read", "once"} {
							time.Sleep(rand.N(tt.wait))
							if _, err := classCalls[class](ctx, client); err != nil {
								t.Error(err)
							}
						}
						cancel()
					}
				})
			}
			group.Wait()
			took := time.Since(began)
			used := float64(2*users) / (perSecond * took.Seconds())
			t.Logf("%s: %.0f s, %.1f %% of the allowed rate, %d requests were refused", name, took.Seconds(), 100*used, refused)
			if used < tt.want || refused == 0 || served != 2*users {
				t.Errorf("%.3f of the allowed rate was used, want %.1f; %d requests were served, %d refused", used, tt.want, served, refused)
			}
		})
	}
}

// TestUncounted checks when a rate-limited attempt counts against the retries: not while the server answers others.
func TestUncounted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		retries, times int // times: how often the request is limited
		others         bool
		want           int // attempts; 0 for any number
	}{
		"others are answered":         {2, 50, true, 51},
		"nobody is answered":          {2, 50, false, 3},
		"no retries":                  {0, 50, true, 1},
		"others are answered forever": {2, 1 << 30, true, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			attempts := 0
			var client *Client
			client = newOffline(t, func(w http.ResponseWriter, r *http.Request) {
				if attempts++; attempts > tt.times {
					ok(okAny)(w, r)
					return
				}
				if tt.others {
					client.settled.Add(1)
				}
				answer(http.StatusTooManyRequests, "", "Retry-After", "1")(w, r)
			}, WithMaxRetries(tt.retries))
			began := time.Now()
			_, err := classCalls["repeatable"](t.Context(), client)
			if tt.want > tt.times && err != nil {
				t.Error(err)
			} else if tt.want <= tt.times {
				assertKinds(t, err, ErrRateLimited)
			}
			if tt.want > 0 && attempts != tt.want {
				t.Errorf("%s: %d attempts, want %d", name, attempts, tt.want)
			}
			if tt.want == 0 && (!errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 6*time.Minute) {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
			if tt.want == 1 && strings.Contains(err.Error(), "tries") {
				t.Error(err)
			}
		})
	}
}

// TestRetryAfterIsHonoured asks to wait again and again. The call ends with its attempts, at a pace that is no busy loop,
// and a wait that would outlast the deadline, or five minutes without one, is not begun.
func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	const asked = "The call was given up: the server asked to wait "
	for name, tt := range map[string]struct {
		header          string
		deadline        time.Duration
		backoff         time.Duration
		attempts        int
		atLeast, atMost time.Duration
		text            string
	}{
		"none":           {"", 0, 0, 5, 3 * time.Second, 10 * time.Second, "(5 tries)"},
		"zero":           {"0", 0, 0, 5, 3 * time.Second, 10 * time.Second, "(5 tries)"},
		"negative":       {"-1", 0, 0, 5, 3 * time.Second, 10 * time.Second, "(5 tries)"},
		"no number":      {"soon\t\x7f", 0, 0, 5, 3 * time.Second, 10 * time.Second, "(5 tries)"},
		"a past date":    {"Mon, 01 Jan 0001 00:00:00 GMT", 0, 0, 5, 3 * time.Second, 10 * time.Second, "(5 tries)"},
		"a second":       {"1", 0, 0, 5, 4 * time.Second, 5 * time.Second, "(5 tries)"},
		"too long":       {"10", 15 * time.Second, 0, 2, 10 * time.Second, 12 * time.Second, asked + "10s, and only "},
		"five minutes":   {"301", 0, 0, 1, 0, time.Second, asked + "5m1s, and only "},
		"a distant date": {"Fri, 31 Dec 9999 23:59:59 GMT", 0, 0, 1, 0, time.Second, asked + "2562047h"},
		"for eons":       {"99999999999999999999", 0, 0, 1, 0, time.Second, asked + "2562047h"},
		"backoff":        {"", time.Minute, time.Hour, 1, 0, time.Second, "the next attempt would start in "},
	} {
		for status, kind := range map[int]error{http.StatusTooManyRequests: ErrRateLimited, http.StatusServiceUnavailable: ErrUnexpectedResponse} {
			t.Run(fmt.Sprintf("%s/%d", name, status), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					attempts := 0
					client := newOffline(t, func(w http.ResponseWriter, r *http.Request) {
						attempts++
						answer(status, "", "Retry-After", tt.header)(w, r)
					}, WithBackoff(max(tt.backoff, 500*time.Millisecond), max(tt.backoff, 30*time.Second)))
					ctx := t.Context()
					if tt.deadline > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, tt.deadline)
						defer cancel()
					}
					began := time.Now()
					_, err := classCalls["read"](ctx, client)
					took := time.Since(began)
					assertKinds(t, err, kind)
					assertText(t, err, tt.text)
					if attempts != tt.attempts || took < tt.atLeast || took > tt.atMost {
						t.Errorf("%d attempts in %s: %v", attempts, took, err)
					}
					if errors.Is(err, context.DeadlineExceeded) != (tt.attempts < 5) {
						t.Error(err)
					}
				})
			})
		}
	}
}

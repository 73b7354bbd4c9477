// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// A roundTripper stands in for the network, which the clock of a bubble does not wait for.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newOffline returns a client whose requests go straight to a handler.
func newOffline(t *testing.T, handler http.Handler, opts ...Option) *Client {
	t.Helper()

	direct := roundTripper(func(r *http.Request) (*http.Response, error) {
		time.Sleep(rand.N(10 * time.Millisecond)) // the way there and back
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)

		return w.Result(), nil
	})
	base := []Option{WithEndpoint("http://offline/backend/"), WithHTTPClient(&http.Client{Transport: direct})}
	client, err := New(NewSecret(appToken), append(base, opts...)...)
	if err != nil {
		t.Fatal(err)
	}

	return client
}

// throttled answers what is allowed with a success of every call, and turns the rest away.
type throttled struct {
	retryAfter string

	mu              sync.Mutex
	allow           func() bool
	served, refused int
}

func (s *throttled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.allow() {
		s.served++
		ok(okAny)(w, r)
	} else {
		s.refused++
		answer(http.StatusTooManyRequests, "", "Retry-After", s.retryAfter)(w, r)
	}
}

// windows allows so many requests in each second of the clock.
func windows(perSecond int) func() bool {
	var second int64
	var used int

	return func() bool {
		if now := time.Now().Unix(); now != second {
			second, used = now, 0
		}
		used++

		return used <= perSecond
	}
}

// TestThrottled adds users on servers that allow 20 requests a second, by the clock of a bubble: a thousand, or a
// hundred with -short. None may fail, and the requests have to use at least nine tenths of what was allowed in the time
// that they took, where the server allows bursts.
func TestThrottled(t *testing.T) {
	t.Parallel()

	const perSecond = 20
	bucket := func(burst int) func() bool { return rate.NewLimiter(perSecond, burst).Allow }
	users := 1000
	if testing.Short() {
		users = 100
	}
	tests := map[string]struct {
		allow      func() func() bool
		retryAfter string
		workers    int
		wait       time.Duration // the longest that a worker is busy with other things between two requests
		want       float64       // of what was allowed; 0 where waiting for as long as the server says makes that impossible
	}{
		"bucket":               {func() func() bool { return bucket(perSecond) }, "1", 10, time.Millisecond, 0.9},
		"bucket, slower":       {func() func() bool { return bucket(perSecond) }, "1", 10, 200 * time.Millisecond, 0.9},
		"bucket, many":         {func() func() bool { return bucket(perSecond) }, "1", 50, 50 * time.Millisecond, 0.9},
		"bucket, many no hint": {func() func() bool { return bucket(perSecond) }, "", 50, 50 * time.Millisecond, 0.9},
		"windows":              {func() func() bool { return windows(perSecond) }, "1", 10, 50 * time.Millisecond, 0.9},
		"no burst, many":       {func() func() bool { return bucket(1) }, "1", 50, time.Millisecond, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				s := &throttled{retryAfter: tt.retryAfter, allow: tt.allow()}
				client := newOffline(t, s)
				jobs := make(chan int)
				began := time.Now()
				var group sync.WaitGroup
				for range tt.workers {
					group.Go(func() {
						for range jobs {
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
				for i := range users {
					jobs <- i
				}
				close(jobs)
				group.Wait()

				took := time.Since(began)
				used := float64(2*users) / (perSecond * took.Seconds())
				t.Logf("%.0f s, %.1f %% of the allowed rate, %d requests were refused", took.Seconds(), 100*used, s.refused)
				if used < tt.want || s.refused == 0 || s.served != 2*users {
					t.Errorf("%.3f of the allowed rate was used, want %.1f; %d requests were served, %d refused", used, tt.want, s.served, s.refused)
				}
			})
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				var attempts atomic.Int64
				client := newOffline(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					if strings.Contains(string(body), string(OpUsersGet)) || attempts.Add(1) > int64(tt.times) {
						ok(okAny)(w, r)
					} else {
						answer(http.StatusTooManyRequests, "", "Retry-After", "1")(w, r)
					}
				}), WithMaxRetries(tt.retries))
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				over := make(chan struct{})
				var group sync.WaitGroup
				if tt.others {
					group.Go(func() {
						for {
							select {
							case <-over:
								return
							case <-time.After(500 * time.Millisecond):
								if _, err := classCalls["read"](t.Context(), client); err != nil {
									t.Error(err)
								}
							}
						}
					})
				}

				began := time.Now()
				_, err := classCalls["repeatable"](ctx, client)
				close(over)
				group.Wait()
				if tt.want > tt.times {
					if err != nil {
						t.Error(err)
					}
				} else {
					assertKinds(t, err, ErrRateLimited)
				}
				if n := attempts.Load(); tt.want > 0 && n != int64(tt.want) {
					t.Errorf("%d attempts, want %d", n, tt.want)
				}
				if tt.want == 0 && (!errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 6*time.Minute) {
					t.Errorf("after %s: %v", time.Since(began), err)
				}
			})
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
					client := newOffline(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						attempts++
						answer(status, "", "Retry-After", tt.header)(w, r)
					}), WithBackoff(max(tt.backoff, 500*time.Millisecond), max(tt.backoff, 30*time.Second)))
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

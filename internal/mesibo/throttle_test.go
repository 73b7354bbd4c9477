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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
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

// throttled serves an emulator, and puts off what is not allowed.
type throttled struct {
	emulator   *emulator.Emulator
	retryAfter string

	mu    sync.Mutex
	allow func() bool
	late  int // requests that were put off
}

func (s *throttled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	allowed := s.allow()
	if !allowed {
		s.late++
	}
	s.mu.Unlock()
	if !allowed {
		answer(http.StatusTooManyRequests, "", "Retry-After", s.retryAfter)(w, r)

		return
	}
	s.emulator.ServeHTTP(w, r)
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

// TestThrottled adds a thousand users on servers that allow 20 requests a second, by the clock of a bubble. None may
// fail, and the requests have to make use of at least nine tenths of what was allowed in the time that they took.
func TestThrottled(t *testing.T) {
	t.Parallel()

	const perSecond = 20
	bucket := func(burst int) func() bool { return rate.NewLimiter(perSecond, burst).Allow }
	tests := map[string]struct {
		users      int
		allow      func() func() bool
		retryAfter string
		workers    int
		wait       time.Duration // the longest that a worker is busy with other things between two requests
		want       float64       // of what was allowed; 0 where waiting for as long as it says makes that impossible
	}{
		"bucket":               {1000, func() func() bool { return bucket(perSecond) }, "1", 10, time.Millisecond, 0.9},
		"bucket, slower":       {1000, func() func() bool { return bucket(perSecond) }, "1", 10, 200 * time.Millisecond, 0.9},
		"bucket, many":         {1000, func() func() bool { return bucket(perSecond) }, "1", 50, 50 * time.Millisecond, 0.9},
		"bucket, many no hint": {1000, func() func() bool { return bucket(perSecond) }, "", 50, 50 * time.Millisecond, 0.9},
		"windows":              {1000, func() func() bool { return windows(perSecond) }, "1", 10, 50 * time.Millisecond, 0.9},
		"no burst, many":       {200, func() func() bool { return bucket(1) }, "1", 50, time.Millisecond, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				s := &throttled{emulator: emulator.New(emulator.WithApp(appToken)), retryAfter: tt.retryAfter, allow: tt.allow()}
				client := newOffline(t, s)
				addresses := make(chan string)
				add := func(address string) error {
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
					defer cancel()
					time.Sleep(rand.N(tt.wait))
					if _, err := client.GetUser(ctx, address); err != nil {
						return err
					}
					time.Sleep(rand.N(tt.wait))
					_, err := client.CreateUser(ctx, CreateUserRequest{Address: address})

					return err
				}

				began := time.Now()
				var group sync.WaitGroup
				for range tt.workers {
					group.Go(func() {
						for address := range addresses {
							if err := add(address); err != nil {
								t.Error(err)
							}
						}
					})
				}
				for i := range tt.users {
					addresses <- fmt.Sprintf("user%d", i)
				}
				close(addresses)
				group.Wait()

				took := time.Since(began)
				used := float64(2*tt.users) / (perSecond * took.Seconds())
				t.Logf("%.0f s, %.1f %% of the allowed rate, %d requests were put off", took.Seconds(), 100*used, s.late)
				if used < tt.want || s.late == 0 {
					t.Errorf("%.3f of the allowed rate was used, want %.1f; %d requests were put off", used, tt.want, s.late)
				}
				if n := len(s.emulator.Users(appToken)); n != tt.users {
					t.Errorf("there are %d users, want %d", n, tt.users)
				}
			})
		})
	}
}

// TestPutOff holds when being put off counts against the retries: not while the server answers others.
func TestPutOff(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		retries, times int // times: how often the request is put off
		others         bool
		want           int // tries
	}{
		"others are answered":         {2, 50, true, 51},
		"nobody is answered":          {2, 50, false, 3},
		"no retries":                  {0, 50, true, 1},
		"others are answered forever": {2, 1 << 30, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				var tries atomic.Int64
				client := newOffline(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					switch {
					case strings.Contains(string(body), string(OpUsersGet)):
						ok(okAny)(w, r)
					case tries.Add(1) <= int64(tt.times):
						answer(http.StatusTooManyRequests, "", "Retry-After", "1")(w, r)
					default:
						ok(okAdded)(w, r)
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
								if err := calls["read"](t.Context(), client); err != nil {
									t.Error(err)
								}
							}
						}
					})
				}

				began := time.Now()
				err := calls["repeatable"](ctx, client)
				close(over)
				group.Wait()
				switch {
				case tt.want > tt.times:
					if err != nil {
						t.Error(err)
					}
				case tt.want == 0:
					if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 6*time.Minute {
						t.Errorf("after %s: %v", time.Since(began), err)
					}

					fallthrough
				default:
					assertKinds(t, err, ErrRateLimited)
				}
				if n := tries.Load(); tt.want > 0 && n != int64(tt.want) {
					t.Errorf("%d tries, want %d", n, tt.want)
				}
			})
		})
	}
}

// TestEndlessTooManyRequests never answers otherwise. The call ends with its tries, at a pace that is no busy loop,
// and a wait of years is not begun, not even without a deadline.
func TestEndlessTooManyRequests(t *testing.T) {
	t.Parallel()

	for header, tt := range map[string]struct {
		tries            int
		atLeast, atMost  time.Duration
		deadlineExceeded bool
	}{
		"":                              {5, 3 * time.Second, 10 * time.Second, false},
		"0":                             {5, 3 * time.Second, 10 * time.Second, false},
		"-1":                            {5, 3 * time.Second, 10 * time.Second, false},
		"soon\t\x7f":                    {5, 3 * time.Second, 10 * time.Second, false},
		"1":                             {5, 4 * time.Second, 5 * time.Second, false},
		"Mon, 01 Jan 0001 00:00:00 GMT": {5, 3 * time.Second, 10 * time.Second, false},
		"Fri, 31 Dec 9999 23:59:59 GMT": {1, 0, time.Second, true},
		"301":                           {1, 0, time.Second, true},
		"99999999999999999999":          {1, 0, time.Second, true},
	} {
		for kind, call := range calls {
			t.Run(strconv.Quote(header)+"/"+kind, func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					tries := 0
					client := newOffline(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						tries++
						answer(http.StatusTooManyRequests, "", "Retry-After", header)(w, r)
					}))
					began := time.Now()
					err := call(t.Context(), client)
					took := time.Since(began)
					assertKinds(t, err, ErrRateLimited)
					if tries != tt.tries || took < tt.atLeast || took > tt.atMost {
						t.Errorf("%d tries in %s", tries, took)
					}
					if errors.Is(err, context.DeadlineExceeded) != tt.deadlineExceeded {
						t.Error(err)
					}
				})
			})
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestUnreachable(t *testing.T) {
	t.Parallel()
	for class, call := range classCalls {
		var log recorder
		listener := listen(t)
		_ = listener.Close()
		_, err := call(t.Context(), newClient(t, "http://"+listener.Addr().String(), WithMaxRetries(3), WithLogger(slog.New(&log))))
		assertKinds(t, err, ErrUnreachable)
		assertText(t, err, "no connection to "+listener.Addr().String()+": ")
		assertText(t, err, "(4 tries)")
		if n := len(log.attempts); n != 4 {
			t.Errorf("%s: %d attempts", class, n)
		}
	}
	for class, want := range map[string][]error{"read": nil, "repeatable": {ErrOutcomeUnknown}} { // What was sent once is not forgotten.
		var s *server
		s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
			_ = s.Listener.Close()
			drop(w, r)
		})
		_, err := classCalls[class](t.Context(), newClient(t, s.URL))
		assertKinds(t, err, want...)
		assertText(t, err, "no connection to")
	}
}

// A custom transport that does not say whether it has sent anything may have done so.
func TestCustomTransport(t *testing.T) {
	t.Parallel()
	sent := 0
	broken := roundTripper(func(*http.Request) (*http.Response, error) {
		sent++
		return nil, errors.New("lost " + appToken)
	})
	_, err := classCalls["once"](t.Context(), newClient(t, "http://example.com/", WithHTTPClient(&http.Client{Transport: broken})))
	assertKinds(t, err, ErrOutcomeUnknown)
	assertText(t, err, "no answer from example.com: lost (redacted)")
	if sent != 1 {
		t.Errorf("%d attempts", sent)
	}

	listener := listen(t) // The default transport does say so.
	_ = listener.Close()
	_, err = classCalls["once"](t.Context(), newClient(t, "http://"+listener.Addr().String(), WithHTTPClient(&http.Client{})))
	assertKinds(t, err, ErrUnreachable)
}

// TestCancelDuringChange checks that a change under way runs to its reply, which is kept.
func TestCancelDuringChange(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		time.Sleep(100 * time.Millisecond)
		ok(okAny)(w, r)
	})
	client := newClient(t, s.URL)
	user, err := client.CreateUser(ctx, minting)
	if err != nil || user.UID != "5302" || user.Token.Reveal() != userToken {
		t.Errorf("got %+v, %v", user, err)
	}

	// Nothing new is begun.
	for name, call := range calls {
		_, err := call.do(ctx, client)
		assertKinds(t, err)
		assertText(t, err, "nothing was sent")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestCancelDuringCall checks that a change whose answer is lost is not tried again after its context has ended, and that
// a read is cut off at once.
func TestCancelDuringCall(t *testing.T) {
	t.Parallel()
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				cancel()
				if call.class == "read" {
					<-r.Context().Done()
				}
				drop(w, r)
			})
			began := time.Now()
			_, err := call.do(ctx, newClient(t, s.URL))
			if n := len(s.requests()); n != 1 || call.class != "once" && !errors.Is(err, context.Canceled) || time.Since(began) > 20*time.Second {
				t.Errorf("%d requests in %s, %v", n, time.Since(began), err)
			}
			if call.class == "read" {
				assertKinds(t, err)
				if err != nil && strings.Contains(err.Error(), "given up") {
					t.Errorf("says the same twice: %v", err)
				}
			} else {
				assertKinds(t, err, ErrOutcomeUnknown)
			}
		})
	}
}

// TestCancelDuringWait checks that a wait ends with its context, and that nothing is sent afterwards.
func TestCancelDuringWait(t *testing.T) {
	t.Parallel()
	for class, call := range classCalls {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, answer(429, "", "Retry-After", "60"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			log := recorder{onRecord: func() { time.AfterFunc(20*time.Millisecond, cancel) }}
			began := time.Now()
			_, err := call(ctx, newClient(t, s.URL, WithLogger(slog.New(&log))))
			assertKinds(t, err, ErrRateLimited)
			assertText(t, err, "given up: context canceled")
			if took := time.Since(began); took > 10*time.Second || len(s.requests()) != 1 || !errors.Is(err, context.Canceled) {
				t.Errorf("%d requests in %s: %v", len(s.requests()), took, err)
			}
		})
	}
}

// TestRequestsPerSecond checks the client's own rate limit, and that a request which would have to wait for too long is
// not sent.
func TestRequestsPerSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		client := newOffline(t, func(w http.ResponseWriter, r *http.Request) {
			sent++
			ok(okAny)(w, r)
		}, WithRequestsPerSecond(0.1))
		began := time.Now()
		for range 3 {
			if _, err := classCalls["read"](t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("three requests took %s", took)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := classCalls["once"](ctx, client)
		assertKinds(t, err)
		assertText(t, err, "nothing was sent. The call was given up: the wait for the client's own rate limit")
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			t.Error(err)
		}
		waiting, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, interrupt)
		if _, err := classCalls["once"](waiting, client); !errors.Is(err, context.Canceled) || sent != 3 {
			t.Errorf("%d requests, %v", sent, err)
		}
	})
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	other := newServer(t, ok(okAny))
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := newServer(t, answer(status, "", "Location", other.URL+"/backend/?token="+appToken))
		for _, opts := range [][]Option{nil, {WithHTTPClient(s.Client())}} {
			_, err := classCalls["repeatable"](t.Context(), newClient(t, s.URL, opts...))
			assertKinds(t, err, ErrUnexpectedResponse)
			assertText(t, err, "redirects to "+other.URL+"/backend/ (HTTP status "+strconv.Itoa(status))
		}
	}
	if n := len(other.requests()); n != 0 {
		t.Errorf("%d requests followed", n)
	}
}

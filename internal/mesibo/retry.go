// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Op names what a request asks for: the member "op".
type Op string

// The ops of this client.
const (
	OpUserAdd          Op = "useradd"
	OpUserSet          Op = "userset"
	OpUserDel          Op = "userdel"
	OpUsersGet         Op = "usersget"
	OpGroupAdd         Op = "groupadd"
	OpGroupSet         Op = "groupset"
	OpGroupDel         Op = "groupdel"
	OpGroupEditMembers Op = "groupeditmembers"
	OpGroupGetMembers  Op = "groupgetmembers"
	OpGroupsGet        Op = "groupsget"
	OpMessage          Op = "message"
	OpPushUpload       Op = "pushupload"
)

// A class says whether a request may be repeated after an attempt whose outcome is unknown.
type class int

const (
	classOnce       class = iota // each request makes something new, so it is not repeated; the class of an unknown op
	classRepeatable              // however often it is carried out, the end state is the same
	classRead                    // it changes nothing
)

// classes is the one place that decides what is repeated.
var classes = map[Op]class{
	OpUsersGet:        classRead,
	OpGroupsGet:       classRead,
	OpGroupGetMembers: classRead,

	// useradd takes over a user that exists (official documentation). With a token it mints once more, which is right:
	// nobody knows a token whose reply was lost.
	OpUserAdd: classRepeatable,
	OpUserSet: classRepeatable,
	OpUserDel: classRepeatable,

	// These set what they name: a group, or single members (inferred).
	OpGroupSet:         classRepeatable,
	OpGroupDel:         classRepeatable,
	OpGroupEditMembers: classRepeatable,

	// Each groupadd makes a group with a gid of its own, each message is one more, and an app may have several push
	// credentials.
	OpGroupAdd:   classOnce,
	OpMessage:    classOnce,
	OpPushUpload: classOnce,
}

// An outcome says what an attempt means for the request.
type outcome int

const (
	refused     outcome = iota // not carried out, and another attempt would not be either
	succeeded                  // carried out
	rateLimited                // not carried out, but it may be later
	neverSent                  // nothing left this machine
	unanswered                 // sent, and lost on the way there or back
	garbled                    // sent, and answered by something that says nothing about the request
)

// repeatable reports whether a request of a class is sent again after an attempt with this outcome.
func repeatable(c class, o outcome) bool {
	return o == neverSent || o == rateLimited || o == unanswered && c != classOnce
}

// A request is one call of the API: a body that is sent until an attempt settles it.
type request struct {
	client      *Client
	op          Op
	contentType string
	body        func() []byte // a function, of which fmt shows an address, because the app token is in it
	redactor    *redactor
	mints       bool // the reply contains a new user token
	maxBytes    int  // of the reply

	attempts int
	sent     bool // at least one attempt left this machine
	unclear  bool // at least one attempt may have been carried out
}

// do makes one attempt after the other, until one settles the request or there may be no further one.
func (r *request) do(ctx context.Context) (envelope, error) {
	c, end := r.client, deadline(ctx)
	retries, settled := 0, c.settled.Load()
	failure := errorf(r.op, nil, "nothing was sent") // until something is
	for {
		if c.limiter.Wait(ctx) != nil {
			return envelope{}, giveUp(ctx, failure, "the wait for the client's own rate limit would outlast the deadline")
		}
		last := r.attempt(ctx)
		if last.outcome == succeeded {
			return last.reply, nil
		}
		failure = last.err

		// A rate-limited attempt is not counted while the server carries out or refuses other requests of this client:
		// it works, at a rate of its own, and among many callers some are limited many times in a row.
		before := settled
		settled = c.settled.Load()
		if last.outcome != rateLimited || settled == before || c.maxRetries == 0 {
			retries++
		}
		if !repeatable(classes[r.op], last.outcome) || retries > c.maxRetries {
			return envelope{}, failure
		}

		wait, left := last.retryAfter, time.Until(end)
		if wait == 0 {
			// The wait for a turn stays short: a caller that waits much longer than the others never gets one.
			wait = backoff(c.backoffMin, c.backoffMax, max(retries, min(r.attempts, 3)))
		}
		if wait >= left {
			reason := "the next attempt would start in"
			if last.retryAfter > 0 {
				reason = "the server asked to wait"
			}
			left = max(left, 0).Round(time.Millisecond)
			return envelope{}, giveUp(ctx, failure, fmt.Sprintf("%s %s, and only %s is left", reason, wait.Round(time.Millisecond), left))
		}
		if last.retryAfter > 0 { // Parallel callers that are told the same time must not come back all at once.
			wait += rand.N(min(wait/10, left-wait) + 1)
		}
		sleep(ctx, wait)
	}
}

// sleep waits until the time has passed or the context has ended, which the limiter notices.
func sleep(ctx context.Context, wait time.Duration) {
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}

// deadline returns when a call has to end. Its context may have no deadline, and servers can ask to wait for years.
func deadline(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline
	}
	return time.Now().Add(5 * time.Minute)
}

// giveUp returns the error of a call that ends while retries are left: because its context has ended, or else for the
// given reason, which is a wait that would outlast the deadline.
func giveUp(ctx context.Context, failure *Error, reason string) *Error {
	kind := context.DeadlineExceeded
	if err := ctx.Err(); err != nil {
		reason, kind = err.Error(), err
	}
	if !errors.Is(failure, kind) { // A read that its context cut off says so already.
		failure.add("The call was given up: "+reason, kind)
	}
	return failure
}

// backoff returns how long to wait after the given number of attempts: it doubles from shortest to longest, and a
// random part of up to a half is taken off, so that parallel callers do not come back all at once.
func backoff(shortest, longest time.Duration, attempts int) time.Duration {
	wait := time.Duration(min(float64(shortest)*math.Exp2(float64(min(attempts, 64)-1)), float64(longest)))
	return wait - rand.N(wait/2+1)
}

// retryAfter returns how long a server asks to wait by its Retry-After header, which has seconds or a date
// (RFC 9110, section 10.2.3). It is 0 when the header is missing or makes no sense, and when the date has passed.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	seconds, _ := strconv.ParseUint(header, 10, 64) // 0 for what is no number, the maximum for what exceeds it
	return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second
}

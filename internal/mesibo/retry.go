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

// An op names what a request asks for.
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
)

// A class tells whether a request may be repeated when it was sent and nobody knows what became of it.
type class int

const (
	// classOnce: every request makes something new, so it is not repeated. An op that is missing from the table
	// is of this class.
	classOnce class = iota
	// classRepeatable: however often it is carried out, the end state is the same.
	classRepeatable
	// classRead: it changes nothing.
	classRead
)

// classes is the one place that decides what is repeated.
var classes = map[Op]class{
	OpUsersGet:        classRead,
	OpGroupsGet:       classRead,
	OpGroupGetMembers: classRead,

	// useradd takes over a user that exists (official documentation). With a token it mints once more, which is
	// right: the token of a lost reply is known to nobody.
	OpUserAdd: classRepeatable,
	OpUserSet: classRepeatable,
	OpUserDel: classRepeatable,

	// These set what they name: a group, or members one by one (inferred).
	OpGroupSet:         classRepeatable,
	OpGroupDel:         classRepeatable,
	OpGroupEditMembers: classRepeatable,

	// Each groupadd makes a group with a gid of its own, and each message is one more.
	OpGroupAdd: classOnce,
	OpMessage:  classOnce,
}

// repeats reports whether a request of a class is sent again after a try that ended so.
func repeats(class class, fate fate) bool {
	switch fate {
	case fateNeverSent, fateThrottled:
		return true
	case fateUnanswered:
		return class != classOnce
	default:
		return false
	}
}

// checkRetry decides, after each try, whether there is another one. It is a retryablehttp.CheckRetry; answer and
// error are not needed, because the try has left its outcome in the exchange.
func (x *exchange) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	if x.stopped != nil || !repeats(x.class, x.last.fate) || x.spent() {
		return false, nil
	}
	if err := ctx.Err(); err != nil {
		x.stop(err.Error(), err)

		return false, nil
	}

	x.wait = x.last.asked
	if x.wait == 0 {
		// Waits for a turn stay short: whoever waits much longer than the others never gets one.
		x.wait = jitter(x.client.backoffMin, x.client.backoffMax, max(x.counted, min(x.tries, 3)))
	}
	left := x.timeLeft(ctx)
	if x.wait >= left {
		x.stop(x.waitTooLong(left), context.DeadlineExceeded)

		return false, nil
	}
	if x.last.asked > 0 { // Parallel callers who are told the same are not to come back all at once.
		x.wait += rand.N(min(x.wait/10, left-x.wait) + 1)
	}

	return true, nil
}

// spent counts the try that has failed, and reports whether no retry is left. Being put off does not count when the
// server has carried out or refused other requests of this client since the last look: it works, at a rate of its own,
// and among many callers some are put off many times in a row. Who wants no retries gets none.
func (x *exchange) spent() bool {
	settled := x.client.settled.Load()
	waitsItsTurn := x.last.fate == fateThrottled && settled != x.settled && x.client.maxRetries > 0
	x.settled = settled
	if !waitsItsTurn {
		x.counted++
	}

	return x.counted > x.client.maxRetries
}

// timeLeft returns how long the call may still wait. One without a deadline may not wait for ever either: servers can
// ask for years.
func (x *exchange) timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = x.began.Add(longestCall)
	}

	return time.Until(deadline)
}

// waitTooLong puts into words that a wait would outlast the time left.
func (x *exchange) waitTooLong(left time.Duration) string {
	left = max(left, 0).Round(time.Millisecond)
	if x.last.asked > 0 {
		return fmt.Sprintf("the server asked to wait %s, and only %s is left", x.last.asked, left)
	}

	return fmt.Sprintf("it would come in %s, and only %s is left", x.wait.Round(time.Millisecond), left)
}

// backoff is a retryablehttp.Backoff that returns what checkRetry has decided.
func (x *exchange) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return x.wait }

// jitter returns how long to wait after the given number of tries: it doubles from shortest to longest, and a
// random part of up to a half is taken off, so that parallel callers do not come back all at once.
func jitter(shortest, longest time.Duration, tries int) time.Duration {
	wait := shortest
	for i := 1; i < tries && wait < longest; i++ {
		wait *= 2
	}
	wait = min(wait, longest)

	return wait - rand.N(wait/2+1)
}

// retryAfter returns how long a server asks to wait by its Retry-After header, which has seconds or a date
// (RFC 9110, section 10.2.3). It is 0 when the header is missing or makes no sense, and when the date has passed.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}

	seconds, err := strconv.ParseUint(header, 10, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0
	case err != nil || seconds > uint64(math.MaxInt64/time.Second):
		return math.MaxInt64
	default:
		return time.Duration(seconds) * time.Second
	}
}

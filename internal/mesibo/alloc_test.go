// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"net/http"
	"testing"
)

// aThousand is about as many rows as a reply can hold.
const aThousand = 1000

// hotPaths is what every call goes through, by the name of its benchmark, and how often each may allocate: a little
// more than it did when this was written, with the race detector too, so that who makes it worse has to say so here.
func hotPaths(t testing.TB) map[string]struct {
	run    func()
	allocs float64
} {
	t.Helper()

	token := NewSecret(appToken)
	scrub := newScrubber(token)
	name, active := "Name", true
	about := payload{User: &userObject{
		Address: "xyz@example.com", Name: &name, Active: &active, Token: &tokenObject{AppID: "com.mesibo.firstapp", Expiry: 525600},
	}}
	received := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}}
	added, one, many := []byte(okAdded), []byte(manyRows(1, "a@example.com")), []byte(manyRows(aThousand, "a@example.com"))
	if len(many) > maxReplyBytes {
		t.Fatalf("no reply can have %d bytes", len(many))
	}
	judged := func(body []byte) members {
		became, reply, err := judge(opUserAdd, received, body, scrub)
		if became != fateSucceeded || err != nil {
			t.Fatal(err)
		}

		return reply.read()
	}
	found := func(body []byte, want int) {
		if lookup, err := decodeLookup(judged(body), "a@example.com"); err != nil || len(lookup.Rows) != want {
			t.Fatalf("%d rows, %v", len(lookup.Rows), err)
		}
	}

	return map[string]struct {
		run    func()
		allocs float64
	}{
		"encode useradd": {func() {
			if _, err := encode(opUserAdd, token, about); err != nil {
				t.Fatal(err)
			}
		}, 8},
		"judge a new user": {func() {
			if _, err := decodeUser(judged(added).User, true); err != nil {
				t.Fatal(err)
			}
		}, 24},
		"judge one user":   {func() { found(one, 1) }, 32},
		"judge 1000 users": {func() { found(many, aThousand) }, 4200},
		"judge a refusal": {func() {
			if became, _, err := judge(opUserAdd, received, []byte(authFail), scrub); became != fateRefused || err == nil {
				t.Fatal(err)
			}
		}, 66},
		"clean a cause":      {func() { scrub.clean("Invalid or expired app token " + appToken) }, 9},
		"clean a plain text": {func() { scrub.clean("Invalid or expired app token") }, 8},
	}
}

func BenchmarkHotPaths(b *testing.B) {
	for name, path := range hotPaths(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				path.run()
			}
		})
	}
}

// The calls that a run makes by the thousand allocate no more than they did. No other test may run meanwhile, so this
// one is not parallel.
func TestHotPathsAllocateLittle(t *testing.T) {
	for name, path := range hotPaths(t) {
		if got := testing.AllocsPerRun(20, path.run); got > path.allocs {
			t.Errorf("%s: %.0f allocations, at most %.0f are allowed", name, got, path.allocs)
		}
	}
}

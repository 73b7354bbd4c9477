// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"net/http"
	"testing"
)

// hotPaths is what happens for each request, and how often it may allocate: a little more than it does today. The
// race detector adds nothing to these.
func hotPaths() map[string]struct {
	most float64
	run  func()
} {
	scrub := newScrubber(NewSecret(appToken))
	header := http.Header{"Content-Type": {"application/json"}}
	body, many := []byte(okAdded), []byte(manyRows(1000, "a@example.com"))
	about := payload{User: &userObject{Address: "a@example.com", Token: &tokenObject{AppID: "com.example.app", Expiry: 60}}}
	judged := func(body []byte) envelope {
		_, reply, err := judge(opUserAdd, &http.Response{StatusCode: http.StatusOK, Header: header}, body, scrub)
		if err != nil {
			panic(err)
		}

		return reply
	}

	return map[string]struct {
		most float64
		run  func()
	}{
		"encode":            {4, func() { _, _ = encode(opUserAdd, NewSecret(appToken), about) }},
		"decode useradd":    {60, func() { _, _ = decodeUser(judged(body).User, true) }},
		"decode 1,000 rows": {9_000, func() { _, _ = decodeRows(judged(many)) }},
		"redact":            {8, func() { scrub.clean("Invalid or expired app token " + appToken) }},
		"nothing to redact": {8, func() { scrub.clean("no such user") }},
	}
}

func TestAllocations(t *testing.T) { //nolint:paralleltest // Others would allocate meanwhile.
	for name, path := range hotPaths() {
		if got := testing.AllocsPerRun(100, path.run); got > path.most {
			t.Errorf("%s allocates %.0f times, at most %.0f are expected", name, got, path.most)
		}
	}
}

func BenchmarkHotPaths(b *testing.B) {
	for name, path := range hotPaths() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				path.run()
			}
		})
	}
}

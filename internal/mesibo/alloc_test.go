// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"net/http"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/alloctest"
)

// aThousand is about as many rows as a reply can hold.
const aThousand = 1000

// hotPaths is what every call goes through, by the name of its benchmark.
func hotPaths(t testing.TB) map[string]alloctest.Path {
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

	return map[string]alloctest.Path{
		"encode useradd": {Run: func() {
			if _, err := encode(opUserAdd, token, about); err != nil {
				t.Fatal(err)
			}
		}, Most: 8},
		"judge a new user": {Run: func() {
			if _, err := decodeUser(judged(added).User, true); err != nil {
				t.Fatal(err)
			}
		}, Most: 24},
		"judge one user":   {Run: func() { found(one, 1) }, Most: 32},
		"judge 1000 users": {Run: func() { found(many, aThousand) }, Most: 4200},
		"judge a refusal": {Run: func() {
			if became, _, err := judge(opUserAdd, received, []byte(authFail), scrub); became != fateRefused || err == nil {
				t.Fatal(err)
			}
		}, Most: 66},
		"clean a cause":      {Run: func() { scrub.clean("Invalid or expired app token " + appToken) }, Most: 9},
		"clean a plain text": {Run: func() { scrub.clean("Invalid or expired app token") }, Most: 8},
	}
}

func BenchmarkHotPaths(b *testing.B) { alloctest.Bench(b, hotPaths(b)) }

func TestHotPathsAllocateLittle(t *testing.T) { alloctest.Gate(t, hotPaths(t)) }

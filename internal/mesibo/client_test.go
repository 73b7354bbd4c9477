// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()

	tests := map[string]Option{
		"endpoint is not a URL":                       WithEndpoint("https://a b/"),
		"endpoint must begin with":                    WithEndpoint("ftp://example.com/"),
		"mesibo: endpoint must begin":                 WithEndpoint("api.mesibo.com/backend/"),
		"endpoint has no host":                        WithEndpoint("https:///backend/"),
		"must not contain a user name":                WithEndpoint("https://u:hush@example.com/"),
		"must not contain a query":                    WithEndpoint("https://example.com/?hush"),
		"must not contain a query or fragment":        WithEndpoint("https://example.com/#a"),
		`lookups must not be "maybe"`:                 WithLookups("maybe"),
		"number of retries is negative":               WithMaxRetries(-1),
		"request timeout is not positive":             WithRequestTimeout(0),
		"number of requests per second is negative":   WithRequestsPerSecond(-1),
		"mesibo: number of requests per second is ne": WithRequestsPerSecond(math.NaN()),
		"shortest wait before a retry is negative":    WithBackoff(-1, 1),
		"negative or exceeds the longest":             WithBackoff(2, 1),
	}
	for want, opt := range tests {
		_, err := New(NewSecret(appToken), opt)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := New(Secret{}); err == nil {
		t.Error("an empty app token is accepted")
	}
}

func TestNewDefaults(t *testing.T) {
	t.Parallel()

	client, err := New(NewSecret(appToken))
	if err != nil {
		t.Fatal(err)
	}
	if client.endpoint != DefaultEndpoint || client.host != "api.mesibo.com" || client.maxRetries != 4 ||
		client.requestTimeout != 30*time.Second || client.LookupsMode() != LookupsAuto || client.limiter.Limit() != rate.Inf {
		t.Errorf("odd defaults: %+v", client)
	}
}

// TestRequest checks what goes over the wire besides the body.
func TestRequest(t *testing.T) {
	t.Parallel()

	var got *http.Request
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		ok(okSet)(w, r)
	})
	client := newClient(t, s.URL+"/mesiboapi", WithUserAgent("Terraform/1.16\n terraform-provider-mesibo/dev"))
	if err := client.DeleteUser(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}

	want := http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"Terraform/1.16  terraform-provider-mesibo/dev"},
		"Accept-Encoding": {"gzip"}, "Content-Length": {got.Header.Get("Content-Length")},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Error(diff)
	}
	if got.Method != http.MethodPost || got.RequestURI != "/mesiboapi" {
		t.Errorf("%s %s", got.Method, got.RequestURI)
	}
}

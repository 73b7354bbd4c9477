// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"crypto/tls"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string][]Option{
		"endpoint is not a URL":                       {WithEndpoint("https://a b/hush")},
		"endpoint must begin with":                    {WithEndpoint("ftp://example.com/hush")},
		"mesibo: endpoint must begin":                 {WithEndpoint("hush.mesibo.com/backend/")},
		"endpoint has no host":                        {WithEndpoint("https:///hush/")},
		"must not contain a user name":                {WithEndpoint("https://u:hush@example.com/")},
		"must not contain a query":                    {WithEndpoint("https://example.com/?hush")},
		"must not contain a query or fragment":        {WithEndpoint("https://example.com/#hush")},
		`lookups must not be "maybe"`:                 {WithLookups("maybe")},
		"number of retries is negative":               {WithMaxRetries(-1)},
		"request timeout is not positive":             {WithRequestTimeout(0)},
		"number of requests per second is negative":   {WithRequestsPerSecond(-1)},
		"mesibo: number of requests per second is ne": {WithRequestsPerSecond(math.NaN())},
		"shortest wait before a retry is negative":    {WithBackoff(-1, 1)},
		"negative or exceeds the longest":             {WithBackoff(2, 1)},
		"WithTLSConfig has no effect":                 {WithHTTPClient(&http.Client{}), WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS13})},
	}
	for want, opts := range tests {
		_, err := New(NewSecret(appToken), opts...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := New(Secret{}); err == nil {
		t.Error("an empty app token is accepted")
	}
}

// TestRequests checks what goes over the wire: each request is byte for byte what the sources show.
func TestRequests(t *testing.T) {
	t.Parallel()
	for name, call := range calls {
		if call.body == "" {
			continue // It is not JSON.
		}
		var header http.Header
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			header = r.Header
			if r.Method != http.MethodPost || r.RequestURI != "/mesiboapi" {
				t.Errorf("%s %s", r.Method, r.RequestURI)
			}
			ok(okAny)(w, r)
		})
		client := newClient(t, s.URL+"/mesiboapi", WithUserAgent("Terraform/1.16\n terraform-provider-mesibo/dev"))
		if _, err := call.do(t.Context(), client); err != nil {
			t.Error(err)
		}
		op, _, _ := strings.Cut(name, " ")
		if diff := cmp.Diff([]string{`{"op":"` + op + `","token":"` + appToken + `",` + call.body + `}`}, s.requests()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		want := http.Header{
			"Content-Type": {"application/json"}, "User-Agent": {"Terraform/1.16  terraform-provider-mesibo/dev"},
			"Accept-Encoding": {"gzip"}, "Content-Length": {strconv.Itoa(len(s.requests()[0]))},
		}
		if diff := cmp.Diff(want, header); diff != "" {
			t.Error(diff)
		}
	}
}

// What makes no sense is refused before it is sent.
func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	s := newServer(t, ok(okAny))
	c, ctx := newClient(t, s.URL), t.Context()
	errorOf := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"add without address":    errorOf(c.CreateUser(ctx, CreateUserRequest{})),
		"set without address":    c.UpdateUser(ctx, UpdateUserRequest{}),
		"delete without address": c.DeleteUser(ctx, "", "5302"),
		"credentials of nobody":  c.UploadPushCredentials(ctx, "sms", NewSecret("{}")),
		"empty credentials":      c.UploadPushCredentials(ctx, PushFCM, Secret{}),
		"huge credentials":       c.UploadPushCredentials(ctx, PushFCM, NewSecret(strings.Repeat(" ", MaxPushCredentialsBytes+1))),
		"revoke without address": c.RevokeToken(ctx, "", "b"),
		"revoke without App ID":  c.RevokeToken(ctx, "a", ""),
		"get without address":    errorOf(c.GetUser(ctx, "")),
		"get a pattern":          errorOf(c.GetUser(ctx, "a*")),
		"set without gid":        c.UpdateGroup(ctx, UpdateGroupRequest{}),
		"delete without gid":     c.DeleteGroup(ctx, ""),
		"members without gid":    errorOf(c.ListMembers(ctx, "")),
		"add without gid":        errorOf(c.SetMembers(ctx, "", Permissions{}, "a")),
		"add with a comma":       errorOf(c.SetMembers(ctx, "1", Permissions{}, "a", "b,c")),
		"add nobody":             errorOf(c.SetMembers(ctx, "1", Permissions{}, "")),
		"message without sender": errorOf(c.SendMessage(ctx, Message{To: []string{"a"}, Text: "Hi"})),
		"message to nobody":      errorOf(c.SendMessage(ctx, Message{From: "a", Text: "Hi"})),
	} {
		assertKinds(t, err)
		if err != nil && !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

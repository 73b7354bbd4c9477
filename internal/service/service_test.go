// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// answered returns the error of a call to a server that gives this answer.
func answered(t *testing.T, status int, body string) error {
	t.Helper()

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck // The client would notice.
	}))
	defer server.Close()
	client, err := mesibo.New(mesibo.NewSecret("geheim"), mesibo.WithEndpoint(server.URL), mesibo.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	_, err = client.CreateUser(t.Context(), mesibo.CreateUserRequest{Address: "alice"})
	if err == nil {
		t.Fatalf("%s is no error", body)
	}

	return err
}

// Every failure says what was tried, what the server said and what to do next, in this order.
func TestFailure(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		status      int
		body        string
		title, said string
		next        string
		attribute   string
	}{
		"rejected app token": {
			200, `{"error":"AUTHFAIL","code":401,"cause":"Invalid or expired app token","properties":["token"],"result":false}`,
			"User not created", "AUTHFAIL (code 401): Invalid or expired app token", "Check app_token", "",
		},
		"TOKENBREACH": {
			200, `{"error":"TOKENBREACH","result":false}`,
			"mesibo has disabled this app (TOKENBREACH)", "TOKENBREACH", "fixed egress address", "",
		},
		"no such op": {200, `{"error":"BADOP","result":false}`, "User not created", "BADOP", "hosted on-premise: endpoint", ""},
		"gone":       {200, `{"error":"X","code":404,"result":false}`, "User not created", "code 404", "deleted outside", ""},
		"rate":       {429, ``, "User not created", "429", "requests_per_second", ""},
		"a web page": {200, `<html>`, "User not created", "HTML", "MESIBO_ENDPOINT", ""},
		"an attribute of ours": {
			200, `{"error":"X","code":400,"cause":"bad","properties":["user.token.appid"],"result":false}`,
			"User not created", "X (code 400): bad", "", "appid",
		},
		"a property that is none of ours": {
			200, `{"error":"X","code":400,"cause":"bad","properties":["something"],"result":false}`,
			"User not created", "X (code 400): bad", "", "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := service.Failure("User not created", "Creating alice failed.", answered(t, tt.status, tt.body), "address", "appid")
			if got.Summary() != tt.title {
				t.Errorf("title %q, want %q", got.Summary(), tt.title)
			}
			rest := got.Detail()
			for _, part := range []string{"Creating alice failed.", tt.said, tt.next} {
				before, after, found := strings.Cut(rest, part)
				if !found {
					t.Fatalf("%q is missing, or not in order, in:\n%s", part, got.Detail())
				}
				_, rest = before, after
			}
			at, _ := got.(diag.DiagnosticWithPath)
			switch {
			case tt.attribute == "" && at != nil:
				t.Errorf("points at %s", at.Path())
			case tt.attribute != "" && (at == nil || !at.Path().Equal(path.Root(tt.attribute))):
				t.Errorf("does not point at %s", tt.attribute)
			}
		})
	}
}

// What to do about an op that is not offered depends on the op.
func TestFailureWithoutOp(t *testing.T) {
	t.Parallel()

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"error":"BADOP","result":false}`) //nolint:errcheck // As above.
	}))
	defer server.Close()
	client, err := mesibo.New(mesibo.NewSecret("geheim"), mesibo.WithEndpoint(server.URL), mesibo.WithLookups(mesibo.LookupsRequired))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()

	_, users := client.ListUsers(t.Context(), "*")
	_, groups := client.ListGroups(t.Context(), "*")
	_, members := client.ListMembers(t.Context(), "7")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{users, `lookups = "auto"`}, {groups, `lookups = "auto"`}, {members, "use mesibo_group_member"}, {mesibo.ErrUnsupportedOp, "endpoint"},
	} {
		if got := service.Failure("Not read", "Reading failed.", tt.err).Detail(); !strings.Contains(got, tt.want) {
			t.Errorf("%q is missing in %s", tt.want, got)
		}
	}
}

func TestUnknownProvider(t *testing.T) {
	t.Parallel()

	data := service.NewUnknownData([]string{"app_token", "endpoint"}, time.Now)
	client, err := data.Client()
	if client != nil || !errors.Is(err, service.ErrNotKnownYet) || !strings.Contains(err.Error(), "app_token, endpoint") {
		t.Errorf("client %v, error %v, want none and the names of what is not known", client, err)
	}
}

func TestFromProvider(t *testing.T) {
	t.Parallel()

	var diags diag.Diagnostics
	if data := service.FromProvider(nil, &diags); data != nil || diags.HasError() {
		t.Errorf("before the provider is configured: %v, %v", data, diags)
	}
	want := service.NewUnknownData(nil, time.Now)
	if data := service.FromProvider(want, &diags); data != want || diags.HasError() {
		t.Errorf("handed on: %v, %v", data, diags)
	}
	if service.FromProvider("something else", &diags); !diags.HasError() {
		t.Error("something else passes for the data of the provider")
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const (
	appToken   = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr" // the form of a real one
	otherToken = "zyxwvutsrqponmlkjihgfedcba9876543210zyxwvutsrqponmlkjihgfedcba98"
	firstApp   = "com.mesibo.firstapp"
	secondApp  = "com.mesibo.secondapp"
)

// newEmulator has one app. Its user tokens are token-1, token-2 and so on.
func newEmulator(options ...emulator.Option) *emulator.Emulator {
	minted := 0
	numbered := emulator.WithTokenSource(func() string {
		minted++

		return "token-" + strconv.Itoa(minted)
	})

	return emulator.New(append([]emulator.Option{emulator.WithApp(appToken), numbered}, options...)...)
}

// with changes the default profile.
func with(change func(*profile.Profile)) emulator.Option {
	as := profile.Default()
	change(&as)

	return emulator.WithProfile(as)
}

// A tb is a test of the testing package or of rapid.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

type object = map[string]any

// decode reads JSON. Numbers keep all digits.
func decode(t tb, data string) object {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(data))
	decoder.UseNumber()
	var decoded object
	if err := decoder.Decode(&decoded); err != nil {
		t.Fatalf("%q: %v", data, err)
	}

	return decoded
}

func encode(t tb, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%v", err)
	}

	return string(encoded)
}

// exchange sends a request and returns the answer, which must be JSON with status 200, even for a failure.
func exchange(t tb, handler http.Handler, request *http.Request) object {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK || recorder.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("status %d, content type %q", recorder.Code, recorder.Header().Get("Content-Type"))
	}

	return decode(t, recorder.Body.String())
}

// send sends a request: JSON, or the path and query of a GET.
func send(t tb, handler http.Handler, request string) object {
	t.Helper()
	if strings.HasPrefix(request, "/") {
		return exchange(t, handler, httptest.NewRequest(http.MethodGet, request, http.NoBody))
	}

	return exchange(t, handler, httptest.NewRequest(http.MethodPost, "/backend/", strings.NewReader(request)))
}

// call carries out an op on a user.
func call(t tb, handler http.Handler, op string, user object) object {
	t.Helper()
	return send(t, handler, encode(t, object{"op": op, "token": appToken, "user": user}))
}

// succeed carries out an op on a user, which must succeed.
func succeed(t tb, handler http.Handler, op string, user object) object {
	t.Helper()
	reply := call(t, handler, op, user)
	if reply["result"] != true {
		t.Fatalf("%s %v: %v", op, user, reply)
	}

	return reply
}

// mint adds a user if necessary, and mints a token.
func mint(t tb, handler http.Handler, address, appID string) {
	t.Helper()
	succeed(t, handler, "useradd", object{"address": address, "token": object{"appid": appID}})
}

// rows returns the rows of usersget for a pattern.
func rows(t tb, handler http.Handler, pattern string) []object {
	t.Helper()
	return rowsIn(succeed(t, handler, "usersget", object{"address": pattern}))
}

func rowsIn(reply object) []object {
	var found []object
	list, _ := reply["users"].([]any)
	for _, row := range list {
		row, _ := row.(object)
		found = append(found, row)
	}

	return found
}

// addressesIn returns the addresses in the rows of a reply.
func addressesIn(reply object) string {
	var found []string
	for _, row := range rowsIn(reply) {
		found = append(found, fmt.Sprint(row["address"]))
	}

	return strings.Join(found, " ")
}

// live returns the App IDs of a user that have a live token, with that token.
func live(e *emulator.Emulator, address string) map[string]string {
	tokens := map[string]string{}
	user, _ := e.User(appToken, address)
	for appID, token := range user.Tokens {
		tokens[appID] = token.Value
	}

	return tokens
}

func expect(t tb, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// start serves an emulator until the test ends.
func start(t *testing.T, options ...emulator.Option) *emulator.Server {
	t.Helper()
	server, err := emulator.Start("127.0.0.1:0", append([]emulator.Option{emulator.WithApp(appToken)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)

	return server
}

// newClient returns a client that closes its connections when the test ends.
func newClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)

	return &http.Client{Transport: transport}
}

// over sends a request in JSON over the network, and returns the answer with the first megabyte of its body.
func over(client *http.Client, server *emulator.Server, body string) (status int, header http.Header, answer string, err error) {
	response, err := client.Post(server.Endpoint(), "application/json", strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))

	return response.StatusCode, response.Header, string(read), err
}

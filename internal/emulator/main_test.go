// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// App tokens have the form of real ones.
const (
	appToken   = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
	otherToken = "zyxwvutsrqponmlkjihgfedcba9876543210zyxwvutsrqponmlkjihgfedcba98"
)

// firstApp and secondApp are App IDs.
const (
	firstApp  = "com.mesibo.firstapp"
	secondApp = "com.mesibo.secondapp"
)

// authFail is a real answer, of 2023.
const authFail = `{"error":"AUTHFAIL","code":401,"cause":"Invalid or expired app token","properties":["token"],"op":"useradd","result":false}`

// newEmulator has one app, and user tokens that are called token-1, token-2 and so on.
func newEmulator(options ...emulator.Option) *emulator.Emulator {
	minted := 0
	numbered := emulator.WithTokenSource(func() string {
		minted++

		return "token-" + strconv.Itoa(minted)
	})

	return emulator.New(append([]emulator.Option{emulator.WithApp(appToken), numbered}, options...)...)
}

// with changes the default modes.
func with(change func(*profile.Profile)) emulator.Option {
	modes := profile.Default()
	change(&modes)

	return emulator.WithProfile(modes)
}

// tb is what a test of the testing package and one of rapid have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

type object = map[string]any

// decode reads JSON, numbers to the last digit.
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

// exchange has a handler answer a request. Whatever the answer says, it is JSON with status 200.
func exchange(t tb, handler http.Handler, request *http.Request) object {
	t.Helper()

	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK || recorder.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("status %d, content type %q", recorder.Code, recorder.Header().Get("Content-Type"))
	}

	return decode(t, recorder.Body.String())
}

// post has a handler answer a request in JSON.
func post(t tb, handler http.Handler, body string) object {
	t.Helper()

	request := httptest.NewRequest(http.MethodPost, "/backend/", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")

	return exchange(t, handler, request)
}

// call carries out an op on a user.
func call(t tb, handler http.Handler, op string, user object) object {
	t.Helper()

	return post(t, handler, encode(t, object{"op": op, "token": appToken, "user": user}))
}

// succeed carries out an op on a user, which has to succeed.
func succeed(t tb, handler http.Handler, op string, user object) object {
	t.Helper()

	reply := call(t, handler, op, user)
	if reply["result"] != true {
		t.Fatalf("%s %v: %v", op, user, reply)
	}

	return reply
}

// add adds a user, and returns its uid.
func add(t tb, handler http.Handler, address string) string {
	t.Helper()

	uid, _ := dig(t, succeed(t, handler, "useradd", object{"address": address}), "user")["uid"].(string)

	return uid
}

// mint mints a token.
func mint(t tb, handler http.Handler, address, appID string) string {
	t.Helper()

	user := object{"address": address, "token": object{"appid": appID}}
	minted, _ := dig(t, succeed(t, handler, "useradd", user), "user")["token"].(string)

	return minted
}

// rows returns the rows of usersget for a pattern.
func rows(t tb, handler http.Handler, pattern string) []object {
	t.Helper()

	list, _ := succeed(t, handler, "usersget", object{"address": pattern})["users"].([]any)
	found := make([]object, 0, len(list))
	for _, row := range list {
		found = append(found, asObject(t, row))
	}

	return found
}

// addresses returns the addresses of the rows of usersget for a pattern.
func addresses(t tb, handler http.Handler, pattern string) []string {
	t.Helper()

	found := []string{}
	for _, row := range rows(t, handler, pattern) {
		address, _ := row["address"].(string)
		found = append(found, address)
	}

	return found
}

func asObject(t tb, value any) object {
	t.Helper()

	found, isObject := value.(object)
	if !isObject {
		t.Fatalf("%v is no object", value)
	}

	return found
}

// dig returns a member that is an object.
func dig(t tb, outer object, name string) object {
	t.Helper()

	return asObject(t, outer[name])
}

// expect compares what came with what is wanted.
func expect(t tb, got, want any) {
	t.Helper()

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// live returns the App IDs of a user that have a token, with it.
func live(t tb, e *emulator.Emulator, address string) map[string]string {
	t.Helper()

	user, found := e.User(appToken, address)
	if !found {
		t.Fatalf("no user %q", address)
	}
	tokens := map[string]string{}
	for appID, token := range user.Tokens {
		tokens[appID] = token.Value
	}

	return tokens
}

// A clock is moved by hand.
type clock struct{ now time.Time }

func newClock() *clock {
	return &clock{now: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *clock) Now() time.Time { return c.now }

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

// newClient returns a client that leaves nothing behind.
func newClient(t *testing.T) *http.Client {
	t.Helper()

	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)

	return &http.Client{Transport: transport}
}

// An answer is what a client sees.
type answer struct {
	status int
	header http.Header
	body   string // the first megabyte
}

// over sends a request in JSON over the network.
func over(t *testing.T, client *http.Client, endpoint, body string) (answer, error) {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))

	return answer{status: response.StatusCode, header: response.Header, body: string(data)}, err
}

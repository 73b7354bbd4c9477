// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const (
	appToken  = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr" // in the form of a real one
	userToken = "cn9cfed0123456789abcdef0123456789abcdef012345678"                 // in the form of a real one

	pushCredentials = "{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0\"}"

	okAdded   = `{"user":{"uid":"5302","token":"` + userToken + `"},"op":"useradd","result":true}`
	okNoUsers = `{"userscount":0,"count":0,"users":[],"op":"usersget","result":true}`
	authFail  = `{"error":"AUTHFAIL","code":401,"cause":"Invalid or expired app token","properties":["token"],"op":"useradd","result":false}`
	badOp     = `{"op":"usersget","result":false,"error":"BADOP"}`

	// okAny is a success of every call.
	okAny = `{"user":{"uid":"5302","token":"` + userToken + `"},"users":[],"group":{"gid":97284},"groups":[],"members":[],"mid":7,"result":true}`
)

// minting is a request that asks for a token.
var minting = CreateUserRequest{
	Address: "xyz@example.com",
	Token:   &TokenRequest{AppID: "com.mesibo.firstapp", ExpiryMinutes: 525600},
}

// A call is one way to use the client.
type call struct {
	class string // read, repeatable or once
	body  string // of the request, after op and token
	do    func(context.Context, *Client) (any, error)
}

// calls are all ways, by op. A second one of an op has a word after it.
var calls = map[string]call{
	"useradd": {"repeatable", `"user":{"address":"xyz@example.com","token":{"appid":"com.mesibo.firstapp","expiry":525600}}`, func(ctx context.Context, c *Client) (any, error) { return c.CreateUser(ctx, minting) }},
	"useradd plain": {"repeatable", `"user":{"address":"<a&b>\"","name":"","active":false}`, func(ctx context.Context, c *Client) (any, error) {
		return c.CreateUser(ctx, CreateUserRequest{Address: "<a&b>\"", Name: new(""), Active: new(false)})
	}},
	"useradd v2": {"repeatable", `"user":{"address":"a","permissions":{"incoming":true,"outgoing":false,"peers":0},"token":{"appid":"b","v2":true}}`, func(ctx context.Context, c *Client) (any, error) {
		permissions := &UserPermissions{Incoming: new(true), Outgoing: new(false), Peers: new(PeersAll)}
		return c.CreateUser(ctx, CreateUserRequest{Address: "a", Permissions: permissions, Token: &TokenRequest{AppID: "b", V2: true}})
	}},
	"useradd default": {"repeatable", `"user":{"address":"a","token":{"appid":"b"}}`, func(ctx context.Context, c *Client) (any, error) {
		return c.CreateUser(ctx, CreateUserRequest{Address: "a", Token: &TokenRequest{AppID: "b"}})
	}},
	"userset": {"repeatable", `"user":{"address":"a","name":"N","active":true}`, func(ctx context.Context, c *Client) (any, error) {
		return nil, c.UpdateUser(ctx, UpdateUserRequest{Address: "a", Name: new("N"), Active: new(true)})
	}},
	"userset one": {"repeatable", `"user":{"address":"a","active":false}`, func(ctx context.Context, c *Client) (any, error) {
		return nil, c.UpdateUser(ctx, UpdateUserRequest{Address: "a", Active: new(false)})
	}},
	"userset permissions": {"repeatable", `"user":{"address":"a","permissions":{"peers":3}}`, func(ctx context.Context, c *Client) (any, error) {
		return nil, c.UpdateUser(ctx, UpdateUserRequest{Address: "a", Permissions: &UserPermissions{Peers: new(PeersFavorites)}})
	}},
	"userset revoke":     {"repeatable", `"user":{"address":"a","token":{"appid":"com.x","remove":true}}`, func(ctx context.Context, c *Client) (any, error) { return nil, c.RevokeToken(ctx, "a", "com.x") }},
	"userset revoke all": {"repeatable", `"user":{"address":"a","token":{"remove":true}}`, func(ctx context.Context, c *Client) (any, error) { return nil, c.RevokeAllTokens(ctx, "a") }},
	"userdel":            {"repeatable", `"user":{"address":"ä"}`, func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteUser(ctx, "ä", "5302") }},
	"usersget":           {"read", `"count":20,"user":{"address":"a+b@c"}`, func(ctx context.Context, c *Client) (any, error) { return c.GetUser(ctx, "a+b@c") }},
	"usersget all":       {"read", `"count":100000,"user":{"address":"a*"}`, func(ctx context.Context, c *Client) (any, error) { return c.ListUsers(ctx, "a*") }},
	"groupadd": {"once", `"group":{"name":"G","flags":70017,"permissions":{"send":1,"recv":0,"pub":1,"sub":1,"list":1},"active":false}`, func(ctx context.Context, c *Client) (any, error) {
		return c.CreateGroup(ctx, CreateGroupRequest{Name: "G", Flags: 0x11181, Active: new(false)})
	}},
	"groupadd expiry": {"once", `"group":{"name":"G","flags":0,"permissions":{"send":0,"recv":0,"pub":0,"sub":0,"list":0},"expiry":3600}`, func(ctx context.Context, c *Client) (any, error) {
		return c.CreateGroup(ctx, CreateGroupRequest{Name: "G", ExpirySeconds: new(int64(3600))})
	}},
	"groupset expiry": {"repeatable", `"group":{"gid":12345,"expiry":60}`, func(ctx context.Context, c *Client) (any, error) {
		return nil, c.UpdateGroup(ctx, UpdateGroupRequest{GID: "12345", ExpirySeconds: new(int64(60))})
	}},
	"groupset": {"repeatable", `"group":{"gid":12345,"flags":32,"permissions":{"send":0,"recv":2,"pub":0,"sub":0,"list":0}}`, func(ctx context.Context, c *Client) (any, error) {
		return nil, c.UpdateGroup(ctx, UpdateGroupRequest{GID: "12345", Flags: new(uint32(0x20))})
	}},
	"groupdel":        {"repeatable", `"group":{"gid":"a-1"}`, func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteGroup(ctx, "a-1") }},
	"groupsget":       {"read", `"count":100000,"group":{"name":"G*"}`, func(ctx context.Context, c *Client) (any, error) { return c.ListGroups(ctx, "G*") }},
	"groupgetmembers": {"read", `"count":100000,"group":{"gid":12345}`, func(ctx context.Context, c *Client) (any, error) { return c.ListMembers(ctx, "12345") }},
	"groupeditmembers": {"repeatable", `"group":{"gid":12345,"members":{"m":"a,b","permissions":{"send":true,"recv":false,"pub":false,"sub":false,"list":true}}}`, func(ctx context.Context, c *Client) (any, error) {
		return c.SetMembers(ctx, "12345", Permissions{Send: true, List: true}, "a", "b")
	}},
	"groupeditmembers remove": {"repeatable", `"group":{"gid":12345,"members":{"m":"a,b","permissions":null,"remove":1},"delete":1}`, func(ctx context.Context, c *Client) (any, error) { return c.RemoveMembers(ctx, "12345", "a", "b") }},
	"message": {"once", `"message":{"from":"a","to":"b,c","expiry":60,"when":0,"message":"<Hi>"}`, func(ctx context.Context, c *Client) (any, error) {
		return c.SendMessage(ctx, Message{From: "a", To: []string{"b", "c"}, Text: "<Hi>", ExpirySeconds: new(int64(60)), DelaySeconds: new(int64(0))})
	}},
	"pushupload": {"once", "", func(ctx context.Context, c *Client) (any, error) {
		return nil, c.UploadPushCredentials(ctx, PushAPN, NewSecret(pushCredentials))
	}}, // TestUploadPushCredentials has its form.
	"message to group": {"once", `"message":{"from":"a","gid":7,"type":60,"url":"https://x","title":"T"}`, func(ctx context.Context, c *Client) (any, error) {
		return c.SendMessage(ctx, Message{From: "a", GID: "7", URL: "https://x", Title: "T", Type: new(int64(60))})
	}},
}

// classCalls are one call of each class.
var classCalls = map[string]func(context.Context, *Client) (any, error){
	"read": calls["usersget"].do, "repeatable": calls["useradd"].do, "once": calls["groupadd"].do,
}

// A server answers each request with the next of its steps, and the last step again and again.
type server struct {
	*httptest.Server

	mu     sync.Mutex
	bodies []string
}

// A step answers one request, whose body was read.
type step func(http.ResponseWriter, *http.Request)

func newServer(t testing.TB, steps ...step) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.bodies = append(s.bodies, string(body))
		n := len(s.bodies)
		s.mu.Unlock()
		steps[min(n, len(steps))-1](w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// requests returns the bodies that came so far.
func (s *server) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// answer is a step that answers with a status, a body and header lines in pairs.
func answer(status int, body string, header ...string) step {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for pair := range slices.Chunk(header, 2) {
			w.Header().Set(pair[0], pair[1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// ok is a step that answers with HTTP status 200.
func ok(body string) step { return answer(http.StatusOK, body) }

// drop is a step that closes the connection without an answer.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// newClient returns a client of a server, with short waits.
func newClient(t testing.TB, endpoint string, opts ...Option) *Client {
	t.Helper()
	base := []Option{WithEndpoint(endpoint), WithBackoff(time.Microsecond, time.Millisecond)}
	client, err := New(NewSecret(appToken), append(base, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// listen returns a listener, which nobody accepts from, and closes it after the test.
func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// A recorder is a slog.Handler that keeps what it gets.
type recorder struct {
	onRecord func() // unless it is nil

	mu       sync.Mutex
	text     string
	attempts []map[string]any // the fields of the records about attempts
}

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }
func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	fields := map[string]any{}
	record.Attrs(func(attr slog.Attr) bool {
		fields[attr.Key] = attr.Value.Any()
		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text += fmt.Sprintln(record.Message, fields)
	if _, found := fields["http_status"]; found {
		r.attempts = append(r.attempts, fields)
	}
	if r.onRecord != nil {
		r.onRecord()
	}
	return nil
}

// assertKinds checks that an error is of the given kinds and of no other.
func assertKinds(t *testing.T, err error, want ...error) {
	t.Helper()
	if err == nil {
		t.Errorf("there is no error, want %v", want)
	}
	for _, kind := range []error{
		ErrUnauthorized, ErrUnsupportedOp, ErrNotFound, ErrMissingParameter, ErrTokenBreach, ErrRateLimited, ErrRequestTooLarge,
		ErrUnexpectedResponse, ErrNoLookups, ErrUnreachable, ErrOutcomeUnknown,
	} {
		wanted := slices.Contains(want, kind)
		if errors.Is(err, kind) != wanted {
			t.Errorf("is it %q? %v, want %v; the error: %v", kind, !wanted, wanted, err)
		}
	}
}

// assertText checks that an error contains a text, and can be shown.
func assertText(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q in it", err, want)
	}
	if err != nil {
		assertPresentable(t, err.Error())
	}
}

// assertPresentable checks that a text can be shown: on one line, not long, without secrets and control characters.
func assertPresentable(t *testing.T, text string) {
	t.Helper()
	assertNoSecret(t, text)
	if len(text) > 1000 || printable(text) != text {
		t.Errorf("%q is not presentable", text)
	}
}

func assertNoSecret(t *testing.T, text string) {
	t.Helper()
	if form, shown := secrettest.Shows(text, appToken, userToken); shown {
		t.Errorf("a secret shows, in the form %s, in %s", form, text)
	}
}

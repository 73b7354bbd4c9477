// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

func TestStart(t *testing.T) {
	t.Parallel()

	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		server, err := emulator.Start(address, emulator.WithApp(appToken))
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t)
		for range 2 {
			got, err := over(t, client, server.Endpoint(), `{"op":"useradd","token":"`+appToken+`"}`)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, got.status, http.StatusOK)
		}
		expect(t, server.Connections(), 1)
		server.Close()
		server.Close() // Once more does no harm.
		if _, err := over(t, client, server.Endpoint(), `{}`); err == nil {
			t.Error("it still answers")
		}
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()

	tests := map[string]string{
		"":               "the address to listen on",
		"127.0.0.1":      "the address to listen on",
		":0":             "loopback addresses only",
		"0.0.0.0:0":      "loopback addresses only",
		"[::]:0":         "loopback addresses only",
		"192.0.2.1:0":    "loopback addresses only",
		"example.com:0":  "loopback addresses only",
		"127.0.0.1:none": "",
	}
	for address, want := range tests {
		server, err := emulator.Start(address)
		if err == nil {
			server.Close()
			t.Errorf("%q is accepted", address)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", address, err)
		}
	}

	taken := start(t)
	address := strings.TrimSuffix(strings.TrimPrefix(taken.Endpoint(), "http://"), "/backend/")
	if server, err := emulator.Start(address); err == nil {
		server.Close()
		t.Error("two servers have the same address")
	}
}

// TestCloseCutsConnections closes while answers are held.
// addUnanswered adds a user by a request whose answer is held back, and returns where its error comes.
func addUnanswered(t *testing.T, server *emulator.Server) <-chan error {
	t.Helper()

	failed := make(chan error)
	client := newClient(t)
	go func() {
		_, err := over(t, client, server.Endpoint(), `{"op":"useradd","token":"`+appToken+`","user":{"address":"a"}}`)
		failed <- err
	}()
	for range 1000 {
		if len(server.Users(appToken)) == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}

	return failed
}

func TestCloseCutsConnections(t *testing.T) {
	t.Parallel()

	server := start(t)
	server.Fail("", 1, emulator.Hold(make(chan struct{})))
	failed := addUnanswered(t, server)
	server.Close()
	if <-failed == nil {
		t.Error("there was an answer")
	}
}

// A server that cannot be reached refuses new connections and leaves none open, and comes back where it was.
func TestRefuseFrom(t *testing.T) {
	t.Parallel()

	server := start(t)
	client := newClient(t)
	add := func(address string) error {
		_, err := over(t, client, server.Endpoint(), `{"op":"useradd","token":"`+appToken+`","user":{"address":"`+address+`"}}`)

		return err
	}
	server.RefuseFrom(3)
	for i, refused := range []bool{false, false, true, true} {
		err := add(fmt.Sprint(i))
		var failed *net.OpError
		if isDial := errors.As(err, &failed) && failed.Op == "dial"; isDial != refused || (err == nil) == refused {
			t.Errorf("request %d: %v, want it to be refused: %t", i+1, err, refused)
		}
	}
	server.RefuseFrom(1) // It does already.
	for range 2 {
		if err := server.Accept(); err != nil {
			t.Fatal(err)
		}
		if err := add("last"); err != nil {
			t.Error(err)
		}
	}
	if users := len(server.Users(appToken)); users != 3 {
		t.Errorf("%d users were added, want 3", users)
	}
}

// What is under way when connections are refused is cut by Close.
func TestCloseWhileRefusing(t *testing.T) {
	t.Parallel()

	server := start(t)
	server.Fail("", 1, emulator.Hold(make(chan struct{})))
	server.RefuseFrom(2)
	failed := addUnanswered(t, server)
	server.Close()
	if <-failed == nil {
		t.Error("there was an answer")
	}
}

func TestLog(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer
	e := newEmulator(emulator.WithLog(&log))
	add(t, e, "a")
	call(t, e, "userset", object{"uid": "5302"})
	call(t, e, "userset", object{"address": "b\n\"c\""})
	call(t, e, "usersget", nil)
	call(t, e, "some\nop", nil)
	post(t, e, `[`)
	e.Fail("", 1, emulator.Refuse("QUOTA", 0, ""))
	call(t, e, "useradd", object{"address": "a"})
	e.Fail("", 1, emulator.RefuseAfterCommit("QUOTA", 0, ""))
	call(t, e, "useradd", object{"address": "a"})
	expect(t, log.String(), `useradd "a": ok
userset "uid 5302": ok
userset "b\n\"c\"": NOTFOUND
usersget "uid ": ok
"some\nop" "uid ": BADOP
"" "uid ": BADREQUEST
useradd "a": fault: refused
useradd "a": ok, fault: refused after
`)
}

// TestNoSecretInLog sends secrets as ops, addresses and uids, and has replies show them.
func TestNoSecretInLog(t *testing.T) {
	t.Parallel()

	// Quoting changes these, so that a search for them afterwards finds nothing.
	const quoted, short = "say \"please\"\n\\ for äpp tokens", "app"
	for _, token := range []string{appToken, quoted} {
		var log bytes.Buffer
		user := "user " + token + " \"token\"\n"
		e := emulator.New(emulator.WithApp(token), emulator.WithApp(otherToken), emulator.WithApp(short),
			emulator.WithTokenSource(func() string { return user }), emulator.WithLog(&log),
			with(func(p *profile.Profile) { p.EchoApp = true }))
		send := func(token, op, address string) {
			t.Helper()
			post(t, e, encode(t, object{"op": op, "token": token, "user": object{"address": address, "token": object{"appid": firstApp}}}))
			post(t, e, encode(t, object{"op": op, "token": token, "user": object{"uid": address, "appid": firstApp}}))
		}
		send(token, "useradd", "a")
		secrets := append(e.WebhookSecrets(), token, user, otherToken, short, "wrong \"token\"")
		for _, secret := range secrets {
			for _, op := range []string{"useradd", "userset", "usersget", "usertoken", "userdel", secret, "x" + secret} {
				for _, sender := range []string{token, otherToken, "wrong \"token\""} {
					if secret == "wrong \"token\"" && sender != secret {
						continue // It is nobody's secret.
					}
					send(sender, op, secret)
					send(sender, op, "x"+secret+"y")
				}
			}
		}
		for _, secret := range secrets {
			inner := fmt.Sprintf("%q", secret)
			for _, form := range []string{secret, inner[1 : len(inner)-1]} {
				if strings.Contains(log.String(), form) {
					t.Errorf("the log has %q", form)
				}
			}
		}
		if !strings.Contains(log.String(), `"(redacted)"`) {
			t.Error("nothing is redacted")
		}
	}
}

// TestManyAtOnce is for the race detector.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()

	const many, rounds = 50, 3
	e := newEmulator(emulator.WithLog(&bytes.Buffer{}), with(func(p *profile.Profile) { p.RowCap = 0 }))
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			own := fmt.Sprintf("user-%02d", i)
			for range rounds {
				mint(t, e, own, firstApp)
				mint(t, e, "shared", firstApp)
				succeed(t, e, "userset", object{"address": own, "name": own})
				rows(t, e, "user-*")
				succeed(t, e, "usersget", object{"address": own})
				e.Fail("otp", 1, emulator.BadGateway())
				e.SetProfile(func(p *profile.Profile) { p.HideTokens = !p.HideTokens })
				_, _, _, _ = e.Users(appToken), e.Requests(), e.MintedTokens(), e.Count("useradd")
			}
			succeed(t, e, "userdel", object{"address": own})
			add(t, e, own)
		})
	}
	group.Wait()

	users := e.Users(appToken)
	expect(t, len(users), many+1)
	uids := map[string]bool{}
	for _, user := range users {
		uids[user.UID] = true
	}
	expect(t, len(uids), many+1)
	expect(t, len(e.MintedTokens()), 2*many*rounds)
	expect(t, users[0].Minted, many*rounds) // "shared" comes first.
	if peak := e.PeakConcurrency(); peak < 1 || peak > many {
		t.Errorf("%d requests at once", peak)
	}
}

// TestCloseEndsRequests closes a server that is busy. That nothing goes on afterwards is for TestMain to see.
func TestCloseEndsRequests(t *testing.T) {
	t.Parallel()

	small := `{"op":"useradd","token":"` + appToken + `","user":{"address":"a"}}`
	for name, tt := range map[string]struct {
		fault emulator.Fault
		body  string
	}{
		"held":                    {emulator.Hold(make(chan struct{})), small},
		"slow":                    {emulator.Slow(time.Hour), small},
		"huge":                    {emulator.HugeReply(), small},
		"held, and not read":      {emulator.Hold(make(chan struct{})), strings.Repeat(" ", 4<<20)},
		"slow, and not read":      {emulator.Slow(time.Hour), strings.Repeat(" ", 4<<20)},
		"the request has no end":  {emulator.Fault{}, ""},
		"there is only a request": {emulator.Fault{}, "GET"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			server, err := emulator.Start("127.0.0.1:0", emulator.WithApp(appToken))
			if err != nil {
				t.Fatal(err)
			}
			server.Fail("", 1, tt.fault)
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(server.Endpoint(), "http://"), "/backend/"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			length := len(tt.body)
			if tt.body == "" {
				length = 100
			}
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() { // The server reads no more than it has to.
				_, _ = fmt.Fprintf(conn, "POST /backend/ HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", length, tt.body)
			})
			for deadline := time.Now().Add(10 * time.Second); tt.body != "" && len(tt.body) > 3 && server.Count("") == 0; {
				if time.Now().After(deadline) {
					t.Fatal("the request did not arrive")
				}
				time.Sleep(time.Millisecond)
			}
			server.Close()
		})
	}
}

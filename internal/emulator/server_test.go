// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

const adding = `{"op":"useradd","token":"` + appToken + `","user":{"address":"a"}}`

func address(server *emulator.Server) string {
	return strings.TrimSuffix(strings.TrimPrefix(server.Endpoint(), "http://"), "/backend/")
}

func TestStart(t *testing.T) {
	t.Parallel()

	server, err := emulator.Start("localhost:0", emulator.WithApp(appToken))
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t)
	for range 2 {
		if _, _, answer, err := over(client, server, adding); err != nil || !strings.Contains(answer, `"result":true`) {
			t.Errorf("%s, %v", answer, err)
		}
	}
	expect(t, server.Connections(), 1)
	server.Close()
	server.Close() // A second call does no harm.
	if _, _, _, err := over(client, server, adding); err == nil {
		t.Error("it still answers")
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()

	taken := address(start(t))
	for address, want := range map[string]string{
		"": "the address to listen on", "127.0.0.1": "the address to listen on", ":0": "loopback addresses only",
		"0.0.0.0:0": "loopback addresses only", "[::]:0": "loopback addresses only", "192.0.2.1:0": "loopback addresses only",
		"example.com:0": "loopback addresses only", "127.0.0.1:none": "", taken: "address already in use",
	} {
		if server, err := emulator.Start(address); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%q: %v, %v", address, server, err)
		}
	}
}

// TestRefuseFrom has the server refuse connections and keep none open, and come back at the same address.
func TestRefuseFrom(t *testing.T) {
	t.Parallel()

	server := start(t)
	client := newClient(t)
	server.RefuseFrom(3)
	for i, refused := range []bool{false, false, true, true} {
		_, _, _, err := over(client, server, adding)
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
		if _, _, _, err := over(client, server, adding); err != nil {
			t.Error(err)
		}
	}
	expect(t, []int{server.Count(""), server.Connections()}, []int{4, 2})
}

// TestCloseEndsRequests closes a busy server. TestMain sees whether anything still runs afterwards.
func TestCloseEndsRequests(t *testing.T) {
	t.Parallel()

	large, never := strings.Repeat(" ", 4<<20), make(chan struct{})
	for name, tt := range map[string]struct {
		fault emulator.Fault
		body  string
		rest  int // of the body, which is not sent
	}{
		"held":                   {emulator.Hold(never), adding, 0},
		"slow":                   {emulator.Slow(time.Hour), adding, 0},
		"huge":                   {emulator.HugeReply(), adding, 0},
		"held, and not read":     {emulator.Hold(never), large, 0},
		"slow, and not read":     {emulator.Slow(time.Hour), large, 0},
		"the request has no end": {emulator.Fault{}, adding, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			server := start(t)
			server.Fail("", 1, tt.fault)
			server.RefuseFrom(2)
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address(server))
			if err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			defer group.Wait()
			defer func() { _ = conn.Close() }()
			group.Go(func() { // The server reads no more than it needs.
				_, _ = fmt.Fprintf(conn, "POST /backend/ HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(tt.body)+tt.rest, tt.body)
			})
			for tt.rest == 0 && server.Count("") == 0 && t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
			server.Close()
			if answer, _ := io.ReadAll(conn); name != "huge" && len(answer) > 0 {
				t.Errorf("there is an answer: %q", answer)
			}
		})
	}
}

func TestLog(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer
	e := newEmulator(emulator.WithLog(&log))
	mint(t, e, "a", firstApp)
	call(t, e, "userset", object{"uid": "5302"})
	call(t, e, "userset", object{"address": "b\n\"c\""})
	call(t, e, "some\nop", nil)
	send(t, e, `[`)
	send(t, e, `{"op":"groupadd","token":"`+appToken+`","group":{"name":"Testers"}}`)
	send(t, e, `{"op":"groupset","token":"`+appToken+`","group":{"gid":97284,"name":"N"}}`)
	send(t, e, `{"op":"message","token":"`+appToken+`","message":{"from":"a"}}`)
	e.Fail("", 1, emulator.Refuse("QUOTA", 0, ""))
	e.Fail("", 2, emulator.RefuseAfterCommit("QUOTA", 0, ""))
	send(t, e, adding)
	send(t, e, adding)
	expect(t, log.String(), `useradd "a": ok
userset "uid 5302": ok
userset "b\n\"c\"": NOTFOUND
"some\nop" "uid ": BADOP
"" "uid ": BADREQUEST
groupadd "Testers": ok
groupset "gid 97284": ok
message "a": MISSINGPARA
useradd "a": fault: refused
useradd "a": ok, fault: refused after
`)
}

// TestNoSecretInLog sends secrets as ops, addresses and uids.
func TestNoSecretInLog(t *testing.T) {
	t.Parallel()

	const odd, wrong = "say \"please\"\n\\ for äpp tokens", "wrong \"token\"" // Quoting changes them.
	var log bytes.Buffer
	e := emulator.New(emulator.WithApp(appToken), emulator.WithApp(odd), emulator.WithLog(&log),
		emulator.WithTokenSource(func() string { return "user\n" + odd }), with(func(p *profile.Profile) { p.EchoApp = true }))
	mint(t, e, "a", firstApp)
	secrets := append(append(e.WebhookSecrets(), e.MintedTokens()...), appToken, odd)
	for _, secret := range append(secrets, wrong) {
		for _, token := range []string{appToken, odd, wrong} {
			if secret == wrong && token != wrong {
				continue // It is not a secret.
			}
			for _, op := range []string{"useradd", "userset", secret, "x" + secret} {
				send(t, e, encode(t, object{"op": op, "token": token, "user": object{"address": "x" + secret + "y"}}))
				send(t, e, encode(t, object{"op": op, "token": token, "user": object{"uid": secret}}))
			}
		}
	}
	for _, secret := range append(secrets, wrong) {
		if strings.Contains(log.String(), strings.Trim(fmt.Sprintf("%q", secret), `"`)) || strings.Contains(log.String(), secret) {
			t.Errorf("the log contains %q", secret)
		}
	}
}

// TestManyAtOnce is for the race detector. Users and members that come and go at once end up as requested.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()

	const many, rounds = 50, 3
	e := newEmulator(emulator.WithLog(&bytes.Buffer{}), with(func(p *profile.Profile) { p.RowCap = 0 }))
	crowd := e.PutGroup(appToken, emulator.Group{Name: "G", Active: true})
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			own := fmt.Sprintf("user-%02d", i)
			edit := func(members object) {
				members["m"] = own
				send(t, e, encode(t, object{"op": "groupeditmembers", "token": appToken, "group": object{"gid": crowd.GID, "members": members}}))
			}
			for range rounds {
				mint(t, e, own, firstApp)
				mint(t, e, "shared", firstApp)
				edit(object{})
				rows(t, e, "user-*")
				e.Fail("otp", 1, emulator.BadGateway())
				e.SetProfile(func(p *profile.Profile) { p.HideTokens = !p.HideTokens })
				_, _, _, _ = e.Users(appToken), e.Requests(), e.MintedTokens(), e.Count("useradd")
			}
			if i%2 == 0 {
				edit(object{"remove": 1})
			}
			if i%5 == 0 {
				succeed(t, e, "userdel", object{"address": own})
				succeed(t, e, "useradd", object{"address": own})
			}
		})
	}
	group.Wait()
	users, uids := e.Users(appToken), map[string]bool{}
	for _, user := range users {
		uids[user.UID] = true
	}
	expect(t, []int{len(users), len(uids), len(e.MintedTokens())}, []int{many + 1, many + 1, 2 * many * rounds})
	expect(t, []int{users[0].Minted, len(e.Groups(appToken)[0].Members)}, []int{many * rounds, 20}) // "shared" comes first.
}

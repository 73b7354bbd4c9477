// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"

// A log can be written and read at the same time.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.String()
}

// A program is one that runs.
type program struct {
	endpoint string
	stderr   log
	stop     context.CancelFunc
	ended    chan error
}

// start runs the program until the test ends, and waits for its first line.
func start(t *testing.T, args ...string) *program {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	p := &program{stop: cancel, ended: make(chan error, 1)}
	out, stdout := io.Pipe()
	go func() {
		err := run(ctx, args, stdout, &p.stderr)
		_ = stdout.CloseWithError(err) // A closed pipe never fails.
		p.ended <- err
	}()
	t.Cleanup(cancel)

	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("it says nothing: %v", lines.Err())
	}
	endpoint, found := strings.CutPrefix(lines.Text(), "endpoint: ")
	if !found {
		t.Fatalf("the first line is %q", lines.Text())
	}
	p.endpoint = endpoint

	return p
}

// post sends a request and returns the body of the answer.
func (p *program) post(t *testing.T, body string) string {
	t.Helper()

	answer, err := p.try(t, body)
	if err != nil {
		t.Fatal(err)
	}

	return answer
}

func (p *program) try(t *testing.T, body string) (string, error) {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.endpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)

	return string(answer), err
}

// end stops the program, which has to end soon and well.
func (p *program) end(t *testing.T) {
	t.Helper()

	p.stop()
	select {
	case err := <-p.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}

func TestServes(t *testing.T) {
	t.Parallel()

	ready := filepath.Join(t.TempDir(), "ready")
	p := start(t, "-app-token", appToken, "-ready-file", ready)
	if !strings.HasPrefix(p.endpoint, "http://127.0.0.1:") || !strings.HasSuffix(p.endpoint, "/backend/") {
		t.Errorf("odd endpoint %q", p.endpoint)
	}
	answer := p.post(t, `{"op":"useradd","token":"`+appToken+`","user":{"address":"a","token":{"appid":"com.mesibo.firstapp"}}}`)
	_, minted, _ := strings.Cut(answer, `"token":"`)
	minted, _, _ = strings.Cut(minted, `"`)
	if !strings.Contains(answer, `"uid":"5302"`) || len(minted) != 48 {
		t.Errorf("got %s", answer)
	}
	if answer := p.post(t, `{"op":"useradd","token":"wrong"}`); !strings.Contains(answer, "AUTHFAIL") {
		t.Errorf("got %s", answer)
	}
	p.post(t, `{"op":"userset","token":"`+appToken+`","user":{"address":"`+minted+`"}}`)

	written := ""
	for range 1000 { // The file comes after the line.
		if data, err := os.ReadFile(ready); err == nil {
			written = string(data)

			break
		}
		time.Sleep(time.Millisecond)
	}
	if written != p.endpoint+"\n" {
		t.Errorf("the file has %q", written)
	}
	p.end(t)
	if _, err := p.try(t, `{}`); err == nil {
		t.Error("it still answers")
	}

	got := p.stderr.String()
	want := "useradd \"a\": ok\nuseradd \"uid \": AUTHFAIL\nuserset \"(redacted)\": NOTFOUND\n"
	if got != want {
		t.Errorf("the log is %q, want %q", got, want)
	}
}

// TestFlags has one request answered under each flag that shows in an answer.
func TestFlags(t *testing.T) {
	t.Parallel()

	op := func(op, user string) string {
		return `{"op":"` + op + `","token":"` + appToken + `","user":` + user + `}`
	}
	minting := op("useradd", `{"address":"a","token":{"appid":"x"}}`)
	mintingAgain := op("useradd", `{"address":"a","token":{"appid":"y"}}`)
	adding, looking := op("useradd", `{"address":"b","name":"B"}`), op("usersget", `{"address":"a"}`)
	revoking := op("userset", `{"address":"a","token":{"remove":true,"appid":"x"}}`)
	on := func(op, group string) string {
		return `{"op":"` + op + `","token":"` + appToken + `","group":` + group + `}`
	}
	grouping, members := on("groupadd", `{"name":"G","members":{"m":"a,b"}}`), on("groupgetmembers", `{"gid":97284}`)
	removing := func(rest string) string {
		return on("groupeditmembers", `{"gid":97284,`+rest+`}`)
	}
	file := filepath.Join(t.TempDir(), "mine.json")
	if err := os.WriteFile(file, []byte(`{"version":1,"about":"mine","answers":{"uid_as_number":true}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		flags    []string
		requests []string
		without  string // in the last answer, without the flags
		with     string // and with them
	}{
		"a profile":       {[]string{"-profile", "cloud"}, []string{looking}, `"users":[]`, `"BADOP"`},
		"another profile": {[]string{"-profile", "legacy"}, []string{minting, mintingAgain, looking}, `"count":1`, `"count":2`},
		"a file":          {[]string{"-profile", file}, []string{adding}, `"uid":"5302"`, `"uid":5302`},
		"an answer":       {[]string{"-set", "user_lookups=false"}, []string{looking}, `"users":[]`, `"BADOP"`},
		"a number":        {[]string{"-set", "row_cap=1"}, []string{minting, adding, op("usersget", `{}`)}, `"count":2`, `"count":1`},
		"a word":          {[]string{"-set", "remove_scope=all"}, []string{minting, mintingAgain, revoking, looking}, `"appid":"y"`, `"appid":""`},
		"a list":          {[]string{"-set", `member_removal=["members.remove"]`}, []string{minting, adding, grouping, removing(`"delete":1,"members":{"m":"a"}`), members}, `"count":1`, `"count":2`},
		"an object":       {[]string{"-set", `unknown_user={"error":"GONE","code":410}`}, []string{op("userdel", `{"address":"a"}`)}, `"NOTFOUND"`, `"code":410`},
		"a rate":          {[]string{"-set", "requests_per_second=0.001"}, []string{adding, adding}, `"result":true`, `429`},
		"several, mixed":  {[]string{"-set", "user_lookups=false", "-set", "uid_as_number=true"}, []string{adding}, `"uid":"5302"`, `"uid":5302`},
		"both":            {[]string{"-set", "user_lookups=true", "-profile", "cloud"}, []string{adding, op("usersget", `{"address":"b"}`)}, `"uid":"5302"`, `"uid":5302`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, given := range []bool{false, true} {
				want, flags := tt.without, []string{"-app-token", appToken}
				if given {
					want, flags = tt.with, append(flags, tt.flags...)
				}
				p := start(t, flags...)
				last := ""
				for _, request := range tt.requests {
					last = p.post(t, request)
				}
				if !strings.Contains(last, want) {
					t.Errorf("with %v the answer is %s, want %s", flags, last, want)
				}
				p.end(t)
			}
		})
	}
}

// TestBreachFlag calls from a second address, of which the app allows one.
func TestBreachFlag(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can call from all of 127.0.0.0/8 without further ado")
	}

	const body = `{"op":"usersget","token":"` + appToken + `","user":{"address":"a"}}`
	p := start(t, "-app-token", appToken, "-set", "token_breach_after=1")
	if answer := p.post(t, body); !strings.Contains(answer, `"result":true`) {
		t.Errorf("from the first address: %s", answer)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Post(p.endpoint, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if answer, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(answer), "TOKENBREACH") {
		t.Errorf("from the second address: %s, %v", answer, err)
	}
	p.end(t)
}

// TestAppTokenOfTheEnvironment is not parallel, since it sets the environment.
func TestAppTokenOfTheEnvironment(t *testing.T) {
	t.Setenv("MESIBO_APP_TOKEN", appToken)
	const check = `{"op":"useradd","token":"`

	p := start(t)
	if answer := p.post(t, check+appToken+`"}`); !strings.Contains(answer, `"code":400`) {
		t.Errorf("got %s", answer)
	}
	p.end(t)

	p = start(t, "-app-token", "other") // The flag goes first.
	if answer := p.post(t, check+appToken+`"}`); !strings.Contains(answer, `"code":401`) {
		t.Errorf("got %s", answer)
	}
	p.end(t)

	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{"-help"}, &stdout, &stderr); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v", err)
	}
	if help := stderr.String(); !strings.Contains(help, "-app-token") || strings.Contains(help, appToken) || stdout.Len() > 0 {
		t.Errorf("help: %s", help)
	}
}

// TestRefuses is not parallel, since it sets the environment.
func TestRefuses(t *testing.T) {
	t.Setenv("MESIBO_APP_TOKEN", "")

	tests := map[string]struct {
		args []string
		want string
	}{
		"no app token":         {nil, "an app token is needed"},
		"an empty app token":   {[]string{"-app-token", ""}, "an app token is needed"},
		"every address":        {[]string{"-app-token", "x", "-addr", ":0"}, "loopback addresses only"},
		"a public address":     {[]string{"-app-token", "x", "-addr", "192.0.2.1:0"}, "loopback addresses only"},
		"no port":              {[]string{"-app-token", "x", "-addr", "127.0.0.1"}, "missing port"},
		"an argument":          {[]string{"-app-token", "x", "y"}, `unexpected argument "y"`},
		"an unknown profile":   {[]string{"-app-token", "x", "-profile", "moon"}, "neither one of cloud, legacy, onpremise nor a file"},
		"an unknown question":  {[]string{"-app-token", "x", "-set", "moon=full"}, `"moon" is no question of a profile`},
		"an odd answer":        {[]string{"-app-token", "x", "-set", "remove_scope=half"}, `remove_scope: "half" is none of [app_id all]`},
		"a negative answer":    {[]string{"-app-token", "x", "-set", "row_cap=-1"}, "row_cap: it is negative"},
		"no answer":            {[]string{"-app-token", "x", "-set", "row_cap"}, "it is not question=answer"},
		"an unknown flag":      {[]string{"-app-tokens", "x"}, "-app-tokens"},
		"a file nobody can be": {[]string{"-app-token", "x", "-ready-file", filepath.Join(t.TempDir(), "none", "ready")}, "no such file"},
	}
	for name, tt := range tests {
		err := run(t.Context(), tt.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

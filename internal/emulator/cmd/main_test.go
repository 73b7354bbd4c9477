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
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const (
	appToken = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
	adding   = `{"op":"useradd","token":"` + appToken + `","user":{"address":"a","token":{"appid":"com.mesibo.firstapp"}}}`
	looking  = `{"op":"usersget","token":"` + appToken + `"}`
)

// A program is one that runs.
type program struct {
	endpoint string
	export   string       // the line about the app token
	stderr   bytes.Buffer // to be read after end
	stop     context.CancelFunc
	ended    chan error
}

// start runs the program until the test ends, and waits for its first two lines.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &program{stop: cancel, ended: make(chan error, 1)}
	out, stdout := io.Pipe()
	go func() {
		err := run(ctx, args, stdout, &p.stderr)
		_ = stdout.CloseWithError(err)
		p.ended <- err
	}()
	t.Cleanup(cancel)
	lines := bufio.NewScanner(out)
	lines.Scan()
	endpoint, found := strings.CutPrefix(lines.Text(), "export MESIBO_ENDPOINT='")
	if p.endpoint = strings.TrimSuffix(endpoint, "'"); !found {
		t.Fatalf("the first line is %q: %v", lines.Text(), lines.Err())
	}
	lines.Scan()
	p.export = lines.Text()

	return p
}

// post sends a request and returns the answer.
func (p *program) post(t *testing.T, body string) (string, error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Post(p.endpoint, "application/json", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)

	return string(answer), err
}

// end stops the program, which must end without an error.
func (p *program) end(t *testing.T) {
	t.Helper()
	p.stop()
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
}

func TestServes(t *testing.T) {
	t.Parallel()

	ready := filepath.Join(t.TempDir(), "ready")
	p := start(t, "-app-token", appToken, "-ready-file", ready)
	if !strings.HasPrefix(p.endpoint, "http://127.0.0.1:") || !strings.HasSuffix(p.endpoint, "/backend/") {
		t.Errorf("odd endpoint %q", p.endpoint)
	}
	answer, err := p.post(t, adding)
	_, minted, _ := strings.Cut(answer, `"token":"`)
	minted, _, _ = strings.Cut(minted, `"`)
	if err != nil || len(minted) != 48 {
		t.Errorf("got %s, %v", answer, err)
	}
	if answer, err := p.post(t, `{"op":"userset","token":"`+appToken+`","user":{"address":"`+minted+`"}}`); err != nil {
		t.Errorf("got %s, %v", answer, err)
	}

	written := ""
	for range 1000 { // The file comes after the line.
		if data, err := os.ReadFile(ready); err == nil {
			written = string(data)

			break
		}
		time.Sleep(time.Millisecond)
	}
	if written != p.endpoint+"\n" {
		t.Errorf("the file contains %q", written)
	}
	p.end(t)
	if _, err := p.post(t, looking); err == nil {
		t.Error("it still answers")
	}
	if got := p.stderr.String(); got != "useradd \"a\": ok\nuserset \"(redacted)\": NOTFOUND\n" {
		t.Errorf("the log is %q", got)
	}
}

// TestProfiles shows by an answer which profile a server has.
func TestProfiles(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "mine.json")
	if err := os.WriteFile(file, []byte(`{"version":1,"about":"mine","answers":{"uid_as_number":true}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		flags         []string
		request, want string
	}{
		{nil, looking, `"users":[]`},
		{[]string{"-profile", "cloud"}, looking, `"BADOP"`},
		{[]string{"-profile", file}, adding, `"uid":5302`},
		{[]string{"-set", "user_lookups=false", "-set", "uid_as_number=true"}, adding, `"uid":5302`},
		{[]string{"-set", "user_lookups=true", "-profile", "cloud"}, looking, `"users":[]`},
		{[]string{"-set", "user_lookups=true", "-profile", "cloud"}, adding, `"uid":5302`},
	} {
		p := start(t, append(tt.flags, "-app-token", appToken)...)
		if answer, err := p.post(t, tt.request); err != nil || !strings.Contains(answer, tt.want) {
			t.Errorf("with %v: %s, %v, want %s", tt.flags, answer, err, tt.want)
		}
		p.end(t)
	}
}

// TestAppToken is not parallel, because it sets the environment.
func TestAppToken(t *testing.T) {
	t.Setenv("MESIBO_APP_TOKEN", appToken)
	p := start(t)
	if answer, err := p.post(t, looking); err != nil || !strings.Contains(answer, `"result":true`) {
		t.Errorf("%s, %v", answer, err)
	}
	if !strings.HasPrefix(p.export, "# ") || strings.Contains(p.export, appToken) {
		t.Errorf("the token of the environment is shown, or not explained: %s", p.export)
	}
	p.end(t)
	p = start(t, "-app-token", "other's") // The flag goes before the environment.
	if answer, err := p.post(t, looking); err != nil || !strings.Contains(answer, `"AUTHFAIL"`) {
		t.Errorf("%s, %v", answer, err)
	}
	if p.export != `export MESIBO_APP_TOKEN='other'\''s'` {
		t.Errorf("the second line is %s", p.export)
	}
	p.end(t)
	t.Setenv("MESIBO_APP_TOKEN", "")
	p = start(t) // Without a token it has one of its own.
	token, _ := strings.CutPrefix(p.export, "export MESIBO_APP_TOKEN=")
	if answer, err := p.post(t, strings.Replace(looking, appToken, strings.Trim(token, "'"), 1)); err != nil || !strings.Contains(answer, `"result":true`) {
		t.Errorf("with %s: %s, %v", token, answer, err)
	}
	p.end(t)
	var stderr bytes.Buffer
	if err := run(t.Context(), []string{"-help"}, io.Discard, &stderr); !errors.Is(err, flag.ErrHelp) || strings.Contains(stderr.String(), appToken) {
		t.Errorf("%v: %s", err, stderr.String())
	}
}

// TestRefuses is not parallel, because it sets the environment.
func TestRefuses(t *testing.T) {
	t.Setenv("MESIBO_APP_TOKEN", "")
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"every address":       {[]string{"-app-token", "x", "-addr", ":0"}, "loopback addresses only"},
		"an argument":         {[]string{"-app-token", "x", "y"}, `unexpected argument "y"`},
		"an unknown profile":  {[]string{"-app-token", "x", "-profile", "moon"}, "neither one of cloud, legacy, onpremise nor a file"},
		"an unknown question": {[]string{"-app-token", "x", "-set", "moon=full"}, `unknown field "moon"`},
		"an unknown answer":   {[]string{"-app-token", "x", "-set", "remove_scope=half"}, `remove_scope: "half" is none of [app_id all]`},
		"an unknown flag":     {[]string{"-app-tokens", "x"}, "-app-tokens"},
		"no such folder":      {[]string{"-app-token", "x", "-ready-file", filepath.Join(t.TempDir(), "none", "ready")}, "no such file"},
	} {
		if err := run(t.Context(), tt.args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// appConfig is the input of examples/app-config.
type appConfig struct {
	Users     map[string]appConfigUser `json:"users"`
	AppIDs    map[string]string        `json:"app_ids"`
	Directory string                   `json:"directory,omitempty"`
	EnvPrefix string                   `json:"env_prefix,omitempty"`
}

type appConfigUser struct {
	Address string `json:"address"`
}

// users returns users with these addresses.
func users(addresses ...string) map[string]appConfigUser {
	users := map[string]appConfigUser{}
	for i, address := range addresses {
		users[fmt.Sprintf("user_%d", i)] = appConfigUser{Address: address}
	}

	return users
}

// newAppConfig returns a workspace with the example and this input, and a back end whose tokens have these texts at both
// ends, in turn.
func newAppConfig(t *testing.T, config appConfig, ends ...string) (*acctest.Backend, *acctest.Workspace) {
	t.Helper()

	var minted atomic.Int64
	b := acctest.NewBackendWith(t, emulator.WithTokenSource(func() string {
		n := minted.Add(1)
		end := ends[int(n-1)%len(ends)]

		return fmt.Sprintf("%stoken-%d%s", end, n, end)
	}))
	w := rootModule(t, b, "app-config")
	variables, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(t, "test.auto.tfvars.json", string(variables))

	return b, w
}

// applyAppConfig applies the example and checks what its outputs and files contain.
func applyAppConfig(t *testing.T, config appConfig, ends ...string) (*acctest.Backend, *acctest.Workspace) {
	t.Helper()

	b, w := newAppConfig(t, config, ends...)
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	checkAppConfig(t, b, w, config)

	return b, w
}

// Whatever characters an address or a token contains, each reader gets it back as mesibo has it.
func TestAccAppConfig(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	awkward := []string{
		`o'brien@example.com`, `"quoted"`, `it's "both" of them`, "`id`'s",
		`#1 a#b !c`, `!1`, `=a:b=c`, `:a`, `https://example.com`, `///a////b`, `ends in a semicolon;`, `DOMAIN\user`, `a\nb\u0041\\c`, `100%{x}%d`, `a  b`, `ü ß ÿ Ā`, `漢字`, `😀 🇩🇪`,
		`<a&b>`, `a]b[c`, `(a)`, `~@^|`,
	}
	config := appConfig{
		Users:     users(awkward...),
		AppIDs:    map[string]string{"android": "com.example.android", "ios": "com.example.ios", "web": "it's //web"},
		Directory: "app/config",
		EnvPrefix: "VITE_MESIBO_",
	}
	b, w := applyAppConfig(t, config, awkward...)

	shown := w.MustRun(t, "output")
	if hidden := strings.Count(shown, "= <sensitive>"); hidden != 4 {
		t.Errorf("%d outputs are hidden, want all 4:\n%s", hidden, shown)
	}
	w.MustRun(t, "destroy", "-auto-approve")
	b.ExpectNoUsers(t)
	if left, err := filepath.Glob(filepath.Join(w.Dir, config.Directory, "*")); err != nil || len(left) != 0 {
		t.Errorf("files are left behind: %v, %v", left, err)
	}
}

// What an .xcconfig file cannot contain is refused there, and written correctly elsewhere.
func TestAccAppConfig_notForXcode(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	awkward := []string{`$HOME ${x} $(id)`, `it's $HOME \ "x" y`, `\$x`, "a\n#b\r\tc"}
	for appID, ends := range map[string][]string{
		"android": slices.Concat([]string{`\`, " "}, awkward),
		"web":     slices.Concat([]string{" "}, awkward), // One reader of .env takes a backslash before the closing quote for an escape.
	} {
		applyAppConfig(t, appConfig{Users: users(awkward...), AppIDs: map[string]string{appID: "app"}, Directory: "config"}, ends...)
	}

	refused := func(address, end string) {
		t.Helper()

		b, w := newAppConfig(t, appConfig{Users: users(address), AppIDs: map[string]string{"ios": "app"}, Directory: "config"}, end)
		if output, err := w.Run(t, "apply", "-auto-approve"); err == nil || !strings.Contains(output, "An .xcconfig file cannot hold") {
			t.Errorf("%q, %q: not refused: %v\n%s", address, end, err, output)
		}
		if _, err := os.Stat(filepath.Join(w.Dir, "config", "Mesibo.xcconfig")); !os.IsNotExist(err) {
			t.Errorf("%q, %q: the file is written all the same: %v", address, end, err)
		}
		if minted := len(b.MintedTokens()); minted != 0 && end == "" {
			t.Errorf("%q: %d tokens were minted for a configuration that is refused", address, minted)
		}
	}
	for _, address := range append(awkward, `a\`, "a\u2028b") {
		refused(address, "")
	}
	for _, end := range append(awkward, `\`, " ") {
		refused("alice@example.com", end)
	}
}

// Apps that share an App ID share its token, because another one would end it.
func TestAccAppConfig_sharedAppID(t *testing.T) {
	t.Parallel()

	config := appConfig{
		Users:  users("alice@example.com", "bob@example.com"),
		AppIDs: map[string]string{"android": "com.example.app", "ios": "com.example.app"},
	}
	b, _ := applyAppConfig(t, config, "")
	if minted := len(b.MintedTokens()); minted != len(config.Users) {
		t.Errorf("%d tokens were minted, want one for each user", minted)
	}
}

func TestAccAppConfig_shortNames(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	for names, want := range map[string]string{
		"1":           "begins with a letter",
		"a-b":         "letters, digits and underscores",
		"alice ALICE": "differ only in case",
	} {
		config := appConfig{Users: map[string]appConfigUser{}}
		for _, name := range strings.Fields(names) {
			config.Users[name] = appConfigUser{Address: "address of " + name}
		}
		_, w := newAppConfig(t, config, "")
		if output, err := w.Run(t, "plan"); err == nil || !strings.Contains(output, want) {
			t.Errorf("%s: %v, want an error with %q:\n%s", names, err, want, output)
		}
	}
}

// checkAppConfig reads all outputs and files and compares them with what the back end has.
func checkAppConfig(t *testing.T, b *acctest.Backend, w *acctest.Workspace, config appConfig) {
	t.Helper()

	// By App ID, what the app reads.
	want := wantedEntries(t, b, w.MustRun(t, "output", "-raw", "json"), config)
	entries := func(platform string, rename func(string) string) map[string]string {
		renamed := map[string]string{}
		for key, value := range want[config.AppIDs[platform]] {
			renamed[rename(key)] = value
		}

		return renamed
	}
	property := func(key string) string { return "mesibo." + key }
	variable := func(prefix string) func(string) string {
		return func(key string) string { return prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_")) }
	}
	web := entries("web", variable(cmp.Or(config.EnvPrefix, "MESIBO_")))
	for _, check := range []struct {
		output, file, reader string
		want                 map[string]string
		read                 func(content string) (map[string]string, error)
	}{
		{"android", "mesibo.properties", "java.util.Properties", entries("android", property), readProperties},
		{"ios", "Mesibo.xcconfig", "Xcode", entries("ios", variable("MESIBO_")), readXcconfig},
		{"web", ".env", "godotenv", web, godotenv.Unmarshal},
		{"web", ".env", "sh", web, readByShell},
		{"json", "mesibo.json", "", nil, func(string) (map[string]string, error) { return nil, nil }}, // read above
	} {
		content := w.MustRun(t, "output", "-raw", check.output)
		read, err := check.read(content)
		if diff := gocmp.Diff(check.want, read); diff != "" || err != nil {
			t.Errorf("%s reads from output %s: %v (-want +got):\n%s", check.reader, check.output, err, diff)
		}

		file := filepath.Join(w.Dir, config.Directory, check.file)
		written, err := os.ReadFile(file)
		if _, has := config.AppIDs[check.output]; config.Directory == "" || !has && check.output != "json" {
			if !os.IsNotExist(err) {
				t.Errorf("the file %s is there, but nobody wants it: %v", check.file, err)
			}

			continue
		}
		if string(written) != content || err != nil {
			t.Errorf("the file %s is not what the output %s is: %v", check.file, check.output, err)
		}
		for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has mode %v, want %v: %v", path, info.Mode().Perm(), want, err)
			}
		}
	}
}

// wantedEntries returns the entries that the apps of each App ID read, from what the back end has, and checks that the
// output json has the same.
func wantedEntries(t *testing.T, b *acctest.Backend, output string, config appConfig) map[string]map[string]string {
	t.Helper()

	var read struct {
		Users map[string]struct {
			Address, UID string
			Platforms    map[string]struct {
				AppID, Token string
				ExpiresAt    time.Time `json:"expires_at"`
			}
		}
	}
	if err := json.Unmarshal([]byte(output), &read); err != nil || len(read.Users) != len(config.Users) {
		t.Fatalf("JSON has %d users, want %d: %v", len(read.Users), len(config.Users), err)
	}

	want := map[string]map[string]string{}
	for platform, appID := range config.AppIDs {
		want[appID] = map[string]string{"appid": appID}
		for name, user := range config.Users {
			stored, _ := b.User(acctest.AppToken, user.Address)
			token := stored.Tokens[appID].Value
			got, app := read.Users[name], read.Users[name].Platforms[platform]
			if got.Address != user.Address || got.UID != stored.UID || app.AppID != appID || token == "" || app.Token != token || app.ExpiresAt.Before(time.Now()) {
				t.Errorf("JSON has %+v for %q, want what the back end has: %+v", got, user.Address, stored)
			}
			want[appID][name+".address"] = user.Address
			want[appID][name+".token"] = token
			want[appID][name+".token_expires_at"] = app.ExpiresAt.Format(time.RFC3339)
		}
	}

	return want
}

// propertyLine matches a line of which java.util.Properties.load has one reading: anything but visible ASCII is escaped.
var propertyLine = regexp.MustCompile(`^([\w.]+)=((?:[!-\[\]-~]|\\u[0-9a-f]{4})*)\n$`)

func readProperties(content string) (map[string]string, error) {
	read := map[string]string{}
	for line := range strings.Lines(content) {
		parts := propertyLine.FindStringSubmatch(line)
		if parts == nil {
			return nil, fmt.Errorf("Java may read something else from %q", line)
		}
		var value string // JSON has the same escapes
		if err := json.Unmarshal([]byte(`"`+strings.ReplaceAll(parts[2], `"`, `\"`)+`"`), &value); err != nil {
			return nil, err
		}
		read[parts[1]] = value
	}

	return read, nil
}

// readXcconfig reads what Xcode's help says: // begins a comment, $( ) a reference, of which the empty one is nothing.
// A semicolon at the end is dropped, and a backslash there continues the line.
func readXcconfig(content string) (map[string]string, error) {
	read := map[string]string{}
	for line := range strings.Lines(content) {
		line, _, _ = strings.Cut(line, "//")
		line = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), ";"))
		key, value, found := strings.Cut(line, "=")
		value = strings.ReplaceAll(strings.TrimSpace(value), "$()", "")
		if !found || strings.Contains(value, "$") || strings.HasSuffix(line, `\`) {
			return nil, fmt.Errorf("Xcode would read something else from %q", line)
		}
		read[strings.TrimSpace(key)] = value
	}

	return read, nil
}

// readByShell returns the variables that a shell exports when it has run the file.
func readByShell(content string) (map[string]string, error) {
	shell := exec.Command("sh", "-euac", ". /dev/stdin; env -0")
	shell.Stdin, shell.Env = strings.NewReader(content), []string{"PATH=" + os.Getenv("PATH")}
	output, err := shell.Output()
	read := map[string]string{}
	for variable := range strings.SplitSeq(string(output), "\x00") {
		if name, value, _ := strings.Cut(variable, "="); strings.Contains(name, "MESIBO_") {
			read[name] = value
		}
	}

	return read, err
}

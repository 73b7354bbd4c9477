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
	Users     map[string]map[string]string `json:"users"`   // {"address": ...} by short name
	AppIDs    map[string]string            `json:"app_ids"` // by platform
	Directory string                       `json:"directory,omitempty"`
	EnvPrefix string                       `json:"env_prefix,omitempty"`
}

// users returns users with these addresses.
func users(addresses ...string) map[string]map[string]string {
	users := map[string]map[string]string{}
	for i, address := range addresses {
		users[fmt.Sprintf("user_%d", i)] = map[string]string{"address": address}
	}

	return users
}

// newAppConfig returns a workspace with the example and its input, and a back end whose tokens have these texts at both
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

// Whatever characters an address or a token contains, each reader gets it back as mesibo has it. Apps that share an App ID
// share its token, because another one would end it.
func TestAccAppConfig(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	awkward := []string{
		`o'brien@example.com`, `"quoted"`, `it's "both" of them`, "`id`'s",
		`#1 a#b !c`, `!1`, `=a:b=c`, `:a`, `https://example.com`, `///a////b`, `ends in a semicolon;`, `DOMAIN\user`, `a\nb\u0041\\c`, `100%{x}%d`, `a  b`, `ü ß ÿ Ā`, `漢字`, `😀 🇩🇪`,
		`<a&b>`, `a]b[c`, `(a)`, `~@^|`,
	}
	config := appConfig{
		Users:     users(awkward...),
		AppIDs:    map[string]string{"android": "com.example.app", "ios": "com.example.app", "web": "it's //web"},
		Directory: "app/config",
		EnvPrefix: "VITE_MESIBO_",
	}
	b, w := applyAppConfig(t, config, awkward...)
	if minted := len(b.MintedTokens()); minted != 2*len(awkward) {
		t.Errorf("%d tokens were minted, want one for each user and App ID", minted)
	}
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

// What an .xcconfig file cannot contain is written correctly elsewhere, and refused there, as are bad short names.
func TestAccAppConfig_refused(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	awkward := []string{`$HOME ${x} $(id)`, `it's $HOME \ "x" y`, `\$x`, "a\n#b\r\tc"}
	for platform, ends := range map[string][]string{
		"android": slices.Concat([]string{`\`, " "}, awkward),
		"web":     slices.Concat([]string{" "}, awkward), // One reader of .env takes a backslash before the closing quote for an escape.
	} {
		applyAppConfig(t, appConfig{Users: users(awkward...), AppIDs: map[string]string{platform: "app"}}, ends...)
	}

	refused := func(message string, users map[string]map[string]string, end string) {
		t.Helper()

		b, w := newAppConfig(t, appConfig{Users: users, AppIDs: map[string]string{"ios": "app"}, Directory: "config"}, end)
		if output, err := w.Run(t, "apply", "-auto-approve"); err == nil || !strings.Contains(output, message) {
			t.Errorf("%q, tokens with %q: %v, want an error with %q:\n%s", users, end, err, message, output)
		}
		if _, err := os.Stat(filepath.Join(w.Dir, "config", "Mesibo.xcconfig")); !os.IsNotExist(err) {
			t.Errorf("%q, tokens with %q: the file is written all the same: %v", users, end, err)
		}
		if minted := len(b.MintedTokens()); minted != 0 && end == "" {
			t.Errorf("%q: %d tokens were minted for a configuration that is refused", users, minted)
		}
	}
	for _, address := range append(awkward, `a\`, "a\u2028b") {
		refused("An .xcconfig file cannot express", users(address), "")
	}
	for _, end := range append(awkward, `\`, " ") {
		refused("An .xcconfig file cannot express", users("alice@example.com"), end)
	}
	refused("begins with a letter", map[string]map[string]string{"1": {"address": "a"}}, "")
	refused("letters, digits and underscores", map[string]map[string]string{"a-b": {"address": "a"}}, "")
	refused("differ only in case", map[string]map[string]string{"alice": {"address": "a"}, "ALICE": {"address": "b"}}, "")
}

// checkAppConfig reads all outputs and files and compares them with what the back end has.
func checkAppConfig(t *testing.T, b *acctest.Backend, w *acctest.Workspace, config appConfig) {
	t.Helper()

	output := w.MustRun(t, "output", "-raw", "json")
	checkFile(t, w, config, "mesibo.json", output, true)
	entries := checkJSON(t, b, output, config)
	property := func(key string) string { return "mesibo." + key }
	variable := func(key string) string { return "MESIBO_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_")) }
	prefixed := func(key string) string {
		return cmp.Or(config.EnvPrefix, "MESIBO_") + strings.TrimPrefix(variable(key), "MESIBO_")
	}
	for _, check := range []struct {
		platform, file, reader string
		key                    func(string) string
		read                   func(content string) (map[string]string, error)
	}{
		{"android", "mesibo.properties", "java.util.Properties", property, readProperties},
		{"ios", "Mesibo.xcconfig", "Xcode", variable, readXcconfig},
		{"web", ".env", "godotenv", prefixed, godotenv.Unmarshal},
		{"web", ".env", "sh", prefixed, readByShell},
	} {
		want := map[string]string{}
		for key, value := range entries[check.platform] {
			want[check.key(key)] = value
		}
		output := w.MustRun(t, "output", "-raw", check.platform)
		read, err := check.read(output)
		if diff := gocmp.Diff(want, read); diff != "" || err != nil {
			t.Errorf("%s reads from output %s: %v (-want +got):\n%s", check.reader, check.platform, err, diff)
		}
		checkFile(t, w, config, check.file, output, len(want) > 0)
	}
}

// checkFile checks that a file has the content of an output, or is not there unless it is wanted.
func checkFile(t *testing.T, w *acctest.Workspace, config appConfig, name, output string, wanted bool) {
	t.Helper()

	file := filepath.Join(w.Dir, config.Directory, name)
	written, err := os.ReadFile(file)
	if !wanted || config.Directory == "" {
		if !os.IsNotExist(err) {
			t.Errorf("the file %s is there, but nobody wants it: %v", name, err)
		}

		return
	}
	if string(written) != output || err != nil {
		t.Errorf("the file %s is not what its output is: %v", name, err)
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v: %v", path, info.Mode().Perm(), want, err)
		}
	}
}

// checkJSON checks that the output json has what the back end has. It returns the entries of each platform.
func checkJSON(t *testing.T, b *acctest.Backend, output string, config appConfig) map[string]map[string]string {
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
	entries := map[string]map[string]string{}
	for platform, appID := range config.AppIDs {
		entries[platform] = map[string]string{"appid": appID}
		for name, user := range config.Users {
			address := user["address"]
			stored, _ := b.User(acctest.AppToken, address)
			token := stored.Tokens[appID].Value
			got, app := read.Users[name], read.Users[name].Platforms[platform]
			if got.Address != address || got.UID != stored.UID || app.AppID != appID || token == "" || app.Token != token || app.ExpiresAt.Before(time.Now()) {
				t.Errorf("JSON has %+v for %q, want what the back end has: %+v", got, address, stored)
			}
			entries[platform][name+".address"] = address
			entries[platform][name+".token"] = token
			entries[platform][name+".token_expires_at"] = app.ExpiresAt.Format(time.RFC3339)
		}
	}

	return entries
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

// readXcconfig refuses what Xcode's help says is read differently: // begins a comment and $( ) a reference, of which the
// empty one is nothing; whitespace and a semicolon at the end are dropped, and a backslash there continues the line.
func readXcconfig(content string) (map[string]string, error) {
	read := map[string]string{}
	for line := range strings.Lines(content) {
		key, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		read[key] = strings.ReplaceAll(value, "$()", "")
		ends := strings.TrimLeft(strings.TrimRight(value, " \t;\\"), " \t") != value
		if !found || ends || strings.Contains(value, "//") || strings.Contains(read[key], "$") {
			return nil, fmt.Errorf("Xcode would read something else from %q", line)
		}
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

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
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

// newAppConfig returns a workspace with the example, and a back end whose tokens have these at both ends, in turn.
func newAppConfig(t *testing.T, tokens ...string) (*acctest.Backend, *acctest.Workspace) {
	t.Helper()

	var minted atomic.Int64
	b := acctest.NewBackendWith(t, emulator.WithTokenSource(func() string {
		n := minted.Add(1)
		ends := tokens[int(n-1)%len(tokens)]

		return fmt.Sprintf("%stoken-%d%s", ends, n, ends)
	}))

	return b, rootModule(t, b, filepath.Join(acctest.Root(), "examples", "app-config"))
}

func configure(t *testing.T, w *acctest.Workspace, config appConfig) {
	t.Helper()

	variables, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir, "test.auto.tfvars.json"), variables, 0o600); err != nil {
		t.Fatal(err)
	}
}

// users returns users with these addresses.
func users(addresses ...string) map[string]appConfigUser {
	users := map[string]appConfigUser{}
	for i, address := range addresses {
		users[fmt.Sprintf("user_%d", i)] = appConfigUser{Address: address}
	}

	return users
}

// Whatever an address or a token holds, each reader gets it back as mesibo has it.
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
	b, w := newAppConfig(t, awkward...)
	configure(t, w, config)
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	checkAppConfig(t, b, w, config)

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

// What an .xcconfig file cannot hold is refused there, and written right elsewhere.
func TestAccAppConfig_notForXcode(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	awkward := []string{`$HOME ${x} $(id)`, `it's $HOME \ "x" y`, `\$x`, "a\n#b\r\tc"}
	for appID, ends := range map[string][]string{
		"android": slices.Concat([]string{`\`, " "}, awkward),
		"web":     slices.Concat([]string{" "}, awkward), // One reader of .env takes a backslash before the closing quote for an escape.
	} {
		config := appConfig{Users: users(awkward...), AppIDs: map[string]string{appID: "app"}, Directory: "config"}
		b, w := newAppConfig(t, ends...)
		configure(t, w, config)
		w.MustRun(t, "apply", "-auto-approve")
		w.MustRun(t, "plan", "-detailed-exitcode")
		checkAppConfig(t, b, w, config)
	}

	for _, address := range append(awkward, `a\`, "a\u2028b") {
		b, w := newAppConfig(t, "")
		refuse(t, w, address)
		if minted := len(b.MintedTokens()); minted != 0 {
			t.Errorf("%q: %d tokens were minted for a configuration that is refused", address, minted)
		}
	}
	for _, end := range append(awkward, `\`, " ") {
		_, w := newAppConfig(t, end)
		refuse(t, w, "alice@example.com")
	}
}

// refuse checks that an .xcconfig file is not written.
func refuse(t *testing.T, w *acctest.Workspace, address string) {
	t.Helper()

	configure(t, w, appConfig{Users: users(address), AppIDs: map[string]string{"ios": "app"}, Directory: "config"})
	if output, err := w.Run(t, "apply", "-auto-approve"); err == nil || !strings.Contains(output, "An .xcconfig file cannot hold") {
		t.Errorf("%q is not refused: %v\n%s", address, err, output)
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "config", "Mesibo.xcconfig")); !os.IsNotExist(err) {
		t.Errorf("%q: the file is written all the same: %v", address, err)
	}
}

// Apps that share an App ID share its token, for another one would end it.
func TestAccAppConfig_sharedAppID(t *testing.T) {
	t.Parallel()

	config := appConfig{
		Users:  users("alice@example.com", "bob@example.com"),
		AppIDs: map[string]string{"android": "com.example.app", "ios": "com.example.app"},
	}
	b, w := newAppConfig(t, "")
	configure(t, w, config)
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	checkAppConfig(t, b, w, config)
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
		_, w := newAppConfig(t, "")
		config := appConfig{Users: map[string]appConfigUser{}}
		for _, name := range strings.Fields(names) {
			config.Users[name] = appConfigUser{Address: "address of " + name}
		}
		configure(t, w, config)
		if output, err := w.Run(t, "plan"); err == nil || !strings.Contains(output, want) {
			t.Errorf("%s: %v, want an error with %q:\n%s", names, err, want, output)
		}
	}
}

// checkAppConfig reads all outputs and files and compares them with what the back end has.
func checkAppConfig(t *testing.T, b *acctest.Backend, w *acctest.Workspace, config appConfig) {
	t.Helper()

	var read struct {
		Users map[string]struct {
			Address   string
			UID       string
			Platforms map[string]struct {
				AppID     string
				Token     string
				ExpiresAt time.Time `json:"expires_at"`
			}
		}
	}
	if err := json.Unmarshal([]byte(w.MustRun(t, "output", "-raw", "json")), &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Users) != len(config.Users) {
		t.Errorf("JSON has %d users, want %d", len(read.Users), len(config.Users))
	}

	// want has what each platform's app is to read.
	want := map[string]map[string]string{"android": {}, "ios": {}, "web": {}}
	for platform, appID := range config.AppIDs {
		want[platform]["appid"] = appID
		for name, user := range config.Users {
			held, found := b.User(acctest.AppToken, user.Address)
			if !found {
				t.Errorf("the back end has no user %q", user.Address)
			}
			token := held.Tokens[appID].Value
			got := read.Users[name]
			of := got.Platforms[platform]
			if got.Address != user.Address || got.UID != held.UID || of.AppID != appID || of.Token != token || of.ExpiresAt.Before(time.Now()) {
				t.Errorf("JSON has %+v of %q, want what the back end has: %+v", got, user.Address, held)
			}
			want[platform][name+".address"] = user.Address
			want[platform][name+".token"] = token
			want[platform][name+".token_expires_at"] = of.ExpiresAt.Format(time.RFC3339)
		}
	}
	variables := func(prefix string, entries map[string]string) map[string]string {
		named := map[string]string{}
		for key, value := range entries {
			named[prefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = value
		}

		return named
	}
	properties := map[string]string{}
	for key, value := range want["android"] {
		properties["mesibo."+key] = value
	}
	envPrefix := "MESIBO_"
	if config.EnvPrefix != "" {
		envPrefix = config.EnvPrefix
	}
	web := variables(envPrefix, want["web"])

	checks := []struct {
		output, file, reader string
		want                 map[string]string
		parse                func(t *testing.T, content string) map[string]string
	}{
		{"android", "mesibo.properties", "java.util.Properties", properties, parseProperties},
		{"ios", "Mesibo.xcconfig", "Xcode", variables("MESIBO_", want["ios"]), parseXcconfig},
		{"web", ".env", "godotenv", web, parseDotenv},
		{"web", ".env", "sh", web, func(t *testing.T, content string) map[string]string {
			t.Helper()

			return readByShell(t, content, slices.Sorted(maps.Keys(web)))
		}},
		{"json", "mesibo.json", "", nil, nil},
	}
	for _, check := range checks {
		content := w.MustRun(t, "output", "-raw", check.output)
		if check.parse != nil {
			if diff := cmp.Diff(check.want, check.parse(t, content)); diff != "" {
				t.Errorf("%s reads from output %s (-want +got):\n%s", check.reader, check.output, diff)
			}
		}

		file := filepath.Join(w.Dir, config.Directory, check.file)
		_, rendered := config.AppIDs[check.output]
		if rendered = rendered || check.output == "json"; !rendered || config.Directory == "" {
			if _, err := os.Stat(file); !os.IsNotExist(err) {
				t.Errorf("the file %s is there, but nobody wants it: %v", check.file, err)
			}

			continue
		}
		written, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(written) != content {
			t.Errorf("the file %s is not what the output %s is", check.file, check.output)
		}
		for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has mode %v, want %v: %v", path, info.Mode().Perm(), want, err)
			}
		}
	}
}

// parseProperties reads what the documentation of java.util.Properties.load says, but no lines that go on.
func parseProperties(t *testing.T, content string) map[string]string {
	t.Helper()

	unescape := func(text string) string {
		var units []uint16
		for i := 0; i < len(text); i++ {
			c := text[i]
			if c == '\\' && i+1 < len(text) {
				i++
				c = text[i]
				if c == 'u' {
					unit, err := strconv.ParseUint(text[i+1:i+5], 16, 16)
					if err != nil {
						t.Fatal(err)
					}
					units = append(units, uint16(unit))
					i += 4

					continue
				}
				if escape, special := map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f'}[c]; special {
					c = escape
				}
			}
			units = append(units, uint16(c)) // A byte is a character of ISO-8859-1.
		}

		return string(utf16.Decode(units))
	}

	const blanks = " \t\f"
	read := map[string]string{}
	for line := range strings.FieldsFuncSeq(content, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.TrimLeft(line, blanks)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		end := 0
		for end < len(line) && !strings.ContainsRune("=:"+blanks, rune(line[end])) {
			if line[end] == '\\' {
				end++
			}
			end++
		}
		value := strings.TrimLeft(line[end:], blanks)
		if value != "" && (value[0] == '=' || value[0] == ':') {
			value = strings.TrimLeft(value[1:], blanks)
		}
		read[unescape(line[:end])] = unescape(value)
	}

	return read
}

// parseXcconfig reads what Xcode's help says: // begins a comment, $( ) a reference, of which the empty one is
// nothing. A semicolon at the end is dropped, and a backslash there makes the line go on.
func parseXcconfig(t *testing.T, content string) map[string]string {
	t.Helper()

	read := map[string]string{}
	for line := range strings.Lines(content) {
		line, _, _ = strings.Cut(line, "//")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		line = strings.TrimSpace(strings.TrimSuffix(line, ";"))
		key, value, found := strings.Cut(line, "=")
		value = strings.ReplaceAll(strings.TrimSpace(value), "$()", "")
		if !found || strings.Contains(value, "$") || strings.HasSuffix(line, `\`) {
			t.Errorf("Xcode would read something else from %q", line)
		}
		read[strings.TrimSpace(key)] = value
	}

	return read
}

func parseDotenv(t *testing.T, content string) map[string]string {
	t.Helper()

	read, err := godotenv.Unmarshal(content)
	if err != nil {
		t.Fatal(err)
	}

	return read
}

// readByShell returns the variables with these names that a shell has when it has run the file.
func readByShell(t *testing.T, content string, names []string) map[string]string {
	t.Helper()

	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	script := `. "$1"; shift; for name; do eval "printf '%s=%s\0' $name \"\$$name\""; done`
	output, err := exec.CommandContext(t.Context(), "sh", append([]string{"-euc", script, "sh", file}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]string{}
	for variable := range strings.SplitSeq(string(output), "\x00") {
		if name, value, found := strings.Cut(variable, "="); found {
			read[name] = value
		}
	}

	return read
}

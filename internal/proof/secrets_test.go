// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package proof

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// One configuration of everything, through every kind of error: all that a CLI prints, the log at TRACE, and the plan
// as JSON, without what it marks as sensitive, are searched for every secret. The matrix searches the provider's own
// log and diagnostics for each call and each way in which it fails.
func TestAccNoSecretIsShown(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, func(m *emulator.Modes) { m.EchoApp, m.RowsPerAppID, m.RowCap, m.MemberCap = true, true, 0, 0 })
	w := b.NewWorkspace(t, everythingThatHoldsSecrets("com.example.android", "First"))
	log := filepath.Join(t.TempDir(), "trace.log")
	w.Setenv("MESIBO_MAX_RETRIES", "1")
	w.Setenv("TF_LOG", "TRACE")
	w.Setenv("TF_LOG_PATH", log)
	w.Write(t, "ephemeral.tf", ephemeralThatHoldsASecret)
	if w.IsTerraform(t, version.Must(version.NewVersion("1.14.0"))) {
		w.Write(t, "actions.tf", actionsThatHoldSecrets)
	}

	var shown, all strings.Builder
	run := func(args ...string) string {
		output, _ := w.Run(t, args...) // Some of the runs are to fail.
		shown.WriteString(output)

		return output
	}
	planned := func() {
		run("plan", "-out=saved.tfplan")
		whole, _ := w.Run(t, "show", "-json", "saved.tfplan")
		all.WriteString(whole)
		shown.WriteString(withoutSensitive(t, whole))
	}
	planned()
	run("apply", "saved.tfplan")
	for i, kind := range slices.Sorted(maps.Keys(errorKinds)) {
		b.FailAlways("", errorKinds[kind])
		run("plan")
		b.ClearFaults()

		// Every write fails, and each resource says so in one run: none that changes depends on another.
		w.Write(t, "ephemeral.tf", "")
		for _, op := range []string{"useradd", "userset", "groupset", "groupeditmembers", "message"} {
			b.FailAlways(op, errorKinds[kind])
		}
		w.Configure(t, everythingThatHoldsSecrets([]string{"com.example.ios", "com.example.android"}[i%2], kind))
		run("apply", "-auto-approve", "-json")
		b.ClearFaults()
		w.Write(t, "ephemeral.tf", ephemeralThatHoldsASecret)
	}
	planned()
	run("apply", "saved.tfplan")
	run("output")
	run("show")
	run("destroy", "-auto-approve")
	b.ExpectNoUsers(t)
	b.ExpectNoGroups(t)

	logged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if minted := len(b.MintedTokens()); minted < 4 || !strings.Contains(string(logged), "groupeditmembers") {
		t.Errorf("%d tokens were minted, and the log has %d bytes, so the search shows little", minted, len(logged))
	}
	if len(secretsIn(b, all.String())) == 0 {
		t.Error("the search does not find the tokens in the sensitive part of the plan, where they are")
	}
	for place, text := range map[string]string{"output": shown.String(), "log": string(logged)} {
		if found := secretsIn(b, text); len(found) > 0 {
			t.Errorf("the %s shows the secrets that begin with %v", place, found)
		}
	}
}

// errorKinds are answers that end a call, by what they are.
var errorKinds = map[string]emulator.Fault{
	"rejected app token": emulator.AuthFail(),
	"disabled app":       emulator.TokenBreach(),
	"secrets in cause":   emulator.EchoSecretsInCause(),
	"bad gateway":        emulator.BadGateway(),
	"web page":           emulator.HTMLPage(),
	"empty":              emulator.EmptyReply(),
	"truncated":          emulator.TruncatedJSON(),
	"dropped":            emulator.DropAfterCommit(),
	"too many requests":  emulator.TooManyRequests("0"),
	"refused afterwards": emulator.RefuseAfterCommit("QUOTA", 403, "over quota"),
}

// everythingThatHoldsSecrets has each kind of object that the provider offers, but for actions and what is ephemeral.
// All that can be changed in place depends on the App ID or the name.
func everythingThatHoldsSecrets(appID, name string) string {
	early := strconv.FormatBool(name < "m")

	return requirement + `
resource "mesibo_user" "alice" {
  address = "alice@example.com"
  appid   = "` + appID + `"
}

resource "mesibo_user" "bob" {
  address = "bob@example.com"
  name    = "` + name + `"
}

resource "mesibo_user" "carol" {
  address = "carol@example.com"
}

resource "mesibo_user_token" "carol" {
  address       = mesibo_user.carol.address
  appid         = "com.example.second"
  token_keepers = { name = "` + name + `" }
}

resource "mesibo_group" "one" {
  name   = "One"
  active = ` + early + `
}

resource "mesibo_group" "two" {
  name = "Two"
}

resource "mesibo_group_member" "two" {
  gid      = mesibo_group.two.gid
  address  = mesibo_user.carol.address
  can_send = ` + early + `
}

data "mesibo_user" "carol" {
  address    = mesibo_user.carol.address
  depends_on = [mesibo_user_token.carol]
}

data "mesibo_users" "all" {
  include_tokens = true
  depends_on     = [mesibo_user_token.carol]
}

data "mesibo_groups" "all" {
  depends_on = [mesibo_group.one]
}

data "mesibo_group_members" "two" {
  gid        = mesibo_group.two.gid
  depends_on = [mesibo_group_member.two]
}

resource "terraform_data" "trigger" {
  input = "` + name + `"
}

output "tokens" {
  value     = [mesibo_user.alice.token, mesibo_user_token.carol.token, data.mesibo_users.all]
  sensitive = true
}
`
}

const ephemeralThatHoldsASecret = `
ephemeral "mesibo_user_token" "job" {
  address = mesibo_user.carol.address
  uid     = mesibo_user.carol.uid
  appid   = "com.example.job"
}
`

// actionsThatHoldSecrets are invoked when the name changes.
const actionsThatHoldSecrets = `
action "mesibo_send_message" "hello" {
  config {
    from    = mesibo_user.carol.address
    gid     = mesibo_group.two.gid
    message = "Hello"
  }
}

action "mesibo_revoke_token" "third" {
  config {
    address = mesibo_user.carol.address
    appid   = "com.example.third"
  }
}

resource "terraform_data" "deployment" {
  input      = terraform_data.trigger.input
  depends_on = [mesibo_group.two]

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mesibo_revoke_token.third]
    }
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mesibo_send_message.hello]
    }
  }
}
`

// withoutSensitive returns a plan in JSON without the values that it marks as sensitive itself.
func withoutSensitive(t *testing.T, plan string) string {
	t.Helper()

	var whole any
	if err := json.Unmarshal([]byte(plan), &whole); err != nil {
		t.Fatalf("the plan is not JSON: %v", err)
	}
	rest, err := json.Marshal(stripped(whole))
	if err != nil {
		t.Fatal(err)
	}

	return string(rest)
}

func stripped(node any) any {
	switch node := node.(type) {
	case []any:
		for i := range node {
			node[i] = stripped(node[i])
		}
	case map[string]any:
		for value, marks := range map[string]string{
			"values": "sensitive_values", "before": "before_sensitive", "after": "after_sensitive", "value": "sensitive",
		} {
			if mask, marked := node[marks]; marked {
				node[value] = unmarked(node[value], mask)
			}
		}
		for name := range node {
			node[name] = stripped(node[name])
		}
	}

	return node
}

// unmarked returns what of a value a mask of the same shape does not mark.
func unmarked(value, mask any) any {
	switch mask := mask.(type) {
	case bool:
		if mask {
			return nil
		}
	case []any:
		if list, ok := value.([]any); ok {
			for i := range min(len(list), len(mask)) {
				list[i] = unmarked(list[i], mask[i])
			}
		}
	case map[string]any:
		if object, ok := value.(map[string]any); ok {
			for name := range object {
				object[name] = unmarked(object[name], mask[name])
			}
		}
	}

	return value
}

// The search finds a secret in every form, wherever it begins.
func TestSecretsIn(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.PutUser(acctest.AppToken, emulator.User{Address: "alice", Active: true})
	minted := b.MintToken(acctest.AppToken, "alice", "com.example.app")
	for _, secret := range []string{acctest.AppToken, minted, b.WebhookSecrets()[0]} {
		for name, hidden := range map[string]string{
			"plain": "token=" + secret + "&x", "hex": hex.EncodeToString([]byte("a" + secret + "b")), "escaped": url.QueryEscape("a b" + secret),
			"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 after one": base64.StdEncoding.EncodeToString([]byte("a" + secret + "bc")),
			"base64 after two": base64.URLEncoding.EncodeToString([]byte("ab" + secret + "c")), "base64 after five": base64.StdEncoding.EncodeToString([]byte("abcde" + secret + "f")),
		} {
			if len(secretsIn(b, hidden)) == 0 {
				t.Errorf("%s: not found in %s", name, hidden)
			}
		}
	}
	if found := secretsIn(b, "nothing"); len(found) > 0 {
		t.Errorf("found %v in nothing", found)
	}
}

// secretsIn returns the beginning of each secret of the back end that a text shows, in plain or in another form.
func secretsIn(b *acctest.Backend, text string) []string {
	var shown []string
	for _, secret := range secretsOf(b) {
		for _, form := range forms(secret) {
			if strings.Contains(text, form) {
				shown = append(shown, secret[:4]+"...")

				break
			}
		}
	}

	return shown
}

// secretsOf returns all that must not be shown: the app token, the webhook secret and every token ever minted.
func secretsOf(b *acctest.Backend) []string {
	return append(append(b.MintedTokens(), b.WebhookSecrets()...), acctest.AppToken)
}

// forms are what a secret may look like. Base64 of a longer text that holds the secret has one of three forms, by the
// place at which the secret begins.
func forms(secret string) []string {
	forms := []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), url.PathEscape(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + secret))
			// Neighbours have a share in the first and in the last digits.
			first, last := (before*8+5)/6, (before+len(secret))*8/6
			forms = append(forms, encoded[first:last])
		}
	}

	return forms
}

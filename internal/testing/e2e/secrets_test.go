// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// One configuration of everything, through every kind of error: all that a CLI prints, the log at TRACE, and the plan
// as JSON, without what it marks as sensitive, are searched for every secret. The matrix searches the provider's own
// log and diagnostics for each call and each way in which it fails.
func TestAccNoSecretIsShown(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ListsMembers)

	b := acctest.NewBackend(t, func(p *profile.Profile) {
		p.EchoApp, p.RowsPerAppID, p.RowCap, p.MemberCap = true, true, 0, 0
	})
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
	if !showsSecret(b, all.String()) {
		t.Error("the search does not find the tokens in the sensitive part of the plan, where they are")
	}
	for place, text := range map[string]string{"output": shown.String(), "log": string(logged)} {
		if showsSecret(b, text) {
			t.Errorf("the %s shows a secret", place)
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

// showsSecret reports whether a text shows, in any form, what must not be shown: the app token, the webhook secret, or a
// token that was ever minted.
func showsSecret(b *acctest.Backend, text string) bool {
	_, shown := secrettest.Shows(text, append(append(b.MintedTokens(), b.WebhookSecrets()...), acctest.AppToken)...)

	return shown
}

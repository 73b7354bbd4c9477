// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// A configuration of everything is planned, applied, changed and destroyed, with every kind of error. All that a CLI
// prints, and the log at TRACE, are searched for every secret. The fault matrix searches the provider's own log and
// diagnostics for each call and fault.
func TestAccNoSecretIsShown(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)
	acctest.Needs(t, acctest.Lookups, acctest.ListsMembers)

	b := acctest.NewBackend(t, func(p *profile.Profile) {
		p.EchoApp, p.RowsPerAppID, p.RowCap, p.MemberCap = true, true, 0, 0
	})
	w := b.NewWorkspace(t, requirement+dataSources)
	w.Write(t, "resources.tf.json", everything(android, "First").JSON())
	log := filepath.Join(t.TempDir(), "trace.log")
	w.Setenv("MESIBO_MAX_RETRIES", "1")
	w.Setenv("TF_LOG", "TRACE")
	w.Setenv("TF_LOG_PATH", log)
	w.Write(t, "ephemeral.tf", ephemeralToken)
	if w.Version(t).GreaterThanOrEqual(tfversion.Version1_14_0) { // No OpenTofu is yet.
		w.Write(t, "actions.tf", actions)
	}

	var shown strings.Builder
	run := func(args ...string) {
		output, _ := w.Run(t, args...) // Some of the runs fail.
		shown.WriteString(output)
	}
	planAndApply := func() {
		run("plan", "-out=saved.tfplan")
		run("show", "saved.tfplan")
		run("apply", "saved.tfplan")
		run("show")
	}
	planAndApply()
	for i, kind := range slices.Sorted(maps.Keys(errorKinds)) {
		b.FailAlways("", errorKinds[kind])
		run("plan")
		b.ClearFaults()

		// Every write fails, and each resource reports it in one run: none that changes depends on another.
		w.Write(t, "ephemeral.tf", "")
		for _, op := range []string{"useradd", "userset", "groupset", "groupeditmembers", "message"} {
			b.FailAlways(op, errorKinds[kind])
		}
		w.Write(t, "resources.tf.json", everything([]string{ios, android}[i%2], kind).JSON())
		run("apply", "-auto-approve", "-json")
		b.ClearFaults()
		w.Write(t, "ephemeral.tf", ephemeralToken)
	}
	planAndApply()
	run("output")
	if !showsSecret(b, w.MustRun(t, "show", "-json")) {
		t.Error("the search does not find the tokens in the state, where they are")
	}
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
	if inOutput, inLog := showsSecret(b, shown.String()), showsSecret(b, string(logged)); inOutput || inLog {
		t.Errorf("a secret is shown in the output: %t, in the log: %t", inOutput, inLog)
	}
}

// errorKinds are answers that end a call.
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

// everything has each type of resource. All that can change in place depends on the App ID or the name.
func everything(appID, name string) protocoltest.Config {
	early := name < "m"

	return protocoltest.Config{
		user("alice", attributes{"appid": appID}),
		user("bob", attributes{"name": name}),
		user("carol", attributes{}),
		userToken("carol", attributes{"appid": web, "token_keepers": attributes{"name": name}}),
		group("one", attributes{"active": early}),
		group("two", attributes{}),
		member("two", "carol", attributes{"can_send": early}),
		{Type: "terraform_data", Name: "trigger", Attributes: attributes{"input": name}},
	}
}

const dataSources = `
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
  depends_on = [mesibo_group_member.two_carol]
}

output "tokens" {
  value     = [mesibo_user.alice.token, mesibo_user_token.carol.token, data.mesibo_users.all]
  sensitive = true
}
`

const ephemeralToken = `
ephemeral "mesibo_user_token" "job" {
  address = mesibo_user.carol.address
  uid     = mesibo_user.carol.uid
  appid   = "com.example.job"
}
`

// actions are invoked when the name changes.
const actions = `
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

// showsSecret reports whether a text shows, in any form, the app token, the webhook secret, or a token that was minted.
func showsSecret(b *acctest.Backend, text string) bool {
	_, shown := secrettest.Shows(text, append(append(b.MintedTokens(), b.WebhookSecrets()...), acctest.AppToken)...)

	return shown
}

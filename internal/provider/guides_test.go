// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"archive/zip"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// What the guide on tokens promises of its examples.

// liveToken returns the token that the back end accepts from an App ID of a user.
func liveToken(b *acctest.Backend, address, appID string) string {
	user, _ := b.User(acctest.AppToken, address)

	return user.Tokens[appID].Value
}

// An ephemeral token reaches the write-only argument that it is meant for, and nothing that the run leaves behind.
func TestAccEphemeralTokenIsNowhere(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, providerRequirement+example(t, "ephemeral-resources/mesibo_user_token/ephemeral-resource.tf"))
	w.SkipBelow(t, tfversion.Version1_11_0, "a write-only argument")
	vault := w.AddVault(t)
	logFile := filepath.Join(t.TempDir(), "trace.log")
	w.Setenv("TF_LOG", "TRACE")
	w.Setenv("TF_LOG_PATH", logFile)

	left := map[string]string{}
	for _, run := range []string{"1", "2"} {
		left["output of run "+run] = w.MustRun(t, "plan", "-out=saved.tfplan", "-var=run="+run) +
			w.MustRun(t, "show", "-json", "saved.tfplan") +
			w.MustRun(t, "apply", "saved.tfplan") +
			w.MustRun(t, "show", "-json") + w.MustRun(t, "state", "pull")
		plan, err := zip.OpenReader(filepath.Join(w.Dir, "saved.tfplan"))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range plan.File {
			content, err := fs.ReadFile(plan, entry.Name)
			if err != nil {
				t.Fatal(err)
			}
			left["plan of run "+run+", "+entry.Name] = string(content)
		}
		plan.Close() //nolint:errcheck // It was only read.

		live := liveToken(b, "nightly-job", "com.example.nightly")
		if written := vault.Secret("/v1/secret/data/mesibo/nightly", "token"); live == "" || written != live {
			t.Errorf("run %s: what was written is not the live token", run)
		}
	}
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		left[name] = example(t, filepath.Join(w.Dir, name))
	}
	left["log"] = example(t, logFile)

	// A search in the wrong places finds nothing either.
	for place, sign := range map[string]string{
		"log": "useradd", "terraform.tfstate": "data_json_wo_version", "plan of run 1, tfplan": "nightly-job",
	} {
		if !strings.Contains(left[place], sign) {
			t.Errorf("the %s does not contain %q, which it should", place, sign)
		}
	}
	minted := b.MintedTokens()
	if len(minted) < 3 { // One at the first apply, whose user was not there before, and two in the second run.
		t.Fatalf("only %d tokens were minted, so the search proves little", len(minted))
	}
	for place, content := range left {
		for _, secret := range append(minted, acctest.AppToken) {
			if strings.Contains(content, secret) {
				t.Errorf("the %s contains a secret that begins with %s", place, secret[:4])
			}
		}
	}

	w.MustRun(t, "destroy", "-auto-approve")
	b.ExpectNoUsers(t)
}

// What OpenTofu encrypts contains no token, and is of no use without the passphrase.
func TestAccStateEncryption(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	w := rootModule(t, b, "guides/state-encryption")
	w.MustRun(t, "plan", "-out=saved.tfplan")
	w.MustRun(t, "apply", "saved.tfplan")
	token := liveToken(b, "alice@example.com", "com.example.app")
	if output := w.MustRun(t, "output", "-raw", "alice_token"); output != token {
		t.Error("the output is not the live token")
	}
	for _, name := range []string{"terraform.tfstate", "saved.tfplan"} {
		if content := example(t, filepath.Join(w.Dir, name)); strings.Contains(content, token) || strings.Contains(content, "alice") {
			t.Errorf("%s is not encrypted", name)
		}
	}

	w.Setenv("TF_VAR_state_passphrase", "some other passphrase")
	if output, err := w.Run(t, "plan"); err == nil {
		t.Errorf("another passphrase opens the state:\n%s", output)
	}
	w.Setenv("TF_VAR_state_passphrase", statePassphrase)
	w.MustRun(t, "destroy", "-auto-approve")
	b.ExpectNoUsers(t)
}

// While the token of one App ID is replaced, the apps are given that of the other, which stays live.
func TestAccZeroDowntimeRotation(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	w := rootModule(t, b, "guides/zero-downtime-rotation")
	given := func(args ...string) (appID, token string) {
		t.Helper()
		w.MustRun(t, append([]string{"apply", "-auto-approve"}, args...)...)
		var config struct{ AppID, Token string }
		if err := json.Unmarshal([]byte(w.MustRun(t, "output", "-json", "app_config")), &config); err != nil {
			t.Fatal(err)
		}
		if liveToken(b, "alice@example.com", config.AppID) != config.Token {
			t.Errorf("%v: the apps are given a token that is not live", args)
		}

		return config.AppID, config.Token
	}

	_, blue := given()
	if _, token := given("-var=green=2026-12"); token != blue {
		t.Error("minting for green has changed what the apps are given")
	}
	appID, _ := given("-var=green=2026-12", "-var=use=green")
	if appID != "com.example.app.green" || liveToken(b, "alice@example.com", "com.example.app.blue") != blue {
		t.Errorf("the apps are given %s, or blue's token has ended", appID)
	}
	w.MustRun(t, "destroy", "-auto-approve")
	b.ExpectNoUsers(t)
}

// An incident revokes what was minted anywhere, and ends with a new token in the state.
func TestAccIncident(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, providerRequirement+example(t, "actions/mesibo_revoke_token/action.tf")+
		"\noutput \"token\" {\n  value = mesibo_user.alice.token\n  sensitive = true\n}\n")
	w.SkipBelow(t, tfversion.Version1_14_0, "an action")
	w.MustRun(t, "apply", "-auto-approve")
	b.MintToken(acctest.AppToken, "alice@example.com", "com.example.other")
	before := w.MustRun(t, "output", "-raw", "token")

	output := w.MustRun(t, "apply", "-auto-approve", "-no-color", "-var=incident=2026-11-23")
	if !strings.Contains(output, `Revoked all tokens of the user "alice@example.com".`) {
		t.Errorf("the revocation is not reported:\n%s", output)
	}
	after := w.MustRun(t, "output", "-raw", "token")
	user, _ := b.User(acctest.AppToken, "alice@example.com")
	if len(user.Tokens) != 1 || user.Tokens["com.example.app"].Value != after || after == before {
		t.Errorf("after the incident %d tokens are live, or the state does not have the new one", len(user.Tokens))
	}
	w.MustRun(t, "destroy", "-auto-approve")
}

// Without terraform query, a list becomes a file, and the file a configuration that imports all and changes nothing.
func TestAccImportExisting(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)
	acctest.Needs(t, acctest.Lookups, acctest.ListsMembers)

	b := existingApp(t)
	find := rootModule(t, b, "guides/import-existing/find")
	find.MustRun(t, "apply", "-auto-approve")
	app := find.MustRun(t, "output", "-json", "app")
	for _, token := range b.MintedTokens() {
		if strings.Contains(app+example(t, filepath.Join(find.Dir, "terraform.tfstate")), token) {
			t.Error("the list contains a token")
		}
	}

	w := rootModule(t, b, "guides/import-existing/import")
	w.SkipBelow(t, version.Must(version.NewVersion("1.7.0")), "for_each in an import block")
	w.Write(t, "app.json", app)
	if plan := w.MustRun(t, "plan", "-no-color"); !strings.Contains(plan, "Plan: 7 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Errorf("the plan is not clean:\n%s", plan)
	}
	minted := len(b.MintedTokens())
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	if len(b.MintedTokens()) != minted {
		t.Error("the import has minted a token")
	}
	w.MustRun(t, "destroy", "-auto-approve")
	b.ExpectNoUsers(t)
	b.ExpectNoGroups(t)
}

// The guide on moving has one configuration for both servers, and a state for each.
func TestAccMoveToOnPremise(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	hosted, own := acctest.NewBackend(t), acctest.NewBackend(t)
	w := rootModule(t, hosted, "test-users")
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "workspace", "new", "on-premise")
	w.Setenv("MESIBO_ENDPOINT", own.Endpoint())
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	if liveToken(own, "alice@example.com", "com.mesibo.firstapp") == "" || liveToken(hosted, "alice@example.com", "com.mesibo.firstapp") == "" {
		t.Error("a server lacks the user or its token")
	}
	w.MustRun(t, "destroy", "-auto-approve")
	own.ExpectNoUsers(t)
	w.Setenv("MESIBO_ENDPOINT", hosted.Endpoint())
	w.MustRun(t, "workspace", "select", "default")
	w.MustRun(t, "destroy", "-auto-approve")
	hosted.ExpectNoUsers(t)
}

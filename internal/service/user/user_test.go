// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

const (
	alice      = "alice@example.com"
	bob        = "bob@example.com"
	androidApp = "com.example.android"
	webApp     = "com.example.web"

	android = "appid = \"com.example.android\"\n"
	web     = "appid = \"com.example.web\"\n"
	ofAlice = "address = \"alice@example.com\"\n"
)

// block is a resource named test for a user, with further attributes.
func block(kind, address, attributes string) string {
	return fmt.Sprintf("resource %q \"test\" {\n  address = %q\n  %s\n}\n", kind, address, attributes)
}

// userConfig is the user alice.
func userConfig(attributes string) string {
	return block("mesibo_user", alice, attributes)
}

// tokenConfig is a token of the user in userConfig.
func tokenConfig(attributes string) string {
	return strings.Replace(block("mesibo_user_token", "", attributes), `""`, "mesibo_user.test.address", 1)
}

// A subject is a resource that manages a token. What both such resources do alike is tested on both.
type subject struct{ kind, importID string }

var (
	userSubject  = subject{"mesibo_user", alice}
	tokenSubject = subject{"mesibo_user_token", alice + "/" + androidApp}
)

func forBoth(t *testing.T, test func(*testing.T, subject)) {
	t.Helper()

	for _, s := range []subject{userSubject, tokenSubject} {
		t.Run(s.kind, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// servers are the lookups that a server may offer. The resources have to work with all of them.
var servers = map[string]acctest.Server{
	"a row for each user":   func(p *profile.Profile) { p.SetLookups(true); p.RowsPerAppID = false },
	"a row for each App ID": rowPerAppID,
	"tokens hidden":         func(p *profile.Profile) { p.SetLookups(true); p.HideTokens = true },
	"no lookups":            noLookups,
}

func rowPerAppID(p *profile.Profile) { p.SetLookups(true); p.RowsPerAppID = true }

func noLookups(p *profile.Profile) { p.SetLookups(false) }

func onEachServer(t *testing.T, test func(*testing.T, acctest.Server)) {
	t.Helper()

	for name, server := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, server)
		})
	}
}

// name is the address of the resource in the configuration.
func (s subject) name() string {
	return s.kind + ".test"
}

// config is the resource with alice and the App ID for Android.
func (s subject) config(attributes string) string {
	return block(s.kind, alice, android+attributes)
}

// newBackend starts a server, with alice if the resource requires a user.
func (s subject) newBackend(t *testing.T, changes ...acctest.Server) *acctest.Backend {
	t.Helper()

	b := acctest.NewBackend(t, changes...)
	if s == tokenSubject {
		addAlice(b)
	}

	return b
}

func addAlice(b *acctest.Backend) {
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, Name: "Alice", Active: true})
}

type step = resource.TestStep

// apply applies a configuration and checks the plan and the result.
func apply(config string, plan resource.ConfigPlanChecks, checks ...statecheck.StateCheck) step {
	return step{Config: config, ConfigPlanChecks: plan, ConfigStateChecks: checks}
}

// fails applies a configuration, which ends with an error that contains these texts.
func fails(config string, texts ...string) step {
	return step{Config: config, ExpectError: matches(texts...)}
}

// after makes a change outside of Terraform before a step.
func after(change func(), then step) step {
	then.PreConfig = change

	return then
}

// run runs the steps.
func run(t *testing.T, b *acctest.Backend, steps ...step) {
	t.Helper()

	runSince(t, b, tfversion.Version1_0_0, steps...)
}

// runSince is run for a feature that came with a version of the CLI.
func runSince(t *testing.T, b *acctest.Backend, oldest *version.Version, steps ...step) {
	t.Helper()

	for i := range steps {
		steps[i].Config = withProvider(b, steps[i].Config)
	}
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(oldest)},
		Steps:                  steps,
	})
}

// run runs the steps and checks that the server has nothing of the resource when it is destroyed.
func (s subject) run(t *testing.T, b *acctest.Backend, steps ...step) {
	t.Helper()

	run(t, b, steps...)
	s.expectDestroyed(t, b)
}

// expectDestroyed checks that the server has nothing of the resource: alice is there only if she is not the resource.
func (s subject) expectDestroyed(t *testing.T, b *acctest.Backend) {
	t.Helper()

	if user, found := b.User(acctest.AppToken, alice); found != (s == tokenSubject) || len(user.Tokens) > 0 {
		t.Errorf("after the destroy the server has the user: %t, with %d tokens", found, len(user.Tokens))
	}
}

// withProvider adds a provider block that does not retry, so that one fault makes an operation fail.
func withProvider(b *acctest.Backend, resources string) string {
	if resources == "" {
		return "" // that of the step before
	}
	config := b.Config(resources, "max_retries = 0")
	if strings.Contains(resources, unknownAppToken) {
		config = strings.Replace(config, `"`+acctest.AppToken+`"`, "terraform_data.later.output", 1)
	}

	return config
}

// unknownAppToken, as part of a configuration, makes the app token in the provider block unknown during plan.
var unknownAppToken = later(acctest.AppToken)

// later is a resource whose output is unknown during the plan of its create or of a change of the value.
func later(value string) string {
	return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = %q\n}\n", value)
}

// newWorkspace drives the provider over the plugin protocol, which shows warnings.
func newWorkspace(b *acctest.Backend) *protocoltest.Workspace {
	return newWorkspaceWith(b, map[string]any{"app_token": acctest.AppToken, "endpoint": b.Endpoint(), "max_retries": 0})
}

// newWorkspaceWith is newWorkspace with a provider block, which may change between runs.
func newWorkspaceWith(b *acctest.Backend, settings map[string]any) *protocoltest.Workspace {
	return protocoltest.New(func() tfprotov6.ProviderServer { return b.NewProvider() }, settings)
}

// matches is a pattern for text that the CLI may have broken into lines anywhere.
func matches(text ...string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(strings.Join(text, "\x00"))

	return regexp.MustCompile("(?s)" + strings.NewReplacer(" ", `\s+`, "\x00", ".*").Replace(pattern))
}

// has checks an attribute in the state.
func (s subject) has(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(s.name(), tfjsonpath.New(attribute), check)
}

// hasToken checks that the state contains the live token of the App ID, and how many alice was ever given.
func (s subject) hasToken(b *acctest.Backend, appID string, minted int) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		s.has("token", b.LiveToken(alice, appID)),
		s.has("ready_for_renewal", knownvalue.Bool(false)),
		b.ExpectMinted(alice, minted),
	}
}

// hasNoToken checks that the state contains no token.
func (s subject) hasNoToken() []statecheck.StateCheck {
	return []statecheck.StateCheck{
		s.has("token", knownvalue.Null()),
		s.has("token_expires_at", knownvalue.Null()),
		s.has("ready_for_renewal", knownvalue.Bool(false)),
	}
}

// expectUser checks the name and the status that alice has on the server.
func expectUser(b *acctest.Backend, name string, active bool) statecheck.StateCheck {
	return b.ExpectUser(alice, func(u emulator.User) error {
		if u.Name != name || u.Active != active {
			return fmt.Errorf("the server has the name %q and active %t", u.Name, u.Active)
		}

		return nil
	})
}

// planned checks the plan before it is applied.
func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

var (
	anyPlan  = planned()
	noChange = planned(plancheck.ExpectEmptyPlan())
)

// plans checks the action that is planned for the resource.
func (s subject) plans(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return planned(plancheck.ExpectResourceAction(s.name(), action))
}

// updates checks that the plan updates the resource in place, and whether it shows that a token will be minted.
func (s subject) updates(mints bool) resource.ConfigPlanChecks {
	update := plancheck.ExpectResourceAction(s.name(), plancheck.ResourceActionUpdate)
	token, expiresAt := tfjsonpath.New("token"), tfjsonpath.New("token_expires_at")
	if !mints {
		return planned(update, plancheck.ExpectKnownValue(s.name(), token, knownvalue.NotNull()))
	}

	return planned(update, plancheck.ExpectUnknownValue(s.name(), token), plancheck.ExpectUnknownValue(s.name(), expiresAt))
}

// afterPlan does something between a plan and its apply.
type afterPlan func()

// CheckPlan implements plancheck.PlanCheck.
func (f afterPlan) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	f()
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package acctest is what acceptance tests share: an emulated back end for each test, a provider that talks to it, and a
// clock that both go by. A test drives a real CLI.
package acctest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/provider"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/server"
)

// AppToken is the app token of every emulated app. It has the form of a real one.
const AppToken = "k3v9q0z7m2x8c4b6n1l5j7h9g3f2d8s4a6p0o1i7u5y3t9r2e8w4q6z1x7c3v5b9"

// start is when every test begins.
var start = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Main runs the tests of a package.
func Main(m *testing.M) {
	os.Exit(Run(m))
}

// Run runs the tests of a package and returns the exit code. A CLI resolves the source "mesibo-community/mesibo" to its
// own registry, so the testing framework has to know which CLI it drives.
func Run(m *testing.M) int {
	defaults := map[string]string{"TF_ACC_PROVIDER_NAMESPACE": "mesibo-community"}
	if isOpenTofu() {
		defaults["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	}
	os.Setenv("TF_CLI_CONFIG_FILE", os.DevNull) //nolint:errcheck // The tester's own must not matter.
	for variable, value := range defaults {
		if os.Getenv(variable) == "" {
			os.Setenv(variable, value) //nolint:errcheck // The names are well formed.
		}
	}
	code := m.Run()
	for dir := range buildDirs.Range {
		os.RemoveAll(dir.(string)) //nolint:errcheck,forcetypeassert // Only temporary folders are kept here.
	}

	return code
}

// Clock is a clock that stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time on the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Backend is an emulator with one app, and the clock that it and the provider go by.
type Backend struct {
	*emulator.Server
	Clock *Clock
}

// NewBackend starts a back end that stops with the test. It has the profile of the run, with these changes.
func NewBackend(t testing.TB, changes ...Server) *Backend {
	t.Helper()

	b := NewBackendWith(t)
	for _, change := range changes {
		b.SetProfile(change)
	}

	return b
}

// NewBackendWith is NewBackend with options of the emulator, such as another source of tokens.
func NewBackendWith(t testing.TB, options ...emulator.Option) *Backend {
	t.Helper()

	as, err := ProfileOfRun()
	if err != nil {
		t.Fatal(err)
	}
	clock := &Clock{now: start}
	options = append([]emulator.Option{
		emulator.WithApp(AppToken), emulator.WithClock(clock.Now), emulator.WithProfile(as),
	}, options...)
	server, err := emulator.Start("127.0.0.1:0", options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)

	return &Backend{Server: server, Clock: clock}
}

// NewProvider returns a provider that goes by the clock of the back end, and logs.
func (b *Backend) NewProvider(options ...mesibo.Option) tfprotov6.ProviderServer {
	return server.New(provider.New("test", b.Clock.Now, options...)(), true)
}

// Run runs the steps of a test with a provider that goes by the clock of the back end.
func (b *Backend) Run(t *testing.T, test resource.TestCase) {
	t.Helper()

	run(t, test, b.Clock.Now)
}

// RunNow runs the steps of a test with a provider that goes by the time of day.
func RunNow(t *testing.T, test resource.TestCase) {
	t.Helper()

	run(t, test, time.Now)
}

// run adds the provider to those that the test brings.
func run(t *testing.T, test resource.TestCase, now func() time.Time) {
	t.Helper()

	logs := os.Getenv("TF_LOG") != "" || os.Getenv("TF_ACC_LOG_PATH") != "" // to where the testing framework writes
	factories := map[string]func() (tfprotov6.ProviderServer, error){
		"mesibo": func() (tfprotov6.ProviderServer, error) { return server.New(provider.New("test", now)(), logs), nil },
	}
	maps.Copy(factories, test.ProtoV6ProviderFactories)
	test.ProtoV6ProviderFactories = factories
	resource.Test(t, test)
}

// Config returns a configuration with a provider block for this back end. The settings are further lines of that block.
func (b *Backend) Config(resources string, settings ...string) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    mesibo = {
      source = "mesibo-community/mesibo"
    }
  }
}

provider "mesibo" {
  app_token = %q
  endpoint  = %q
  %s
}
%s`, AppToken, b.Endpoint(), strings.Join(settings, "\n  "), resources)
}

// Minted returns how many tokens have been minted for a user.
func (b *Backend) Minted(address string) int {
	user, _ := b.User(AppToken, address)

	return user.Minted
}

// ExpectMinted checks how many tokens have been minted for a user.
func (b *Backend) ExpectMinted(address string, want int) statecheck.StateCheck {
	return BackendCheck(func() error {
		if got := b.Minted(address); got != want {
			return fmt.Errorf("%d tokens have been minted for %s, want %d", got, address, want)
		}

		return nil
	})
}

// ExpectUser checks a user on the back end.
func (b *Backend) ExpectUser(address string, check func(emulator.User) error) statecheck.StateCheck {
	return BackendCheck(func() error {
		user, found := b.User(AppToken, address)
		if !found {
			return fmt.Errorf("the back end has no user %s", address)
		}

		return check(user)
	})
}

// LiveToken checks that a value in the state is the token that the back end accepts from the App ID.
func (b *Backend) LiveToken(address, appID string) knownvalue.Check {
	return knownvalue.StringFunc(func(value string) error {
		user, _ := b.User(AppToken, address)
		if live := user.Tokens[appID].Value; live == "" || live != value {
			return fmt.Errorf("the state does not have the live token of %s, App ID %s", address, appID)
		}

		return nil
	})
}

// ExpectNoToken checks that the App ID of a user has no live token.
func (b *Backend) ExpectNoToken(address, appID string) statecheck.StateCheck {
	return BackendCheck(func() error {
		if user, _ := b.User(AppToken, address); user.Tokens[appID].Value != "" {
			return fmt.Errorf("the App ID %s of %s still has a token", appID, address)
		}

		return nil
	})
}

// ExpectTokens checks that these App IDs of a user have a live token, and no others.
func (b *Backend) ExpectTokens(address string, appIDs ...string) statecheck.StateCheck {
	return BackendCheck(func() error {
		user, _ := b.User(AppToken, address)
		got := slices.Sorted(maps.Keys(user.Tokens))
		if want := slices.Sorted(slices.Values(appIDs)); !slices.Equal(got, want) {
			return fmt.Errorf("%s has tokens of the App IDs %v, want %v", address, got, want)
		}

		return nil
	})
}

// ExpectNoUsers checks, at the end of a test, that no user is left on the back end.
func (b *Backend) ExpectNoUsers(t *testing.T) {
	t.Helper()

	for _, user := range b.Users(AppToken) {
		t.Errorf("the user %s is left", user.Address)
	}
}

// ExpectNoGroups checks, at the end of a test, that no group is left on the back end.
func (b *Backend) ExpectNoGroups(t *testing.T) {
	t.Helper()

	for _, group := range b.Groups(AppToken) {
		t.Errorf("the group %s (%s) is left", group.GID, group.Name)
	}
}

// BackendCheck is a state check that looks at the back end instead.
type BackendCheck func() error

// CheckState implements statecheck.StateCheck.
func (f BackendCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = f()
}

// isOpenTofu reports whether the CLI is OpenTofu, by the name of its program.
func isOpenTofu() bool {
	return strings.HasPrefix(filepath.Base(os.Getenv("TF_ACC_TERRAFORM_PATH")), "tofu")
}

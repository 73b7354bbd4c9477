// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

const (
	resourceName = "mesibo_group.test"
	memberName   = "mesibo_group_member.alice"
	membersName  = "mesibo_group_members.all"
	alice        = "alice@example.com"
	bob          = "bob@example.com"

	// requirement is for a workspace, whose environment configures the provider.
	requirement = "terraform {\n  required_providers {\n    mesibo = { source = \"mesibo-community/mesibo\" }\n  }\n}\n"

	// noRetries makes a request fail at the first fault.
	noRetries = "max_retries = 0"
)

var allPermissions = emulator.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true}

// servers are the kinds of servers on which each life cycle is tested.
var servers = map[string]acctest.Server{
	"with lookups":                       func(*profile.Profile) {},
	"without lookups":                    func(p *profile.Profile) { p.SetLookups(false) },
	"accepts deletes of unknown objects": func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) },
}

// newBackend starts a back end with some users.
func newBackend(t *testing.T, changes ...acctest.Server) *acctest.Backend {
	t.Helper()

	b := acctest.NewBackend(t, changes...)
	for _, address := range []string{alice, bob, "carol", "dave"} {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
	}

	return b
}

// lifecycle runs the steps on each kind of server.
func lifecycle(t *testing.T, servers map[string]acctest.Server, steps func(*acctest.Backend) []resource.TestStep) {
	t.Helper()

	for name, server := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBackend(t, server)
			b.Run(t, resource.TestCase{Steps: steps(b)})
			b.ExpectNoGroups(t)
		})
	}
}

// imports checks that an import by ID leads to an empty plan, and that an import by identity finds the same object.
func imports(t *testing.T, b *acctest.Backend, address, id, config string, identity map[string]knownvalue.Check) {
	t.Helper()

	b.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: config, ResourceName: address, ImportState: true, ImportStateId: id, ImportStatePersist: true},
			{
				Config: config, ConfigPlanChecks: emptyPlan,
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectIdentity(address, identity)},
			},
			{
				ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop),
				}},
			},
		},
	})
}

// importFails checks the error of an import into an app with one group.
func importFails(t *testing.T, address, id, config, message string) {
	t.Helper()

	b := acctest.NewBackend(t)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "4711", Name: "Testers", Active: true})
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: b.Config(config), ResourceName: address, ImportState: true, ImportStateId: id, ExpectError: regexp.MustCompile(message),
	}}})
}

// groupConfig is a group with these attributes and a name.
func groupConfig(attributes string) string {
	return "resource \"mesibo_group\" \"test\" {\n  name = \"Testers\"\n" + attributes + "\n}\n"
}

// expectGroup checks the only group of the back end.
func expectGroup(b *acctest.Backend, check func(emulator.Group) error) statecheck.StateCheck {
	return acctest.BackendCheck(func() error {
		groups := b.Groups(acctest.AppToken)
		if len(groups) != 1 {
			return fmt.Errorf("the back end has %d groups, want 1", len(groups))
		}

		return check(groups[0])
	})
}

// expectSettings checks name, flags and status of the only group of the back end.
func expectSettings(b *acctest.Backend, name string, flags int64, active bool) statecheck.StateCheck {
	return expectGroup(b, func(g emulator.Group) error {
		if g.Name != name || g.Flags != flags || g.Active != active {
			return fmt.Errorf("the back end has %+v, want flags %#x", g, flags)
		}

		return nil
	})
}

// expectMembers checks the members of the only group of the back end.
func expectMembers(b *acctest.Backend, want ...string) statecheck.StateCheck {
	return expectGroup(b, func(group emulator.Group) error {
		if got := slices.Sorted(maps.Keys(group.Members)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			return fmt.Errorf("the members are %v, want %v", got, want)
		}

		return nil
	})
}

// expectPermissions checks the permissions of alice in the only group of the back end.
func expectPermissions(b *acctest.Backend, want emulator.Permissions) statecheck.StateCheck {
	return expectGroup(b, func(group emulator.Group) error {
		if got := group.Members[alice]; got != want {
			return fmt.Errorf("the permissions are %+v, want %+v", got, want)
		}

		return nil
	})
}

// emptyPlan expects that nothing is to be done.
var emptyPlan = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// plans expects an action on a resource, and that nothing is to be done after it.
func plans(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)},
		PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

const (
	resourceName = "mesibo_group.test"
	alice        = "alice@example.com"
	bob          = "bob@example.com"

	// noRetries lets a fault reach the resource at once.
	noRetries = "max_retries = 0"
)

// groupConfig is a group with the given attributes beside its name.
func groupConfig(attributes string) string {
	return "resource \"mesibo_group\" \"test\" {\n  name = \"Testers\"\n" + attributes + "\n}\n"
}

// holds checks an attribute of the group in the state.
func holds(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(resourceName, tfjsonpath.New(attribute), check)
}

// What servers may differ in.
var servers = map[string]acctest.Server{
	"with look-ups":                 func(*profile.Profile) {},
	"without look-ups":              func(p *profile.Profile) { p.SetLookups(false) },
	"to which what is gone is fine": func(p *profile.Profile) { p.SetUnknown(profile.UnknownOK) },
}

// theGroup returns the one group that the back end has.
func theGroup(b *acctest.Backend) (emulator.Group, error) {
	groups := b.Groups(acctest.AppToken)
	if len(groups) != 1 {
		return emulator.Group{}, fmt.Errorf("the back end has %d groups, want 1", len(groups))
	}

	return groups[0], nil
}

// expectGroup checks the one group that the back end has.
func expectGroup(b *acctest.Backend, check func(emulator.Group) error) statecheck.StateCheck {
	return stateCheck(func() error {
		group, err := theGroup(b)
		if err != nil {
			return err
		}

		return check(group)
	})
}

// expectMembers checks who is in the one group that the back end has.
func expectMembers(b *acctest.Backend, want ...string) statecheck.StateCheck {
	return expectGroup(b, func(group emulator.Group) error {
		var got []string
		for address := range group.Members {
			got = append(got, address)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			return fmt.Errorf("the members are %v, want %v", got, want)
		}

		return nil
	})
}

// stateCheck is a state check that looks elsewhere.
type stateCheck func() error

// CheckState implements statecheck.StateCheck.
func (f stateCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = f()
}

// planCheck is a plan check that looks elsewhere, or does something between a plan and its apply.
type planCheck func() error

// CheckPlan implements plancheck.PlanCheck.
func (f planCheck) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = f()
}

// nothingToDo expects an empty plan.
var nothingToDo = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// updates expects the resource to be updated in place, after which nothing is left to do.
func updates(address string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)},
		PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
}

// creates expects the resource to be created.
func creates(address string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)},
	}
}

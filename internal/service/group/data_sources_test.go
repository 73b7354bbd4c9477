// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestAccGroupsDataSource(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	first := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Beta testers", Flags: 0x2 | 0x40 | 0x8, Active: true})
	second := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Beta users", Active: true})
	b.PutGroup(acctest.AppToken, emulator.Group{Name: "Others", Active: true})
	shown := func(pattern string, check knownvalue.Check) resource.TestStep {
		return resource.TestStep{
			Config: b.Config("data \"mesibo_groups\" \"found\" {\n" + pattern + "\n}\n"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.mesibo_groups.found", tfjsonpath.New("groups"), check),
				statecheck.ExpectKnownValue("data.mesibo_groups.found", tfjsonpath.New("truncated"), knownvalue.Bool(false)),
			},
		}
	}
	gid := func(group emulator.Group) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{"gid": knownvalue.StringExact(group.GID)})
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		shown(`name_pattern = "Beta*"`, knownvalue.ListExact([]knownvalue.Check{gid(first), gid(second)})),
		shown(`name_pattern = "Nobody*"`, knownvalue.ListSizeExact(0)),
		shown(``, knownvalue.ListSizeExact(3)),
		shown(`name_pattern = "Beta testers"`, knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
			"gid": knownvalue.StringExact(first.GID), "name": knownvalue.StringExact("Beta testers"),
			"send": knownvalue.StringExact("anyone"), "receive": knownvalue.StringExact("members"),
			"publish": knownvalue.StringExact("members"), "subscribe": knownvalue.StringExact("members"),
			"list": knownvalue.StringExact("members"), "store_messages": knownvalue.Bool(false),
			"loopback": knownvalue.Bool(false), "flags": knownvalue.Int64Exact(0x4a),
		})})),
	}})
}

func TestAccGroupMembersDataSource(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := newBackend(t)
	group := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
	b.PutMember(acctest.AppToken, group.GID, bob, allPermissions)
	b.PutMember(acctest.AppToken, group.GID, alice, emulator.Permissions{Send: true})
	config := b.Config("data \"mesibo_group_members\" \"found\" {\n  gid = \"" + group.GID + "\"\n}\n")
	const name = "data.mesibo_group_members.found"
	most := b.Profile().MemberCap
	shown := 28 // bob, alice and an alphabet
	if most > 0 {
		shown = most
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(name, tfjsonpath.New("members"), knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectExact(map[string]knownvalue.Check{
						"address": knownvalue.StringExact(alice), "uid": knownvalue.NotNull(), "can_send": knownvalue.Bool(true),
						"can_receive": knownvalue.Bool(false), "can_publish": knownvalue.Bool(false),
						"can_subscribe": knownvalue.Bool(false), "can_list": knownvalue.Bool(false),
					}),
					knownvalue.ObjectPartial(map[string]knownvalue.Check{"address": knownvalue.StringExact(bob), "can_list": knownvalue.Bool(true)}),
				})),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("truncated"), knownvalue.Bool(false)),
			},
		},
		{
			PreConfig: func() {
				for _, address := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
					b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
					b.PutMember(acctest.AppToken, group.GID, address, allPermissions)
				}
			},
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(name, tfjsonpath.New("members"), knownvalue.ListSizeExact(shown)),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("truncated"), knownvalue.Bool(most > 0)),
			},
		},
	}})
}

func TestAccGroupDataSources_refused(t *testing.T) {
	t.Parallel()

	noLookups := func(p *profile.Profile) { p.SetLookups(false); p.MemberLists = false }
	for name, tt := range map[string]struct {
		mode            func(*profile.Profile)
		config, message string
	}{
		"groups without lookups":   {noLookups, `data "mesibo_groups" "found" {}`, `(?s)Groups not read.*needs a\s+server\s+that\s+offers\s+lookups`},
		"members without the list": {noLookups, "data \"mesibo_group_members\" \"found\" {\n gid = \"1\"\n}", `(?s)Members not read.*BADOP`},
		"members of no group":      {func(*profile.Profile) {}, "data \"mesibo_group_members\" \"found\" {\n gid = \"1\"\n}", `(?s)Members not read.*No such group`},
		"not a gid":                {func(*profile.Profile) {}, "data \"mesibo_group_members\" \"found\" {\n gid = \"x\"\n}", `must be the id of a group`},
		"empty pattern":            {func(*profile.Profile) {}, "data \"mesibo_groups\" \"found\" {\n name_pattern = \"\"\n}", `string length must be at least 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "members of no group" {
				acctest.Needs(t, acctest.ListsMembers)
			}

			b := acctest.NewBackend(t, tt.mode)
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: b.Config(tt.config), ExpectError: regexp.MustCompile(tt.message),
			}}})
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
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
	acctest.Once(t)
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	first := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Beta testers", Flags: 0x2 | 0x40 | 0x8, Active: true})
	second := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Beta users", Active: true})
	b.PutGroup(acctest.AppToken, emulator.Group{Name: "Others", Active: true})
	found := func(pattern string, check knownvalue.Check) resource.TestStep {
		return resource.TestStep{
			Config: b.Config("data \"mesibo_groups\" \"found\" {\n" + pattern + "\n}\n"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.mesibo_groups.found", tfjsonpath.New("groups"), check),
				statecheck.ExpectKnownValue("data.mesibo_groups.found", tfjsonpath.New("truncated"), knownvalue.Bool(false)),
			},
		}
	}
	group := func(group emulator.Group, send string) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"gid": knownvalue.StringExact(group.GID), "name": knownvalue.StringExact(group.Name),
			"send": knownvalue.StringExact(send), "flags": knownvalue.Int64Exact(group.Flags),
		})
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		found(`name_pattern = "Beta*"`, knownvalue.ListExact([]knownvalue.Check{group(first, "anyone"), group(second, "members")})),
		found(`name_pattern = "Nobody*"`, knownvalue.ListSizeExact(0)),
		found(``, knownvalue.ListSizeExact(3)),
	}})
}

func TestAccGroupMembersDataSource(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	acctest.Needs(t, acctest.ListsMembers)

	b := newBackend(t)
	group := b.PutGroup(acctest.AppToken, emulator.Group{Name: "Testers", Active: true})
	b.PutMember(acctest.AppToken, group.GID, bob, allPermissions)
	b.PutMember(acctest.AppToken, group.GID, alice, emulator.Permissions{Send: true})
	config := b.Config("data \"mesibo_group_members\" \"found\" {\n  gid = \"" + group.GID + "\"\n}\n")
	expect := func(members knownvalue.Check, truncated bool) []statecheck.StateCheck {
		const name = "data.mesibo_group_members.found"

		return []statecheck.StateCheck{
			statecheck.ExpectKnownValue(name, tfjsonpath.New("members"), members),
			statecheck.ExpectKnownValue(name, tfjsonpath.New("truncated"), knownvalue.Bool(truncated)),
		}
	}
	maximum, listed := b.Profile().MemberCap, 28 // bob, alice and an alphabet
	if maximum > 0 {
		listed = maximum
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config, ConfigStateChecks: expect(knownvalue.ListExact([]knownvalue.Check{
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"address": knownvalue.StringExact(alice), "uid": knownvalue.NotNull(), "can_send": knownvalue.Bool(true),
				"can_receive": knownvalue.Bool(false), "can_publish": knownvalue.Bool(false),
				"can_subscribe": knownvalue.Bool(false), "can_list": knownvalue.Bool(false),
			}),
			knownvalue.ObjectPartial(map[string]knownvalue.Check{"address": knownvalue.StringExact(bob), "can_list": knownvalue.Bool(true)}),
		}), false)},
		{
			PreConfig: func() {
				for address := range strings.SplitSeq("abcdefghijklmnopqrstuvwxyz", "") {
					b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
					b.PutMember(acctest.AppToken, group.GID, address, allPermissions)
				}
			},
			Config: config, ConfigStateChecks: expect(knownvalue.ListSizeExact(listed), maximum > 0),
		},
	}})
}

func TestAccGroupDataSources_refused(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	members := func(gid string) string {
		return fmt.Sprintf("data \"mesibo_group_members\" \"found\" {\n gid = %q\n}", gid)
	}
	for name, tt := range map[string]struct{ config, message string }{
		"groups without lookups":   {`data "mesibo_groups" "found" {}`, `(?s)Groups not read.*needs a\s+server\s+that\s+offers\s+lookups`},
		"members without the list": {members("1"), `(?s)Members not read.*BADOP`},
		"members of no group":      {members("1"), `(?s)Members not read.*No such group.*Check\s+gid`},
		"not a gid":                {members("x"), `must be the id of a group`},
		"empty pattern":            {"data \"mesibo_groups\" \"found\" {\n name_pattern = \"\"\n}", `string length must be at least 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "members of no group" {
				acctest.Needs(t, acctest.ListsMembers)
			}

			b := acctest.NewBackend(t)
			if strings.Contains(name, "without") {
				b.SetProfile(func(p *profile.Profile) { p.SetLookups(false); p.MemberLists = false })
			}
			b.Run(t, resource.TestCase{Steps: []resource.TestStep{{Config: b.Config(tt.config), ExpectError: regexp.MustCompile(tt.message)}}})
		})
	}
}

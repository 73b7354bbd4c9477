// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

var needsFunctions = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)}

// output is a configuration that shows the value of an expression.
func output(expression string) string {
	return "output \"value\" {\n  value = " + expression + "\n}\n"
}

func TestAccGroupFlags(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	for expression, want := range map[string]int64{
		`provider::mesibo::group_flags({})`:                                                                   0,
		`provider::mesibo::group_flags({ send = "selected", loopback = true })`:                               0x81,
		`provider::mesibo::group_flags({ send = null, store_messages = false })`:                              0x40,
		`provider::mesibo::group_flags({ receive = "round_robin", list = "anyone" })`:                         0x20020,
		`provider::mesibo::group_flags(tomap({ publish = "anyone", subscribe = "selected" }))`:                0x1200,
		`provider::mesibo::group_flags({ loopback = "true" })`:                                                0x80,
		`provider::mesibo::parse_group_flags(129).loopback == true ? 1 : 0`:                                   1,
		`provider::mesibo::group_flags(merge(provider::mesibo::parse_group_flags(131617), { other = null }))`: 131617,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsFunctions, Steps: []resource.TestStep{{
				Config:            b.Config(output(expression)),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("value", knownvalue.Int64Exact(want))},
			}}})
		})
	}
}

func TestAccParseGroupFlags(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{TerraformVersionChecks: needsFunctions, Steps: []resource.TestStep{{
		Config: b.Config(output(`provider::mesibo::parse_group_flags(2 + 16 + 64 + 8)`)),
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("value", knownvalue.ObjectExact(map[string]knownvalue.Check{
			"send": knownvalue.StringExact("anyone"), "receive": knownvalue.StringExact("selected"),
			"publish": knownvalue.StringExact("members"), "subscribe": knownvalue.StringExact("members"),
			"list": knownvalue.StringExact("members"), "store_messages": knownvalue.Bool(false),
			"loopback": knownvalue.Bool(false), "other": knownvalue.Int64Exact(8),
		}))},
	}}})
}

func TestAccGroupFlags_refused(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	for expression, message := range map[string]string{
		`provider::mesibo::group_flags({ send = "all" })`:  `send\s+cannot\s+be\s+"all",\s+only\s+members,\s+selected,\s+anyone`,
		`provider::mesibo::group_flags({ color = "red" })`: `a\s+group\s+has\s+no\s+setting\s+"color"`,
		`provider::mesibo::group_flags({ send = 1 })`:      `send\s+is\s+neither\s+a\s+word`,
		`provider::mesibo::group_flags("send")`:            `not\s+an\s+object`,
		`provider::mesibo::parse_group_flags(-1)`:          `-1\s+are\s+no\s+flags`,
		`provider::mesibo::parse_group_flags(4294967296)`:  `4294967296\s+are\s+no\s+flags`,
		`provider::mesibo::parse_group_flags(3)`:           `3\s+holds\s+bits\s+that\s+contradict\s+each\s+other:\s+0x1\s+and\s+0x2,\s+both\s+of\s+send`,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsFunctions, Steps: []resource.TestStep{{
				Config: b.Config(output(expression)), ExpectError: regexp.MustCompile(message),
			}}})
		})
	}
}

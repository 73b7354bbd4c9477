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

// output is a configuration that shows the result of a function.
func output(expression string) string {
	return "output \"value\" {\n  value = provider::mesibo::" + expression + "\n}\n"
}

func TestAccGroupFlags(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	parsed := map[string]knownvalue.Check{
		"send": knownvalue.StringExact("anyone"), "receive": knownvalue.StringExact("selected"), "publish": knownvalue.StringExact("members"),
		"subscribe": knownvalue.StringExact("members"), "list": knownvalue.StringExact("members"),
		"store_messages": knownvalue.Bool(false), "loopback": knownvalue.Bool(false), "other": knownvalue.Int64Exact(8),
	}
	for expression, want := range map[string]knownvalue.Check{
		`group_flags({})`: knownvalue.Int64Exact(0),
		`group_flags({ send = null, store_messages = false, list = "anyone" })`:             knownvalue.Int64Exact(0x20040),
		`group_flags(tomap({ publish = "anyone", loopback = "true" }))`:                     knownvalue.Int64Exact(0x280),
		`parse_group_flags(2 + 16 + 64 + 8)`:                                                knownvalue.ObjectExact(parsed),
		`group_flags(provider::mesibo::parse_group_flags(131625))`:                          knownvalue.Int64Exact(131625),
		`group_flags(merge(provider::mesibo::parse_group_flags(131617), { other = null }))`: knownvalue.Int64Exact(131617),
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsFunctions, Steps: []resource.TestStep{{
				Config:            b.Config(output(expression)),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("value", want)},
			}}})
		})
	}

	for expression, message := range map[string]string{
		`group_flags({ send = "all" })`: `send\s+cannot\s+be\s+"all",\s+only\s+members,\s+selected,\s+anyone`,
		`group_flags("send")`:           `not\s+an\s+object`,
		`parse_group_flags(-1)`:         `the\s+flags\s+-1\s+are\s+not\s+a\s+whole\s+number\s+from\s+0`,
		`parse_group_flags(4294967296)`: `the\s+flags\s+4294967296\s+are\s+not\s+a\s+whole\s+number`,
		`parse_group_flags(1.5)`:        `the\s+flags\s+1.5\s+are\s+not\s+a\s+whole\s+number`,
		`group_flags({ color = null })`: `a\s+group\s+has\s+no\s+setting\s+"color"`,
		`parse_group_flags(3)`:          `contain\s+bits\s+that\s+contradict\s+each\s+other:\s+0x1\s+and\s+0x2,\s+both\s+for\s+send`,
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

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// Invalid input is refused during plan, before anything is sent.
func TestAccUser_invalid(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	const address = "address = \"a\"\n"
	tests := map[string]struct {
		attributes, message string
		only                string // the resource, empty for both
	}{
		"no address":                  {android, `"address" is required`, ""},
		"empty address":               {"address = \"\"\n" + android, "string length must be at least 1", ""},
		"whitespace in address":       {"address = \"a\u00a0\"\n" + android, "must not start or end with whitespace", ""},
		"comma in address":            {"address = \"a,b\"\n" + android, `must not contain "," or "*"`, ""},
		"no App ID":                   {address, `"appid" is required`, tokenSubject.kind},
		"empty App ID":                {address + `appid = ""`, "string length must be at least 1", ""},
		"numeric App ID":              {address + `appid = "12345"`, "must not be all digits", ""},
		"whitespace after App ID":     {address + `appid = "com.example.app "`, "must not start or end with whitespace", ""},
		"line break before App ID":    {address + `appid = "\ncom.example.app"`, "must not start or end with whitespace", ""},
		"timeout of 0":                {address + android + `timeouts { delete = "0s" }`, "The timeout must be above zero", ""},
		"negative timeout":            {address + android + `timeouts { read = "-1m" }`, `must be above zero, got "-1m"`, ""},
		"expiry 0":                    {address + android + "expiry = 0", "mesibo does not document what 0 means", ""},
		"negative expiry":             {address + android + "expiry = -5", "must be at least 1, got -5", ""},
		"expiry beyond 64 bits":       {address + android + "expiry = 1e30", "expiry", ""},
		"expiry without App ID":       {address + "expiry = 60", `"appid" must be specified when "expiry" is specified`, userSubject.kind},
		"token version 3":             {address + android + "token_version = 3", `value must be one of: ["1" "2"]`, ""},
		"unknown peers":               {address + `permissions = { peers = "friends" }`, "value must be one of", userSubject.kind},
		"no permission":               {address + "permissions = {}", "At least one attribute", userSubject.kind},
		"misspelt permission":         {address + "permissions = { incomming = false }", "At least one attribute", userSubject.kind},
		"empty name":                  {address + `name = ""`, "string length must be at least 1", userSubject.kind},
		"negative window":             {address + android + "early_renewal_minutes = -1", "must be at least 0", ""},
		"window as long as expiry":    {address + android + "expiry = 60\nearly_renewal_minutes = 60", "Renewal window not shorter than expiry", ""},
		"window as long as default":   {address + android + "early_renewal_minutes = 525600", "Renewal window not shorter than expiry", ""},
		"timeout that is no duration": {address + android + `timeouts { create = "soon" }`, "soon", ""},
	}
	forBoth(t, func(t *testing.T, s subject) {
		for name, tt := range tests {
			if tt.only != "" && tt.only != s.kind {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				b := acctest.NewBackend(t)
				invalid := fails("resource \""+s.kind+"\" \"test\" {\n"+tt.attributes+"\n}\n", tt.message)
				invalid.PlanOnly = true
				run(t, b, invalid)
				if n := b.Count(""); n != 0 {
					t.Errorf("%d requests were sent", n)
				}
			})
		}
	})
}

// Values that are known only during apply are checked then.
func TestAccUser_invalidDuringApply(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t)
		run(t, b, fails(later("60")+s.config("expiry = terraform_data.later.output\nearly_renewal_minutes = 60"),
			"Renewal window not shorter than expiry"))
		if n := b.Count("useradd"); n != 0 {
			t.Errorf("useradd was sent %d times", n)
		}
	})
}

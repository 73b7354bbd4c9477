// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// testersGroup is a mesibo_group with the name Testers and every other attribute, because nothing proposes defaults here.
var testersGroup = protocoltest.Resource{Type: "mesibo_group", Attributes: map[string]any{
	"name": "Testers", "active": true, "send": "members", "receive": "members", "publish": "members", "subscribe": "members",
	"list": "members", "store_messages": true, "loopback": false,
}}

// A group whose name is in use is created with a warning, which does not name the groups that the same run has created.
func TestGroupNameInUse(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	r := newRun(t, b)
	for range 2 {
		if _, found := r.apply(t, testersGroup, nil); len(found) != 0 {
			t.Errorf("one of two groups of the configuration: %s", found)
		}
	}
	ours := b.Groups(acctest.AppToken)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "1", Name: "Testers", Active: true})
	_, found := r.apply(t, testersGroup, nil)
	if text := found.String(); !strings.Contains(text, "with gid 1;") || strings.Contains(text, ours[0].GID) || found.errors() {
		t.Errorf("want a warning about the group 1 alone, got %q", text)
	}
}

// A group that was renamed elsewhere has no name in the state when the list of all groups does not show its new name, so
// that the plan renames it back.
func TestGroupRenamedElsewhere(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(true); p.RowCap, p.IgnoreGroupPattern = 20, false })
	for i := range 25 {
		b.PutGroup(acctest.AppToken, emulator.Group{GID: fmt.Sprint(i + 1), Name: "Others", Active: true})
	}
	r := newRun(t, b)
	created := must(t)(r.apply(t, testersGroup, nil))
	groups := b.Groups(acctest.AppToken)
	at := slices.IndexFunc(groups, func(group emulator.Group) bool { return group.Name == "Testers" })
	renamed := groups[at]
	renamed.Name = "Beta"
	b.PutGroup(acctest.AppToken, renamed)

	refreshed, found := r.refresh(t, created)
	var attributes map[string]tftypes.Value
	if err := refreshed.value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	if !attributes["name"].IsNull() || found.errors() || !strings.Contains(found.String(), "Group renamed outside of Terraform") {
		t.Errorf("the name is %s; %s", attributes["name"], found)
	}
}

// A query returns only groups that match, whatever the server returns, and says when its limit leaves out some, and when
// a generated configuration has to be completed.
func TestGroupsListed(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(true); p.IgnoreGroupPattern = true })
	for gid, name := range map[string]string{"1": "Testers", "2": "", "3": "Users", "4": "Tutors"} {
		b.PutGroup(acctest.AppToken, emulator.Group{GID: gid, Name: name, Active: true})
	}
	for pattern, tt := range map[string]struct {
		limit    int64
		want     string
		warnings []string
	}{
		"T*": {10, `[1 ("Testers") 4 ("Tutors")]`, nil},
		"U*": {10, `[3 ("Users")]`, nil},
		"*":  {2, `[1 ("Testers") 2 ("")]`, []string{"Results limited", "Group without a name"}},
		"X*": {10, `[]`, nil},
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()

			server := newRun(t, b).server
			schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
			if err != nil {
				t.Fatal(err)
			}
			config := encode(schema.ListResourceSchemas["mesibo_group"].ValueType(), map[string]any{"name_pattern": pattern})
			lister, _ := server.(tfprotov6.ListResourceServer)
			stream, err := lister.ListResource(t.Context(), &tfprotov6.ListResourceRequest{
				TypeName: "mesibo_group", Config: dynamic(config), Limit: tt.limit,
			})
			if err != nil {
				t.Fatal(err)
			}
			names, warnings := []string{}, []string(nil)
			for result := range stream.Results {
				names = append(names, result.DisplayName)
				for _, diagnostic := range result.Diagnostics {
					warnings = append(warnings, diagnostic.Summary)
				}
			}
			if fmt.Sprint(names) != tt.want || !slices.Equal(warnings, tt.warnings) {
				t.Errorf("%v with %q, want %s with %q", names, warnings, tt.want, tt.warnings)
			}
		})
	}
}

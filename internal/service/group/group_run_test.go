// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

var testersGroup = protocoltest.Resource{Type: "mesibo_group", Attributes: map[string]any{"name": "Testers"}}

// A group whose name is in use is created with a warning, which does not name the groups that the same run has created.
func TestGroupNameInUse(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	r := newRun(t, b)
	for range 2 {
		if r.apply(t, testersGroup, nil); len(r.titles()) != 0 {
			t.Errorf("one of two groups of the configuration: %s", r.said())
		}
	}
	ours := b.Groups(acctest.AppToken)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "1", Name: "Testers", Active: true})
	r.apply(t, testersGroup, nil)
	if said := r.said(); !strings.Contains(said, "with gid 1;") || strings.Contains(said, ours[0].GID) {
		t.Errorf("want a warning about the group 1 alone, got %q", said)
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
	created := r.apply(t, testersGroup, nil)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: text(t, created, "gid"), Name: "Beta", Active: true})

	refreshed := r.refresh(t, created)
	if name := text(t, refreshed, "name"); name != "" || !slices.Equal(r.titles(), []string{"Group renamed outside of Terraform"}) {
		t.Errorf("the name is %q; %s", name, r.said())
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
		want     []string
		warnings []string
	}{
		"T*": {10, []string{`1 ("Testers")`, `4 ("Tutors")`}, nil},
		"U*": {10, []string{`3 ("Users")`}, nil},
		"*":  {2, []string{`1 ("Testers")`, `2 ("")`}, []string{"Results limited", "Group without a name"}},
		"X*": {10, nil, nil},
	} {
		r := newRun(t, b)
		names, err := r.List(t.Context(), "mesibo_group", map[string]any{"name_pattern": pattern}, tt.limit)
		if !slices.Equal(names, tt.want) || !slices.Equal(r.titles(), tt.warnings) || err != nil {
			t.Errorf("%s: %q with %q, %v, want %q with %q", pattern, names, r.titles(), err, tt.want, tt.warnings)
		}
	}
}

// The CLI converts an address into the Unicode form NFC, so a generated configuration cannot have it in another one.
func TestMembersListedInAnotherUnicodeForm(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ListsMembers)

	const composed, decomposed = "andr\u00e9", "rene\u0301"
	b := newGroup(t)
	for _, address := range []string{composed, decomposed} {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
		putMembers(b, address)
	}
	r := newRun(t, b)
	names, err := r.List(t.Context(), "mesibo_group_member", map[string]any{"gid": gid}, 0)
	if !slices.Equal(names, []string{composed, decomposed}) || !slices.Equal(r.titles(), []string{"Address in another Unicode form"}) {
		t.Errorf("%q with %s, %v", names, r.said(), err)
	}
}

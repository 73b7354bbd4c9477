// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// A run is one configured process of the provider. A test makes its calls in any order in which a CLI may, such as a
// create before the destroy.
type run struct {
	*protocoltest.Process

	workspace *protocoltest.Workspace
}

func newRun(t *testing.T, b *acctest.Backend) *run {
	t.Helper()

	w := protocoltest.New(func() tfprotov6.ProviderServer { return b.NewProvider() }, map[string]any{
		"app_token": acctest.AppToken, "endpoint": b.Endpoint(),
	})
	process, err := w.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	return &run{process, w}
}

// apply creates or updates an object.
func (r *run) apply(t *testing.T, block protocoltest.Resource, prior *protocoltest.Object) *protocoltest.Object {
	t.Helper()

	return must(t)(r.Apply(t.Context(), block, prior))
}

func (r *run) destroy(t *testing.T, prior *protocoltest.Object) {
	t.Helper()

	must(t)(r.Destroy(t.Context(), prior))
}

func (r *run) refresh(t *testing.T, prior *protocoltest.Object) *protocoltest.Object {
	t.Helper()

	return must(t)(r.Refresh(t.Context(), prior))
}

func must(t *testing.T) func(*protocoltest.Object, error) *protocoltest.Object {
	t.Helper()

	return func(object *protocoltest.Object, err error) *protocoltest.Object {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}

		return object
	}
}

// said returns the diagnostics since it was last called, a line for each.
func (r *run) said() string {
	var text strings.Builder
	for _, diagnostic := range r.workspace.Diagnostics {
		text.WriteString(diagnostic.Summary + ": " + diagnostic.Detail + "\n")
	}
	r.workspace.Diagnostics = nil

	return text.String()
}

// titles returns the titles of all diagnostics.
func (r *run) titles() []string {
	var titles []string
	for _, diagnostic := range r.workspace.Diagnostics {
		titles = append(titles, diagnostic.Summary)
	}

	return titles
}

// text returns a string attribute; empty when it is null.
func text(t *testing.T, object *protocoltest.Object, attribute string) string {
	t.Helper()

	var attributes map[string]tftypes.Value
	var text *string
	if err := object.Value().As(&attributes); err != nil {
		t.Fatal(err)
	}
	if err := attributes[attribute].As(&text); err != nil {
		t.Fatal(err)
	}
	if text == nil {
		return ""
	}

	return *text
}

// addressesIn returns the addresses in a set, sorted.
func addressesIn(t *testing.T, set *protocoltest.Object) []string {
	t.Helper()

	var addresses []string
	err := tftypes.Walk(set.Value(), func(path *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		var address string
		if path.LastStep() != tftypes.AttributeName("address") {
			return true, nil
		}
		err := value.As(&address)
		addresses = append(addresses, address)

		return false, err
	})
	if err != nil {
		t.Fatal(err)
	}

	return slices.Sorted(slices.Values(addresses))
}

// single is a mesibo_group_member.
func single(gid, address string) protocoltest.Resource {
	return protocoltest.Resource{Type: "mesibo_group_member", Attributes: map[string]any{"gid": gid, "address": address}}
}

// set is a mesibo_group_members.
func set(gid string, addresses ...string) protocoltest.Resource {
	members := []any{}
	for _, address := range addresses {
		members = append(members, map[string]any{"address": address})
	}

	return protocoltest.Resource{Type: "mesibo_group_members", Attributes: map[string]any{"gid": gid, "members": members}}
}

// gid is the id of the group of newGroup.
const gid = "4711"

// newGroup starts a back end with a group and users.
func newGroup(t *testing.T, changes ...acctest.Server) *acctest.Backend {
	t.Helper()

	b := newBackend(t, changes...)
	b.PutGroup(acctest.AppToken, emulator.Group{GID: gid, Name: "Testers", Active: true})

	return b
}

func putMembers(b *acctest.Backend, addresses ...string) {
	for _, address := range addresses {
		b.PutMember(acctest.AppToken, gid, address, allPermissions)
	}
}

// wantMembers checks the members of the group.
func wantMembers(t *testing.T, b *acctest.Backend, want ...string) {
	t.Helper()

	got := slices.Sorted(maps.Keys(b.Groups(acctest.AppToken)[0].Members))
	if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("the members are %v, want %v", got, want)
	}
}

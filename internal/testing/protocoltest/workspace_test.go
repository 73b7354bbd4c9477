// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// thing is a resource that is kept in a store, and misbehaves when its name says so.
type thing struct {
	store *store
}

// store logs every call that changes something.
type store struct {
	things map[string]bool
	log    []string
	refuse string // the call that fails
}

func (s *store) call(call string) bool {
	s.log = append(s.log, call)

	return call != s.refuse
}

func (thing) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_thing"
}

func (thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":  schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"note":  schema.StringAttribute{Optional: true},
		"of":    schema.StringAttribute{Optional: true},
		"id":    schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"extra": schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
	}}
}

func (thing) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var name types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	if name.ValueString() == "plans a note" {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("note"), "another")...)
	}
}

func (r thing) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var name string
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	if !r.store.call("create " + name) {
		resp.Diagnostics.AddError("Refused", name)

		return
	}
	r.store.things[name] = true
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), "id of "+name)...)
	if name != "leaves unknown" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("extra"), types.StringNull())...)
	}
	switch name {
	case "changes its name":
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), "other")...)
	case "fails late":
		resp.Diagnostics.AddError("Failed late", name)
	}
}

func (r thing) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var name string
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("name"), &name)...)
	if !r.store.things[name] {
		resp.State.RemoveResource(ctx)
	}
}

func (r thing) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var name string
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	r.store.call("update " + name)
	resp.State.Raw = req.Plan.Raw
}

func (r thing) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var name string
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("name"), &name)...)
	if !r.store.call("delete " + name) {
		resp.Diagnostics.AddError("Refused", name)

		return
	}
	delete(r.store.things, name)
}

type things struct {
	store *store
}

func (things) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "test"
}
func (things) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (things) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (things) DataSources(context.Context) []func() datasource.DataSource                        { return nil }
func (p things) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return thing(p) }}
}

func newWorkspace() (*store, *protocoltest.Workspace) {
	store := &store{things: map[string]bool{}}

	return store, protocoltest.New(func() tfprotov6.ProviderServer { return providerserver.NewProtocol6(things{store})() }, nil)
}

func named(block, name string, more ...any) protocoltest.Resource {
	attributes := map[string]any{"name": name}
	for i := 0; i+1 < len(more); i += 2 {
		attributes[more[i].(string)] = more[i+1] //nolint:forcetypeassert // Written below.
	}

	return protocoltest.Resource{Type: "test_thing", Name: block, Attributes: attributes}
}

// idOf refers to the id of a block.
func idOf(block string) string {
	return protocoltest.Ref("test_thing."+block, "id")
}

// Each step is one apply: what it calls, and what is pending before it.
func TestWorkspace(t *testing.T) {
	t.Parallel()

	tests := map[string][]struct {
		config protocoltest.Config
		refuse string // the call that fails
		want   []string
	}{
		"create, nothing, update, destroy": {
			{config: protocoltest.Config{named("a", "A"), named("b", "B", "of", idOf("a"))}, want: []string{"create A", "create B"}},
			{config: protocoltest.Config{named("a", "A"), named("b", "B", "of", idOf("a"))}},
			{config: protocoltest.Config{named("a", "A", "note", "x"), named("b", "B", "of", idOf("a"))}, want: []string{"update A"}},
			{want: []string{"delete B", "delete A"}},
		},
		"replace": {
			{config: protocoltest.Config{named("a", "A"), named("b", "B", "of", idOf("a"))}, want: []string{"create A", "create B"}},
			{config: protocoltest.Config{named("a", "C"), named("b", "B", "of", idOf("a"))}, want: []string{"delete A", "create C", "update B"}},
			{want: []string{"delete B", "delete C"}},
		},
		"a failed create holds back what depends on it": {
			{config: protocoltest.Config{named("a", "A"), named("b", "B", "of", idOf("a")), named("c", "C")}, refuse: "create A", want: []string{"create A", "create C"}},
			{config: protocoltest.Config{named("a", "A"), named("b", "B", "of", idOf("a")), named("c", "C")}, want: []string{"create A", "create B"}},
		},
		"a failed delete holds back what it depends on": {
			{config: protocoltest.Config{named("a", "A"), named("b", "B", "of", idOf("a"))}, want: []string{"create A", "create B"}},
			{refuse: "delete B", want: []string{"delete B"}},
			{want: []string{"delete B", "delete A"}},
		},
		"a create that fails with a state is tainted": {
			{config: protocoltest.Config{named("a", "fails late")}, want: []string{"create fails late"}},
			{config: protocoltest.Config{named("a", "A")}, want: []string{"delete fails late", "create A"}},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			store, w := newWorkspace()
			for i, step := range steps {
				pending, err := w.Pending(t.Context(), step.config)
				if err != nil || (len(pending) > 0) != (len(step.want) > 0) {
					t.Errorf("step %d: %v is pending: %v", i, pending, err)
				}
				store.log, store.refuse = nil, step.refuse
				err = w.Apply(t.Context(), step.config)
				if failing := step.refuse != "" || slices.Contains(step.want, "create fails late"); (err != nil) != failing {
					t.Errorf("step %d: %v", i, err)
				}
				if !slices.Equal(store.log, step.want) {
					t.Errorf("step %d: the calls were %q, want %q", i, store.log, step.want)
				}
			}
		})
	}
}

// What is removed elsewhere is created again.
func TestWorkspaceRefreshes(t *testing.T) {
	t.Parallel()

	store, w := newWorkspace()
	config := protocoltest.Config{named("a", "A")}
	if err := w.Apply(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if id := w.Text("test_thing.a", "id"); id != "id of A" {
		t.Errorf("the id in the state is %q", id)
	}
	delete(store.things, "A")
	if err := w.Apply(t.Context(), config); err != nil || !store.things["A"] {
		t.Errorf("it was not created again: %v", err)
	}
}

// A provider that breaks its own plan is found.
func TestWorkspaceFindsABrokenProvider(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]string{
		"plans a note":     "note is configured as",
		"leaves unknown":   "unknown values are left",
		"changes its name": "is not as planned",
	} {
		_, w := newWorkspace()
		if err := w.Apply(t.Context(), protocoltest.Config{named("a", name)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a resource that %s: %v, want %q", name, err, want)
		}
	}
}

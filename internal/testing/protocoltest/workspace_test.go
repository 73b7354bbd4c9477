// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
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

// store has things by name, and logs the calls that change them.
type store struct {
	things map[string]bool
	log    []string
	refuse string // the call that fails
}

func (s *store) call(call string, diags *diag.Diagnostics) bool {
	s.log = append(s.log, call)
	if call == s.refuse {
		diags.AddError("Refused", call)
	}

	return call != s.refuse
}

// thing is a resource that misbehaves when its name says so.
type thing struct{ *store }

func (thing) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_thing"
}

func (thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":  schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"note":  schema.StringAttribute{Optional: true},
		"of":    schema.StringAttribute{Optional: true},
		"id":    computed,
		"extra": computed,
	}}
}

func nameIn(ctx context.Context, data interface {
	GetAttribute(context.Context, path.Path, any) diag.Diagnostics
}) string {
	var name types.String
	data.GetAttribute(ctx, path.Root("name"), &name)

	return name.ValueString()
}

func (thing) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if nameIn(ctx, req.Plan) == "plans a note" {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("note"), "another")...)
	}
}

func (r thing) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	name := nameIn(ctx, req.Plan)
	if !r.call("create "+name, &resp.Diagnostics) {
		return
	}
	r.things[name] = name != "vanishes"
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), "id of "+name)...)
	if name != "leaves unknown" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("extra"), types.StringNull())...)
	}
	if name == "changes its name" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), "other")...)
	}
	if name == "fails late" {
		resp.Diagnostics.AddError("Failed late", name)
	}
}

func (r thing) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.things[nameIn(ctx, req.State)] {
		resp.State.RemoveResource(ctx)
	}
}

func (r thing) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.call("update "+nameIn(ctx, req.Plan), &resp.Diagnostics)
	resp.State.Raw = req.Plan.Raw
}

func (r thing) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if name := nameIn(ctx, req.State); r.call("delete "+name, &resp.Diagnostics) {
		delete(r.things, name)
	}
}

type things struct{ *store }

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
	s := &store{things: map[string]bool{}}

	return s, protocoltest.New(func() tfprotov6.ProviderServer { return providerserver.NewProtocol6(things{s})() }, nil)
}

// config returns a configuration of things by block, such as "a=A" or, with a note, "a=A+x". b refers to a.
func config(blocks ...string) (config protocoltest.Config) {
	for _, block := range blocks {
		block, name, _ := strings.Cut(block, "=")
		name, note, _ := strings.Cut(name, "+")
		attributes := map[string]any{"name": name, "note": note}
		if block == "b" {
			attributes["of"] = protocoltest.Ref("test_thing.a", "id")
		}
		config = append(config, protocoltest.Resource{
			Type: "test_thing", Name: block, Attributes: attributes, CreateBeforeDestroy: strings.HasSuffix(note, "first"),
		})
	}

	return config
}

func TestWorkspace(t *testing.T) {
	t.Parallel()

	type step struct {
		config protocoltest.Config
		refuse string // the call that fails
		want   string // the calls
	}
	for name, steps := range map[string][]step{
		"create, nothing, update, destroy": {
			{config("a=A", "b=B"), "", "create A, create B"},
			{config("a=A", "b=B"), "", ""},
			{config("a=A+x", "b=B"), "", "update A"},
			{nil, "", "delete B, delete A"},
		},
		"a replacement updates what depends on it": {
			{config("a=A", "b=B"), "", "create A, create B"},
			{config("a=C", "b=B"), "", "delete A, create C, update B"},
			{nil, "", "delete B, delete C"},
		},
		"a failed create holds back what depends on it": {
			{config("a=A", "b=B", "c=C"), "create A", "create A, create C"},
			{config("a=A", "b=B", "c=C"), "", "create A, create B"},
		},
		"a failed delete holds back what it depends on": {
			{config("a=A", "b=B"), "", "create A, create B"},
			{nil, "delete B", "delete B"},
			{nil, "", "delete B, delete A"},
		},
		"a create that fails with a state is tainted": {
			{config("a=fails late"), "", "create fails late"},
			{config("a=A"), "", "delete fails late, create A"},
		},
		"a replacement is created first": {
			{config("a=A", "b=B"), "", "create A, create B"},
			{config("a=C+first", "b=B"), "", "create C, update B, delete A"},
			{nil, "", "delete B, delete C"},
		},
		"what is deposed goes in a later run": {
			{config("a=A", "b=B"), "", "create A, create B"},
			{config("a=C+first", "b=B"), "update B", "create C, update B"},
			{config("a=C+first", "b=B"), "delete A", "delete A"},
			{config("a=C+first", "b=B"), "", "delete A"},
			{nil, "", "delete B, delete C"},
		},
		"a create first that fails deposes nothing": {
			{config("a=A", "b=B"), "", "create A, create B"},
			{config("a=C+first", "b=B"), "create C", "create C"},
			{config("a=A", "b=B"), "", ""},
		},
		"what is gone is created again": {
			{config("a=vanishes"), "", "create vanishes"},
			{config("a=vanishes"), "", "create vanishes"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			store, w := newWorkspace()
			for i, step := range steps {
				pending, err := w.Pending(t.Context(), step.config)
				if err != nil || (len(pending) > 0) != (step.want != "") {
					t.Errorf("step %d: %v is pending: %v", i, pending, err)
				}
				store.log, store.refuse = nil, step.refuse
				err = w.Apply(t.Context(), step.config)
				if failing := step.refuse != "" || slices.Contains(store.log, "create fails late"); (err != nil) != failing {
					t.Errorf("step %d: %v", i, err)
				}
				if got := strings.Join(store.log, ", "); got != step.want {
					t.Errorf("step %d: the calls were %q, want %q", i, got, step.want)
				}
			}
		})
	}
}

func TestWorkspaceFindsABrokenProvider(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]string{
		"plans a note":     "note is configured as",
		"leaves unknown":   "unknown values are left",
		"changes its name": "is not as planned",
	} {
		_, w := newWorkspace()
		if err := w.Apply(t.Context(), config("a="+name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a resource that %s: %v, want %q", name, err, want)
		}
	}
}

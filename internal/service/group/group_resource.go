// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package group contains mesibo_group, the memberships of a group, and the functions that convert the flags of a group.
package group

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ resource.ResourceWithConfigure   = (*groupResource)(nil)
	_ resource.ResourceWithIdentity    = (*groupResource)(nil)
	_ resource.ResourceWithImportState = (*groupResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*groupResource)(nil)
)

// NewResource returns the resource mesibo_group.
func NewResource() resource.Resource {
	return &groupResource{}
}

type groupResource struct {
	data *service.ProviderData
}

func (r *groupResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group"
}

func (r *groupResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *groupResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"name": schema.StringAttribute{
			MarkdownDescription: "Name of the group. Several groups may have the same name.",
			Required:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"active": boolAttribute("Whether the group is enabled. No server shows it, so Terraform cannot detect a change made "+
			"outside of it.", true),
		"expiry_seconds": schema.Int64Attribute{
			MarkdownDescription: "Life of the group in **seconds**. When it has passed, mesibo deletes the group with its members, and the " +
				"next plan creates a new one. Without it the server decides: the documentation of 2018-2020 says one year. A change " +
				"is made in place; removing it leaves the life as it is. No server shows how much of it is left.",
			Optional:   true,
			Validators: []validator.Int64{int64validator.AtLeast(1)},
		},
		"gid": schema.StringAttribute{
			MarkdownDescription: "Group id given by mesibo, a number written as a string.",
			Computed:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
	}
	for _, s := range settings {
		if slices.Contains(s.words, "true") {
			attributes[s.name] = boolAttribute(s.description, s.words[0] == "true")
		} else {
			attributes[s.name] = schema.StringAttribute{
				MarkdownDescription: s.wordsDescription() + " Defaults to `" + s.words[0] + "`.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(s.words[0]),
				Validators:          []validator.String{stringvalidator.OneOf(s.words...)},
			}
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A group of users, and what its members and others may do in it. Use `mesibo_group_member`, one " +
			"resource for each member, or `mesibo_group_members`, one resource for all of them, to add users to the group.\n\n" +
			"A change is made in place and never touches the members. Destroying the group deletes it with its memberships and " +
			"messages.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": service.Timeouts(ctx)},
	}
}

// boolAttribute is an optional attribute with a default.
func boolAttribute(description string, value bool) schema.Attribute {
	return schema.BoolAttribute{
		MarkdownDescription: fmt.Sprintf("%s Defaults to `%t`.", description, value),
		Optional:            true,
		Computed:            true,
		Default:             booldefault.StaticBool(value),
	}
}

func (r *groupResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = gidIdentitySchema
}

// gidIdentitySchema is the identity of a group and of all its members.
var gidIdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
	"gid": identityschema.StringAttribute{
		Description:       "Id of the group within the app that the provider's app token belongs to.",
		RequiredForImport: true,
	},
}}

// ModifyPlan notes in the log that the life of a new group is up to the server. A warning would come with most plans.
func (r *groupResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if creating := req.State.Raw.IsNull() && !req.Plan.Raw.IsNull(); !creating {
		return
	}
	var plan groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if plan.ExpirySeconds.IsNull() {
		tflog.Info(ctx, "without expiry_seconds the server decides how long the group lives; documented is one year",
			map[string]any{"name": plan.Name.ValueString()})
	}
}

func (r *groupResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	// Of two groups with one name that are created at the same time, no lookup shows which reply belongs to which.
	name := plan.Name.ValueString()
	run := runStateOf(r.data)
	unlock, err := run.names.Lock(ctx, name)
	if err != nil {
		resp.Diagnostics.Append(plan.createError(err))

		return
	}
	defer unlock()
	before, complete, err := gidsByName(ctx, r.data, name)
	switch {
	case errors.Is(err, mesibo.ErrNoLookups):
	case err != nil:
		resp.Diagnostics.Append(service.APIError("Groups not looked up", fmt.Sprintf(
			"Looking for groups with the name %q failed. Nothing was created.", name), err, "name"))

		return
	}

	client, err := r.data.Client()
	var gid string
	if err == nil {
		gid, err = client.CreateGroup(ctx, plan.createRequest())
	}
	if errors.Is(err, mesibo.ErrOutcomeUnknown) && complete {
		if gid = findCreated(ctx, r.data, name, before); gid != "" {
			resp.Diagnostics.Append(plan.createdWithoutReplyWarning(gid, err))
			err = nil
		}
	}
	if err != nil {
		resp.Diagnostics.Append(plan.createError(err))

		return
	}

	run.created.Store(gid, true)
	plan.GID = types.StringValue(gid)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, flagsKey, fmt.Append(nil, plan.flags()))...)
	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, plan, plan.identity())...)
	others := slices.DeleteFunc(before, func(gid string) bool { _, ours := run.created.Load(gid); return ours })
	if len(others) > 0 {
		resp.Diagnostics.Append(plan.nameInUseWarning(others))
	}
}

func (r *groupResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state groupModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	group, presence, renamed, err := findGroup(ctx, r.data, state)
	switch {
	case err != nil:
		resp.Diagnostics.Append(refreshDiagnostics(r.data, "Group", "the group "+state.describe(), err)...)
	case presence == service.Absent:
		resp.Diagnostics.Append(service.RemoveState(ctx, &resp.State, resp.Identity, state.identity())...)

		return
	case group.GID == "" && renamed:
		resp.Diagnostics.Append(state.renamedWarning())
		state.Name = types.StringNull() // The plan renames it back.
	default:
		state = state.refreshedFrom(group)
	}
	if group.Flags != nil {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, flagsKey, fmt.Append(nil, *group.Flags))...)
	}
	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, state, state.identity())...)
}

func (r *groupResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	encoded, diags := req.Private.GetKey(ctx, flagsKey)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	if request, needed := plan.updateRequest(state, decodeFlags(encoded)); needed {
		client, err := r.data.Client()
		if err == nil {
			err = client.UpdateGroup(ctx, request)
		}
		if err != nil {
			resp.Diagnostics.Append(service.UpdateError("Group not updated", fmt.Sprintf(
				"Changing the group %s failed. The next apply tries again.", state.describe()), err, "name", "active"))

			return
		}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, flagsKey, fmt.Append(nil, *request.Flags))...)
	}

	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, plan, plan.identity())...)
}

func (r *groupResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state groupModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	client, err := r.data.Client()
	if err == nil {
		err = client.DeleteGroup(ctx, state.GID.ValueString())
	}
	err = service.DeleteError(err, func() (service.Presence, error) {
		_, presence, _, lookupErr := findGroup(ctx, r.data, state)

		return presence, lookupErr
	})
	if err != nil {
		resp.Diagnostics.Append(service.UpdateError("Group not deleted", fmt.Sprintf(
			"Deleting the group %s failed. It stays in the state.", state.describe()), err))
	}
}

func (r *groupResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importState(ctx, r.data, req, resp, gidPart)
	// No server shows whether a group is enabled, so this is an assumption.
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("active"), true)...)
}

// The parts of the import IDs.
var (
	gidPart     = service.ImportPart{Name: "gid", Validators: service.GIDValidators, Example: "97284"}
	addressPart = service.ImportPart{Name: "address", Validators: service.AddressValidators, Example: "alice@example.com"}
)

// importState imports an object by the parts that identify it. It is an error when the provider configuration is not
// known yet, because the refresh that follows could not detect that the object does not exist.
func importState(
	ctx context.Context, data *service.ProviderData, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
	parts ...service.ImportPart,
) {
	values, diags := service.ImportParts(ctx, req, parts...)
	resp.Diagnostics.Append(diags...)
	if _, err := data.Client(); err != nil {
		resp.Diagnostics.Append(service.APIError("Provider configuration unknown", "The Backend API is needed now.", err))
	}
	for i, part := range parts {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(part.Name), values[i])...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(part.Name), values[i])...)
	}
}

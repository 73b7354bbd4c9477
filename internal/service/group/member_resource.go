// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ resource.ResourceWithConfigure      = (*memberResource)(nil)
	_ resource.ResourceWithIdentity       = (*memberResource)(nil)
	_ resource.ResourceWithImportState    = (*memberResource)(nil)
	_ resource.ResourceWithValidateConfig = (*memberResource)(nil)
)

// NewMemberResource returns the resource mesibo_group_member.
func NewMemberResource() resource.Resource {
	return &memberResource{}
}

type memberResource struct {
	data *service.ProviderData
}

// memberModel is the configuration, the plan or the state of mesibo_group_member.
type memberModel struct {
	permissionsModel

	GID      types.String   `tfsdk:"gid"`
	Address  types.String   `tfsdk:"address"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// memberIdentity is the identity of mesibo_group_member.
type memberIdentity struct {
	GID     types.String `tfsdk:"gid"`
	Address types.String `tfsdk:"address"`
}

func (m memberModel) identity() memberIdentity {
	return memberIdentity{GID: m.GID, Address: m.Address}
}

func (r *memberResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group_member"
}

func (r *memberResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *memberResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"gid": gidAttribute,
		"address": schema.StringAttribute{
			MarkdownDescription: "Address of an existing user, usually `mesibo_user.example.address`. " +
				"**Changing it replaces the resource.**",
			Required:      true,
			Validators:    service.AddressValidators,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
	}
	for name, description := range permissionDescriptions {
		attributes[name] = boolAttribute(description, true)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One user's membership of a group, and what the user may do in it. Other members are left alone. " +
			"For a user who already is a member, it sets the permissions.\n\n" +
			"Use either this or `mesibo_group_members` for a group: the latter removes all members that it does not contain.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": service.Timeouts(ctx)},
	}
}

// gidAttribute is the group of one member or of all members.
var gidAttribute = schema.StringAttribute{
	MarkdownDescription: "Id of the group, usually `mesibo_group.example.gid`. **Changing it replaces the resource.**",
	Required:            true,
	Validators:          service.GIDValidators,
	PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
}

func (r *memberResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"gid":     identityschema.StringAttribute{Description: "Id of the group.", RequiredForImport: true},
			"address": identityschema.StringAttribute{Description: "Address of the user.", RequiredForImport: true},
		},
	}
}

func (r *memberResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config memberModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	if r.data != nil && !config.GID.IsUnknown() && !config.Address.IsUnknown() { // Else Terraform validates again.
		resp.Diagnostics.Append(runStateOf(r.data).configure(config.GID.ValueString(), false, config.Address.ValueString())...)
	}
}

func (r *memberResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	if err := r.set(ctx, plan); err != nil {
		resp.Diagnostics.Append(service.APIError("Member not added", fmt.Sprintf(
			"Adding %s failed. The user and the group must exist.", plan.describe()), err, "gid", "address"))

		return
	}
	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, plan, plan.identity())...)
}

func (r *memberResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	if plan.permissionsModel != state.permissionsModel {
		if err := r.set(ctx, plan); err != nil {
			resp.Diagnostics.Append(service.UpdateError("Member not updated", fmt.Sprintf(
				"Setting the permissions of %s failed. The next apply tries again.", plan.describe()), err, "gid", "address"))

			return
		}
	}
	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, plan, plan.identity())...)
}

// set adds the planned member, or changes its permissions; the request is the same.
func (r *memberResource) set(ctx context.Context, plan memberModel) error {
	gid, address := plan.GID.ValueString(), plan.Address.ValueString()
	unlock, err := runStateOf(r.data).lock(ctx, gid, address)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = addMembers(ctx, r.data, gid, plan.request(), address)

	return err
}

func (r *memberResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	found, presence, err := findListed(ctx, r.data, state.GID, state.Address.ValueString())
	switch {
	case err != nil:
		resp.Diagnostics.Append(refreshDiagnostics(r.data, "Member", state.describe(), err)...)
	case presence == service.Unknown:
		resp.Diagnostics.Append(state.listTruncatedWarning())
	case presence == service.Absent:
		resp.Diagnostics.Append(service.RemoveState(ctx, &resp.State, resp.Identity, state.identity())...)

		return
	default:
		state.permissionsModel = permissionsFrom(found[0].Permissions)
		resp.Diagnostics.Append(spellingWarnings(state.GID, found)...)
	}
	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, state, state.identity())...)
}

func (r *memberResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	if _, _, err := removeMembers(ctx, r.data, state.GID, state.Address.ValueString()); err != nil {
		resp.Diagnostics.Append(service.UpdateError("Member not removed", fmt.Sprintf(
			"Removing %s failed. It stays in the state.", state.describe()), err, "gid", "address"))
	}
}

func (r *memberResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importState(ctx, r.data, req, resp, gidPart, addressPart)
}

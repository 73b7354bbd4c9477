// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ resource.ResourceWithConfigure      = (*membersResource)(nil)
	_ resource.ResourceWithIdentity       = (*membersResource)(nil)
	_ resource.ResourceWithImportState    = (*membersResource)(nil)
	_ resource.ResourceWithValidateConfig = (*membersResource)(nil)
)

// NewMembersResource returns the resource mesibo_group_members.
func NewMembersResource() resource.Resource {
	return &membersResource{}
}

type membersResource struct {
	data *service.Data
}

// membersModel is mesibo_group_members as configuration, plan and state hold it.
type membersModel struct {
	GID      types.String   `tfsdk:"gid"`
	Members  types.Set      `tfsdk:"members"` // of memberElement
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// memberElement is one of the members. A permission that the configuration leaves out is null, and means true.
type memberElement struct {
	permissions

	Address types.String `tfsdk:"address"`
}

func (m membersModel) identity() identityModel {
	return identityModel{GID: m.GID}
}

func (r *membersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group_members"
}

func (r *membersResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (r *membersResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"address": schema.StringAttribute{
			MarkdownDescription: "Address of the user, who has to exist.",
			Required:            true,
			Validators:          service.AddressValidators,
		},
	}
	for name, description := range permissionDescriptions {
		attributes[name] = schema.BoolAttribute{
			MarkdownDescription: description + " Left out, it is `true`.",
			Optional:            true,
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "All members of a group: **whoever is not named here is removed from the group**, also when the " +
			"resource is created. New members are added before others are removed. Destroying the resource removes its " +
			"members, never the group.\n\n" +
			"It needs a server that shows all members of the group. The hosted service is documented to show 20; when a list " +
			"may be cut short, the resource refuses to plan, because it could not tell whom to remove. There, and where " +
			"others add members too, use `mesibo_group_member`.",
		Attributes: map[string]schema.Attribute{
			"gid": schema.StringAttribute{
				MarkdownDescription: "Id of the group, best given as `mesibo_group.example.gid`. **Changing it replaces the resource.**",
				Required:            true,
				Validators:          service.GIDValidators,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"members": schema.SetNestedAttribute{
				MarkdownDescription: "The members. The empty set removes all.",
				Required:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
		},
		Blocks: map[string]schema.Block{"timeouts": service.Timeouts(ctx)},
	}
}

func (r *membersResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"gid": identityschema.StringAttribute{Description: "Id of the group.", RequiredForImport: true},
		},
	}
}

func (r *membersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config membersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.Members.IsUnknown() {
		return
	}

	members, diags := config.elements(ctx)
	resp.Diagnostics.Append(diags...)
	seen := map[string]bool{}
	for _, member := range members {
		address := member.Address.ValueString()
		if !member.Address.IsUnknown() && seen[address] {
			resp.Diagnostics.AddAttributeError(path.Root("members"), "Member given twice", fmt.Sprintf(
				"The user %q stands twice among the members, with different permissions. Remove one of them.", address))
		}
		seen[address] = true
		resp.Diagnostics.Append(r.data.ClaimMember(config.GID, member.Address)...)
	}
}

func (r *membersResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan membersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(r.apply(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *membersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan membersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(r.apply(ctx, plan, &resp.State, resp.Identity)...)
}

// apply leads from the members that the server shows to the planned ones: it adds and changes first, and removes
// last. After the first call that succeeded the state has the planned members, so that a run that is cut short is
// finished by the next: its refresh shows what is missing.
func (r *membersResource) apply(ctx context.Context, plan membersModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	var diags diag.Diagnostics
	client := r.data.RequireClient(&diags)
	planned, found := plan.elements(ctx)
	diags.Append(found...)
	if diags.HasError() {
		return diags
	}
	shown, err := client.ListMembers(ctx, plan.GID.ValueString())
	if err != nil {
		diags.Append(plan.failure("Members not read", "Reading the members of the group %s failed. Nothing was changed.", err))

		return diags
	}
	if shown.Truncated {
		diags.Append(plan.refused())

		return diags
	}

	changes := plannedChanges(planned, shown.Members)
	for _, set := range changes.set {
		if err := client.SetMembers(ctx, plan.GID.ValueString(), set.permissions, set.addresses...); err != nil {
			diags.Append(plan.failure("Members not added",
				"Adding or changing members of the group %s failed. All of them have to be users. The next apply tries again.", err))

			return diags
		}
		diags.Append(state.Set(ctx, plan)...)
		diags.Append(identity.Set(ctx, plan.identity())...)
	}
	if len(changes.remove) > 0 {
		if err := client.RemoveMembers(ctx, plan.GID.ValueString(), changes.remove...); err != nil {
			diags.Append(plan.failure("Members not removed",
				"Removing members from the group %s failed. The next apply tries again.", err))

			return diags
		}
	}
	diags.Append(state.Set(ctx, plan)...)
	diags.Append(identity.Set(ctx, plan.identity())...)

	return diags
}

func (r *membersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state membersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	client, err := r.data.Client()
	if err != nil {
		resp.Diagnostics.AddWarning("Members not refreshed", fmt.Sprintf(
			"The members of the group %s were not looked up. They stay in the state as they were.\n\nReason: %s.",
			state.GID.ValueString(), err))
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)

		return
	}

	shown, err := client.ListMembers(ctx, state.GID.ValueString())
	switch {
	case errors.Is(err, mesibo.ErrNotFound):
		// The identity is wanted even of what is gone.
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		resp.State.RemoveResource(ctx)

		return
	case err != nil:
		resp.Diagnostics.Append(state.failure("Members not read",
			"Reading the members of the group %s failed. They stay in the state as they were.", err))

		return
	case shown.Truncated:
		resp.Diagnostics.Append(state.refused())

		return
	}

	prior, diags := state.elements(ctx)
	resp.Diagnostics.Append(diags...)
	state.Members, diags = types.SetValueFrom(ctx, memberElementType, refreshedElements(prior, shown.Members))
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

func (r *membersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state membersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	client := r.data.RequireClient(&resp.Diagnostics)
	members, diags := state.elements(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || len(members) == 0 {
		return
	}

	var addresses []string
	for _, member := range members {
		addresses = append(addresses, member.Address.ValueString())
	}
	err := client.RemoveMembers(ctx, state.GID.ValueString(), addresses...)
	if err == nil || errors.Is(err, mesibo.ErrNotFound) {
		return
	}
	if service.MayBeGone(err) {
		if _, lookupErr := client.ListMembers(ctx, state.GID.ValueString()); errors.Is(lookupErr, mesibo.ErrNotFound) {
			return
		}
	}
	resp.Diagnostics.Append(state.failure("Members not removed", "Removing the members of the group %s failed. They stay in the state.", err))
}

func (r *membersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("gid"), path.Root("gid"), req, resp)
	r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	var imported membersModel
	resp.Diagnostics.Append(resp.State.Get(ctx, &imported)...)
	resp.Diagnostics.Append(service.Validate(ctx, "gid", imported.GID, service.GIDValidators)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, imported.identity())...)
}

// failure reports a failed call. The format of what was tried has one verb, for the group.
func (m membersModel) failure(title, tried string, err error) diag.Diagnostic {
	return service.Failure(title, fmt.Sprintf(tried, m.GID.ValueString()), err, "gid", "members")
}

// refused reports that the server does not show all members.
func (m membersModel) refused() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("members"), "List of members cut short", fmt.Sprintf(
		"The server may not have shown all members of the group %s, so who is to be removed is not known. Nothing was "+
			"changed.\n\nUse mesibo_group_member for each member instead; it needs no complete list. To give this resource "+
			"up without removing anybody, use a removed block or terraform state rm.", m.GID.ValueString()))
}

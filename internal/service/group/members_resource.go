// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
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
	data *service.ProviderData
}

func (r *membersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group_members"
}

func (r *membersResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *membersResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"address": schema.StringAttribute{
			MarkdownDescription: "Address of an existing user.",
			Required:            true,
			Validators:          service.AddressValidators,
		},
	}
	for name, description := range permissionDescriptions {
		attributes[name] = schema.BoolAttribute{MarkdownDescription: description + " Null means `true`.", Optional: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "All members of a group: **every other member is removed from the group**, also when the resource is " +
			"created. New members are added before others are removed. Destroying the resource removes its members and keeps " +
			"the group.\n\n" +
			"It needs a server that lists all members: when a list may be truncated, the resource refuses to plan. The hosted " +
			"service is documented to list at most 20. There, and where others add members too, use `mesibo_group_member`.",
		Attributes: map[string]schema.Attribute{
			"gid": gidAttribute,
			"members": schema.SetNestedAttribute{
				MarkdownDescription: "The members. An empty set removes all.",
				Required:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
		},
		Blocks: map[string]schema.Block{"timeouts": service.Timeouts(ctx)},
	}
}

func (r *membersResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = gidIdentitySchema
}

func (r *membersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var gid types.String
	var members types.Set
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("gid"), &gid)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("members"), &members)...)
	seen := map[string]bool{}
	for _, element := range members.Elements() {
		object, _ := element.(types.Object)
		address, _ := object.Attributes()["address"].(types.String)
		if address.IsNull() || address.IsUnknown() {
			continue // An element may be unknown as a whole.
		}
		if seen[address.ValueString()] {
			resp.Diagnostics.AddAttributeError(path.Root("members"), "Duplicate group member", fmt.Sprintf(
				"The set contains the user %q twice, with different permissions. Remove one of them.", address.ValueString()))
		} else {
			resp.Diagnostics.Append(duplicateMemberWarning(r.data, gid, address, "members")...)
		}
		seen[address.ValueString()] = true
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

// apply changes the members that the server lists into the planned ones: it adds and changes members first, and removes
// others last. It saves the planned members after each request that succeeded, so that the next run finishes what this
// one could not: its refresh shows what is missing.
func (r *membersResource) apply(ctx context.Context, plan membersModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	var diags diag.Diagnostics
	client, err := r.data.Client()
	if err != nil {
		return append(diags, memberListError("Members not read", plan.GID, err))
	}
	list, err := client.ListMembers(ctx, plan.GID.ValueString())
	switch {
	case err != nil:
		return append(diags, memberListError("Members not read", plan.GID, err))
	case list.Truncated:
		return append(diags, plan.listTruncatedError())
	}

	sets, remove := memberChanges(plan.Members, list.Members)
	for _, set := range sets {
		if err := client.SetMembers(ctx, plan.GID.ValueString(), set.permissions, set.addresses...); err != nil {
			return append(diags, plan.apiError("Members not added",
				"Adding or changing members of the group %s failed. Each must be an existing user. The next apply tries again.", err))
		}
		diags.Append(service.SaveState(ctx, state, identity, plan, plan.identity())...)
	}
	if len(remove) > 0 {
		if err := client.RemoveMembers(ctx, plan.GID.ValueString(), remove...); err != nil {
			return append(diags, plan.apiError("Members not removed",
				"Removing members from the group %s failed. The next apply tries again.", err))
		}
	}

	return append(diags, service.SaveState(ctx, state, identity, plan, plan.identity())...)
}

func (r *membersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state membersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	list, err := listMembers(ctx, r.data, state.GID)
	switch {
	case errors.Is(err, mesibo.ErrNotFound):
		resp.Diagnostics.Append(service.RemoveState(ctx, &resp.State, resp.Identity, state.identity())...)

		return
	case err != nil:
		resp.Diagnostics.Append(refreshDiagnostics(r.data, "Members", "the members of the group "+state.GID.ValueString(), err)...)
	case list.Truncated:
		resp.Diagnostics.Append(state.listTruncatedError())
	default:
		state.Members = refreshedElements(state.Members, list.Members)
	}
	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, state, state.identity())...)
}

func (r *membersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state membersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || len(state.Members) == 0 {
		return
	}

	var addresses []string
	for _, element := range state.Members {
		addresses = append(addresses, element.Address.ValueString())
	}
	client, err := r.data.Client()
	if err == nil {
		err = client.RemoveMembers(ctx, state.GID.ValueString(), addresses...)
	}
	err = service.DeleteError(err, func() (service.Presence, error) {
		_, presence, lookupErr := findMembers(ctx, r.data, state.GID)

		return presence, lookupErr
	})
	if err != nil {
		resp.Diagnostics.Append(state.apiError("Members not removed",
			"Removing the members of the group %s failed. They stay in the state.", err))
	}
}

func (r *membersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importState(ctx, r.data, req, resp, gidPart)
}

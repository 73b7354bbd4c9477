// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ resource.ResourceWithConfigure      = (*membersResource)(nil)
	_ resource.ResourceWithIdentity       = (*membersResource)(nil)
	_ resource.ResourceWithImportState    = (*membersResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*membersResource)(nil)
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
			"To remove members it needs a server that lists them all: when a list may be truncated, a removal is refused, and " +
			"members that others add are not seen. The hosted service is documented to list at most 20. There, and where others " +
			"add members too, use `mesibo_group_member`.",
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
	var addresses []string
	for _, element := range members.Elements() {
		object, _ := element.(types.Object)
		address, _ := object.Attributes()["address"].(types.String)
		if address.IsNull() || address.IsUnknown() {
			continue // An element may be unknown as a whole.
		}
		if slices.Contains(addresses, address.ValueString()) {
			resp.Diagnostics.AddAttributeError(path.Root("members"), "Duplicate group member", fmt.Sprintf(
				"The set contains the user %q twice. Remove one of them.", address.ValueString()))
		}
		addresses = append(addresses, address.ValueString())
	}
	if r.data != nil && !gid.IsUnknown() { // Terraform validates again when the provider and the values are known.
		resp.Diagnostics.Append(runStateOf(r.data).configure(gid.ValueString(), true, addresses...)...)
	}
}

// ModifyPlan plans nothing when the members differ only by true instead of null, as after an import. It refuses a removal
// that the apply would refuse, because the last refresh has found a truncated list.
func (r *membersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() || !req.Plan.Raw.IsFullyKnown() {
		return
	}
	var plan, state membersModel
	record := loadListRecord(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !plan.GID.Equal(state.GID) {
		return
	}

	if plan.requestsSameAs(state) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("members"), state.Members)...)
	}
	if removed := without(state.addresses(), plan.addresses()); record.Truncated && len(removed) > 0 {
		resp.Diagnostics.Append(plan.listTruncatedError(removed))
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

	save := func(model membersModel) diag.Diagnostics {
		return service.SaveState(ctx, &resp.State, resp.Identity, model, model.identity())
	}
	record := listRecord{Cap: documentedCap}
	resp.Diagnostics.Append(r.apply(ctx, plan, membersModel{GID: plan.GID}, &record, save)...)
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
}

func (r *membersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state membersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record := loadListRecord(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	save := func(model membersModel) diag.Diagnostics {
		return service.SaveState(ctx, &resp.State, resp.Identity, model, model.identity())
	}
	resp.Diagnostics.Append(r.apply(ctx, plan, state, &record, save)...)
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
}

// apply changes the members that the server lists into the planned ones. After each request that succeeded it saves the
// members that are on the server, so that the next run, or its destroy, continues from there.
func (r *membersResource) apply(
	ctx context.Context, plan, prior membersModel, record *listRecord, save func(membersModel) diag.Diagnostics,
) diag.Diagnostics {
	current := prior.byAddress() // what the state has to contain
	others, diags := r.add(ctx, plan, prior, record, func(added []memberElement) diag.Diagnostics {
		maps.Copy(current, membersModel{Members: added}.byAddress())

		return save(plan.withMembers(current))
	})
	if diags.HasError() {
		return diags
	}

	maps.Copy(current, plan.byAddress())
	removed, left, err := removeMembers(ctx, r.data, plan.GID, others...)
	for _, address := range without(others, left) {
		delete(current, address)
	}
	diags.Append(save(plan.withMembers(current))...)
	if unplanned := without(removed, prior.addresses()); len(unplanned) > 0 { // The plan could not show them.
		diags.Append(plan.othersRemovedWarning(unplanned))
	}
	if err != nil {
		diags.Append(plan.apiError("Members not removed", "Removing members from the group %s failed. The next apply tries again.", err))
	}

	return diags
}

// add adds the planned members, and changes those that have other permissions. It returns the members to remove.
func (r *membersResource) add(
	ctx context.Context, plan, prior membersModel, record *listRecord, save func(added []memberElement) diag.Diagnostics,
) (others []string, diags diag.Diagnostics) {
	run, gid := runStateOf(r.data), plan.GID.ValueString()
	const failed = "Adding or changing members of the group %s failed. Each must be an existing user. The state contains the " +
		"members that were added before. The next apply tries again."
	unlock, err := run.lock(ctx, gid, plan.addresses()...)
	if err != nil {
		return nil, append(diags, plan.apiError("Members not added", failed, err))
	}
	defer unlock()
	list, err := record.list(ctx, r.data, plan.GID)
	if err != nil {
		return nil, append(diags, memberListError("Members not read", plan.GID, err))
	}

	listed := spelledAs(plan.addresses(), list.Members)
	diags.Append(spellingWarnings(plan.GID, listed)...)
	added, sets, others := memberChanges(plan.Members, listed)
	record.Truncated = list.Truncated && !showsExactly(list, prior)
	if record.Truncated {
		if removed := without(prior.addresses(), plan.addresses()); len(removed) > 0 {
			return nil, append(diags, plan.listTruncatedError(removed))
		}
		diags.Append(plan.listTruncatedWarning("Members that are not in the configuration were not removed."))
		others = nil
	}

	run.manage(gid, plan.addresses()...)
	for _, set := range sets {
		done, err := addMembers(ctx, r.data, gid, set.permissions, set.addresses()...)
		if done > 0 {
			added = append(added, set.elements[:done]...)
			diags.Append(save(added)...)
		}
		if err != nil {
			return nil, append(diags, plan.apiError("Members not added", failed, err))
		}
	}
	if len(sets) > 0 {
		record.findCap(ctx, r.data, plan)
	}

	return others, diags
}

func (r *membersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state membersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record := loadListRecord(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	list, err := record.list(ctx, r.data, state.GID)
	switch {
	case errors.Is(err, mesibo.ErrNotFound):
		resp.Diagnostics.Append(service.RemoveState(ctx, &resp.State, resp.Identity, state.identity())...)

		return
	case err != nil:
		resp.Diagnostics.Append(refreshDiagnostics(r.data, "Members", "the members of the group "+state.GID.ValueString(), err)...)
	default:
		record.Truncated = list.Truncated && !showsExactly(list, state)
		if list.Truncated {
			resp.Diagnostics.Append(state.listTruncatedWarning("The state is unchanged."))
		}
		if !list.Truncated || state.Members == nil { // An import takes what the list shows.
			listed := spelledAs(state.addresses(), list.Members)
			resp.Diagnostics.Append(spellingWarnings(state.GID, listed)...)
			state = state.refreshed(listed)
		}
	}
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
	resp.Diagnostics.Append(service.SaveState(ctx, &resp.State, resp.Identity, state, state.identity())...)
}

func (r *membersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state membersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	if _, left, err := removeMembers(ctx, r.data, state.GID, state.addresses()...); err != nil {
		kept := state.byAddress()
		for _, address := range without(state.addresses(), left) {
			delete(kept, address)
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, state.withMembers(kept))...)
		resp.Diagnostics.Append(state.apiError("Members not removed",
			"Removing the members of the group %s failed. Those that are left stay in the state.", err))
	}
}

func (r *membersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importState(ctx, r.data, req, resp, gidPart)
}

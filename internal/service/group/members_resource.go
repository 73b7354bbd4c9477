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
	seen := map[string]bool{}
	for _, element := range members.Elements() {
		object, _ := element.(types.Object)
		address, _ := object.Attributes()["address"].(types.String)
		if address.IsNull() || address.IsUnknown() {
			continue // An element may be unknown as a whole.
		}
		if seen[address.ValueString()] {
			resp.Diagnostics.AddAttributeError(path.Root("members"), "Duplicate group member", fmt.Sprintf(
				"The set contains the user %q twice. Remove one of them.", address.ValueString()))
		}
		seen[address.ValueString()] = true
	}
	resp.Diagnostics.Append(memberSetWarnings(r.data, gid, slices.Collect(maps.Keys(seen)))...)
}

// ModifyPlan refuses a removal that the apply would refuse, because the last refresh has found a truncated list.
func (r *membersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() || !req.Plan.Raw.IsFullyKnown() {
		return
	}
	var plan, state membersModel
	record := loadListRecord(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !record.Truncated || !plan.GID.Equal(state.GID) {
		return
	}

	if removed := without(state.addresses(), plan.addresses()); len(removed) > 0 {
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
	record := listRecord{}
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

// apply changes the members that the server lists into the planned ones: it adds and changes members first, and removes
// others last. After each request that succeeded it saves the members that are on the server, so that the next run, or
// its destroy, continues from there.
func (r *membersResource) apply(
	ctx context.Context, plan, prior membersModel, record *listRecord, save func(membersModel) diag.Diagnostics,
) diag.Diagnostics {
	var diags diag.Diagnostics
	a := setApply{run: runStateOf(r.data), plan: plan, prior: prior.addresses(), current: prior.byAddress(), save: save}
	unlock, err := a.run.lock(ctx, plan.GID.ValueString(), slices.Concat([]string{""}, plan.addresses(), a.prior)...)
	if err != nil {
		return append(diags, plan.apiError("Members not changed", waitEnded, err))
	}
	defer unlock()

	list, err := record.list(ctx, r.data, plan.GID)
	if err == nil {
		a.client, err = r.data.Client()
	}
	if err != nil {
		return append(diags, memberListError("Members not read", plan.GID, err))
	}
	removed := without(a.prior, plan.addresses())
	record.Truncated = list.Truncated && !showsExactly(list, prior)
	switch {
	case record.Truncated && len(removed) > 0:
		return append(diags, plan.listTruncatedError(removed))
	case record.Truncated:
		diags.Append(plan.listTruncatedWarning("Members that are not in the configuration were not removed."))
	}

	members, otherwise := spelledAs(plan.addresses(), list.Members)
	diags.Append(spellingWarning(plan.GID, otherwise)...)
	// The server may distinguish case, so a member in another spelling is added as if it were not there.
	members = slices.DeleteFunc(members, func(member mesibo.Member) bool { return otherwise[member.Address] != "" })
	sets, others := memberChanges(plan.Members, members)
	if list.Truncated {
		others = slices.DeleteFunc(others, func(address string) bool { return !slices.Contains(removed, address) })
	}

	diags.Append(a.add(ctx, sets)...)
	if !diags.HasError() {
		diags.Append(a.remove(ctx, others)...)
	}
	if !diags.HasError() {
		a.run.remember(plan.GID.ValueString(), plan.addresses()...)
		diags.Append(save(plan)...)
	}
	if !diags.HasError() && len(sets) > 0 {
		record.findCap(ctx, r.data, plan)
	}

	return diags
}

// setApply is one apply of a set.
type setApply struct {
	client  *mesibo.Client
	run     *runState
	plan    membersModel
	prior   []string                 // the addresses in the prior state
	current map[string]memberElement // the members that the state has to contain now, by address
	save    func(membersModel) diag.Diagnostics
}

// add adds and changes members.
func (a *setApply) add(ctx context.Context, sets []memberSet) diag.Diagnostics {
	var diags diag.Diagnostics
	gid, planned := a.plan.GID.ValueString(), a.plan.byAddress()
	for _, element := range a.plan.Members { // The state may not contain a member that is on the server as planned.
		address := element.Address.ValueString()
		if !slices.ContainsFunc(sets, func(set memberSet) bool { return slices.Contains(set.addresses, address) }) {
			a.current[address] = element
		}
	}

	for _, set := range sets {
		done, err := a.client.SetMembers(ctx, gid, set.permissions, set.addresses...)
		for _, address := range set.addresses[:done] {
			a.current[address] = planned[address]
		}
		a.run.remember(gid, set.addresses[:done]...)
		if done > 0 {
			diags.Append(a.save(a.plan.withMembers(a.current))...)
		}
		if err != nil {
			return append(diags, a.plan.apiError("Members not added",
				"Adding or changing members of the group %s failed. Each must be an existing user. The state contains the members "+
					"that were added before. The next apply tries again.", err))
		}
	}

	return diags
}

// remove removes members, except those that another resource has added in this run. It warns about members that the plan
// could not show, because they are not in the prior state.
func (a *setApply) remove(ctx context.Context, addresses []string) diag.Diagnostics {
	var diags diag.Diagnostics
	gid := a.plan.GID.ValueString()
	unlock, err := a.run.lock(ctx, gid, without(addresses, a.prior)...) // Those of the prior state are locked already.
	if err != nil {
		return append(diags, a.plan.apiError("Members not removed", waitEnded, err))
	}
	defer unlock()
	addresses = slices.DeleteFunc(slices.Clone(addresses), func(address string) bool { return a.run.inUse(ctx, gid, address) })
	if len(addresses) == 0 {
		return diags
	}

	done, err := a.client.RemoveMembers(ctx, gid, addresses...)
	for _, address := range addresses[:done] {
		delete(a.current, address)
	}
	if unplanned := without(addresses[:done], a.prior); len(unplanned) > 0 {
		diags.Append(a.plan.othersRemovedWarning(unplanned))
	}
	if err != nil {
		diags.Append(a.save(a.plan.withMembers(a.current))...)
		diags.Append(a.plan.apiError("Members not removed", "Removing members from the group %s failed. The next apply tries again.", err))
	}

	return diags
}

// waitEnded says that an operation did not get the lock of its members.
const waitEnded = "Waiting for other operations on members of the group %s ended."

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
			members, otherwise := spelledAs(state.addresses(), list.Members)
			resp.Diagnostics.Append(spellingWarning(state.GID, otherwise)...)
			state.Members = refreshedElements(state.Members, members)
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

	if left, err := r.removeAll(ctx, state); err != nil {
		kept := state.byAddress()
		for _, address := range without(state.addresses(), left) {
			delete(kept, address)
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, state.withMembers(kept))...)
		resp.Diagnostics.Append(state.apiError("Members not removed",
			"Removing the members of the group %s failed. Those that are left stay in the state.", err))
	}
}

// removeAll removes the members that are in the state, except those that another resource of this run has now. It returns
// those that it could not remove. A list that is complete shows who is still a member; no list is needed.
func (r *membersResource) removeAll(ctx context.Context, state membersModel) (left []string, err error) {
	run, gid, left := runStateOf(r.data), state.GID.ValueString(), state.addresses()
	client, err := r.data.Client()
	if err != nil {
		return left, err
	}
	unlock, err := run.lock(ctx, gid, append([]string{""}, left...)...)
	if err != nil {
		return left, err
	}
	defer unlock()

	left = slices.DeleteFunc(left, func(address string) bool { return run.inUse(ctx, gid, address) })
	if listed, presence, listErr := r.stillListed(ctx, state.GID, left); listErr == nil && presence != service.Unknown {
		left = listed
	}
	if len(left) == 0 {
		return nil, nil
	}
	done, err := client.RemoveMembers(ctx, gid, left...)
	left = left[done:]
	err = service.DeleteError(err, func() (service.Presence, error) {
		_, presence, listErr := r.stillListed(ctx, state.GID, left)

		return presence, listErr
	})

	return left, err
}

// stillListed returns which of the addresses are members. They are absent when none of them is, or the group is gone.
func (r *membersResource) stillListed(ctx context.Context, gid types.String, addresses []string) ([]string, service.Presence, error) {
	list, presence, err := findMembers(ctx, r.data, gid)
	if err != nil || presence == service.Absent {
		return nil, presence, err
	}
	if list.Truncated {
		return nil, service.Unknown, nil
	}

	members, _ := spelledAs(addresses, list.Members)
	var listed []string
	for _, member := range members {
		if slices.Contains(addresses, member.Address) {
			listed = append(listed, member.Address)
		}
	}
	if len(listed) == 0 {
		return nil, service.Absent, nil
	}

	return listed, service.Present, nil
}

func (r *membersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importState(ctx, r.data, req, resp, gidPart)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package group is mesibo_group and who is in it: the group, one membership, all memberships, and the flags in words.
package group

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ resource.ResourceWithConfigure   = (*groupResource)(nil)
	_ resource.ResourceWithIdentity    = (*groupResource)(nil)
	_ resource.ResourceWithImportState = (*groupResource)(nil)
)

// NewResource returns the resource mesibo_group.
func NewResource() resource.Resource {
	return &groupResource{}
}

type groupResource struct {
	data *service.Data
}

func (r *groupResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group"
}

func (r *groupResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (r *groupResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	client := r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	unlock, err := r.data.LockGroupName(ctx, plan.Name.ValueString())
	if err != nil {
		resp.Diagnostics.Append(plan.failure("Group not created", "Creating the group %s failed.", err))

		return
	}
	defer unlock()
	before := r.namesakes(ctx, client, plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	gid, err := client.CreateGroup(ctx, plan.addRequest())
	if errors.Is(err, mesibo.ErrOutcomeUnknown) {
		gid, err = r.findUnanswered(ctx, client, plan, before, err, &resp.Diagnostics)
	}
	if err != nil {
		resp.Diagnostics.Append(plan.notCreated(err))

		return
	}

	resp.Diagnostics.Append(resp.Private.SetKey(ctx, service.AddedKey, service.AddedAt(r.data.Clock()))...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, flagsKey, encodeFlags(plan.flags()))...)
	resp.Diagnostics.Append(save(ctx, plan.created(gid), &resp.State, resp.Identity)...)
	resp.Diagnostics.Append(before.warning(plan)...)
}

func (r *groupResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	added, diags := req.Private.GetKey(ctx, service.AddedKey)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	found, sight := r.lookAgain(ctx, state, added, &resp.Diagnostics)
	switch sight {
	case service.Gone:
		// The identity is wanted even of what is gone.
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		resp.State.RemoveResource(ctx)

		return
	case service.Seen:
		state = state.refreshed(found)
		if found.Flags != nil {
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, flagsKey, encodeFlags(*found.Flags))...)
		}
	case service.Unsure:
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(save(ctx, state, &resp.State, resp.Identity)...)
}

func (r *groupResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	encoded, diags := req.Private.GetKey(ctx, flagsKey)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	if request, needed := plan.setRequest(state, decodeFlags(encoded)); needed {
		client := r.data.RequireClient(&resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		if err := client.UpdateGroup(ctx, request); err != nil {
			resp.Diagnostics.Append(state.failure("Group not updated",
				"Changing the group %s failed. The next apply tries again.", err))

			return
		}
		if request.Flags != nil {
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, flagsKey, encodeFlags(*request.Flags))...)
		}
	}

	resp.Diagnostics.Append(save(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *groupResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	client := r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	err := client.DeleteGroup(ctx, state.GID.ValueString())
	if err == nil || errors.Is(err, mesibo.ErrNotFound) {
		return
	}
	if service.MayBeGone(err) {
		if _, sight, lookupErr := find(ctx, client, state); lookupErr == nil && sight == service.Gone {
			return
		}
	}
	resp.Diagnostics.Append(state.failure("Group not deleted", "Deleting the group %s failed. It stays in the state.", err))
}

func (r *groupResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("gid"), path.Root("gid"), req, resp)
	r.data.RequireClient(&resp.Diagnostics) // Without one, nothing could tell whether the group exists.
	if resp.Diagnostics.HasError() {
		return
	}

	var imported model
	resp.Diagnostics.Append(resp.State.Get(ctx, &imported)...)
	resp.Diagnostics.Append(service.Validate(ctx, "gid", imported.GID, service.GIDValidators)...)
	resp.Diagnostics.Append(save(ctx, imported.withImportDefaults(), &resp.State, resp.Identity)...)
}

// save puts the model and its identity into the response.
func save(ctx context.Context, m model, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(identity.Set(ctx, m.identity())...)

	return diags
}

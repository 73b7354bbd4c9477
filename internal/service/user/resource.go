// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package user is mesibo_user: a user of an app and the access token of one of its App IDs.
package user

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
	_ resource.ResourceWithConfigure      = (*userResource)(nil)
	_ resource.ResourceWithIdentity       = (*userResource)(nil)
	_ resource.ResourceWithImportState    = (*userResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*userResource)(nil)
	_ resource.ResourceWithValidateConfig = (*userResource)(nil)
)

// NewResource returns the resource mesibo_user.
func NewResource() resource.Resource {
	return &userResource{}
}

type userResource struct {
	data *service.Data
}

func (r *userResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

func (r *userResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (r *userResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(config.Validate(config.Address.ValueString())...)
	resp.Diagnostics.Append(r.data.ClaimToken(config.Address, config.AppID)...)
}

func (r *userResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if destroying := req.Plan.Raw.IsNull(); destroying {
		return
	}

	var config, plan model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}

	var state model
	if updating := !req.State.Raw.IsNull(); updating {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		if resp.Diagnostics.HasError() {
			return
		}
	}

	if plan.Address.Equal(state.Address) {
		plan = planUpdate(config, plan, state, r.data.Clock())
		resp.Diagnostics.Append(plan.surprises(state)...)
	} else {
		// Another address, like the first one, is a new user.
		plan = planCreate(config, plan)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

func (r *userResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	client := r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	existence, diags := r.lookUpBeforeCreate(ctx, plan)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	user, sent, err := r.data.CreateUser(ctx, plan.addRequest())
	if err != nil {
		kept := errors.Is(err, mesibo.ErrOutcomeUnknown) && existence == absent
		if kept {
			// What is there by now can only be ours, so the next apply may delete it.
			resp.Diagnostics.Append(save(ctx, plan.unanswered(), &resp.State, resp.Identity)...)
		}
		resp.Diagnostics.Append(plan.notCreated(err, kept))

		return
	}

	if existence != absent && plan.AdoptExisting.ValueBool() {
		// A useradd may leave the name and the status of an existing user alone.
		request, _ := plan.setRequest(model{})
		if err := client.UpdateUser(ctx, request); err != nil {
			// With a state this would be a failed create, and the next apply would delete the user to replace it.
			resp.Diagnostics.Append(plan.failure("User not adopted",
				"Setting the name and the status of the existing user %q failed. "+
					"It is kept out of the state; the next apply adopts it again.", err))

			return
		}
	}

	r.data.RememberUser(plan.Address.ValueString(), service.AddedUser{UID: user.UID, At: sent})
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, service.AddedKey, service.AddedAt(sent))...)
	resp.Diagnostics.Append(save(ctx, plan.created(user, sent), &resp.State, resp.Identity)...)
}

func (r *userResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	added, diags := req.Private.GetKey(ctx, service.AddedKey)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	prior, now := state, r.data.Clock()
	switch lookup, sight := r.data.LookAgain(ctx, state.Address.ValueString(), added, &resp.Diagnostics); sight {
	case service.Gone:
		// The identity is wanted even of what is gone.
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		resp.State.RemoveResource(ctx)

		return
	case service.Seen:
		state = state.refreshed(lookup, now)
	case service.Unsure:
	}
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(state.Drift(prior.HeldToken, state.Address.ValueString())...)
	state.HeldToken = state.Renewable(now)
	resp.Diagnostics.Append(save(ctx, state, &resp.State, resp.Identity)...)
}

// Update makes up to three calls. After each one the state says what has been done, so that a run that is cut
// short is finished by the next.
func (r *userResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	client := r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	// This comes first, because on some servers it ends the tokens of all App IDs.
	if plan.revokes(state) {
		diags, err := r.data.RevokeHeldToken(ctx, state.Address.ValueString(), state.AppID.ValueString())
		resp.Diagnostics.Append(diags...)
		if err != nil && !errors.Is(err, mesibo.ErrNotFound) {
			resp.Diagnostics.Append(state.failure("Token not revoked",
				"Revoking the old token of the user %q failed. Nothing else was changed; the next apply tries again.", err))

			return
		}
	}
	if plan.leavesAppID(state) {
		state = state.withoutAppID(plan)
		resp.Diagnostics.Append(save(ctx, state, &resp.State, resp.Identity)...)
	}

	if plan.MintsNow() {
		user, sent, err := r.data.CreateUser(ctx, plan.addRequest())
		if err != nil {
			resp.Diagnostics.Append(service.NotMinted(state.Address.ValueString(), err))

			return
		}
		prior := state
		state = state.minted(plan, user, sent)
		resp.Diagnostics.Append(save(ctx, state, &resp.State, resp.Identity)...)
		resp.Diagnostics.Append(state.recreated(prior)...)
		if resp.Diagnostics.HasError() {
			return
		}
	}

	if request, needed := plan.setRequest(state); needed {
		if err := client.UpdateUser(ctx, request); err != nil {
			resp.Diagnostics.Append(state.failure("User not updated",
				"Setting the name or the status of the user %q failed. The next apply tries again.", err))

			return
		}
	}

	resp.Diagnostics.Append(save(ctx, state.changed(plan), &resp.State, resp.Identity)...)
}

func (r *userResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	client := r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	if _, added := r.data.UserAdded(state.Address.ValueString()); added {
		return // The resource has been replaced before it was destroyed: what is there now is the new user.
	}
	err := client.DeleteUser(ctx, state.Address.ValueString())
	if err == nil || errors.Is(err, mesibo.ErrNotFound) {
		return
	}
	if service.MayBeGone(err) {
		lookup, lookupErr := r.data.LookUp(ctx, state.Address.ValueString())
		if lookupErr == nil && lookup.Absent() {
			return
		}
	}
	resp.Diagnostics.Append(state.failure("User not deleted",
		"Deleting the user %q failed. It stays in the state.", err))
}

func (r *userResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("address"), path.Root("address"), req, resp)
	r.data.RequireClient(&resp.Diagnostics) // Without one, nothing could tell whether the user exists.
	if resp.Diagnostics.HasError() {
		return
	}

	var imported model
	resp.Diagnostics.Append(resp.State.Get(ctx, &imported)...)
	resp.Diagnostics.Append(imported.validateImport(ctx)...)
	resp.Diagnostics.Append(save(ctx, imported.withImportDefaults(), &resp.State, resp.Identity)...)
}

// save puts the model and its identity into the response, so that nothing of it is lost if a later call fails.
func save(ctx context.Context, m model, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(identity.Set(ctx, m.identity())...)

	return diags
}

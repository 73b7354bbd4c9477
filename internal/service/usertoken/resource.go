// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package usertoken is mesibo_user_token, the access token of one App ID for a user that exists: as a resource, as
// an ephemeral resource, and the action and the function that go with tokens.
package usertoken

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
	_ resource.ResourceWithConfigure      = (*tokenResource)(nil)
	_ resource.ResourceWithIdentity       = (*tokenResource)(nil)
	_ resource.ResourceWithImportState    = (*tokenResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*tokenResource)(nil)
	_ resource.ResourceWithValidateConfig = (*tokenResource)(nil)
)

// NewResource returns the resource mesibo_user_token.
func NewResource() resource.Resource {
	return &tokenResource{}
}

type tokenResource struct {
	data *service.Data
}

func (r *tokenResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_token"
}

func (r *tokenResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (r *tokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(config.Validate(config.Address.ValueString())...)
	resp.Diagnostics.Append(r.data.ClaimToken(config.Address, config.AppID)...)
}

func (r *tokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
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

	if plan.id() == state.id() {
		plan = plan.plannedNext(config, state, r.data.Clock())
		resp.Diagnostics.Append(plan.Surprises(state.HeldToken, plan.Address.ValueString())...)
	} else {
		// Another user or App ID, like the first one, is a new token.
		plan.HeldToken = plan.PlannedFirst(config.HeldToken)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

func (r *tokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	holder, diags := findHolder(ctx, r.data, plan.id())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	user, sent, err := r.data.CreateUser(ctx, plan.mintRequest())
	if err != nil {
		resp.Diagnostics.Append(service.NotMinted(plan.Address.ValueString(), err))

		return
	}

	if !holder.added.IsZero() {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, service.AddedKey, service.AddedAt(holder.added))...)
	}
	resp.Diagnostics.Append(save(ctx, plan.minted(plan, user, sent), &resp.State, resp.Identity)...)
	resp.Diagnostics.Append(holder.surprises(plan.id(), user)...)
}

func (r *tokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
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

func (r *tokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	if plan.MintsNow() {
		state = r.mint(ctx, plan, state, resp)
		if resp.Diagnostics.HasError() {
			return
		}
	}

	resp.Diagnostics.Append(save(ctx, state.changed(plan), &resp.State, resp.Identity)...)
}

// mint mints the planned token in place of the one in state, and saves what has been done.
func (r *tokenResource) mint(ctx context.Context, plan, state model, resp *resource.UpdateResponse) model {
	r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return state
	}
	holder, diags := findHolder(ctx, r.data, state.id())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return state
	}

	user, sent, err := r.data.CreateUser(ctx, plan.mintRequest())
	if err != nil {
		resp.Diagnostics.Append(service.NotMinted(state.Address.ValueString(), err))

		return state
	}

	if holder.uid == "" {
		holder.uid = state.UID.ValueString()
	}
	holder.hasToken = false // It is the one in state, which the plan says will go.
	state = state.minted(plan, user, sent)
	resp.Diagnostics.Append(save(ctx, state, &resp.State, resp.Identity)...)
	resp.Diagnostics.Append(holder.surprises(state.id(), user)...)

	return state
}

func (r *tokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !state.RevokeOnDestroy.ValueBool() {
		return
	}
	r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	diags, err := r.data.RevokeHeldToken(ctx, state.Address.ValueString(), state.AppID.ValueString())
	resp.Diagnostics.Append(diags...)
	if err == nil || errors.Is(err, mesibo.ErrNotFound) {
		return
	}
	if service.MayBeGone(err) {
		lookup, lookupErr := r.data.LookUp(ctx, state.Address.ValueString())
		if lookupErr == nil && lookup.Absent() {
			return
		}
	}
	resp.Diagnostics.Append(state.id().failure("Token not revoked",
		"Revoking the token of the user %q failed. It stays in the state. "+
			"To destroy it without revoking, set revoke_on_destroy = false and apply first.", err))
}

func (r *tokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var identity identityModel
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
	} else {
		identity = parseImportID(req.ID, &resp.Diagnostics)
	}
	r.data.RequireClient(&resp.Diagnostics) // Without one, nothing could tell whether the user exists.
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(identity.validateImport(ctx)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("address"), identity.Address)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("appid"), identity.AppID)...)
	if resp.Diagnostics.HasError() {
		return
	}

	var imported model
	resp.Diagnostics.Append(resp.State.Get(ctx, &imported)...)
	resp.Diagnostics.Append(save(ctx, imported.withImportDefaults(), &resp.State, resp.Identity)...)
}

// save puts the model and its identity into the response, so that nothing of it is lost if something fails later.
func save(ctx context.Context, m model, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(identity.Set(ctx, m.identity())...)

	return diags
}

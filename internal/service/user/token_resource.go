// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"errors"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

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

// NewTokenResource returns the resource mesibo_user_token.
func NewTokenResource() resource.Resource {
	return &tokenResource{}
}

type tokenResource struct {
	api *api
}

func (r *tokenResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_token"
}

func (r *tokenResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.api = newAPI(req.ProviderData, &resp.Diagnostics)
}

func (r *tokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config tokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(config.validate(config.address())...)
	resp.Diagnostics.Append(r.api.duplicateToken(config.Address, config.AppID)...)
}

func (r *tokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if destroying := req.Plan.Raw.IsNull(); destroying {
		return
	}

	var config, plan, state tokenModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("expiry"), &config.Expiry)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if updating := !req.State.Raw.IsNull(); updating {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	proposed := plan
	if sameToken := plan.identity() == state.identity(); sameToken {
		record := loadRecord(ctx, req.Private, state.attributes(), &resp.Diagnostics)
		plan = plan.planUpdate(config, state, record)
		resp.Diagnostics.Append(plan.planWarnings(state.tokenAttributes, record, plan.address())...)
		if plan.willMint() {
			resp.Diagnostics.Append(record.refuseOtherUser(state.address(), state.uid())...)
		}
	} else {
		plan.tokenAttributes = plan.planCreate(config.tokenAttributes)
	}
	if !reflect.DeepEqual(plan, proposed) { // A conversion takes more time than all else here.
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	}
}

func (r *tokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	defer r.api.lock(ctx, plan.address(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	owner, diags := r.api.lookupOwner(ctx, plan.key(), "")
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	user, sent, err := r.api.createUser(ctx, plan.createRequest())
	if err != nil {
		resp.Diagnostics.Append(mintError(plan.address(), err))

		return
	}

	state, record := plan.minted(plan, user, sent)
	resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
	resp.Diagnostics.Append(owner.mintDiagnostics(plan.key(), user)...)
}

func (r *tokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	read[tokenModel](ctx, r.api, req, resp)
}

func (r *tokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record := loadRecord(ctx, req.Private, state.attributes(), &resp.Diagnostics)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	defer r.api.lock(ctx, state.address(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	if plan.willMint() {
		owner, diags := r.api.lookupOwner(ctx, state.key(), state.uid())
		resp.Diagnostics.Append(diags...)
		if resp.Diagnostics.HasError() {
			return
		}
		if owner.uid == "" {
			owner.uid = state.UID.ValueString()
		}
		owner.hasToken = false // It is the one in the state, whose end the plan has announced.

		user, sent, err := r.api.createUser(ctx, plan.createRequest())
		if err != nil {
			record.Unanswered = record.Unanswered || errors.Is(err, mesibo.ErrOutcomeUnknown)
			resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
			resp.Diagnostics.Append(mintError(state.address(), err))

			return
		}
		state, record = state.minted(plan, user, sent)
		resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
		resp.Diagnostics.Append(owner.mintDiagnostics(state.key(), user)...)
		if resp.Diagnostics.HasError() {
			return
		}
	}

	state = plan.withComputed(state)
	record.Imported = false
	resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
}

func (r *tokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state tokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record := loadRecord(ctx, req.Private, state.attributes(), &resp.Diagnostics)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	defer r.api.lock(ctx, state.address(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() || !state.RevokeOnDestroy.ValueBool() {
		return
	}

	resp.Diagnostics.Append(r.api.endToken(ctx, state.key(), state.uid(), record, "It stays in the state. To destroy it without "+
		"revoking it, set revoke_on_destroy = false and apply first.")...)
}

func (r *tokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	parts, diags := service.ImportParts(ctx, req, addressPart, appIDPart)
	resp.Diagnostics.Append(diags...)
	r.api.requireClient(&resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("address"), parts[0])...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("appid"), parts[1])...)
	if resp.Diagnostics.HasError() {
		return
	}

	var imported tokenModel
	resp.Diagnostics.Append(resp.State.Get(ctx, &imported)...)
	resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, imported.withImportDefaults(),
		tokenRecord{Imported: true})...)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package user provides mesibo_user and mesibo_user_token in all their forms: resources, an ephemeral resource, data
// sources, a list resource, and the action and the function that belong to tokens.
package user

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

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
	api *api
}

func (r *userResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

func (r *userResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.api = newAPI(req.ProviderData, &resp.Diagnostics)
}

func (r *userResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config userModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(config.validate(config.address())...)
	resp.Diagnostics.Append(r.api.duplicateToken(config.Address, config.AppID)...)
}

func (r *userResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if destroying := req.Plan.Raw.IsNull(); destroying {
		return
	}

	var config, plan, state userModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("expiry"), &config.Expiry)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if updating := !req.State.Raw.IsNull(); updating {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	proposed := plan
	if sameUser := plan.Address.Equal(state.Address); sameUser {
		record := loadRecord(ctx, req.Private, state.attributes(), &resp.Diagnostics)
		plan = plan.planUpdate(config, state, record)
		resp.Diagnostics.Append(plan.planDiagnostics(state, record)...)
	} else {
		plan.tokenAttributes = plan.planCreate(config.tokenAttributes)
	}
	if !reflect.DeepEqual(plan, proposed) { // A conversion takes more time than all else here.
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	}
}

// Create looks the user up first, because a useradd takes over an existing user without saying so.
func (r *userResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	defer r.api.lock(ctx, plan.address(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	_, presence, diags := r.api.lookup(ctx, (*mesibo.Client).GetUser, plan.address(), "", "Nothing was created.")
	resp.Diagnostics.Append(diags...)
	if presence == service.Present && !plan.AdoptExisting.ValueBool() {
		resp.Diagnostics.Append(plan.alreadyExists())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if presence == service.Unknown && len(diags) == 0 && !plan.AdoptExisting.ValueBool() {
		r.api.data.WarnNoLookups(&resp.Diagnostics)
	}

	user, sent, err := r.api.createUser(ctx, plan.createRequest())
	if err != nil {
		kept := errors.Is(err, mesibo.ErrOutcomeUnknown) && presence == service.Absent
		if kept { // If the user exists now, this run has created it, and the next apply may delete it.
			resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, plan.maybeCreated(), tokenRecord{Unanswered: true})...)
		}
		resp.Diagnostics.Append(plan.createError(err, kept))

		return
	}

	if presence != service.Absent && plan.AdoptExisting.ValueBool() {
		// A useradd may leave the name and status of an existing user alone.
		request, _ := plan.updateRequest(userModel{})
		if err := r.api.client.UpdateUser(ctx, request); err != nil {
			// A saved state would be tainted, and the next apply would delete the adopted user.
			resp.Diagnostics.Append(service.APIError("User not adopted", fmt.Sprintf(
				"Setting the name, status or permissions of the existing user %q failed. The state does not contain the user; the next apply "+
					"adopts it again.", plan.address()), err, userAttributes...))

			return
		}
	}

	r.api.created.Store(plan.address(), user.UID)
	state, record := plan.minted(plan, user, sent)
	resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
}

func (r *userResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	read[userModel](ctx, r.api, req, resp)
}

// Update sends up to three requests. After each one the state says what was done, so that the next run continues where
// this one stopped.
func (r *userResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state userModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record := loadRecord(ctx, req.Private, state.attributes(), &resp.Diagnostics)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	defer r.api.lock(ctx, state.address(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	if plan.revokesToken(state) { // Before the mint, because some servers revoke the tokens of all App IDs.
		resp.Diagnostics.Append(r.api.endToken(ctx, tokenKey{state.address(), state.AppID.ValueString()}, state.uid(), record,
			"Nothing else was changed; the next apply tries again.")...)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	if plan.changesAppID(state) {
		state, record = state.withoutAppID(plan), tokenRecord{RefreshedAt: record.RefreshedAt}
		resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
	}

	if plan.willMint() {
		user, sent, err := r.api.createUser(ctx, plan.createRequest())
		if err != nil {
			record.Unanswered = record.Unanswered || errors.Is(err, mesibo.ErrOutcomeUnknown)
			resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
			resp.Diagnostics.Append(mintError(state.address(), err))

			return
		}
		prior := state
		state, record = state.minted(plan, user, sent)
		resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
		resp.Diagnostics.Append(state.recreatedError(prior)...)
		if resp.Diagnostics.HasError() {
			return
		}
	}

	if request, needed := plan.updateRequest(state); needed {
		if err := r.api.client.UpdateUser(ctx, request); err != nil {
			resp.Diagnostics.Append(service.UpdateError("User not updated", fmt.Sprintf(
				"Setting the name, status or permissions of the user %q failed. The next apply tries again.", state.address()),
				err, userAttributes...))

			return
		}
	}

	state = plan.withComputed(state)
	record.Imported = false
	resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
}

func (r *userResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record := loadRecord(ctx, req.Private, state.attributes(), &resp.Diagnostics)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	defer r.api.lock(ctx, state.address(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(r.api.endUser(ctx, state, record)...)
}

func (r *userResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	parts, diags := service.ImportParts(ctx, req, addressPart)
	resp.Diagnostics.Append(diags...)
	r.api.requireClient(&resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("address"), parts[0])...)
	if resp.Diagnostics.HasError() {
		return
	}

	var imported userModel
	resp.Diagnostics.Append(resp.State.Get(ctx, &imported)...)
	resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, imported.withImportDefaults(),
		tokenRecord{Imported: true})...)
}

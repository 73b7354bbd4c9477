// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package user provides mesibo_user and mesibo_user_token in all their forms: resources, an ephemeral resource, data
// sources, a list resource, and the action and the function that belong to tokens.
package user

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
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
	duplicates := r.api.duplicateUser(config.Address, false)
	if len(duplicates) == 0 {
		duplicates = r.api.duplicateToken(config.Address, config.AppID)
	}
	resp.Diagnostics.Append(duplicates...)
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

	state, record, kept, diags := r.api.create(ctx, plan, presence)
	resp.Diagnostics.Append(diags...)
	if kept {
		resp.Diagnostics.Append(save(ctx, &resp.State, resp.Identity, resp.Private, state, record)...)
	}
}

func (r *userResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	read[userModel](ctx, r.api, req, resp)
}

// Update saves the state after each request that succeeded, so that the next run continues where this one stopped.
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

	resp.Diagnostics.Append(r.api.update(ctx, plan, state, record, func(state userModel, record tokenRecord) diag.Diagnostics {
		return save(ctx, &resp.State, resp.Identity, resp.Private, state, record)
	})...)
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

	resp.Diagnostics.Append(r.api.endUser(ctx, (*mesibo.Client).GetUser, state, record)...)
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

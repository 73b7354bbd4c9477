// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-baseline is a provider that does nothing, and so shows what a CLI and the framework cost:
// its one resource has the schema of mesibo_user, invents what the server would return, and sends no request.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/user"
)

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return baseline{} }, providerserver.ServeOpts{
		Address: "registry.terraform.io/mesibo-community/baseline",
	})
	if err != nil {
		log.Fatal(err.Error())
	}
}

type baseline struct{}

func (baseline) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "baseline"
}

func (baseline) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (baseline) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (baseline) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (baseline) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource {
		schema, _ := user.NewResource().(resource.ResourceWithIdentity)

		return baselineUser{schema}
	}}
}

// baselineUser has the name and the schemas of mesibo_user.
type baselineUser struct {
	resource.ResourceWithIdentity
}

type model struct {
	Address             types.String   `tfsdk:"address"`
	AppID               types.String   `tfsdk:"appid"`
	Expiry              types.Int64    `tfsdk:"expiry"`
	Name                types.String   `tfsdk:"name"`
	Active              types.Bool     `tfsdk:"active"`
	Permissions         types.Object   `tfsdk:"permissions"`
	TokenVersion        types.Int64    `tfsdk:"token_version"`
	TokenKeepers        types.Map      `tfsdk:"token_keepers"`
	EarlyRenewalMinutes types.Int64    `tfsdk:"early_renewal_minutes"`
	AdoptExisting       types.Bool     `tfsdk:"adopt_existing"`
	UID                 types.String   `tfsdk:"uid"`
	Token               types.String   `tfsdk:"token"`
	TokenExpiresAt      types.String   `tfsdk:"token_expires_at"`
	ReadyForRenewal     types.Bool     `tfsdk:"ready_for_renewal"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

type identity struct {
	Address types.String `tfsdk:"address"`
}

func (baselineUser) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	plan.Expiry = types.Int64Value(525600)
	plan.UID = types.StringValue("1000001")
	plan.Token = types.StringValue("0123456789abcdef0123456789abcdef0123456789abcdef")
	plan.TokenExpiresAt = types.StringValue("2027-01-01T00:00:00Z")
	plan.ReadyForRenewal = types.BoolValue(false)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{plan.Address})...)
}

func (baselineUser) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{state.Address})...)
}

func (baselineUser) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (baselineUser) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
}

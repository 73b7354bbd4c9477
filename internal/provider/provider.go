// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the provider block: its schema, its configuration, and the list of what it offers.
package provider

import (
	"context"
	"os"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/group"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/message"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/user"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// Address is where the provider stands in a registry.
const Address = "registry.terraform.io/mesibo-community/mesibo"

// New returns a function that makes a provider of the given version which takes the time from the clock. The options
// are for the client, beside those that the provider block sets; they are meant for tests.
func New(version string, clock token.Clock, options ...mesibo.Option) func() provider.Provider {
	return func() provider.Provider {
		return &mesiboProvider{version: version, clock: clock, options: options}
	}
}

var (
	_ provider.ProviderWithActions            = (*mesiboProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*mesiboProvider)(nil)
	_ provider.ProviderWithFunctions          = (*mesiboProvider)(nil)
	_ provider.ProviderWithListResources      = (*mesiboProvider)(nil)
)

type mesiboProvider struct {
	version string
	clock   token.Clock
	options []mesibo.Option
}

func (p *mesiboProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "mesibo"
	resp.Version = p.version
}

// Configure makes no call: mesibo counts the addresses that calls come from, and a plan may need none.
func (p *mesiboProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	if unknown := config.unknown(); len(unknown) > 0 {
		share(service.NewUnknownProviderData(unknown, p.clock), resp)

		return
	}

	config, diags := config.withEnvironment(ctx, os.Getenv)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	userAgent := "Terraform/" + req.TerraformVersion + " terraform-provider-mesibo/" + p.version
	client, diags := config.client(append(slices.Clone(p.options), mesibo.WithUserAgent(userAgent))...)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	share(service.NewProviderData(client, p.clock), resp)
}

// share hands the data of the provider block to everything that the provider offers.
func share(data *service.ProviderData, resp *provider.ConfigureResponse) {
	resp.ResourceData = data
	resp.EphemeralResourceData = data
	resp.ActionData = data
	resp.DataSourceData = data
	resp.ListResourceData = data
}

func (p *mesiboProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		user.NewResource,
		user.NewTokenResource,
		group.NewResource,
		group.NewMemberResource,
		group.NewMembersResource,
	}
}

func (p *mesiboProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		user.NewTokenEphemeral,
	}
}

func (p *mesiboProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		user.NewRevokeTokenAction,
		message.NewSendAction,
	}
}

func (p *mesiboProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		user.NewDataSource,
		user.NewUsersDataSource,
		group.NewGroupsDataSource,
		group.NewMembersDataSource,
	}
}

func (p *mesiboProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		user.NewListResource,
		group.NewListResource,
		group.NewMemberListResource,
	}
}

func (p *mesiboProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		user.NewExpiryMinutesFunction,
		group.NewFlagsFunction,
		group.NewParseFlagsFunction,
	}
}

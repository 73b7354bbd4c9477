// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the provider: the settings of its block, and the list of its resources and other services.
package provider

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/group"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/message"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service/user"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// Address is the provider's address in the registry.
const Address = "registry.terraform.io/mesibo-community/mesibo"

// New returns a function that makes a provider of the given version. The clock says when a token is minted and whether
// it is due for renewal. The options of the client are for tests; they override the provider block.
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
	_ provider.ProviderWithValidateConfig     = (*mesiboProvider)(nil)
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

func (p *mesiboProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	attributes := map[string]schema.Attribute{}
	for _, s := range settings {
		attributes[s.name] = s.attribute()
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages the users of a [mesibo](https://mesibo.com) app and their access tokens through the " +
			"mesibo Backend API. One provider block manages one app.",
		Attributes: attributes,
	}
}

// ValidateConfig checks what is configured. The environment is not checked, since it need not be that of the apply.
func (p *mesiboProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	_, resp.Diagnostics = newConfig(ctx, req.Config, func(string) string { return "" })
}

// Configure makes no API call: mesibo counts the addresses that calls come from, and a plan may need none.
func (p *mesiboProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	c, diags := newConfig(ctx, req.Config, os.Getenv)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	data, diags := p.data(c, req.TerraformVersion)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData = data
	resp.EphemeralResourceData = data
	resp.ActionData = data
	resp.DataSourceData = data
	resp.ListResourceData = data
}

// data returns what Configure hands to every service.
func (p *mesiboProvider) data(c config, terraformVersion string) (*service.ProviderData, diag.Diagnostics) {
	if len(c.unknown) > 0 {
		return service.NewUnknownProviderData(c.unknown, p.clock), nil
	}
	userAgent := "Terraform/" + terraformVersion + " terraform-provider-mesibo/" + p.version
	client, diags := c.client(append([]mesibo.Option{mesibo.WithUserAgent(userAgent)}, p.options...)...)

	return service.NewProviderData(client, p.clock), diags
}

func (p *mesiboProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		user.NewResource,
		user.NewUsersResource,
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
		message.NewUploadPushCredentialsAction,
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

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ datasource.DataSourceWithConfigure = (*userDataSource)(nil)

// NewDataSource returns the data source mesibo_user.
func NewDataSource() datasource.DataSource {
	return &userDataSource{}
}

type userDataSource struct {
	api *api
}

type userDataSourceModel struct {
	userDataModel

	IncludeTokens types.Bool `tfsdk:"include_tokens"`
}

func (d *userDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

func (d *userDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.api = newAPI(req.ProviderData, &resp.Diagnostics)
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := userDataAttributes()
	attributes["address"] = schema.StringAttribute{
		MarkdownDescription: "Address of an existing user.",
		Required:            true,
		Validators:          service.AddressValidators,
	}
	attributes["include_tokens"] = schema.BoolAttribute{
		MarkdownDescription: includeTokensDescription,
		Optional:            true,
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one user by its address. Requires a server that offers [lookups](../index.md#lookups).",
		Attributes:          attributes,
	}
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config userDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	address := config.Address.ValueString()
	client, err := d.api.data.Client()
	var lookup mesibo.Lookup
	if err == nil {
		lookup, err = client.GetUser(ctx, address)
	}
	switch {
	case err != nil:
		resp.Diagnostics.Append(service.APIError("User lookup failed", fmt.Sprintf("Looking up the user %q failed.", address), err, "address"))
	case lookup.OtherSpelling != "":
		resp.Diagnostics.Append(otherSpelling(address, lookup.OtherSpelling, "Nothing was read."))
	case lookup.Absent():
		resp.Diagnostics.AddAttributeError(path.Root("address"), "User does not exist",
			fmt.Sprintf("The app has no user %q. Check the address, or create the user with a mesibo_user.", address))
	case !lookup.Found():
		resp.Diagnostics.AddAttributeError(path.Root("address"), "User list truncated",
			fmt.Sprintf("The server did not return all users that match %q, so it is not known whether the user exists.", address))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	user, diags := userDataFrom(lookup.Rows, config.IncludeTokens.ValueBool())
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, userDataSourceModel{user, config.IncludeTokens})...)
}

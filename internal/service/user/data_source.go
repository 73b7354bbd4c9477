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

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ datasource.DataSourceWithConfigure = (*userDataSource)(nil)

// NewDataSource returns the data source mesibo_user.
func NewDataSource() datasource.DataSource {
	return &userDataSource{}
}

type userDataSource struct {
	data *service.Data
}

type userDataModel struct {
	shownModel

	IncludeTokens types.Bool `tfsdk:"include_tokens"`
}

func (d *userDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

func (d *userDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := shownAttributes()
	attributes["address"] = schema.StringAttribute{
		MarkdownDescription: "Address of the user, who has to exist.",
		Required:            true,
		Validators:          service.AddressValidators,
	}
	attributes["include_tokens"] = schema.BoolAttribute{
		MarkdownDescription: includeTokensDescription,
		Optional:            true,
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A user that exists, looked up by its address. It needs a server that offers " +
			"[look-ups](../index.md#look-ups).",
		Attributes: attributes,
	}
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config userDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	address := config.Address.ValueString()
	lookup, err := d.data.LookUp(ctx, address)
	switch {
	case err != nil:
		resp.Diagnostics.Append(service.Failure("User not read", fmt.Sprintf("Looking up the user %q failed.", address), err, "address"))
	case lookup.Absent():
		resp.Diagnostics.AddAttributeError(path.Root("address"), "User does not exist",
			fmt.Sprintf("The app has no user %q. Check the address, or make the user with a mesibo_user.", address))
	case !lookup.Found():
		resp.Diagnostics.AddAttributeError(path.Root("address"), "Look-up cut short",
			fmt.Sprintf("The server did not show all users that match %q, so whether the user exists is not known.", address))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	found, diags := shown(lookup.Rows, config.IncludeTokens.ValueBool())
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, userDataModel{found, config.IncludeTokens})...)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

var _ datasource.DataSourceWithConfigure = (*usersDataSource)(nil)

// NewUsersDataSource returns the data source mesibo_users.
func NewUsersDataSource() datasource.DataSource {
	return &usersDataSource{}
}

type usersDataSource struct {
	api *api
}

type usersDataSourceModel struct {
	AddressPattern types.String    `tfsdk:"address_pattern"`
	IncludeTokens  types.Bool      `tfsdk:"include_tokens"`
	Users          []userDataModel `tfsdk:"users"`
	Truncated      types.Bool      `tfsdk:"truncated"`
}

func (d *usersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_users"
}

func (d *usersDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.api = newAPI(req.ProviderData, &resp.Diagnostics)
}

func (d *usersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := userDataAttributes()
	attributes["address"] = schema.StringAttribute{
		MarkdownDescription: "Address of the user.",
		Computed:            true,
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the users that match a pattern. Requires a server that offers [lookups](../index.md#lookups). " +
			"`truncated` says when the server did not return all of them; the hosted service is documented to return at most 20.",
		Attributes: map[string]schema.Attribute{
			"address_pattern": schema.StringAttribute{
				MarkdownDescription: "Pattern of the addresses; `*` matches any text. When nothing matches, the list is empty. Defaults " +
					"to `*`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"include_tokens": schema.BoolAttribute{
				MarkdownDescription: includeTokensDescription,
				Optional:            true,
			},
			"users": schema.ListNestedAttribute{
				MarkdownDescription: "The users, sorted by address.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
			"truncated": schema.BoolAttribute{
				MarkdownDescription: "Whether the server may have left out users that match.",
				Computed:            true,
			},
		},
	}
}

func (d *usersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config usersDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	list, diags := d.api.listUsers(ctx, cmp.Or(config.AddressPattern.ValueString(), "*"))
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.Users, config.Truncated = []userDataModel{}, types.BoolValue(list.Truncated)
	for _, rows := range byAddress(list.Rows) {
		user, diags := userDataFrom(rows, config.IncludeTokens.ValueBool())
		resp.Diagnostics.Append(diags...)
		config.Users = append(config.Users, user)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

// byAddress groups sorted rows by user.
func byAddress(rows []mesibo.UserRow) [][]mesibo.UserRow {
	var users [][]mesibo.UserRow
	for i, row := range rows {
		if i == 0 || rows[i-1].Address != row.Address {
			users = append(users, nil)
		}
		last := len(users) - 1
		users[last] = append(users[last], row)
	}

	return users
}

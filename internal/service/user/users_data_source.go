// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ datasource.DataSourceWithConfigure = (*usersDataSource)(nil)

// NewUsersDataSource returns the data source mesibo_users.
func NewUsersDataSource() datasource.DataSource {
	return &usersDataSource{}
}

type usersDataSource struct {
	data *service.Data
}

type usersDataModel struct {
	AddressPattern types.String `tfsdk:"address_pattern"`
	IncludeTokens  types.Bool   `tfsdk:"include_tokens"`
	Users          []shownModel `tfsdk:"users"`
	Truncated      types.Bool   `tfsdk:"truncated"`
}

func (d *usersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_users"
}

func (d *usersDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (d *usersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := shownAttributes()
	attributes["address"] = schema.StringAttribute{
		MarkdownDescription: "Address of the user.",
		Computed:            true,
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Users that exist, found by a pattern. It needs a server that offers " +
			"[look-ups](../index.md#look-ups). Where the server shows only some, `truncated` says so: the hosted service is " +
			"documented to show 20.",
		Attributes: map[string]schema.Attribute{
			"address_pattern": schema.StringAttribute{
				MarkdownDescription: "Which addresses to find; `*` stands for anything. A pattern that matches nobody gives an " +
					"empty list. Defaults to `*`.",
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
	var config usersDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	client := d.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	pattern := service.Pattern(config.AddressPattern)
	list, err := client.ListUsers(ctx, pattern)
	if err != nil {
		resp.Diagnostics.Append(service.Failure("Users not read", fmt.Sprintf("Looking for users that match %q failed.", pattern),
			err, "address_pattern"))

		return
	}

	config.Users, config.Truncated = []shownModel{}, types.BoolValue(list.Truncated)
	for _, rows := range byAddress(list.Rows) {
		found, diags := shown(rows, config.IncludeTokens.ValueBool())
		resp.Diagnostics.Append(diags...)
		config.Users = append(config.Users, found)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

// byAddress puts the rows of each user together. They are sorted by address.
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

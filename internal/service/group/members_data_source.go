// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ datasource.DataSourceWithConfigure = (*membersDataSource)(nil)

// NewMembersDataSource returns the data source mesibo_group_members.
func NewMembersDataSource() datasource.DataSource {
	return &membersDataSource{}
}

type membersDataSource struct {
	data *service.ProviderData
}

// membersDataModel is the configuration and the state of the data source mesibo_group_members.
type membersDataModel struct {
	GID       types.String      `tfsdk:"gid"`
	Members   []memberDataModel `tfsdk:"members"`
	Truncated types.Bool        `tfsdk:"truncated"`
}

// memberDataModel is one of the members.
type memberDataModel struct {
	permissionsModel

	Address types.String `tfsdk:"address"`
	UID     types.String `tfsdk:"uid"`
}

func (d *membersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group_members"
}

func (d *membersDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = service.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *membersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"address": schema.StringAttribute{MarkdownDescription: "Address of the user.", Computed: true},
		"uid":     schema.StringAttribute{MarkdownDescription: "User id. Null when the server does not show it.", Computed: true},
	}
	for name, description := range permissionDescriptions {
		attributes[name] = schema.BoolAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of a group. When the server truncates the list, `truncated` is true: the hosted service " +
			"is documented to list at most 20.",
		Attributes: map[string]schema.Attribute{
			"gid": schema.StringAttribute{MarkdownDescription: "Id of an existing group.", Required: true, Validators: service.GIDValidators},
			"members": schema.ListNestedAttribute{
				MarkdownDescription: "The members, sorted by address.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
			"truncated": schema.BoolAttribute{MarkdownDescription: "Whether the server may have left out members.", Computed: true},
		},
	}
}

func (d *membersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config membersDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	list, err := listMembers(ctx, d.data, config.GID)
	if err != nil {
		resp.Diagnostics.Append(memberListError("Members not read", config.GID, err))

		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config.withMembers(list))...)
}

// withMembers returns the configuration with the members that the server lists.
func (m membersDataModel) withMembers(list mesibo.MemberList) membersDataModel {
	m.Members, m.Truncated = []memberDataModel{}, types.BoolValue(list.Truncated)
	for _, member := range list.Members {
		element := memberDataModel{
			permissionsModel: permissionsFrom(member.Permissions), Address: types.StringValue(member.Address),
		}
		if member.UID != "" {
			element.UID = types.StringValue(member.UID)
		}
		m.Members = append(m.Members, element)
	}

	return m
}

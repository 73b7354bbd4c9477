// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ datasource.DataSourceWithConfigure = (*groupsDataSource)(nil)

// NewGroupsDataSource returns the data source mesibo_groups.
func NewGroupsDataSource() datasource.DataSource {
	return &groupsDataSource{}
}

type groupsDataSource struct {
	data *service.ProviderData
}

// groupsDataModel is the configuration and the state of the data source mesibo_groups.
type groupsDataModel struct {
	NamePattern types.String     `tfsdk:"name_pattern"`
	Groups      []groupDataModel `tfsdk:"groups"`
	Truncated   types.Bool       `tfsdk:"truncated"`
}

// groupDataModel is one of the groups.
type groupDataModel struct {
	settingsModel

	GID   types.String `tfsdk:"gid"`
	Name  types.String `tfsdk:"name"`
	Flags types.Int64  `tfsdk:"flags"`
}

func (d *groupsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_groups"
}

func (d *groupsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = service.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *groupsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"gid":  schema.StringAttribute{MarkdownDescription: "Group id, a number written as a string.", Computed: true},
		"name": schema.StringAttribute{MarkdownDescription: "Name of the group.", Computed: true},
		"flags": schema.Int64Attribute{
			MarkdownDescription: "All flags, also those that belong to no setting. Null when the server does not show them.",
			Computed:            true,
		},
	}
	for _, s := range settings {
		if slices.Contains(s.words, "true") {
			attributes[s.name] = schema.BoolAttribute{MarkdownDescription: s.description, Computed: true}
		} else {
			attributes[s.name] = schema.StringAttribute{MarkdownDescription: s.wordsDescription(), Computed: true}
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Existing groups whose name matches a pattern. It needs a server that offers " +
			"[lookups](../index.md#lookups). When the server truncates the list, `truncated` is true.",
		Attributes: map[string]schema.Attribute{
			"name_pattern": schema.StringAttribute{
				MarkdownDescription: "Pattern for the names; `*` matches any text. A pattern that matches no group gives an empty " +
					"list. Defaults to `*`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"groups": schema.ListNestedAttribute{
				MarkdownDescription: "The groups, sorted by gid.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
			"truncated": schema.BoolAttribute{MarkdownDescription: "Whether the server may have left out groups that match.", Computed: true},
		},
	}
}

func (d *groupsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config groupsDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	pattern := cmp.Or(config.NamePattern.ValueString(), "*")
	list, err := listGroups(ctx, d.data, pattern)
	if err != nil {
		resp.Diagnostics.Append(groupListError("Groups not read", pattern, err))

		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config.withGroups(list))...)
}

// withGroups returns the configuration with the groups that the server lists.
func (m groupsDataModel) withGroups(list mesibo.GroupList) groupsDataModel {
	m.Groups, m.Truncated = []groupDataModel{}, types.BoolValue(list.Truncated)
	for _, group := range list.Groups {
		element := groupDataModel{GID: types.StringValue(group.GID), Name: types.StringPointerValue(group.Name)}
		if group.Flags != nil {
			element.settingsModel = settingsFromFlags(*group.Flags)
			element.Flags = types.Int64Value(int64(*group.Flags))
		}
		m.Groups = append(m.Groups, element)
	}

	return m
}

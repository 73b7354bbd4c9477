// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

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

var (
	_ datasource.DataSourceWithConfigure = (*groupsDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*membersDataSource)(nil)
)

// NewGroupsDataSource returns the data source mesibo_groups.
func NewGroupsDataSource() datasource.DataSource {
	return &groupsDataSource{}
}

type groupsDataSource struct {
	data *service.Data
}

type groupsDataModel struct {
	NamePattern types.String `tfsdk:"name_pattern"`
	Groups      []groupShown `tfsdk:"groups"`
	Truncated   types.Bool   `tfsdk:"truncated"`
}

// groupShown is what the server shows of a group.
type groupShown struct {
	GID           types.String `tfsdk:"gid"`
	Name          types.String `tfsdk:"name"`
	Send          types.String `tfsdk:"send"`
	Receive       types.String `tfsdk:"receive"`
	Publish       types.String `tfsdk:"publish"`
	Subscribe     types.String `tfsdk:"subscribe"`
	List          types.String `tfsdk:"list"`
	StoreMessages types.Bool   `tfsdk:"store_messages"`
	Loopback      types.Bool   `tfsdk:"loopback"`
	Flags         types.Int64  `tfsdk:"flags"`
}

func (d *groupsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_groups"
}

func (d *groupsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (d *groupsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"gid":  schema.StringAttribute{MarkdownDescription: "Group id, a number written as a string.", Computed: true},
		"name": schema.StringAttribute{MarkdownDescription: "Name of the group.", Computed: true},
		"store_messages": schema.BoolAttribute{
			MarkdownDescription: "Whether messages are stored for members who are offline.", Computed: true,
		},
		"loopback": schema.BoolAttribute{MarkdownDescription: "Whether a sender receives its own messages.", Computed: true},
		"flags": schema.Int64Attribute{
			MarkdownDescription: "All flags as a number, with those that have no word. Null when the server does not say.",
			Computed:            true,
		},
	}
	for _, s := range []setting{settingSend, settingReceive, settingPublish, settingSubscribe, settingList} {
		attributes[s.name] = schema.StringAttribute{
			MarkdownDescription: "As `" + s.name + "` of `mesibo_group`: " + s.oneOf() + ".",
			Computed:            true,
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Groups that exist, found by a pattern. It needs a server that offers " +
			"[look-ups](../index.md#look-ups). Where the server shows only some, `truncated` says so.",
		Attributes: map[string]schema.Attribute{
			"name_pattern": schema.StringAttribute{
				MarkdownDescription: "Which names to find; `*` stands for anything. A pattern that matches no group gives an " +
					"empty list. Defaults to `*`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"groups": schema.ListNestedAttribute{
				MarkdownDescription: "The groups, sorted by gid.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
			"truncated": schema.BoolAttribute{
				MarkdownDescription: "Whether the server may have left out groups that match.",
				Computed:            true,
			},
		},
	}
}

func (d *groupsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config groupsDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	client := d.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	pattern := service.Pattern(config.NamePattern)
	found, err := client.ListGroups(ctx, pattern)
	if err != nil {
		resp.Diagnostics.Append(service.Failure("Groups not read", fmt.Sprintf("Looking for groups that match %q failed.", pattern),
			err, "name_pattern"))

		return
	}

	config.Groups, config.Truncated = []groupShown{}, types.BoolValue(found.Truncated)
	for _, group := range found.Groups {
		config.Groups = append(config.Groups, shown(group))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

// shown returns what the server shows of a group.
func shown(group mesibo.Group) groupShown {
	m := model{}.refreshed(group)
	flags := types.Int64Null()
	if group.Flags != nil {
		flags = types.Int64Value(int64(*group.Flags))
	}

	return groupShown{
		GID: types.StringValue(group.GID), Name: m.Name, Flags: flags,
		Send: m.Send, Receive: m.Receive, Publish: m.Publish, Subscribe: m.Subscribe, List: m.List,
		StoreMessages: m.StoreMessages, Loopback: m.Loopback,
	}
}

// NewMembersDataSource returns the data source mesibo_group_members.
func NewMembersDataSource() datasource.DataSource {
	return &membersDataSource{}
}

type membersDataSource struct {
	data *service.Data
}

type membersDataModel struct {
	GID       types.String  `tfsdk:"gid"`
	Members   []memberShown `tfsdk:"members"`
	Truncated types.Bool    `tfsdk:"truncated"`
}

// memberShown is what the server shows of a member.
type memberShown struct {
	permissions

	Address types.String `tfsdk:"address"`
	UID     types.String `tfsdk:"uid"`
}

func (d *membersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group_members"
}

func (d *membersDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (d *membersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"address": schema.StringAttribute{MarkdownDescription: "Address of the user.", Computed: true},
		"uid":     schema.StringAttribute{MarkdownDescription: "User id. Null when the server does not say.", Computed: true},
	}
	for name, description := range permissionDescriptions {
		attributes[name] = schema.BoolAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of a group. Where the server shows only some, `truncated` says so: the hosted " +
			"service is documented to show 20.",
		Attributes: map[string]schema.Attribute{
			"gid": schema.StringAttribute{
				MarkdownDescription: "Id of the group, which has to exist.",
				Required:            true,
				Validators:          service.GIDValidators,
			},
			"members": schema.ListNestedAttribute{
				MarkdownDescription: "The members, sorted by address.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
			"truncated": schema.BoolAttribute{
				MarkdownDescription: "Whether the server may have left out members.",
				Computed:            true,
			},
		},
	}
}

func (d *membersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config membersDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	client := d.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	gid := config.GID.ValueString()
	list, err := client.ListMembers(ctx, gid)
	if err != nil {
		resp.Diagnostics.Append(service.Failure("Members not read", fmt.Sprintf("Reading the members of the group %s failed.", gid),
			err, "gid"))

		return
	}

	config.Members, config.Truncated = []memberShown{}, types.BoolValue(list.Truncated)
	for _, member := range list.Members {
		uid := types.StringNull()
		if member.UID != "" {
			uid = types.StringValue(member.UID)
		}
		config.Members = append(config.Members, memberShown{
			permissions: permissionsOf(member.Permissions),
			Address:     types.StringValue(member.Address),
			UID:         uid,
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

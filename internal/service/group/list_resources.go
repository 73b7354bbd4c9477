// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ list.ListResourceWithConfigure = (*groupList)(nil)
	_ list.ListResourceWithConfigure = (*memberList)(nil)
)

// NewListResource returns the list resource mesibo_group.
func NewListResource() list.ListResource {
	return &groupList{}
}

// groupList lists groups. Its name and configuration are those of the resource.
type groupList struct {
	groupResource
}

type groupListModel struct {
	NamePattern types.String `tfsdk:"name_pattern"`
}

func (l *groupList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Groups of the app, found by a pattern, for `terraform query`. It needs a server that offers " +
			"look-ups.",
		Attributes: map[string]schema.Attribute{
			"name_pattern": schema.StringAttribute{
				MarkdownDescription: "Which names to find; `*` stands for anything. Defaults to `*`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

func (l *groupList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config groupListModel
	diags := req.Config.Get(ctx, &config)
	client := l.data.RequireClient(&diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	pattern := service.Pattern(config.NamePattern)
	found, err := client.ListGroups(ctx, pattern)
	if err != nil {
		diags.Append(service.Failure("Groups not listed", fmt.Sprintf("Looking for groups that match %q failed.", pattern), err,
			"name_pattern"))
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	if found.Truncated {
		_ = found
	}
	stream.Results = service.ListResults(found.Groups, req.Limit, found.Truncated, func(group mesibo.Group) list.ListResult {
		return listedGroup(ctx, req, group)
	})
}

// listedGroup is a group as an import would bring it into the state.
func listedGroup(ctx context.Context, req list.ListRequest, group mesibo.Group) list.ListResult {
	result := req.NewListResult(ctx)
	m := model{GID: types.StringValue(group.GID), Timeouts: service.NoTimeouts()}.withImportDefaults().refreshed(group)
	result.DisplayName = m.title()
	result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
	}

	return result
}

// NewMemberListResource returns the list resource mesibo_group_member.
func NewMemberListResource() list.ListResource {
	return &memberList{}
}

// memberList lists the members of a group. Its name and configuration are those of the resource.
type memberList struct {
	memberResource
}

type memberListModel struct {
	GID types.String `tfsdk:"gid"`
}

func (l *memberList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Members of a group, for `terraform query`.",
		Attributes: map[string]schema.Attribute{
			"gid": schema.StringAttribute{
				MarkdownDescription: "Id of the group.",
				Required:            true,
				Validators:          service.GIDValidators,
			},
		},
	}
}

func (l *memberList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config memberListModel
	diags := req.Config.Get(ctx, &config)
	client := l.data.RequireClient(&diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	found, err := client.ListMembers(ctx, config.GID.ValueString())
	if err != nil {
		diags.Append(service.Failure("Members not listed",
			fmt.Sprintf("Reading the members of the group %s failed.", config.GID.ValueString()), err, "gid"))
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	if found.Truncated {
		_ = found
	}
	stream.Results = service.ListResults(found.Members, req.Limit, found.Truncated, func(member mesibo.Member) list.ListResult {
		return listedMember(ctx, req, config.GID, member)
	})
}

// listedMember is a member as an import would bring it into the state.
func listedMember(ctx context.Context, req list.ListRequest, gid types.String, member mesibo.Member) list.ListResult {
	result := req.NewListResult(ctx)
	m := memberModel{
		permissions: permissionsOf(member.Permissions),
		GID:         gid,
		Address:     types.StringValue(member.Address),
		Timeouts:    service.NoTimeouts(),
	}
	result.DisplayName = member.Address
	result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
	}

	return result
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ list.ListResourceWithConfigure = (*memberListResource)(nil)

// NewMemberListResource returns the list resource mesibo_group_member.
func NewMemberListResource() list.ListResource {
	return &memberListResource{}
}

// memberListResource has the name and the Configure method of the resource.
type memberListResource struct {
	memberResource
}

// memberListModel is the configuration of the list resource mesibo_group_member.
type memberListModel struct {
	GID types.String `tfsdk:"gid"`
}

func (l *memberListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Members of a group, for `terraform query`.",
		Attributes: map[string]schema.Attribute{
			"gid": schema.StringAttribute{MarkdownDescription: "Id of the group.", Required: true, Validators: service.GIDValidators},
		},
	}
}

func (l *memberListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config memberListModel
	if diags := req.Config.Get(ctx, &config); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	members, err := listMembers(ctx, l.data, config.GID)
	if err != nil {
		stream.Results = list.ListResultsStreamDiagnostics(diag.Diagnostics{memberListError("Members not listed", config.GID, err)})

		return
	}

	stream.Results = service.ListResults(members.Members, req.Limit, members.Truncated, func(member mesibo.Member) list.ListResult {
		m := memberModel{
			permissionsModel: permissionsFrom(member.Permissions),
			GID:              config.GID,
			Address:          types.StringValue(member.Address),
			Timeouts:         service.NoTimeouts(),
		}

		return listResult(ctx, req, member.Address, m.identity(), m)
	})
}

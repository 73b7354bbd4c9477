// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ list.ListResourceWithConfigure = (*groupListResource)(nil)

// NewListResource returns the list resource mesibo_group.
func NewListResource() list.ListResource {
	return &groupListResource{}
}

// groupListResource has the name and the Configure method of the resource.
type groupListResource struct {
	groupResource
}

// groupListModel is the configuration of the list resource mesibo_group.
type groupListModel struct {
	NamePattern types.String `tfsdk:"name_pattern"`
}

func (l *groupListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Groups of the app whose name matches a pattern, for `terraform query`. It needs a server that " +
			"offers lookups.",
		Attributes: map[string]schema.Attribute{
			"name_pattern": schema.StringAttribute{
				MarkdownDescription: "Pattern for the names; `*` matches any text. Defaults to `*`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

func (l *groupListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config groupListModel
	if diags := req.Config.Get(ctx, &config); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	pattern := cmp.Or(config.NamePattern.ValueString(), "*")
	groups, err := listGroups(ctx, l.data, pattern)
	if err != nil {
		stream.Results = list.ListResultsStreamDiagnostics(diag.Diagnostics{groupListError("Groups not listed", pattern, err)})

		return
	}

	stream.Results = service.ListResults(groups.Groups, req.Limit, groups.Truncated, func(group mesibo.Group) list.ListResult {
		// As after an import: no server shows whether a group is enabled.
		m := groupModel{GID: types.StringValue(group.GID), Active: types.BoolValue(true), Timeouts: service.NoTimeouts()}
		m = m.refreshedFrom(group)

		result := listResult(ctx, req, m.describe(), m.identity(), m)
		if m.Name.ValueString() == "" {
			result.Diagnostics.AddWarning("Group without a name", fmt.Sprintf(
				"The server shows no name of the group %s. Set name in a configuration that is generated for it.", group.GID))
		}

		return result
	})
}

// listResult returns the result of a list resource for one object.
func listResult(ctx context.Context, req list.ListRequest, name string, identity, model any) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = name
	result.Diagnostics.Append(result.Identity.Set(ctx, identity)...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}

	return result
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ list.ListResourceWithConfigure = (*userList)(nil)

// NewListResource returns the list resource mesibo_user.
func NewListResource() list.ListResource {
	return &userList{}
}

// userList lists users. Its type name and Configure are those of the resource.
type userList struct {
	userResource
}

type userListModel struct {
	AddressPattern types.String `tfsdk:"address_pattern"`
}

func (l *userList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the users that match a pattern, for `terraform query`. Requires a server that offers " +
			"lookups. It never shows a token.",
		Attributes: map[string]schema.Attribute{
			"address_pattern": schema.StringAttribute{
				MarkdownDescription: "Pattern of the addresses; `*` matches any text. Defaults to `*`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

func (l *userList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config userListModel
	diags := req.Config.Get(ctx, &config)
	found, listDiags := l.api.listUsers(ctx, cmp.Or(config.AddressPattern.ValueString(), "*"))
	diags.Append(listDiags...)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	stream.Results = service.ListResults(byAddress(found.Rows), req.Limit, found.Truncated, func(rows []mesibo.UserRow) list.ListResult {
		return l.result(ctx, req, rows)
	})
}

// result returns a user as an import would add it to the state, but without a token.
func (l *userList) result(ctx context.Context, req list.ListRequest, rows []mesibo.UserRow) list.ListResult {
	m := userModel{
		tokenAttributes: tokenAttributes{TokenKeepers: types.MapNull(types.StringType)},
		Permissions:     noPermissions,
		Address:         types.StringValue(rows[0].Address),
		Timeouts:        service.NoTimeouts(),
	}
	m, _ = m.withImportDefaults().refreshedFrom(mesibo.Lookup{Rows: rows}, tokenRecord{Imported: true})
	m.tokenAttributes = m.withoutToken()

	result := req.NewListResult(ctx)
	result.DisplayName = m.address()
	result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
	}

	return result
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

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

var _ list.ListResourceWithConfigure = (*userList)(nil)

// NewListResource returns the list resource mesibo_user.
func NewListResource() list.ListResource {
	return &userList{}
}

// userList lists users. Its name and configuration are those of the resource.
type userList struct {
	userResource
}

type listModel struct {
	AddressPattern types.String `tfsdk:"address_pattern"`
}

func (l *userList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Users of the app, found by a pattern, for `terraform query`. It needs a server that offers " +
			"look-ups, and never shows a token.",
		Attributes: map[string]schema.Attribute{
			"address_pattern": schema.StringAttribute{
				MarkdownDescription: "Which addresses to find; `*` stands for anything. Defaults to `*`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

func (l *userList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	client := l.data.RequireClient(&diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	pattern := service.Pattern(config.AddressPattern)
	found, err := client.ListUsers(ctx, pattern)
	if err != nil {
		diags.Append(service.Failure("Users not listed", fmt.Sprintf("Looking for users that match %q failed.", pattern), err,
			"address_pattern"))
		stream.Results = list.ListResultsStreamDiagnostics(diags)

		return
	}

	if found.Truncated {
		diags.Append(service.ListCutShort())
	}
	stream.Results = service.ListResults(byAddress(found.Rows), req.Limit, diags, func(rows []mesibo.UserRow) list.ListResult {
		return l.result(ctx, req, rows)
	})
}

// result is a user as an import would bring it into the state, but without a token.
func (l *userList) result(ctx context.Context, req list.ListRequest, rows []mesibo.UserRow) list.ListResult {
	result := req.NewListResult(ctx)
	m := model{
		HeldToken: service.HeldToken{TokenKeepers: types.MapNull(types.StringType)}.WithoutToken(),
		Address:   types.StringValue(rows[0].Address),
		Timeouts:  service.NoTimeouts(),
	}
	m = m.withImportDefaults().refreshed(mesibo.Lookup{Rows: rows}, l.data.Clock())
	m.HeldToken = m.WithoutToken()

	result.DisplayName = rows[0].Address
	result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
	}

	return result
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"cmp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// userDataModel is a user as the data sources show it.
type userDataModel struct {
	Address types.String `tfsdk:"address"`
	UID     types.String `tfsdk:"uid"`
	Active  types.Bool   `tfsdk:"active"`
	AppIDs  types.List   `tfsdk:"appids"`
	Tokens  types.Map    `tfsdk:"tokens"`
}

// userDataAttributes are the computed attributes of userDataModel, without the address.
func userDataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"uid": schema.StringAttribute{
			MarkdownDescription: "User ID that mesibo gave to the user, a number written as a string.",
			Computed:            true,
		},
		"active": schema.BoolAttribute{
			MarkdownDescription: "Whether the user is enabled. Null when the server does not show it.",
			Computed:            true,
		},
		"appids": schema.ListAttribute{
			MarkdownDescription: "App IDs for which the server shows a token, sorted. Some servers show only one.",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"tokens": schema.MapAttribute{
			MarkdownDescription: "User access tokens that the server shows, by App ID. Null without `include_tokens`.",
			ElementType:         types.StringType,
			Computed:            true,
			Sensitive:           true,
		},
	}
}

const includeTokensDescription = "Whether to read `tokens`, which stores them in the state in plain text. Defaults to `false`."

// userDataFrom converts the rows of one user.
func userDataFrom(rows []mesibo.UserRow, includeTokens bool) (userDataModel, diag.Diagnostics) {
	m := userDataModel{
		Address: types.StringValue(rows[0].Address),
		UID:     types.StringNull(),
		Active:  types.BoolPointerValue(rows[0].Active),
		Tokens:  types.MapNull(types.StringType),
	}
	if uid := rows[0].UID; uid != "" {
		m.UID = types.StringValue(uid)
	}
	// The values are built without reflection, because a list may have thousands of users.
	appIDs, tokens := []attr.Value{}, map[string]attr.Value{}
	for _, row := range slices.SortedStableFunc(slices.Values(rows), byAppID) {
		if row.AppID == "" {
			continue
		}
		appIDs = append(appIDs, types.StringValue(row.AppID))
		if !row.Token.IsEmpty() {
			tokens[row.AppID] = types.StringValue(row.Token.Reveal())
		}
	}

	var diags, found diag.Diagnostics
	m.AppIDs, diags = types.ListValue(types.StringType, appIDs)
	if includeTokens {
		m.Tokens, found = types.MapValue(types.StringType, tokens)
		diags.Append(found...)
	}

	return m, diags
}

func byAppID(a, b mesibo.UserRow) int { return cmp.Compare(a.AppID, b.AppID) }

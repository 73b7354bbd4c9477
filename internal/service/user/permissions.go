// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// peers are the words for [mesibo.Peers], in their order.
var peers = []string{"all", "paired", "contacts", "favorites"}

// permissionsAttribute says with whom a user may communicate.
var permissionsAttribute = schema.SingleNestedAttribute{
	MarkdownDescription: "With whom the user may communicate. Only what is set is sent; what is not, or is removed later, stays as " +
		"the server has it. The server does not show it, so Terraform cannot detect a change made elsewhere.",
	Optional: true,
	Attributes: map[string]schema.Attribute{
		"incoming": schema.BoolAttribute{
			MarkdownDescription: "Whether the user may receive messages and calls.",
			Optional:            true,
		},
		"outgoing": schema.BoolAttribute{
			MarkdownDescription: "Whether the user may send messages and make calls.",
			Optional:            true,
		},
		"peers": schema.StringAttribute{
			MarkdownDescription: "With whom: `all`, `paired` (users that your back end has paired with this one), `contacts` or " +
				"`favorites` (users that this one has added as such).",
			Optional: true,
			Validators: []validator.String{
				stringvalidator.OneOf(peers...),
				// Terraform drops an attribute that it does not know, such as a misspelt one.
				stringvalidator.AtLeastOneOf(path.MatchRelative().AtParent().AtName("incoming"), path.MatchRelative().AtParent().AtName("outgoing")),
			},
		},
	},
}

// noPermissions is the value of a user that has none configured.
var noPermissions = types.ObjectNull(map[string]attr.Type{
	"incoming": types.BoolType, "outgoing": types.BoolType, "peers": types.StringType,
})

// permissionsRequest is what a useradd or a userset says of the planned permissions; nil when nothing is set.
func (m userModel) permissionsRequest() *mesibo.UserPermissions {
	attributes := m.Permissions.Attributes()
	incoming, _ := attributes["incoming"].(types.Bool)
	outgoing, _ := attributes["outgoing"].(types.Bool)
	word, _ := attributes["peers"].(types.String)

	request := mesibo.UserPermissions{Incoming: incoming.ValueBoolPointer(), Outgoing: outgoing.ValueBoolPointer()}
	if !word.IsNull() {
		request.Peers = new(mesibo.Peers(slices.Index(peers, word.ValueString())))
	}
	if request == (mesibo.UserPermissions{}) {
		return nil
	}

	return &request
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func (r *userResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A user of your mesibo app and, when `appid` is set, the user access token that the app " +
			"hands to `setAccessToken`.\n\n" +
			"Creating the resource adds the user and mints the token in one request (`useradd`). " +
			"A new token is minted in place, never by replacing the user, when `appid`, `expiry` or `token_keepers` " +
			"changes, or when the token is due for renewal; changing anything else leaves the token alone. " +
			"Minting ends the token that the App ID had before.\n\n" +
			"~> **The token is stored in the state**, in plain text like every sensitive value. " +
			"Keep the state where only those may read it who may act as these users.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Unique id of the user within the app: a phone number, an e-mail address, an employee id, " +
					"any string. It holds no `,` and no `*`, and no blank at either end. " +
					"Terraform normalises strings to Unicode form NFC, so two addresses that differ only in that form are one. " +
					"**Changing it replaces the user**: the old one is deleted with its messages, groups and tokens.",
				Required:      true,
				Validators:    service.AddressValidators,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: service.AppIDDescription + " Unset, the user has no token here. When it changes or is removed, the token that this resource minted for the " +
					"old App ID is revoked; " +
					"depending on the server, that can end the tokens of the user's other App IDs too.",
				Optional:   true,
				Validators: service.AppIDValidators,
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "Life of the token in **minutes**, at least 1; needs `appid`. " +
					"Defaults to `525600`, one year, when `appid` is set. A change mints a new token. " +
					"The server never tells a token's life, so after an import this is recorded without minting.",
				Optional: true,
				Computed: true,
				Validators: []validator.Int64{
					service.ExpiryValidator{},
					int64validator.AlsoRequires(path.MatchRoot("appid")),
				},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Display name. The server does not show it, so a change made elsewhere cannot be seen. " +
					"Removing it clears the name.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"active": schema.BoolAttribute{
				MarkdownDescription: "Whether the user is enabled. A disabled user keeps its data. Defaults to `true`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
			},
			"token_keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values that, when any of them changes, mint a new token in place; for example " +
					"a date, a release, or the id of an incident. Needs `appid` to have an effect.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"early_renewal_minutes": service.EarlyRenewalMinutes(),
			"adopt_existing": schema.BoolAttribute{
				MarkdownDescription: "Take over a user that exists already instead of failing when this resource is created. " +
					"With `appid` set, adopting mints a token, which ends the one that this App ID had. " +
					"Destroying the resource then deletes the user. Defaults to `false`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			"uid": service.UID(),
			"token": schema.StringAttribute{
				MarkdownDescription: "User access token of `appid`. Null without an `appid`, and after an import when the " +
					"server does not show it. An expired token stays here, with `ready_for_renewal` true.",
				Computed:  true,
				Sensitive: true,
			},
			"token_expires_at":  service.TokenExpiresAt(),
			"ready_for_renewal": service.ReadyForRenewal(),
		},
		Blocks: map[string]schema.Block{
			"timeouts": service.Timeouts(ctx),
		},
	}
}

func (r *userResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"address": identityschema.StringAttribute{
				Description:       "Address of the user within the app that the provider's app token belongs to.",
				RequiredForImport: true,
			},
		},
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"

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

func (r *tokenResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages the user access token of one App ID, for a user that exists. A user may have tokens for any " +
			"number of App IDs at once, such as those of the Android, iOS and web builds of one product; `mesibo_user` manages " +
			"at most one of them.\n\n" +
			"A new token is minted in place when `expiry`, `token_version` or `token_keepers` changes, or when the token is due for renewal. " +
			"Minting ends the previous token of the App ID; the tokens of the user's other App IDs are not affected.\n\n" +
			"~> **The token is stored in the state** in plain text, like every sensitive value. Restrict access to the state to " +
			"those who may act as these users, or use the ephemeral resource.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Address of the user. Use `mesibo_user.example.address`, so that the user is created first. " +
					"**Changing it replaces the token.**",
				Required:      true,
				Validators:    service.AddressValidators,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: appIDDescription + " Only one resource may manage the token of an App ID of a user: two would " +
					"end each other's token. **Changing it replaces the token.**",
				Required:      true,
				Validators:    appIDValidators,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "Life of the token in **minutes**, at least 1. Defaults to `525600`, one year. A change mints a " +
					"new token. The server never shows it, so after an import it is recorded without a mint.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.Int64{expiryValidator{}},
			},
			"token_version": tokenVersionAttribute,
			"token_keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values that mint a new token in place when any of them changes, for example a date, a " +
					"release, or the `uid` of the user, because replacing the user ends its tokens. After an import the first plan records them " +
					"without a mint.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"early_renewal_minutes": earlyRenewalMinutesAttribute,
			"revoke_on_destroy": schema.BoolAttribute{
				MarkdownDescription: "Whether destroying or replacing this resource revokes the token. Otherwise the token works " +
					"until it expires. What this run, or, as far as a lookup shows, anybody else has minted since is left alone. " +
					"Without lookups, a later run that destroys a deposed or renamed resource revokes the current token. Some " +
					"servers then revoke the tokens of the user's other App IDs too. Defaults to `true`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
			},
			"uid": uidAttribute,
			"token": schema.StringAttribute{
				MarkdownDescription: "User access token of `appid`. Null after an import when the server does not show it. An expired " +
					"token stays in the state, with `ready_for_renewal` true.",
				Computed:  true,
				Sensitive: true,
			},
			"token_expires_at":  tokenExpiresAtAttribute,
			"ready_for_renewal": readyForRenewalAttribute,
		},
		Blocks: map[string]schema.Block{
			"timeouts": service.Timeouts(ctx),
		},
	}
}

func (r *tokenResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"address": identityschema.StringAttribute{
				Description:       "Address of the user within the app that the provider's app token belongs to.",
				RequiredForImport: true,
			},
			"appid": identityschema.StringAttribute{
				Description:       "App ID that the token is for.",
				RequiredForImport: true,
			},
		},
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

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
		MarkdownDescription: "The user access token of one App ID, for a user that exists. A user may have tokens for any " +
			"number of App IDs at once, such as those of the Android, iOS and web builds of one product; `mesibo_user` " +
			"holds at most one of them.\n\n" +
			"A new token is minted in place when `expiry` or `token_keepers` changes, or when the token is due for " +
			"renewal. Minting ends the token that the App ID had before; the tokens of the user's other App IDs live on.\n\n" +
			"~> **The token is stored in the state**, in plain text like every sensitive value. " +
			"Keep the state where only those may read it who may act as these users, or use the ephemeral resource.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Address of the user, best given as `mesibo_user.example.address`, so that the user is " +
					"created first. **Changing it replaces the token.**",
				Required:      true,
				Validators:    service.AddressValidators,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: service.AppIDDescription + " One resource holds the token of an App ID of a user: " +
					"two of them would end each other's. **Changing it replaces the token.**",
				Required:      true,
				Validators:    service.AppIDValidators,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "Life of the token in **minutes**, at least 1. Defaults to `525600`, one year. " +
					"A change mints a new token. The server never tells a token's life, so after an import this is recorded " +
					"without minting.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.Int64{service.ExpiryValidator{}},
			},
			"token_keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values that, when any of them changes, mint a new token in place; for example " +
					"a date, a release, or the `uid` of the user, whose replacement ends its tokens.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"early_renewal_minutes": service.EarlyRenewalMinutes(),
			"revoke_on_destroy": schema.BoolAttribute{
				MarkdownDescription: "Whether destroying or replacing this resource revokes the token. Without it the token " +
					"works until it expires. What this run has minted for the same App ID is never revoked, so " +
					"`create_before_destroy` is safe. Depending on the server, revoking one App ID's token can end those of " +
					"the user's other App IDs too. Defaults to `true`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
			},
			"uid": service.UID(),
			"token": schema.StringAttribute{
				MarkdownDescription: "User access token of `appid`. Null after an import when the server does not show it. " +
					"An expired token stays here, with `ready_for_renewal` true.",
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

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
		MarkdownDescription: "Manages a user of your mesibo app and, when `appid` is set, the user access token that the app " +
			"passes to `setAccessToken`.\n\n" +
			"Creating the resource adds the user and mints the token in one request (`useradd`). A new token is minted in place, " +
			"without replacing the user, when `appid`, `expiry`, `token_version` or `token_keepers` changes, or when the token is due for " +
			"renewal; no other change affects the token. Minting ends the previous token of the App ID.\n\n" +
			"Destroying the resource deletes the user, unless a lookup shows that it is another one by now, or that its token was " +
			"minted elsewhere since. Such a user is left alone, with a warning. Without lookups, what is at the address is deleted.\n\n" +
			"~> **The token is stored in the state** in plain text, like every sensitive value. Restrict access to the state to " +
			"those who may act as these users.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Unique ID of the user within the app: a phone number, an e-mail address, an employee ID, any " +
					"string. It must not contain `,` or `*`, or start or end with whitespace. Terraform normalizes strings to " +
					"Unicode form NFC, so two addresses that differ only in that form are one. **Changing it replaces the user**: " +
					"the old one is deleted with its messages, groups and tokens.",
				Required:      true,
				Validators:    service.AddressValidators,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: appIDDescription + " Unset, this resource manages no token. When it changes or is removed, the " +
					"token that this resource minted for the old App ID is revoked; some servers then revoke the tokens of the " +
					"user's other App IDs too.",
				Optional:   true,
				Validators: appIDValidators,
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "Life of the token in **minutes**, at least 1; requires `appid`. Defaults to `525600`, one year, " +
					"when `appid` is set. A change mints a new token. The server never shows it, so after an import it is recorded " +
					"without a mint.",
				Optional: true,
				Computed: true,
				Validators: []validator.Int64{
					expiryValidator{},
					int64validator.AlsoRequires(path.MatchRoot("appid")),
				},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Display name. The server does not show it, so Terraform cannot detect a change made elsewhere. " +
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
			"permissions":   permissionsAttribute,
			"token_version": tokenVersionAttribute,
			"token_keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values that mint a new token in place when any of them changes, for example a date, a " +
					"release, or the ID of an incident. They have no effect without `appid`. After an import the first plan " +
					"records them without a mint.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"early_renewal_minutes": earlyRenewalMinutesAttribute,
			"adopt_existing": schema.BoolAttribute{
				MarkdownDescription: "Whether to take over a user that already exists, instead of failing, when this resource is " +
					"created. With `appid` set, that mints a token, which ends the previous one of this App ID. Destroying the " +
					"resource deletes the user. Needed to replace a user with `create_before_destroy`. Defaults to `false`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			"uid": uidAttribute,
			"token": schema.StringAttribute{
				MarkdownDescription: "User access token of `appid`. Null without an `appid`, and after an import when the server " +
					"does not show it. An expired token stays in the state, with `ready_for_renewal` true.",
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

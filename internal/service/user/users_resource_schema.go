// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// defaultConcurrency is the parallelism of the CLIs.
const defaultConcurrency = 10

// The users are maps of strings, because the framework takes a time that grows with the square of the number of nested
// attributes: it looks each of them up, from the root, in the configuration and in the plan.
func (r *usersResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages many users of your mesibo app as one resource, with a user access token for each when `appid` " +
			"is set. It is for load tests and fleets of users that are all alike: the time that Terraform itself takes grows with " +
			"the square of the number of resources, and here there is one. For users that matter one by one, use " +
			"[mesibo_user](user.md).\n\n" +
			"**Creating is all or nothing.** When a user exists already, nothing is created. When a user cannot be created, those " +
			"that this resource has created are deleted, and an adopted user is left alone. **Updates go step by step:** each user " +
			"that could be created, changed or deleted is saved, and the next apply goes on from there. Errors name up to ten users.\n\n" +
			"One more user touches no other: only the values of the users that change are unknown in the plan. A user that was " +
			"deleted elsewhere is created in place. A new token is minted in place, as by `mesibo_user`.\n\n" +
			"Destroying the resource deletes its users, unless a lookup shows that a user is another one by now, or that its token " +
			"was minted elsewhere since. Such a user is left alone, with a warning.\n\n" +
			"~> **The tokens are stored in the state** in plain text, like every sensitive value. Restrict access to the state to " +
			"those who may act as these users.",
		Attributes: map[string]schema.Attribute{
			"users": schema.MapAttribute{
				MarkdownDescription: "Display name of each user, or `null`, by address. An address is a phone number, an e-mail " +
					"address, an employee ID, any string; it must not contain `,` or `*`, or start or end with whitespace. Adding one " +
					"creates a user, and removing one deletes the user with its messages, groups and tokens. The server does not show " +
					"names, so Terraform cannot detect that one was changed elsewhere.",
				ElementType: types.StringType,
				Required:    true,
				Validators: []validator.Map{
					mapvalidator.SizeAtLeast(1),
					mapvalidator.KeysAre(service.AddressValidators...),
					mapvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
					distinctAddresses{},
				},
			},
			"active": schema.BoolAttribute{
				MarkdownDescription: "Whether the users are enabled. A disabled user keeps its data. Null in the state when some are and " +
					"some are not, as the next apply changes. Defaults to `true`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: appIDDescription + " Unset, this resource manages no tokens. When it changes or is removed, the " +
					"tokens that this resource minted for the old App ID are revoked; some servers then revoke the tokens of the " +
					"users' other App IDs too.",
				Optional:   true,
				Validators: appIDValidators,
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "Life of each token in **minutes**, at least 1; requires `appid`. Defaults to `525600`, one year, " +
					"when `appid` is set. A change mints new tokens.",
				Optional: true,
				Computed: true,
				Validators: []validator.Int64{
					expiryValidator{},
					int64validator.AlsoRequires(path.MatchRoot("appid")),
				},
			},
			"token_version": tokenVersionAttribute,
			"token_keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values that mint new tokens in place, one for each user, when any of them changes. They " +
					"have no effect without `appid`. After an import the first plan records them without a mint.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"early_renewal_minutes": earlyRenewalMinutesAttribute,
			"adopt_existing": schema.BoolAttribute{
				MarkdownDescription: "Whether to take over users that already exist, instead of failing. With `appid` set, that mints " +
					"tokens, which end the previous ones of this App ID. Destroying the resource deletes the users. Defaults to `false`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			"concurrency": schema.Int64Attribute{
				MarkdownDescription: "How many requests are under way at once, 1 to 100. A destroy uses the value in the state. " +
					"`requests_per_second` of the provider block limits their rate. Defaults to `10`.",
				Optional:   true,
				Computed:   true,
				Default:    int64default.StaticInt64(defaultConcurrency),
				Validators: []validator.Int64{int64validator.Between(1, 100)},
			},
			"uids": schema.MapAttribute{
				MarkdownDescription: "User IDs that mesibo gave to the users, numbers written as strings, by address. After an import " +
					"from a server without lookups it has no element for a user until a reply contains the user ID.",
				ElementType: types.StringType,
				Computed:    true,
			},
			"tokens": schema.MapAttribute{
				MarkdownDescription: "User access tokens of `appid`, by address. Null without an `appid`. After an import it has no " +
					"element for a user whose token the server does not show. An expired token stays in the state, with `ready_for_renewal` true.",
				ElementType: types.StringType,
				Computed:    true,
				Sensitive:   true,
			},
			"token_expires_at": schema.MapAttribute{
				MarkdownDescription: "When the tokens expire (RFC 3339, UTC), by address: the time of minting plus `expiry`. It has " +
					"no element for a token that this resource did not mint.",
				ElementType: types.StringType,
				Computed:    true,
			},
			"ready_for_renewal": schema.BoolAttribute{
				MarkdownDescription: "True when any token has expired or has less than `early_renewal_minutes` left. The plan then shows an " +
					"update in place that mints new tokens for those users, and for no others.",
				Computed: true,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": service.LongTimeouts(ctx),
		},
	}
}

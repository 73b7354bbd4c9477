// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// AppIDDescription says what an App ID is, for every attribute appid.
const AppIDDescription = "App ID that the token is for: the package name on Android, the bundle id on iOS, elsewhere the " +
	"string that the app passes to `setAppName`. It cannot be all digits."

// EarlyRenewalMinutes is the attribute early_renewal_minutes of a resource that holds a token.
func EarlyRenewalMinutes() schema.Attribute {
	return schema.Int64Attribute{
		MarkdownDescription: "The first run that finds less than this many **minutes** left mints a new token in place. " +
			"Less than `expiry`. Defaults to `0`: the token is renewed once it has expired.",
		Optional:   true,
		Computed:   true,
		Default:    int64default.StaticInt64(0),
		Validators: []validator.Int64{int64validator.AtLeast(0)},
	}
}

// UID is the attribute uid of a resource that is about a user.
func UID() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "User id given by mesibo, a number written as a string. " +
			"Null after an import without look-ups, until a reply of the server tells it.",
		Computed: true,
	}
}

// TokenExpiresAt is the attribute token_expires_at of a resource that holds a token.
func TokenExpiresAt() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "When the token expires (RFC 3339, UTC): the time of minting plus `expiry`. " +
			"Null when the token was not minted by this resource.",
		Computed: true,
	}
}

// ReadyForRenewal is the attribute ready_for_renewal of a resource that holds a token.
func ReadyForRenewal() schema.Attribute {
	return schema.BoolAttribute{
		MarkdownDescription: "True when the token has expired or less than `early_renewal_minutes` are left. " +
			"The plan then shows an update in place that mints a new token.",
		Computed: true,
	}
}

// Timeouts is the block timeouts of a resource.
func Timeouts(ctx context.Context) schema.Block {
	return timeouts.Block(ctx, timeouts.Opts{
		Create: true, CreateDescription: TimeoutDescription,
		Read: true, ReadDescription: TimeoutDescription,
		Update: true, UpdateDescription: TimeoutDescription,
		Delete: true, DeleteDescription: TimeoutDescription,
	})
}

// NoTimeouts is the block timeouts of a resource that has none, for a state that comes from no configuration.
func NoTimeouts() timeouts.Value {
	return timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType,
	})}
}

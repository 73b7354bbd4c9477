// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

const appIDDescription = "App ID that the token is for: the package name on Android, the bundle ID on iOS, elsewhere the " +
	"string that the app passes to `setAppName`. It cannot be all digits."

// appIDValidators follow mesibo, which asks for App IDs that are not numbers.
var appIDValidators = []validator.String{
	stringvalidator.LengthAtLeast(1),
	service.NoOuterWhitespace,
	stringvalidator.RegexMatches(regexp.MustCompile(`^$|[^0-9]`), "must not be all digits: mesibo asks for a non-numeric App ID"),
}

const tokenVersionDescription = "Version of the token: `2` asks for the newer format, which recent SDKs of mesibo take and " +
	"which does not need `setAppName` in the app."

var tokenVersionValidators = []validator.Int64{int64validator.OneOf(1, 2)}

// The parts of the import IDs.
var (
	addressPart = service.ImportPart{Name: "address", Validators: service.AddressValidators, Example: "alice@example.com"}
	appIDPart   = service.ImportPart{Name: "appid", Validators: appIDValidators, Example: "com.example.app"}
)

// The attributes that mesibo_user and mesibo_user_token describe alike.
var (
	tokenVersionAttribute = schema.Int64Attribute{
		MarkdownDescription: tokenVersionDescription + " A change mints a new token in place. After an import the first plan records it " +
			"without a mint. Defaults to `1`.",
		Optional:   true,
		Computed:   true,
		Default:    int64default.StaticInt64(1),
		Validators: tokenVersionValidators,
	}
	earlyRenewalMinutesAttribute = schema.Int64Attribute{
		MarkdownDescription: "The first run that finds less than this many **minutes** left mints a new token in place. Must be " +
			"less than `expiry`. Defaults to `0`: the token is renewed after it has expired.",
		Optional:   true,
		Computed:   true,
		Default:    int64default.StaticInt64(0),
		Validators: []validator.Int64{int64validator.AtLeast(0)},
	}
	uidAttribute = schema.StringAttribute{
		MarkdownDescription: "User ID that mesibo gave to the user, a number written as a string. Null after an import from a " +
			"server without lookups, until a reply of the server contains it.",
		Computed: true,
	}
	tokenExpiresAtAttribute = schema.StringAttribute{
		MarkdownDescription: "When the token expires (RFC 3339, UTC): the time of minting plus `expiry`. Null when this resource " +
			"did not mint the token.",
		Computed: true,
	}
	readyForRenewalAttribute = schema.BoolAttribute{
		MarkdownDescription: "True when the token has expired or less than `early_renewal_minutes` are left. The plan then shows an " +
			"update in place that mints a new token.",
		Computed: true,
	}
)

// expiryValidator requires at least one minute, and explains why 0 is refused.
type expiryValidator struct{}

func (expiryValidator) Description(context.Context) string {
	return "value must be at least 1 minute"
}

func (v expiryValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (expiryValidator) ValidateInt64(_ context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || req.ConfigValue.ValueInt64() >= 1 {
		return
	}

	resp.Diagnostics.AddAttributeError(req.Path, "Invalid expiry",
		fmt.Sprintf("expiry is the life of the token in minutes and must be at least 1, got %d. mesibo does not document what 0 "+
			"means: the token could live for ever or be expired at once. Set the life that you want, for example 525600 for a "+
			"year.", req.ConfigValue.ValueInt64()))
}

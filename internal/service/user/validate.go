// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// addressValidators are our own guard: mesibo takes an address as it is. A comma separates addresses in lists
// and an asterisk is the wildcard of look-ups, neither with a known escape; a blank at an end is a slip.
var addressValidators = []validator.String{
	stringvalidator.LengthAtLeast(1),
	stringvalidator.RegexMatches(regexp.MustCompile(`^[^,*]*$`), "must hold no , and no *"),
	stringvalidator.RegexMatches(regexp.MustCompile(`^([^\s\pZ]((?s:.*)[^\s\pZ])?)?$`), "must not begin or end with a blank"),
}

// mesibo asks for App IDs that are not numbers, which could be taken for ids of its own.
var appIDValidators = []validator.String{
	stringvalidator.LengthAtLeast(1),
	stringvalidator.RegexMatches(regexp.MustCompile(`^$|[^0-9]`), "must not be all digits: mesibo asks for a non-numeric App ID"),
}

// expiryValidator refuses lives that are not at least a minute, and says why 0 is one of them.
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

	resp.Diagnostics.AddAttributeError(req.Path, "Invalid token life",
		fmt.Sprintf("expiry is the life of the token in minutes and must be at least 1, got %d. "+
			"What mesibo makes of 0 is not documented: the token could last for ever or be dead at once. "+
			"Give the life that you want, for example 525600 for a year.", req.ConfigValue.ValueInt64()))
}

// validate checks what no attribute can check alone. Values that are not known yet are checked once they are.
func (m model) validate() diag.Diagnostics {
	var diags diag.Diagnostics

	expiry := m.Expiry
	if expiry.IsNull() && m.hasAppID() {
		expiry = types.Int64Value(token.DefaultExpiryMinutes)
	}
	if expiry.IsNull() || expiry.IsUnknown() || m.EarlyRenewalMinutes.IsUnknown() {
		return diags
	}
	if early := m.EarlyRenewalMinutes.ValueInt64(); early > 0 && early >= expiry.ValueInt64() {
		diags.AddAttributeError(path.Root("early_renewal_minutes"), "Renewal window longer than the token's life",
			fmt.Sprintf("The user %q would get a new token at every run: early_renewal_minutes is %d, and the token lives "+
				"for %d minutes. Make the window shorter than expiry.", m.Address.ValueString(), early, expiry.ValueInt64()))
	}

	return diags
}

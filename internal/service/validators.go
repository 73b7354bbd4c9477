// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Validate checks a value that no configuration has checked, such as one that is imported.
func Validate(ctx context.Context, attribute string, value types.String, validators []validator.String) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, v := range validators {
		resp := &validator.StringResponse{}
		v.ValidateString(ctx, validator.StringRequest{Path: path.Root(attribute), ConfigValue: value}, resp)
		diags.Append(resp.Diagnostics...)
	}

	return diags
}

// AddressValidators are our own guard: mesibo takes an address as it is. A comma separates addresses in lists
// and an asterisk is the wildcard of look-ups, neither with a known escape; a blank at an end is a slip.
var AddressValidators = []validator.String{
	stringvalidator.LengthAtLeast(1),
	stringvalidator.RegexMatches(regexp.MustCompile(`^[^,*]*$`), "must hold no , and no *"),
	stringvalidator.RegexMatches(regexp.MustCompile(`^([^\s\v\x{85}\pZ]((?s:.*)[^\s\v\x{85}\pZ])?)?$`), "must not begin or end with a blank"),
}

// AppIDValidators follow mesibo, which asks for App IDs that are not numbers: those could be taken for ids of its own.
var AppIDValidators = []validator.String{
	stringvalidator.LengthAtLeast(1),
	stringvalidator.RegexMatches(regexp.MustCompile(`^$|[^0-9]`), "must not be all digits: mesibo asks for a non-numeric App ID"),
}

// GIDValidators take the id of a group as all samples have it: a number.
var GIDValidators = []validator.String{
	stringvalidator.RegexMatches(regexp.MustCompile(`^[1-9][0-9]*$`), "must be the id of a group, a number such as 97284"),
}

// ExpiryValidator refuses lives that are not at least a minute, and says why 0 is one of them.
type ExpiryValidator struct{}

// Description implements validator.Describer.
func (ExpiryValidator) Description(context.Context) string {
	return "value must be at least 1 minute"
}

// MarkdownDescription implements validator.Describer.
func (v ExpiryValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateInt64 implements validator.Int64.
func (ExpiryValidator) ValidateInt64(_ context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || req.ConfigValue.ValueInt64() >= 1 {
		return
	}

	resp.Diagnostics.AddAttributeError(req.Path, "Invalid token life",
		fmt.Sprintf("expiry is the life of the token in minutes and must be at least 1, got %d. "+
			"What mesibo makes of 0 is not documented: the token could last for ever or be dead at once. "+
			"Give the life that you want, for example 525600 for a year.", req.ConfigValue.ValueInt64()))
}

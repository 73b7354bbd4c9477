// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// AddressValidators are a rule of this provider; mesibo accepts any address. A comma separates addresses in a list and
// an asterisk is the wildcard of a lookup, neither with a known escape.
var AddressValidators = []validator.String{
	stringvalidator.LengthAtLeast(1),
	stringvalidator.RegexMatches(regexp.MustCompile(`^[^,*]*$`), `must not contain "," or "*"`),
	NoOuterWhitespace,
}

// NoOuterWhitespace refuses whitespace at an end, which is a typing error.
var NoOuterWhitespace = stringvalidator.RegexMatches(
	regexp.MustCompile(`^([^\s\v\x{85}\pZ]((?s:.*)[^\s\v\x{85}\pZ])?)?$`), "must not start or end with whitespace")

// GIDValidators accept the id of a group as all samples show it: a number.
var GIDValidators = []validator.String{
	stringvalidator.RegexMatches(regexp.MustCompile(`^[1-9][0-9]*$`), "must be the id of a group, a number such as 97284"),
}

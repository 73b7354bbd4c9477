// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"golang.org/x/text/unicode/norm"
)

// distinctAddresses refuses two keys that Terraform takes for one address, because it writes every string in the Unicode
// form NFC.
type distinctAddresses struct{}

func (distinctAddresses) Description(context.Context) string {
	return "addresses must differ in more than their Unicode form"
}

func (v distinctAddresses) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (distinctAddresses) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	seen := map[string]string{}
	for address := range req.ConfigValue.Elements() {
		normal := norm.NFC.String(address)
		if other, found := seen[normal]; found {
			resp.Diagnostics.AddAttributeError(req.Path, "Duplicate address", fmt.Sprintf(
				"The addresses %+q and %+q differ only in Unicode form, so they are one user. Remove one of them.",
				min(address, other), max(address, other)))
		}
		seen[normal] = address
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// SplitImportID returns the parts of an import ID such as "alice@example.com/com.example.app", in which a "/" or "%"
// inside a part is percent-encoded, as %2F and %25. The error uses the names of the parts.
func SplitImportID(id string, names ...string) ([]string, error) {
	parts := strings.Split(id, "/")
	if len(parts) != len(names) {
		return nil, fmt.Errorf("it has %d parts, not %d; write it as %s, with every / inside a part as %%2F",
			len(parts), len(names), strings.Join(names, "/"))
	}
	for i, part := range parts {
		decoded, err := url.PathUnescape(part)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the %s contains a %% that begins no percent-encoded character; write a %% as %%25", names[i])
		case !utf8.ValidString(decoded):
			return nil, fmt.Errorf("the %s contains percent-encoded bytes that are not UTF-8", names[i])
		case decoded == "":
			return nil, fmt.Errorf("the %s is empty", names[i])
		}
		parts[i] = decoded
	}

	return parts, nil
}

// ValidateImport applies the validators of an attribute to an imported value, which no configuration has checked.
func ValidateImport(ctx context.Context, attribute string, value types.String, validators []validator.String) diag.Diagnostics {
	var diags diag.Diagnostics
	value = types.StringValue(value.ValueString()) // Validators skip null.
	for _, v := range validators {
		resp := &validator.StringResponse{}
		v.ValidateString(ctx, validator.StringRequest{Path: path.Root(attribute), ConfigValue: value}, resp)
		diags.Append(resp.Diagnostics...)
	}

	return diags
}

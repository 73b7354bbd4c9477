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
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ImportPart is an attribute that identifies an object for an import: a part of the import ID, and of the identity.
type ImportPart struct {
	Name       string
	Validators []validator.String
	Example    string
}

// ImportParts returns the values of the parts of an import, which come from its ID or its identity. An ID of one part is
// that part. In an ID of several parts, such as "alice@example.com/com.example.app", a "/" or "%" inside a part is
// percent-encoded, as %2F and %25.
func ImportParts(ctx context.Context, req resource.ImportStateRequest, parts ...ImportPart) ([]types.String, diag.Diagnostics) {
	var diags diag.Diagnostics
	values := make([]types.String, len(parts))

	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		for i, part := range parts {
			diags.Append(req.Identity.GetAttribute(ctx, path.Root(part.Name), &values[i])...)
		}
	} else if texts, err := splitImportID(req.ID, parts); err != nil {
		diags.AddError("Invalid import ID", fmt.Sprintf("The import ID %q is invalid: %s.\n\n%s", req.ID, err, importAdvice(parts)))
	} else {
		for i, text := range texts {
			values[i] = types.StringValue(text)
		}
	}
	if diags.HasError() {
		return values, diags
	}

	for i, part := range parts {
		diags.Append(ValidateString(ctx, path.Root(part.Name), values[i], part.Validators)...)
	}

	return values, diags
}

// ValidateString checks a value of an import, which no configuration has checked.
func ValidateString(ctx context.Context, at path.Path, value types.String, validators []validator.String) diag.Diagnostics {
	resp := &validator.StringResponse{}
	for _, v := range validators {
		v.ValidateString(ctx, validator.StringRequest{Path: at, ConfigValue: value}, resp)
	}

	return resp.Diagnostics
}

// importAdvice says what an import ID looks like.
func importAdvice(parts []ImportPart) string {
	var names, examples []string
	for _, part := range parts {
		names, examples = append(names, part.Name), append(examples, part.Example)
	}
	advice := fmt.Sprintf("It must be %s, as in '%s'.", strings.Join(names, "/"), strings.Join(examples, "/"))
	if len(parts) > 1 {
		advice += " Inside a part, write %2F for / and %25 for %."
	}

	return advice
}

// splitImportID returns the decoded parts of an import ID.
func splitImportID(id string, parts []ImportPart) ([]string, error) {
	if len(parts) == 1 {
		if id == "" {
			return nil, fmt.Errorf("it is empty")
		}

		return []string{id}, nil
	}

	texts := strings.Split(id, "/")
	if len(texts) != len(parts) {
		return nil, fmt.Errorf("it has %d parts, not %d", len(texts), len(parts))
	}
	for i, text := range texts {
		decoded, err := url.PathUnescape(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the %s contains a %% that begins no percent-encoded character", parts[i].Name)
		case !utf8.ValidString(decoded):
			return nil, fmt.Errorf("the %s contains percent-encoded bytes that are not UTF-8", parts[i].Name)
		case decoded == "":
			return nil, fmt.Errorf("the %s is empty", parts[i].Name)
		}
		texts[i] = decoded
	}

	return texts, nil
}

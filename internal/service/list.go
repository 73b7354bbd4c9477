// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Pattern is the pattern that a configuration gives, or the one that everything matches.
func Pattern(given types.String) string {
	if given.IsNull() {
		return "*"
	}

	return given.ValueString()
}

// ListResults pushes the results of as many items as the limit allows, 0 for all. The diagnostics, which are of the
// list as a whole, go with the first of them; without any result, alone.
func ListResults[T any](items []T, limit int64, diags diag.Diagnostics, result func(T) list.ListResult) iter.Seq[list.ListResult] {
	if len(items) == 0 && len(diags) > 0 {
		return list.ListResultsStreamDiagnostics(diags)
	}

	return func(push func(list.ListResult) bool) {
		for i, item := range items {
			if limit > 0 && int64(i) >= limit {
				return
			}
			next := result(item)
			if i == 0 {
				next.Diagnostics.Append(diags...)
			}
			if !push(next) {
				return
			}
		}
	}
}

// ListCutShort warns that the server's list may not hold everything.
func ListCutShort() diag.Diagnostic {
	return diag.NewWarningDiagnostic("List cut short",
		"The server may not have shown everything that matches; the hosted service is documented to show 20. "+
			"Use a narrower pattern to see the rest.")
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"golang.org/x/text/unicode/norm"
)

// ListResults returns the results of a list resource, at most limit of them; 0 is no limit. Warnings say when the server
// has truncated the list, and when the limit leaves out results, which the CLI does not say.
func ListResults[T any](items []T, limit int64, truncated bool, result func(T) list.ListResult) iter.Seq[list.ListResult] {
	var diags diag.Diagnostics
	if truncated {
		diags.AddWarning("List truncated by the server",
			"The server may have left out objects that match; the hosted service is documented to return at most 20. "+
				"Use a narrower pattern to see the rest.")
	}
	if len(items) == 0 && truncated {
		return list.ListResultsStreamDiagnostics(diags)
	}
	if limit > 0 && int64(len(items)) > limit {
		diags.AddWarning("Results limited", fmt.Sprintf(
			"The query returns %d of %d objects, because of its limit. Set a higher limit in the list block (it is 100 by default), "+
				"or a narrower pattern, to see the rest.", limit, len(items)))
		items = items[:limit]
	}

	return func(push func(list.ListResult) bool) {
		for i, item := range items {
			next := result(item)
			if i == 0 {
				next.Diagnostics.Append(diags...)
			}
			if next.Identity != nil && !norm.NFC.IsNormalString(next.Identity.Raw.String()) {
				next.Diagnostics.AddWarning("Address in another Unicode form", fmt.Sprintf(
					"The address %q is not in the Unicode form NFC, into which the CLI converts it: in a generated configuration it "+
						"is another address, which the server may not have.", next.DisplayName))
			}
			if !push(next) {
				return
			}
		}
	}
}

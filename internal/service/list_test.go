// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// A list obeys its limit, makes no result that nobody wants, and loses no diagnostic.
func TestListResults(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		n        int
		limit    int64
		warned   bool
		take     int // the consumer stops after so many; 0 for never
		want     string
		warnings int
	}{
		"all":                  {3, 0, false, 0, "[0 1 2]", 0},
		"a limit":              {3, 2, false, 0, "[0 1]", 0},
		"a limit beyond":       {3, 5, true, 0, "[0 1 2]", 1},
		"enough":               {3, 0, true, 1, "[0]", 1},
		"none":                 {0, 0, false, 0, "[]", 0},
		"none, with a warning": {0, 0, true, 0, "[]", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var diags diag.Diagnostics
			if tt.warned {
				diags.Append(service.ListCutShort())
			}
			made, taken, warnings := []int{}, 0, 0
			results := service.ListResults([]int{0, 1, 2}[:tt.n], tt.limit, diags, func(i int) list.ListResult {
				made = append(made, i)

				return list.ListResult{DisplayName: fmt.Sprint(i)}
			})
			for result := range results {
				warnings += result.Diagnostics.WarningsCount()
				if taken++; taken == tt.take {
					break
				}
			}
			if fmt.Sprint(made) != tt.want || warnings != tt.warnings {
				t.Errorf("%v with %d warnings, want %s with %d", made, warnings, tt.want, tt.warnings)
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func TestListResults(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		items     string
		limit     int64
		truncated bool
		stopAfter int // results, when push returns false; 0 is never
		want      string
		warnings  int
	}{
		"all":              {"abc", 0, false, 0, "abc", 0},
		"limit":            {"abc", 2, false, 0, "ab", 1},
		"exact limit":      {"abc", 3, false, 0, "abc", 0},
		"limit, truncated": {"abc", 2, true, 0, "ab", 2},
		"higher limit":     {"abc", 5, true, 0, "abc", 1},
		"stopped":          {"abc", 0, true, 1, "a", 1},
		"none":             {"", 0, false, 0, "", 0},
		"none, truncated":  {"", 0, true, 0, "", 1},
	} {
		made, taken, warnings := "", 0, 0
		for result := range service.ListResults([]byte(tt.items), tt.limit, tt.truncated, func(item byte) list.ListResult {
			made += string(item)

			return list.ListResult{}
		}) {
			warnings += result.Diagnostics.WarningsCount()
			if taken++; taken == tt.stopAfter {
				break
			}
		}
		if made != tt.want || warnings != tt.warnings {
			t.Errorf("%s: %q with %d warnings, want %q with %d", name, made, warnings, tt.want, tt.warnings)
		}
	}
}

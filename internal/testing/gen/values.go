// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package gen draws values for property tests: attributes as Terraform has them, null, unknown or known, and profiles of
// servers.
package gen

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"
)

// value draws null, unknown, or a known value, which is as likely as the other two together.
func value[T any](t *rapid.T, label string, null, unknown T, known func() T) T {
	kinds := []func() T{func() T { return null }, func() T { return unknown }, known, known}

	return kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, label+" is null, unknown or known")]()
}

// String draws a string.
func String(t *rapid.T, label string) types.String {
	return value(t, label, types.StringNull(), types.StringUnknown(), func() types.String {
		return types.StringValue(rapid.String().Draw(t, label))
	})
}

// OneOf draws a string that is one of the texts when it is known.
func OneOf(t *rapid.T, label string, texts ...string) types.String {
	return value(t, label, types.StringNull(), types.StringUnknown(), func() types.String {
		return types.StringValue(rapid.SampledFrom(texts).Draw(t, label))
	})
}

// Bool draws a boolean.
func Bool(t *rapid.T, label string) types.Bool {
	return value(t, label, types.BoolNull(), types.BoolUnknown(), func() types.Bool {
		return types.BoolValue(rapid.Bool().Draw(t, label))
	})
}

// Int64 draws a number.
func Int64(t *rapid.T, label string) types.Int64 {
	return value(t, label, types.Int64Null(), types.Int64Unknown(), func() types.Int64 {
		return types.Int64Value(rapid.Int64().Draw(t, label))
	})
}

// Map draws a map of strings, whose elements may be null or unknown too.
func Map(t *rapid.T, label string) types.Map {
	return value(t, label, types.MapNull(types.StringType), types.MapUnknown(types.StringType), func() types.Map {
		elements := map[string]attr.Value{}
		for _, key := range rapid.SliceOfNDistinct(rapid.String(), 0, 3, rapid.ID[string]).Draw(t, label) {
			elements[key] = String(t, label)
		}

		return types.MapValueMust(types.StringType, elements)
	})
}

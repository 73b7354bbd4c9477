// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package gen draws values as Terraform has them: null, unknown or known. It is a helper of tests.
package gen

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"
)

// A value is in one of these states.
const (
	null = iota
	unknown
	known
)

// String draws a string.
func String(t *rapid.T, label string) types.String {
	switch state(t, label) {
	case null:
		return types.StringNull()
	case unknown:
		return types.StringUnknown()
	default:
		return types.StringValue(rapid.String().Draw(t, label))
	}
}

// OneOf draws a string that is one of the texts when it is known.
func OneOf(t *rapid.T, label string, texts ...string) types.String {
	value := String(t, label)
	if value.IsNull() || value.IsUnknown() {
		return value
	}

	return types.StringValue(rapid.SampledFrom(texts).Draw(t, label))
}

// Bool draws a boolean.
func Bool(t *rapid.T, label string) types.Bool {
	return rapid.SampledFrom([]types.Bool{types.BoolNull(), types.BoolUnknown(), types.BoolValue(true), types.BoolValue(false)}).Draw(t, label)
}

// Int64 draws a number.
func Int64(t *rapid.T, label string) types.Int64 {
	switch state(t, label) {
	case null:
		return types.Int64Null()
	case unknown:
		return types.Int64Unknown()
	default:
		return types.Int64Value(rapid.Int64().Draw(t, label))
	}
}

// Map draws a map of strings, whose elements may be null or unknown too.
func Map(t *rapid.T, label string) types.Map {
	switch state(t, label) {
	case null:
		return types.MapNull(types.StringType)
	case unknown:
		return types.MapUnknown(types.StringType)
	default:
		elements := map[string]attr.Value{}
		for _, key := range rapid.SliceOfNDistinct(rapid.String(), 0, 3, rapid.ID[string]).Draw(t, label) {
			elements[key] = String(t, label)
		}

		return types.MapValueMust(types.StringType, elements)
	}
}

func state(t *rapid.T, label string) int {
	return rapid.SampledFrom([]int{null, unknown, known, known}).Draw(t, label+" is null, unknown or known")
}

// Text is what a request has to say of a value: nothing unless it is known.
func Text(value types.String) *string {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}

	return value.ValueStringPointer()
}

// Switch is what a request has to say of a value: nothing unless it is known.
func Switch(value types.Bool) *bool {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}

	return value.ValueBoolPointer()
}

// Number is what a request has to say of a value: nothing unless it is known.
func Number(value types.Int64) *int64 {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}

	return value.ValueInt64Pointer()
}

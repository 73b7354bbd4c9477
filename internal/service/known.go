// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import "github.com/hashicorp/terraform-plugin-framework/types"

// KnownString is what a request says of a string: nothing when it is null, and nothing when it is unknown, of which the
// framework makes an empty string.
func KnownString(value types.String) *string {
	if value.IsUnknown() {
		return nil
	}

	return value.ValueStringPointer()
}

// KnownBool is what a request says of a boolean; an unknown one would be false.
func KnownBool(value types.Bool) *bool {
	if value.IsUnknown() {
		return nil
	}

	return value.ValueBoolPointer()
}

// KnownInt64 is what a request says of a number; an unknown one would be 0.
func KnownInt64(value types.Int64) *int64 {
	if value.IsUnknown() {
		return nil
	}

	return value.ValueInt64Pointer()
}

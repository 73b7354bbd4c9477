// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// defaultTimeout leaves room for all retries of a few requests.
const defaultTimeout = 5 * time.Minute

// TimeoutDescription describes each attribute of a timeouts block.
const TimeoutDescription = "How long this operation may take with all of its retries, such as `30s` or `10m`. Defaults to `5m`."

// Timeouts is the timeouts block of a resource.
func Timeouts(ctx context.Context) schema.Block {
	return timeouts.Block(ctx, timeouts.Opts{
		Create: true, CreateDescription: TimeoutDescription,
		Read: true, ReadDescription: TimeoutDescription,
		Update: true, UpdateDescription: TimeoutDescription,
		Delete: true, DeleteDescription: TimeoutDescription,
	})
}

// NoTimeouts is the value of the timeouts block of a resource that comes from no configuration.
func NoTimeouts() timeouts.Value {
	return timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType,
	})}
}

// WithTimeout limits an operation to what the timeouts block sets, five minutes by default. The argument configured is
// a method of timeouts.Value, such as Create.
func WithTimeout(
	ctx context.Context,
	configured func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	diags *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	timeout, found := configured(ctx, defaultTimeout)
	diags.Append(found...)

	return context.WithTimeout(ctx, timeout)
}

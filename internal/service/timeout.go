// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// defaultTimeout leaves room for all retries of a few calls.
const defaultTimeout = 5 * time.Minute

// TimeoutDescription describes each attribute of a timeouts block.
const TimeoutDescription = "How long this operation may take with all of its retries, such as `30s` or `10m`. Defaults to `5m`."

// WithTimeout bounds an operation by what the timeouts block says of it, five minutes when it says nothing. The
// configured duration comes from a method of timeouts.Value, such as Create.
func WithTimeout(
	ctx context.Context,
	configured func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	diags *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	timeout, found := configured(ctx, defaultTimeout)
	diags.Append(found...)

	return context.WithTimeout(ctx, timeout)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	defaultTimeout = 5 * time.Minute // leaves room for all retries of a few requests
	longTimeout    = time.Hour       // leaves room for thousands of requests
)

const timeoutDescription = "How long this operation may take with all of its retries, such as `30s` or `10m`."

// TimeoutDescription describes each attribute of a timeouts block.
const TimeoutDescription = timeoutDescription + " Defaults to `5m`."

// Timeouts is the timeouts block of a resource.
func Timeouts(ctx context.Context) schema.Block {
	return timeoutsBlock(ctx, TimeoutDescription)
}

// LongTimeouts is the timeouts block of a resource that sends many requests, for WithLongTimeout.
func LongTimeouts(ctx context.Context) schema.Block {
	return timeoutsBlock(ctx, timeoutDescription+" Defaults to `1h`.")
}

func timeoutsBlock(ctx context.Context, description string) schema.Block {
	block, _ := timeouts.Block(ctx, timeouts.Opts{
		Create: true, CreateDescription: description,
		Read: true, ReadDescription: description + fromState,
		Update: true, UpdateDescription: description,
		Delete: true, DeleteDescription: description + fromState,
	}).(schema.SingleNestedBlock)
	block.Validators = append(block.Validators, positiveTimeouts{})

	return block
}

const fromState = " Terraform takes it from the state: apply a changed value before it is needed, with `-refresh=false` if the " +
	"refresh is what takes too long."

// positiveTimeouts requires durations above zero. What is no duration is the block's own error.
type positiveTimeouts struct{}

func (positiveTimeouts) Description(context.Context) string { return "durations must be above zero" }

func (v positiveTimeouts) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (positiveTimeouts) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	for name, value := range req.ConfigValue.Attributes() {
		text, _ := value.(types.String)
		if duration, err := time.ParseDuration(text.ValueString()); err == nil && duration <= 0 {
			resp.Diagnostics.AddAttributeError(req.Path.AtName(name), "Invalid timeout",
				fmt.Sprintf("The timeout must be above zero, got %q. Set a duration such as 30s or 10m.", text.ValueString()))
		}
	}
}

// NoTimeouts is the value of the timeouts block of a resource that comes from no configuration.
func NoTimeouts() timeouts.Value {
	return timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType,
	})}
}

// A configuredTimeout is a method of timeouts.Value, such as Create.
type configuredTimeout = func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// WithTimeout limits an operation to what the timeouts block sets, five minutes by default.
func WithTimeout(ctx context.Context, configured configuredTimeout, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	return withTimeout(ctx, configured, defaultTimeout, diags)
}

// WithLongTimeout is WithTimeout with an hour by default.
func WithLongTimeout(ctx context.Context, configured configuredTimeout, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	return withTimeout(ctx, configured, longTimeout, diags)
}

func withTimeout(
	ctx context.Context, configured configuredTimeout, unset time.Duration, diags *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	timeout, found := configured(ctx, unset)
	diags.Append(found...)

	return context.WithTimeout(ctx, timeout)
}

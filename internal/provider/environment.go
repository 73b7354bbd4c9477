// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// environment is where values come from that are not configured.
type environment struct {
	getenv func(string) string
	diags  diag.Diagnostics
}

// fromEnvironment returns what is configured, or else what the variable holds, under the same rules. An empty
// variable counts as not set.
func fromEnvironment[T attr.Value](
	env *environment, attribute, variable string, configured T,
	parse func(string) (T, error), check func(path.Path, T) diag.Diagnostics,
) T {
	held := env.getenv(variable)
	if !configured.IsNull() || held == "" {
		return configured
	}

	value, err := parse(held)
	if err != nil {
		env.diags.AddError("Not a number", fmt.Sprintf(
			"The environment variable %s, which stands in for %s, holds %q. That is not a number.", variable, attribute, held))

		return configured
	}
	for _, found := range check(path.Root(attribute), value) {
		detail := found.Detail() + "\n\nThe value comes from the environment variable " + variable + "."
		if found.Severity() == diag.SeverityWarning {
			env.diags.AddWarning(found.Summary(), detail)
		} else {
			env.diags.AddError(found.Summary(), detail)
		}
	}

	return value
}

func text(held string) (types.String, error) {
	return types.StringValue(held), nil
}

func integer(held string) (types.Int64, error) {
	value, err := strconv.ParseInt(held, 10, 64)

	return types.Int64Value(value), err
}

func number(held string) (types.Float64, error) {
	value, err := strconv.ParseFloat(held, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return types.Float64Null(), strconv.ErrSyntax
	}

	return types.Float64Value(value), nil
}

func checkText(ctx context.Context, rules []validator.String) func(path.Path, types.String) diag.Diagnostics {
	return func(at path.Path, value types.String) diag.Diagnostics {
		var resp validator.StringResponse
		for _, rule := range rules {
			rule.ValidateString(ctx, validator.StringRequest{Path: at, ConfigValue: value}, &resp)
		}

		return resp.Diagnostics
	}
}

func checkInteger(ctx context.Context, rules []validator.Int64) func(path.Path, types.Int64) diag.Diagnostics {
	return func(at path.Path, value types.Int64) diag.Diagnostics {
		var resp validator.Int64Response
		for _, rule := range rules {
			rule.ValidateInt64(ctx, validator.Int64Request{Path: at, ConfigValue: value}, &resp)
		}

		return resp.Diagnostics
	}
}

func checkNumber(ctx context.Context, rules []validator.Float64) func(path.Path, types.Float64) diag.Diagnostics {
	return func(at path.Path, value types.Float64) diag.Diagnostics {
		var resp validator.Float64Response
		for _, rule := range rules {
			rule.ValidateFloat64(ctx, validator.Float64Request{Path: at, ConfigValue: value}, &resp)
		}

		return resp.Diagnostics
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

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

// A reader turns what a variable holds into the value of an attribute, under the rules of the attribute.
type reader[T attr.Value] func(at path.Path, held string) (T, diag.Diagnostics)

// orEnvironment returns the configured value of an attribute, or else that of its variable: MESIBO_APP_TOKEN for
// app_token. An empty variable counts as not set.
func orEnvironment[T attr.Value](env *environment, attribute string, configured T, read reader[T]) T {
	variable := "MESIBO_" + strings.ToUpper(attribute)
	held := env.getenv(variable)
	if !configured.IsNull() || held == "" {
		return configured
	}

	value, found := read(path.Root(attribute), held)
	for _, problem := range found {
		detail := problem.Detail() + "\n\nThe value comes from the environment variable " + variable + "."
		if problem.Severity() == diag.SeverityWarning {
			env.diags.AddWarning(problem.Summary(), detail)
		} else {
			env.diags.AddError(problem.Summary(), detail)
		}
	}

	return value
}

func readText(ctx context.Context, rules []validator.String) reader[types.String] {
	return func(at path.Path, held string) (types.String, diag.Diagnostics) {
		value := types.StringValue(held)
		var resp validator.StringResponse
		for _, rule := range rules {
			rule.ValidateString(ctx, validator.StringRequest{Path: at, ConfigValue: value}, &resp)
		}

		return value, resp.Diagnostics
	}
}

func readInteger(ctx context.Context, rules []validator.Int64) reader[types.Int64] {
	return func(at path.Path, held string) (types.Int64, diag.Diagnostics) {
		number, err := strconv.ParseInt(held, 10, 64)
		if err != nil {
			return types.Int64Null(), notANumber(held)
		}

		value := types.Int64Value(number)
		var resp validator.Int64Response
		for _, rule := range rules {
			rule.ValidateInt64(ctx, validator.Int64Request{Path: at, ConfigValue: value}, &resp)
		}

		return value, resp.Diagnostics
	}
}

func readNumber(ctx context.Context, rules []validator.Float64) reader[types.Float64] {
	return func(at path.Path, held string) (types.Float64, diag.Diagnostics) {
		number, err := strconv.ParseFloat(held, 64)
		if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
			return types.Float64Null(), notANumber(held)
		}

		value := types.Float64Value(number)
		var resp validator.Float64Response
		for _, rule := range rules {
			rule.ValidateFloat64(ctx, validator.Float64Request{Path: at, ConfigValue: value}, &resp)
		}

		return value, resp.Diagnostics
	}
}

func notANumber(held string) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic("Not a number", fmt.Sprintf("%q is not a number that this setting can have.", held))}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// NewExpiryMinutesFunction returns the function expiry_minutes, which converts a duration such as "30d" to the minutes
// that expiry takes.
func NewExpiryMinutesFunction() function.Function {
	return expiryMinutesFunction{}
}

type expiryMinutesFunction struct{}

func (expiryMinutesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "expiry_minutes"
}

func (expiryMinutesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Converts a duration to minutes",
		MarkdownDescription: "Returns how many **minutes** a duration is, as every `expiry` takes them: `expiry_minutes(\"30d\")` " +
			"is `43200`. A duration is one or more whole numbers, each with a unit `w`, `d`, `h` or `m` (weeks, days, hours, " +
			"minutes), such as `\"30d\"`, `\"12h\"`, `\"2w3d\"` or `\"1h30m\"`. The largest unit comes first, and each unit " +
			"at most once.\n\n" +
			"Everything else is an error: a number without a unit, years and months (they have no fixed length), seconds, " +
			"fractions, signs, whitespace, and zero.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "duration",
				MarkdownDescription: "The life of a token, such as `\"30d\"` or `\"1h30m\"`.",
			},
		},
		Return: function.Int64Return{},
	}
}

func (expiryMinutesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var duration string
	resp.Error = req.Arguments.Get(ctx, &duration)
	if resp.Error != nil {
		return
	}

	minutes, err := token.ParseExpiry(duration)
	if err != nil {
		// The CLI adds a full stop.
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf(
			`%q is not a duration: %s. A duration is, for example, "30d" or "1h30m"`, duration, err))

		return
	}
	resp.Error = resp.Result.Set(ctx, minutes)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// NewExpiryMinutesFunction returns the function expiry_minutes, which turns the life of a token that is written
// for people ("30d") into the minutes that expiry takes.
func NewExpiryMinutesFunction() function.Function {
	return expiryMinutesFunction{}
}

type expiryMinutesFunction struct{}

func (expiryMinutesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "expiry_minutes"
}

func (expiryMinutesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The life of a token in minutes",
		MarkdownDescription: "Returns how many **minutes** a duration is, as every `expiry` takes them: " +
			"`expiry_minutes(\"30d\")` is `43200`. The duration is written in one of two forms:\n\n" +
			"- short, in lower case: whole numbers with the units `w`, `d`, `h` and `m` " +
			"(weeks, days, hours and minutes), such as `\"30d\"`, `\"12h\"`, `\"2w3d\"` or `\"1h30m\"`;\n" +
			"- [ISO 8601](https://en.wikipedia.org/wiki/ISO_8601#Durations), in upper case, such as `\"P30D\"`, `\"PT12H\"` " +
			"or `\"P1DT12H30M\"`. Weeks may stand with other units: `\"P2W3D\"`.\n\n" +
			"In both, the largest unit comes first and each unit stands at most once.\n\n" +
			"What would have to be guessed is an error:\n\n" +
			"- a number without a unit;\n" +
			"- years and months, which have no fixed length: write days;\n" +
			"- fractions: write a smaller unit, `\"90m\"` for an hour and a half;\n" +
			"- seconds, for lives are counted in whole minutes. ISO 8601 may have seconds that come to whole minutes: " +
			"`\"PT120S\"` is `2`, `\"PT90S\"` is an error;\n" +
			"- signs, blanks, and a duration of zero: a token lives for at least a minute.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "duration",
				MarkdownDescription: "The life of a token, such as `\"30d\"`, `\"1h30m\"` or `\"PT12H\"`.",
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
		// The CLI puts a full stop behind the text.
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf(
			`%q is not a token life: %s. A token life is, for example, "30d", "1h30m" or "PT12H"`, duration, err))

		return
	}
	resp.Error = resp.Result.Set(ctx, minutes)
}

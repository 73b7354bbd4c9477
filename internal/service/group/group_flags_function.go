// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// NewFlagsFunction returns the function group_flags, which converts words into the flags of a group.
func NewFlagsFunction() function.Function {
	return flagsFunction{}
}

type flagsFunction struct{}

func (flagsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "group_flags"
}

func (flagsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Flags of a group from words",
		MarkdownDescription: "Returns the number that the Backend API takes as the `flags` of a group, for other tools that call " +
			"it; `mesibo_group` takes the words. The argument is an object with any of the settings `send`, `receive`, " +
			"`publish`, `subscribe`, `list`, `store_messages` and `loopback` of `mesibo_group`. A setting that is left " +
			"out or null has its default. It may have `other` too, as `parse_group_flags` returns it: a number with bits that " +
			"belong to no setting. The bits are those of the vendor's SDK.",
		Parameters: []function.Parameter{
			function.DynamicParameter{
				Name:                "settings",
				MarkdownDescription: "An object, such as `{ send = \"selected\", loopback = true }`.",
			},
		},
		Return: function.Int64Return{},
	}
}

func (flagsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument types.Dynamic
	resp.Error = req.Arguments.Get(ctx, &argument)
	if resp.Error != nil {
		return
	}

	var settings map[string]attr.Value
	switch value := argument.UnderlyingValue().(type) {
	case types.Object:
		settings = value.Attributes()
	case types.Map:
		settings = value.Elements()
	default:
		resp.Error = function.NewArgumentFuncError(0, `the settings are not an object, such as { send = "selected" }`)

		return
	}
	flags, err := flagsFromSettings(settings)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())

		return
	}
	resp.Error = resp.Result.Set(ctx, int64(flags))
}

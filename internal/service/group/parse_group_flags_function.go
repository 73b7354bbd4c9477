// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// NewParseFlagsFunction returns the function parse_group_flags, the inverse of group_flags.
func NewParseFlagsFunction() function.Function {
	return parseFlagsFunction{}
}

type parseFlagsFunction struct{}

// parsedFlagsModel is the result of parse_group_flags.
type parsedFlagsModel struct {
	settingsModel

	Other int64 `tfsdk:"other"`
}

func (parseFlagsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_group_flags"
}

func (parseFlagsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Words from the flags of a group",
		MarkdownDescription: "The inverse of `group_flags`: returns an object with `send`, `receive`, `publish`, `subscribe`, " +
			"`list`, `store_messages` and `loopback` as `mesibo_group` takes them, and `other`, a number with the bits that " +
			"belong to none of these. Two bits that contradict each other are an error.",
		Parameters: []function.Parameter{
			function.NumberParameter{ // An Int64Parameter calls a fraction a bug of the provider.
				Name:                "flags",
				MarkdownDescription: "The flags, from 0 to 4294967295.",
			},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"send":           types.StringType,
			"receive":        types.StringType,
			"publish":        types.StringType,
			"subscribe":      types.StringType,
			"list":           types.StringType,
			"store_messages": types.BoolType,
			"loopback":       types.BoolType,
			"other":          types.Int64Type,
		}},
	}
}

func (parseFlagsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var number *big.Float
	resp.Error = req.Arguments.Get(ctx, &number)
	if resp.Error != nil {
		return
	}
	flags, accuracy := number.Int64()
	if accuracy != big.Exact || flags < 0 || flags > math.MaxUint32 {
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf(
			"the flags %s are not a whole number from 0 to %d", number.Text('f', -1), uint32(math.MaxUint32)))

		return
	}

	words, other := wordsFromFlags(uint32(flags))
	for _, s := range settings {
		if words[s.name].IsNull() {
			resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf(
				"the flags %d contain bits that contradict each other: %#x and %#x, both for %s", flags, s.bits[1], s.bits[2], s.name))

			return
		}
	}
	resp.Error = resp.Result.Set(ctx, parsedFlagsModel{settingsFromFlags(uint32(flags)), int64(other)})
}

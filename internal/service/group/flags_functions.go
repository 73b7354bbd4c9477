// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"fmt"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// NewFlagsFunction returns the function group_flags, which turns words into the flags of a group.
func NewFlagsFunction() function.Function {
	return flagsFunction{}
}

type flagsFunction struct{}

func (flagsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "group_flags"
}

func (flagsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The flags of a group, from words",
		MarkdownDescription: "Returns the number that the Backend API takes as the `flags` of a group, for tools that call it " +
			"themselves; `mesibo_group` takes the words. The argument is an object with any of the settings `send`, " +
			"`receive`, `publish`, `subscribe`, `list`, `store_messages` and `loopback` of `mesibo_group`. One that is left " +
			"out or null has its default. The bits are those of the vendor's SDK.",
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
	var given types.Dynamic
	resp.Error = req.Arguments.Get(ctx, &given)
	if resp.Error != nil {
		return
	}
	words, err := wordsOf(given.UnderlyingValue())
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())

		return
	}
	flags, err := encode(words)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())

		return
	}
	resp.Error = resp.Result.Set(ctx, int64(flags))
}

// wordsOf reads the words of an object or a map; what is null is left out.
func wordsOf(value attr.Value) (map[string]string, error) {
	var attributes map[string]attr.Value
	switch value := value.(type) {
	case types.Object:
		attributes = value.Attributes()
	case types.Map:
		attributes = value.Elements()
	default:
		return nil, fmt.Errorf("the settings are not an object, such as { send = %q }", selected)
	}

	words := map[string]string{}
	for name, value := range attributes {
		if value.IsNull() {
			continue
		}
		switch value := value.(type) {
		case types.String:
			words[name] = value.ValueString()
		case types.Bool:
			words[name] = value.String()
		default:
			return nil, fmt.Errorf("%s is neither a word nor true or false", name)
		}
	}

	return words, nil
}

// NewParseFlagsFunction returns the function parse_group_flags, the inverse of group_flags.
func NewParseFlagsFunction() function.Function {
	return parseFlagsFunction{}
}

type parseFlagsFunction struct{}

// parsedFlags is what parse_group_flags returns.
type parsedFlags struct {
	Send          string `tfsdk:"send"`
	Receive       string `tfsdk:"receive"`
	Publish       string `tfsdk:"publish"`
	Subscribe     string `tfsdk:"subscribe"`
	List          string `tfsdk:"list"`
	StoreMessages bool   `tfsdk:"store_messages"`
	Loopback      bool   `tfsdk:"loopback"`
	Other         int64  `tfsdk:"other"`
}

func (parseFlagsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_group_flags"
}

func (parseFlagsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The words that the flags of a group say",
		MarkdownDescription: "The inverse of `group_flags`: returns an object with `send`, `receive`, `publish`, `subscribe`, " +
			"`list`, `store_messages` and `loopback` as `mesibo_group` takes them, and `other`, the number of the bits that " +
			"none of these is for. Two bits that contradict each other are an error.",
		Parameters: []function.Parameter{
			function.Int64Parameter{
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
	var flags int64
	resp.Error = req.Arguments.Get(ctx, &flags)
	if resp.Error != nil {
		return
	}
	if flags < 0 || flags > math.MaxUint32 {
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("%d are no flags: they are from 0 to %d", flags, uint32(math.MaxUint32)))

		return
	}
	words, other := decode(uint32(flags))
	for _, s := range settings {
		if _, said := words[s.name]; !said {
			resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf(
				"%d holds bits that contradict each other: %#x and %#x, both of %s", flags, s.bits[1], s.bits[2], s.name))

			return
		}
	}
	resp.Error = resp.Result.Set(ctx, parsedFlags{
		Send: words["send"], Receive: words["receive"], Publish: words["publish"], Subscribe: words["subscribe"],
		List: words["list"], StoreMessages: words["store_messages"] == yes, Loopback: words["loopback"] == yes,
		Other: int64(other),
	})
}

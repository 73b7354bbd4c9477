// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// encode returns a Go value as one of the given type. What an object leaves out is null.
func encode(typ tftypes.Type, value any) (tftypes.Value, error) {
	if ready, ok := value.(tftypes.Value); ok {
		return ready, nil // of a reference
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		members, ok := value.(map[string]any)
		if !ok {
			break
		}
		values := map[string]tftypes.Value{}
		for name, attribute := range typ.AttributeTypes {
			var err error
			if values[name], err = encode(attribute, members[name]); err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
		}

		return tftypes.NewValue(typ, values), nil
	case tftypes.Map:
		members, ok := value.(map[string]any)
		if !ok {
			break
		}
		values := map[string]tftypes.Value{}
		for key, member := range members {
			var err error
			if values[key], err = encode(typ.ElementType, member); err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", key, err)
			}
		}

		return tftypes.NewValue(typ, values), nil
	case tftypes.List:
		return encodeAll(typ, typ.ElementType, value)
	case tftypes.Set:
		return encodeAll(typ, typ.ElementType, value)
	}
	if err := tftypes.ValidateValue(typ, value); err != nil {
		return tftypes.Value{}, err
	}

	return tftypes.NewValue(typ, value), nil
}

func encodeAll(typ, element tftypes.Type, value any) (tftypes.Value, error) {
	elements, ok := value.([]any)
	if !ok {
		return tftypes.NewValue(typ, nil), nil
	}
	values := make([]tftypes.Value, len(elements))
	for i := range elements {
		var err error
		if values[i], err = encode(element, elements[i]); err != nil {
			return tftypes.Value{}, fmt.Errorf("element %d: %w", i, err)
		}
	}

	return tftypes.NewValue(typ, values), nil
}

// resolve returns a value with every reference in it replaced by what lookUp returns.
func resolve(value any, lookUp func(Ref) (tftypes.Value, error)) (any, error) {
	switch value := value.(type) {
	case Ref:
		return lookUp(value)
	case []any:
		resolved := make([]any, len(value))
		for i := range value {
			var err error
			if resolved[i], err = resolve(value[i], lookUp); err != nil {
				return nil, err
			}
		}

		return resolved, nil
	case map[string]any:
		resolved := map[string]any{}
		for name := range value {
			var err error
			if resolved[name], err = resolve(value[name], lookUp); err != nil {
				return nil, err
			}
		}

		return resolved, nil
	default:
		return value, nil
	}
}

// members returns the attributes of an object; none when it is null.
func members(object tftypes.Value) map[string]tftypes.Value {
	var values map[string]tftypes.Value
	if object.IsKnown() && !object.IsNull() {
		if err := object.As(&values); err != nil {
			panic(err) // It is no object.
		}
	}

	return values
}

// proposed returns what a CLI suggests as the new value: the configuration, and the prior value of what is computed
// and not configured.
func proposed(schema *tfprotov6.Schema, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() || prior.IsNull() {
		return config
	}
	values, before := maps.Clone(members(config)), members(prior)
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && values[attribute.Name].IsNull() {
			values[attribute.Name] = before[attribute.Name]
		}
	}

	return tftypes.NewValue(config.Type(), values)
}

// conforms tells where a value differs from one that was planned. What was unknown may become anything.
func conforms(planned, value tftypes.Value) error {
	differences, err := planned.Diff(value)
	if err != nil {
		return err
	}
	for _, difference := range differences {
		if wanted := difference.Value1; wanted != nil && wanted.IsFullyKnown() && len(difference.Path.Steps()) > 0 && isLeaf(wanted) {
			return fmt.Errorf("%s is not as planned", difference.Path)
		}
	}

	return nil
}

func isLeaf(value *tftypes.Value) bool {
	return value.Type().Is(tftypes.String) || value.Type().Is(tftypes.Bool) || value.Type().Is(tftypes.Number) || value.IsNull()
}

func dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		panic(err) // The value does not fit its own type.
	}

	return &encoded
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package protocoltest drives a provider over the plugin protocol, in process, as a CLI does: it plans and applies in
// processes of their own, refreshes before it plans, replaces and taints, and checks that the provider keeps to its own
// plan. A run takes milliseconds, so a test can afford thousands.
//
// Of the language it knows resource blocks and references between them. Objects are processed one after the other, so
// the nth request of a run is always the same one.
package protocoltest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Config is the resource blocks of a configuration. Each stands after those that it refers to.
type Config []Resource

// Resource is one block. Its attributes are what [json.Marshal] encodes; a string may be a [Ref].
type Resource struct {
	Type, Name string
	Attributes map[string]any

	// CreateBeforeDestroy replaces the object as that lifecycle setting does: the old object is deposed, and destroyed
	// when everything that depends on the new one is done, if necessary by a later run. It is not inherited.
	CreateBeforeDestroy bool
}

// Address returns the address of the resource, such as mesibo_user.alice.
func (r Resource) Address() string {
	return r.Type + "." + r.Name
}

var reference = regexp.MustCompile(`\$\{(\w+\.\w+)\.(\w+)\}`)

// Ref refers to a string attribute of another resource.
func Ref(address, attribute string) string {
	return "${" + address + "." + attribute + "}"
}

// ParseRef is the reverse of [Ref].
func ParseRef(text string) (address, attribute string, found bool) {
	match := reference.FindStringSubmatch(text)
	if match == nil {
		return "", "", false
	}

	return match[1], match[2], true
}

// JSON returns the configuration in the JSON syntax of the CLIs, so that one scenario can run in process and on a CLI.
func (c Config) JSON() string {
	blocks := []any{}
	for _, r := range c {
		body := maps.Clone(r.Attributes)
		if r.CreateBeforeDestroy {
			body["lifecycle"] = map[string]any{"create_before_destroy": true}
		}
		blocks = append(blocks, map[string]any{"resource": map[string]any{r.Type: map[string]any{r.Name: body}}})
	}

	return string(encode(blocks))
}

// dependsOn reports whether the resource refers to the one at an address.
func (r Resource) dependsOn(address string) bool {
	for _, match := range reference.FindAllSubmatch(encode(r.Attributes), -1) {
		if string(match[1]) == address {
			return true
		}
	}

	return false
}

// evaluate returns a block as a value of its type. References are resolved by the values at their addresses.
func evaluate(typ tftypes.Type, resource Resource, values map[string]tftypes.Value) (tftypes.Value, error) {
	config, err := decode(typ, resource.Attributes)
	if err != nil {
		return config, fmt.Errorf("%s: %w", resource.Address(), err)
	}

	return tftypes.Transform(config, func(_ *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		address, attribute, refers := ParseRef(text(value))
		if !refers {
			return value, nil
		}
		referenced, found := attributesOf(values[address])[attribute]
		if !found {
			return value, fmt.Errorf("%s refers to %s.%s, which does not exist", resource.Address(), address, attribute)
		}

		return referenced, nil
	})
}

// decode returns attributes as a value of the given type. Attributes that are not set are null.
func decode(typ tftypes.Type, attributes map[string]any) (tftypes.Value, error) {
	return tfprotov6.DynamicValue{JSON: encode(attributes)}.Unmarshal(typ)
}

func encode(value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // A test has an attribute that JSON does not know.
	}

	return encoded
}

// attributesOf returns the attributes of an object; none when it is null or unknown.
func attributesOf(object tftypes.Value) map[string]tftypes.Value {
	var values map[string]tftypes.Value
	if object.IsKnown() && !object.IsNull() {
		if err := object.As(&values); err != nil {
			panic(err) // It is not an object.
		}
	}

	return values
}

// text returns a known string; empty for any other value.
func text(value tftypes.Value) string {
	var text string
	if value.IsKnown() && !value.IsNull() && value.Type().Is(tftypes.String) {
		if err := value.As(&text); err != nil {
			panic(err)
		}
	}

	return text
}

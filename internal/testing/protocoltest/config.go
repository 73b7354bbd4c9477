// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package protocoltest drives a provider over the plugin protocol, in process, as a CLI does: a process of the
// provider that plans and another that applies, refresh before plan, replacement, taint, and the checks by which a
// CLI finds a provider that breaks its own plan. A run takes milliseconds, so that a test can afford thousands.
//
// It knows resource blocks with references between them, and no more of the language. Objects are walked one after
// the other, so that the nth request of a run is always the same one.
package protocoltest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Config is the resource blocks of a configuration. Each stands after those that it refers to.
type Config []Resource

// A Resource is one block. Values are string, int, bool, []any, map[string]any (an object or a map) and [Ref].
type Resource struct {
	Type, Name string
	Attributes map[string]any
}

// A Ref is the value of an attribute of another resource.
type Ref struct {
	Address   string // such as mesibo_user.alice
	Attribute string
}

// Address returns what others refer to the resource by.
func (r Resource) Address() string {
	return r.Type + "." + r.Name
}

// dependencies returns the addresses that the resource refers to.
func (r Resource) dependencies() []string {
	var addresses []string
	var collect func(value any)
	collect = func(value any) {
		switch value := value.(type) {
		case Ref:
			addresses = append(addresses, value.Address)
		case []any:
			for _, element := range value {
				collect(element)
			}
		case map[string]any:
			for _, element := range value {
				collect(element)
			}
		}
	}
	collect(r.Attributes)

	return addresses
}

// HCL returns the configuration as a CLI reads it, so that one scenario can run on both.
func (c Config) HCL() string {
	var text strings.Builder
	for _, resource := range c {
		fmt.Fprintf(&text, "resource %q %q {\n", resource.Type, resource.Name)
		for _, name := range slices.Sorted(maps.Keys(resource.Attributes)) {
			fmt.Fprintf(&text, "  %s = %s\n", name, expression(resource.Attributes[name]))
		}
		text.WriteString("}\n\n")
	}

	return text.String()
}

func expression(value any) string {
	switch value := value.(type) {
	case Ref:
		return value.Address + "." + value.Attribute
	case string:
		return fmt.Sprintf("%q", value)
	case []any:
		elements := make([]string, len(value))
		for i, element := range value {
			elements[i] = expression(element)
		}

		return "[" + strings.Join(elements, ", ") + "]"
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			members = append(members, name+" = "+expression(value[name]))
		}

		return "{ " + strings.Join(members, ", ") + " }"
	default:
		return fmt.Sprint(value)
	}
}

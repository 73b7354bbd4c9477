// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// samples are values by the name of an attribute or by type, valid ones and others.
var samples = map[string][]any{
	"address": {"alice@example.com", "bob@example.com", "carol", "a/b", "ü", "", "a,b"},
	"appid":   {android, ios, web, "", "123"},
	"gid":     {"4711", "x"},
	"send":    {"members", "selected", "anyone"},
	"receive": {"members", "selected", "round_robin"},
	"peers":   {"all", "paired", "friends"},
	"string":  {"Alice", "", "selected", "members", "5m", "x\ny"},
	"number":  {1, 60, 525600, 0, -1},
}

// Whatever is in a configuration and a state, with every attribute null, unknown or some value: a plan does not panic,
// and keeps to the configuration, which protocoltest checks. A read that is not answered keeps the state.
func TestAnyConfigurationAndState(t *testing.T) {
	b := acctest.NewBackend(t)
	b.Close()
	process, err := newWorkspace(b, map[string]any{"max_retries": 0}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range process.Schemas() {
		t.Run(name, func(t *testing.T) {
			required, computed := map[string]bool{"address": true, "element": true}, map[string]bool{"timeouts": true}
			for _, attribute := range schema.Block.Attributes {
				required[attribute.Name] = required[attribute.Name] || attribute.Required
				computed[attribute.Name] = !attribute.Required && !attribute.Optional
			}
			planned := 0
			check := func(t *rapid.T) {
				state := drawer{t, false, required, map[string]bool{"timeouts": true}}.draw(schema.ValueType(), "state", "")
				var refused *protocoltest.DiagnosticsError
				if got, err := process.Read(t.Context(), name, state); err == nil && got.IsNull() || err != nil && !errors.As(err, &refused) {
					t.Fatalf("the state is lost: %v", err)
				}

				config := drawer{t, true, required, computed}.draw(schema.ValueType(), "config", "")
				if rapid.Bool().Draw(t, "create") {
					state = tftypes.NewValue(schema.ValueType(), nil)
				}
				if err := process.Plan(t.Context(), name, state, config); err == nil {
					planned++
				} else if !errors.As(err, &refused) {
					t.Fatal(err)
				}
			}
			for range 5 { // Each time, 20 with -short, and 100 without.
				rapid.Check(t, check)
			}
			if planned == 0 {
				t.Error("no configuration was planned, so nothing is shown")
			}
		})
	}
}

// drawer draws values of a type. By name, some members are never null, or always.
type drawer struct {
	t              *rapid.T
	unknowns       bool
	required, null map[string]bool
}

func (d drawer) draw(typ tftypes.Type, path, name string) tftypes.Value {
	path += "." + name
	kinds := []string{"value", "value"}
	if !d.required[name] && name != "" {
		kinds = append(kinds, "null")
	}
	if d.unknowns && name != "" {
		kinds = append(kinds, "unknown")
	}
	switch kind := rapid.SampledFrom(kinds).Draw(d.t, path); {
	case kind == "null" || d.null[name]:
		return tftypes.NewValue(typ, nil)
	case kind == "unknown":
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	}
	members := map[string]tftypes.Value{}
	switch typ := typ.(type) {
	case tftypes.Object:
		for _, member := range slices.Sorted(maps.Keys(typ.AttributeTypes)) {
			members[member] = d.draw(typ.AttributeTypes[member], path, member)
		}

		return tftypes.NewValue(typ, members)
	case tftypes.Map:
		for _, key := range []string{"a", "b"}[rapid.IntRange(0, 2).Draw(d.t, path+" size"):] {
			members[key] = d.draw(typ.ElementType, path, key)
		}

		return tftypes.NewValue(typ, members)
	case tftypes.Set:
		var elements []tftypes.Value
		for range rapid.IntRange(0, 3).Draw(d.t, path+" size") {
			elements = append(elements, d.draw(typ.ElementType, path, "element"))
		}

		return tftypes.NewValue(typ, elements)
	}
	switch {
	case typ.Is(tftypes.Bool):
		return tftypes.NewValue(typ, rapid.Bool().Draw(d.t, path+" as"))
	case typ.Is(tftypes.Number):
		name = "number"
	case samples[name] == nil:
		name = "string"
	}

	return tftypes.NewValue(typ, rapid.SampledFrom(samples[name]).Draw(d.t, path+" as"))
}

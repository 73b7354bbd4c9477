// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// samples are values of an attribute, valid ones and others.
var samples = map[string][]any{
	"address": {"alice@example.com", "bob@example.com", "carol", "a/b", "ü", "", "a,b"},
	"appid":   {android, ios, web, "com.example.tv", "", "123"},
	"gid":     {"4711", "x"},
	"string":  {"Alice", "Bob", "", "selected", "members", "5m", "x\ny"},
	"number":  {1, 60, 525600, 0, -1},
}

// Whatever is in a configuration and a state, with every attribute null, unknown or some value: a plan does not panic,
// and keeps to the configuration, which protocoltest checks. A read that is not answered keeps the state.
func TestAnyConfigurationAndState(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Close()
	start := func() *protocoltest.Process {
		process, err := newWorkspace(b, map[string]any{"max_retries": 0}).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		return process
	}
	schemas := start().Schemas()
	if len(schemas) < 5 {
		t.Errorf("there are only %d types of resources", len(schemas))
	}
	for name, schema := range schemas {
		process := start()
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			planned := 0
			check := func(t *rapid.T) {
				state := drawObject(t, "state", schema, func(*tfprotov6.SchemaAttribute) bool { return true }, false)
				var refused *protocoltest.DiagnosticsError
				if got, err := process.Read(t.Context(), name, state); err == nil && got.IsNull() || err != nil && !errors.As(err, &refused) {
					t.Fatalf("the state is lost: %v", err)
				}

				config := drawObject(t, "config", schema, func(a *tfprotov6.SchemaAttribute) bool { return a.Optional || a.Required }, true)
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

// drawObject draws an object of a schema. What is not settable is null. Blocks are left out.
func drawObject(t *rapid.T, label string, schema *tfprotov6.Schema, settable func(*tfprotov6.SchemaAttribute) bool, unknowns bool) tftypes.Value {
	object, _ := schema.ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, typ := range object.AttributeTypes {
		values[name] = tftypes.NewValue(typ, nil)
	}
	for _, attribute := range schema.Block.Attributes {
		if settable(attribute) {
			values[attribute.Name] = drawValue(t, label, attribute.Name, attribute.ValueType(), unknowns, !attribute.Required)
		}
	}

	return tftypes.NewValue(object, values)
}

func drawValue(t *rapid.T, label, name string, typ tftypes.Type, unknowns, nulls bool) tftypes.Value {
	label += "." + name
	kinds := []string{"value", "value"}
	if nulls {
		kinds = append(kinds, "null")
	}
	if unknowns {
		kinds = append(kinds, "unknown")
	}
	switch rapid.SampledFrom(kinds).Draw(t, label) {
	case "null":
		return tftypes.NewValue(typ, nil)
	case "unknown":
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		values := map[string]tftypes.Value{}
		for _, member := range slices.Sorted(maps.Keys(typ.AttributeTypes)) {
			values[member] = drawValue(t, label, member, typ.AttributeTypes[member], unknowns, member != "address")
		}

		return tftypes.NewValue(typ, values)
	case tftypes.Set:
		var elements []tftypes.Value
		for i := range rapid.IntRange(0, 3).Draw(t, label+" size") {
			elements = append(elements, drawValue(t, label, fmt.Sprint(i), typ.ElementType, unknowns, false))
		}

		return tftypes.NewValue(typ, elements)
	case tftypes.Map:
		values := map[string]tftypes.Value{}
		for i := range rapid.IntRange(0, 2).Draw(t, label+" size") {
			values[fmt.Sprint(i)] = drawValue(t, label, fmt.Sprint(i), typ.ElementType, unknowns, true)
		}

		return tftypes.NewValue(typ, values)
	}
	sample := name
	switch {
	case typ.Is(tftypes.Bool):
		return tftypes.NewValue(typ, rapid.Bool().Draw(t, label+" as"))
	case typ.Is(tftypes.Number):
		sample = "number"
	case samples[name] == nil:
		sample = "string"
	}

	return tftypes.NewValue(typ, rapid.SampledFrom(samples[sample]).Draw(t, label+" as"))
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// samples are values for an attribute: such as pass its validators, and such as do not.
var samples = map[string][]any{
	"address": {"alice@example.com", "a/b", "ü", "", "a,b"},
	"appid":   {android, web, "", "123"},
	"gid":     {"4711", "x"},
	"string":  {"Alice", "", "selected", "members", "5m", "x\ny"},
	"number":  {1, 60, 525600, 0, -1},
}

// Whatever a configuration and a state hold, with every attribute null, unknown or some value: nothing panics, and what
// is configured is planned as it is.
func TestPlanKeepsWhatIsConfigured(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Close() // A plan of these sends nothing.
	schemas, err := b.NewProvider().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(schemas.ResourceSchemas) < 5 {
		t.Errorf("there are only %d resources", len(schemas.ResourceSchemas))
	}
	for name, schema := range schemas.ResourceSchemas {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			planned := 0
			rapid.Check(t, func(t *rapid.T) {
				server := configured(t.Context(), t, b, schemas.Provider)
				config := drawObject(t, "config", schema, func(a *tfprotov6.SchemaAttribute) bool { return a.Optional || a.Required }, true)
				if !valid(t, server, name, config) {
					return
				}
				prior := tftypes.NewValue(schema.ValueType(), nil)
				if rapid.Bool().Draw(t, "update") {
					prior = drawObject(t, "state", schema, func(*tfprotov6.SchemaAttribute) bool { return true }, false)
				}
				got, refused := plan(t, server, name, schema, prior, config)
				if refused {
					return
				}
				planned++
				for _, attribute := range schema.Block.Attributes {
					want := attributeOf(t, config, attribute.Name)
					if !want.IsNull() && !attributeOf(t, got, attribute.Name).Equal(want) {
						t.Fatalf("%s is configured as %s and planned as %s", attribute.Name, want, attributeOf(t, got, attribute.Name))
					}
					if want.IsNull() && !attribute.Computed && !attributeOf(t, got, attribute.Name).IsNull() {
						t.Fatalf("%s is not configured, and planned as %s", attribute.Name, attributeOf(t, got, attribute.Name))
					}
				}
			})
			if planned == 0 {
				t.Error("no configuration was ever planned, so nothing is shown")
			}
		})
	}
}

// A state with every attribute null or some value can be read when the server says nothing, and stays as it is.
func TestUnansweredReadKeepsState(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Close()
	schemas, err := b.NewProvider().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range schemas.ResourceSchemas {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			rapid.Check(t, func(t *rapid.T) {
				server := configured(t.Context(), t, b, schemas.Provider)
				state := drawObject(t, "state", schema, func(*tfprotov6.SchemaAttribute) bool { return true }, false)
				read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: dynamic(t, state)})
				if err != nil {
					t.Fatal(err)
				}
				if read.NewState == nil {
					return // It was refused, which keeps the state too.
				}
				got, err := read.NewState.Unmarshal(schema.ValueType())
				if err != nil || got.IsNull() {
					t.Fatalf("the state is lost: %s, %v", got, err)
				}
			})
		})
	}
}

// configured returns a provider whose server cannot be reached.
func configured(ctx context.Context, t *rapid.T, b *acctest.Backend, schema *tfprotov6.Schema) tfprotov6.ProviderServer {
	server := b.NewProvider()
	settings := map[string]tftypes.Value{}
	object, _ := schema.ValueType().(tftypes.Object)
	for name, typ := range object.AttributeTypes {
		settings[name] = tftypes.NewValue(typ, nil)
	}
	settings["app_token"] = tftypes.NewValue(tftypes.String, acctest.AppToken)
	settings["endpoint"] = tftypes.NewValue(tftypes.String, b.Endpoint())
	settings["max_retries"] = tftypes.NewValue(tftypes.Number, 0)
	answer, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: dynamic(t, tftypes.NewValue(object, settings))})
	if err != nil || len(answer.Diagnostics) > 0 {
		t.Fatalf("the provider is not configured: %v %v", err, answer)
	}

	return server
}

func valid(t *rapid.T, server tfprotov6.ProviderServer, name string, config tftypes.Value) bool {
	answer, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: dynamic(t, config)})
	if err != nil {
		t.Fatal(err)
	}

	return !slices.ContainsFunc(answer.Diagnostics, isError)
}

// plan returns what is planned, or that it was refused.
func plan(t *rapid.T, server tfprotov6.ProviderServer, name string, schema *tfprotov6.Schema, prior, config tftypes.Value) (tftypes.Value, bool) {
	proposed := config
	if !prior.IsNull() {
		values := membersOf(t, config)
		for _, attribute := range schema.Block.Attributes {
			if attribute.Computed && values[attribute.Name].IsNull() {
				values[attribute.Name] = attributeOf(t, prior, attribute.Name)
			}
		}
		proposed = tftypes.NewValue(config.Type(), values)
	}
	answer, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: dynamic(t, prior), ProposedNewState: dynamic(t, proposed), Config: dynamic(t, config),
	})
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(answer.Diagnostics, isError) {
		return tftypes.Value{}, true
	}
	planned, err := answer.PlannedState.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}

	return planned, false
}

func isError(diagnostic *tfprotov6.Diagnostic) bool {
	return diagnostic.Severity == tfprotov6.DiagnosticSeverityError
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
	kinds := []string{"value", "value"}
	if nulls {
		kinds = append(kinds, "null")
	}
	if unknowns {
		kinds = append(kinds, "unknown")
	}
	label += "." + name
	switch rapid.SampledFrom(kinds).Draw(t, label) {
	case "null":
		return tftypes.NewValue(typ, nil)
	case "unknown":
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	}
	sample := func(name string) any { return rapid.SampledFrom(samples[name]).Draw(t, label+" as") }
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
	default:
		switch {
		case typ.Is(tftypes.Bool):
			return tftypes.NewValue(typ, rapid.Bool().Draw(t, label+" as"))
		case typ.Is(tftypes.Number):
			return tftypes.NewValue(typ, sample("number"))
		case samples[name] != nil:
			return tftypes.NewValue(typ, sample(name))
		default:
			return tftypes.NewValue(typ, sample("string"))
		}
	}
}

func membersOf(t *rapid.T, object tftypes.Value) map[string]tftypes.Value {
	var values map[string]tftypes.Value
	if err := object.As(&values); err != nil {
		t.Fatal(err)
	}

	return maps.Clone(values)
}

func attributeOf(t *rapid.T, object tftypes.Value, name string) tftypes.Value {
	return membersOf(t, object)[name]
}

func dynamic(t *rapid.T, value tftypes.Value) *tfprotov6.DynamicValue {
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		t.Fatal(err)
	}

	return &encoded
}

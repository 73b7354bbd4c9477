// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// A run is one configured process of the provider. A test calls it in any order in which a CLI may, such as a create
// before the destroy.
type run struct {
	server  tfprotov6.ProviderServer
	schemas map[string]*tfprotov6.Schema
}

// An object is a resource in the state.
type object struct {
	kind     string
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

func newRun(t *testing.T, b *acctest.Backend) *run {
	t.Helper()

	server := b.NewProvider()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	config := encode(schema.Provider.ValueType(), map[string]any{"app_token": acctest.AppToken, "endpoint": b.Endpoint()})
	if _, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(config)}); err != nil {
		t.Fatal(err)
	}

	return &run{server, schema.ResourceSchemas}
}

// encode returns a Go value as one of the type. What an object leaves out is null.
func encode(typ tftypes.Type, value any) tftypes.Value {
	switch typ := typ.(type) {
	case tftypes.Object:
		attributes, _ := value.(map[string]any)
		if attributes == nil {
			break
		}
		values := map[string]tftypes.Value{}
		for name, attribute := range typ.AttributeTypes {
			values[name] = encode(attribute, attributes[name])
		}

		return tftypes.NewValue(typ, values)
	case tftypes.Set:
		elements := []tftypes.Value{}
		for _, element := range value.([]any) { //nolint:forcetypeassert // A panic fails the test.
			elements = append(elements, encode(typ.ElementType, element))
		}

		return tftypes.NewValue(typ, elements)
	}

	return tftypes.NewValue(typ, value)
}

func dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		panic(err)
	}

	return &encoded
}

// validate validates a block, and returns its value.
func (r *run) validate(t *testing.T, block protocoltest.Resource) (tftypes.Value, diagnostics) {
	t.Helper()

	config := encode(r.schemas[block.Type].ValueType(), block.Attributes)
	reply, err := r.server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: block.Type, Config: dynamic(config)})
	if err != nil {
		t.Fatal(err)
	}

	return config, reply.Diagnostics
}

// apply validates a block, plans it and makes it so.
func (r *run) apply(t *testing.T, block protocoltest.Resource, prior *object) (*object, diagnostics) {
	t.Helper()

	config, found := r.validate(t, block)
	if found.errors() {
		return prior, found
	}

	return r.change(t, block.Type, config, prior)
}

// destroy deletes an object.
func (r *run) destroy(t *testing.T, prior *object) (*object, diagnostics) {
	t.Helper()

	return r.change(t, prior.kind, tftypes.NewValue(r.schemas[prior.kind].ValueType(), nil), prior)
}

func (r *run) change(t *testing.T, kind string, config tftypes.Value, prior *object) (*object, diagnostics) {
	t.Helper()

	typ := r.schemas[kind].ValueType()
	before := object{value: tftypes.NewValue(typ, nil)}
	if prior != nil {
		before = *prior
	}
	plan, err := r.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: kind, Config: dynamic(config), PriorState: dynamic(before.value), ProposedNewState: dynamic(config),
		PriorPrivate: before.private, PriorIdentity: before.identity,
	})
	if err != nil {
		t.Fatal(err)
	}
	found := diagnostics(plan.Diagnostics)
	if found.errors() {
		return prior, found
	}
	reply, err := r.server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kind, Config: dynamic(config), PriorState: dynamic(before.value), PlannedState: plan.PlannedState,
		PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	if err != nil {
		t.Fatal(err)
	}

	return r.decode(t, kind, reply.NewState, reply.Private, reply.NewIdentity), append(found, reply.Diagnostics...)
}

// refresh reads an object.
func (r *run) refresh(t *testing.T, prior *object) (*object, diagnostics) {
	t.Helper()

	reply, err := r.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: prior.kind, CurrentState: dynamic(prior.value), Private: prior.private, CurrentIdentity: prior.identity,
	})
	if err != nil {
		t.Fatal(err)
	}

	return r.decode(t, prior.kind, reply.NewState, reply.Private, reply.NewIdentity), reply.Diagnostics
}

func (r *run) decode(
	t *testing.T, kind string, state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData,
) *object {
	t.Helper()

	value, err := state.Unmarshal(r.schemas[kind].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	if value.IsNull() {
		return nil
	}

	return &object{kind, value, private, identity}
}

// must returns the object of a call that succeeded.
func must(t *testing.T) func(*object, diagnostics) *object {
	t.Helper()

	return func(object *object, found diagnostics) *object {
		t.Helper()
		if found.errors() {
			t.Fatal(found)
		}

		return object
	}
}

// addresses returns the addresses in a set.
func (o *object) addresses(t *testing.T) []string {
	t.Helper()

	var addresses []string
	err := tftypes.Walk(o.value, func(path *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		if last := path.LastStep(); last == tftypes.AttributeName("address") {
			var address string
			if err := value.As(&address); err != nil {
				return false, err
			}
			addresses = append(addresses, address)
		}

		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}

	return addresses
}

type diagnostics []*tfprotov6.Diagnostic

// String returns one paragraph for each diagnostic.
func (d diagnostics) String() string {
	var text strings.Builder
	for _, diagnostic := range d {
		text.WriteString(diagnostic.Severity.String() + " " + diagnostic.Summary + ": " + diagnostic.Detail + "\n")
	}

	return text.String()
}

func (d diagnostics) errors() bool {
	return strings.Contains(d.String(), tfprotov6.DiagnosticSeverityError.String()+" ")
}

// single is a mesibo_group_member.
func single(gid, address string) protocoltest.Resource {
	yes := map[string]any{"gid": gid, "address": address}
	for _, permission := range []string{"can_send", "can_receive", "can_publish", "can_subscribe", "can_list"} {
		yes[permission] = true
	}

	return protocoltest.Resource{Type: "mesibo_group_member", Attributes: yes}
}

// set is a mesibo_group_members.
func set(gid string, addresses ...string) protocoltest.Resource {
	members := []any{}
	for _, address := range addresses {
		members = append(members, map[string]any{"address": address})
	}

	return protocoltest.Resource{Type: "mesibo_group_members", Attributes: map[string]any{"gid": gid, "members": members}}
}

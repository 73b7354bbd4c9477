// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Process is a configured process of the provider. Its methods make the calls that a CLI makes.
type Process struct {
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
	report func([]*tfprotov6.Diagnostic)
}

// DiagnosticsError is what a provider reported, as opposed to a rule of the protocol that it broke.
type DiagnosticsError struct{ text string }

// Error implements error.
func (e *DiagnosticsError) Error() string { return e.text }

// call makes a call of the protocol. When the provider reports errors, there are a response and a [DiagnosticsError].
func call[Request, Response any](
	ctx context.Context, p *Process, subject string, method func(context.Context, *Request) (*Response, error), request *Request,
) (*Response, error) {
	response, err := method(ctx, request)
	if err != nil {
		return nil, err
	}
	diagnostics, _ := reflect.ValueOf(response).Elem().FieldByName("Diagnostics").Interface().([]*tfprotov6.Diagnostic)

	return response, p.check(subject, diagnostics)
}

// check reports diagnostics, and returns the errors among them.
func (p *Process) check(subject string, diagnostics []*tfprotov6.Diagnostic) error {
	p.report(diagnostics)
	var texts []string
	for _, diagnostic := range diagnostics {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			texts = append(texts, diagnostic.Summary+": "+diagnostic.Detail)
		}
	}
	if texts == nil {
		return nil
	}

	return &DiagnosticsError{subject + ": " + strings.Join(texts, "; ")}
}

func (p *Process) configure(ctx context.Context, settings map[string]any) error {
	config, err := decode(p.schema.Provider.ValueType(), settings)
	if err != nil {
		return err
	}
	const subject = "the provider block"
	_, err = call(ctx, p, subject, p.server.ValidateProviderConfig, &tfprotov6.ValidateProviderConfigRequest{Config: dynamic(config)})
	if err == nil {
		_, err = call(ctx, p, subject, p.server.ConfigureProvider, &tfprotov6.ConfigureProviderRequest{Config: dynamic(config)})
	}

	return err
}

// Schemas returns the schema of each type of resource.
func (p *Process) Schemas() map[string]*tfprotov6.Schema {
	return p.schema.ResourceSchemas
}

// Read refreshes a state. It is null when the object is gone.
func (p *Process) Read(ctx context.Context, typeName string, state tftypes.Value) (tftypes.Value, error) {
	read, err := p.refresh(ctx, object{resource: Resource{Type: typeName}, value: state})
	if err != nil || read == nil {
		return p.null(typeName), err
	}

	return read.value, nil
}

// Plan validates a configuration and plans the change from a prior state, which is null for a create.
func (p *Process) Plan(ctx context.Context, typeName string, prior, config tftypes.Value) error {
	_, err := p.plan(ctx, Resource{Type: typeName}, config, &object{value: prior})

	return err
}

// object is a resource in the state.
type object struct {
	resource Resource // the block that it was last applied from
	value    tftypes.Value
	identity *tfprotov6.ResourceIdentityData
	private  []byte
	tainted  bool
}

// Object is a resource in the state.
type Object = object

// Value returns the attributes.
func (o *Object) Value() tftypes.Value { return o.value }

// Apply plans and applies a resource without references, as a change of the prior object, which is nil for a create. It
// returns the object to keep, also beside an error. With [Process.Destroy] it makes the calls of one run in any order.
func (p *Process) Apply(ctx context.Context, resource Resource, prior *Object) (*Object, error) {
	config, err := evaluate(p.typeOf(resource.Type), resource, nil)
	if err != nil {
		return prior, err
	}
	planned, err := p.plan(ctx, resource, config, prior)
	if err != nil {
		return prior, err
	}

	return p.apply(ctx, resource, planned)
}

// Destroy plans and makes that the object goes. It returns the object to keep after an error.
func (p *Process) Destroy(ctx context.Context, prior *Object) (*Object, error) {
	planned, err := p.planDestroy(ctx, prior)
	if err != nil {
		return prior, err
	}

	return p.apply(ctx, prior.resource, planned)
}

// Refresh returns the object as the server has it, nil when it is gone.
func (p *Process) Refresh(ctx context.Context, prior *Object) (*Object, error) {
	return p.refresh(ctx, *prior)
}

// Import imports an object by its ID, and refreshes it.
func (p *Process) Import(ctx context.Context, resource Resource, id string) (*Object, error) {
	subject := "importing " + resource.Address()
	imported, err := call(ctx, p, subject, p.server.ImportResourceState, &tfprotov6.ImportResourceStateRequest{
		TypeName: resource.Type, ID: id,
	})
	if err != nil {
		return nil, err
	}
	found := imported.ImportedResources[0]
	value, err := found.State.Unmarshal(p.typeOf(resource.Type))
	if err != nil {
		return nil, err
	}
	read, err := p.refresh(ctx, object{resource: resource, value: value, private: found.Private, identity: found.Identity})
	if err == nil && read == nil {
		err = errors.New(subject + ": not found")
	}

	return read, err
}

// Validate validates the configuration of a resource without references.
func (p *Process) Validate(ctx context.Context, resource Resource) error {
	config, err := evaluate(p.typeOf(resource.Type), resource, nil)
	if err != nil {
		return err
	}

	return p.validate(ctx, resource, config)
}

// List returns the display names of what a list resource finds, and reports its diagnostics.
func (p *Process) List(ctx context.Context, typeName string, attributes map[string]any, limit int64) (names []string, err error) {
	server, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		return nil, errors.New("the provider has no list resources")
	}
	config, err := decode(p.schema.ListResourceSchemas[typeName].ValueType(), attributes)
	if err != nil {
		return nil, err
	}
	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: typeName, Config: dynamic(config), Limit: limit})
	if err != nil {
		return nil, err
	}
	for result := range stream.Results {
		names = append(names, result.DisplayName)
		err = errors.Join(err, p.check("listing "+typeName, result.Diagnostics))
	}

	return names, err
}

func (p *Process) typeOf(typeName string) tftypes.Type {
	return p.schema.ResourceSchemas[typeName].ValueType()
}

func (p *Process) null(typeName string) tftypes.Value {
	return tftypes.NewValue(p.typeOf(typeName), nil)
}

// refresh returns the object as the server has it, nil when it is gone.
func (p *Process) refresh(ctx context.Context, before object) (*object, error) {
	read, err := call(ctx, p, "reading "+before.resource.Address(), p.server.ReadResource, &tfprotov6.ReadResourceRequest{
		TypeName: before.resource.Type, CurrentState: dynamic(before.value), Private: before.private, CurrentIdentity: before.identity,
	})
	if err != nil {
		return nil, err
	}
	value, err := read.NewState.Unmarshal(p.typeOf(before.resource.Type))
	if err != nil || value.IsNull() {
		return nil, err
	}
	before.value, before.private, before.identity = value, read.Private, read.NewIdentity

	return &before, nil
}

// change is what is planned for one resource.
type change struct {
	prior    *object // nil for a create
	config   tftypes.Value
	planned  tftypes.Value // null for a destroy
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	replace  bool

	createFirst bool
}

// isEmpty reports whether there is nothing to do.
func (c change) isEmpty() bool {
	return c.prior != nil && !c.replace && c.prior.value.Equal(c.planned)
}

// deposes reports whether the prior object goes after the one that replaces it was created.
func (c change) deposes() bool {
	return c.prior != nil && c.replace && c.createFirst
}

// destroys reports whether the prior object goes first, for good or to be replaced.
func (c change) destroys() bool {
	return c.prior != nil && !c.deposes() && (c.replace || c.planned.IsNull())
}

func (p *Process) validate(ctx context.Context, resource Resource, config tftypes.Value) error {
	_, err := call(ctx, p, "validating "+resource.Address(), p.server.ValidateResourceConfig, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resource.Type, Config: dynamic(config),
	})

	return err
}

// plan validates the configuration and plans a create, an update or a replacement.
func (p *Process) plan(ctx context.Context, resource Resource, config tftypes.Value, prior *object) (change, error) {
	err := p.validate(ctx, resource, config)
	if err != nil {
		return change{}, err
	}
	var planned change
	replace := prior != nil && prior.tainted
	if !replace {
		if planned, replace, err = p.planChange(ctx, resource, config, prior); err != nil {
			return planned, err
		}
	}
	if replace { // The new object is planned as a create.
		null := &object{value: p.null(resource.Type), private: planned.private, identity: planned.identity}
		planned, _, err = p.planChange(ctx, resource, config, null)
		planned.replace = true
	}
	planned.prior, planned.createFirst = prior, resource.CreateBeforeDestroy

	return planned, err
}

// planDestroy plans that the object goes.
func (p *Process) planDestroy(ctx context.Context, prior *object) (change, error) {
	planned, _, err := p.planChange(ctx, prior.resource, p.null(prior.resource.Type), prior)
	planned.prior = prior

	return planned, err
}

// planChange makes the call of the protocol; replace says that the provider cannot do it in place.
func (p *Process) planChange(ctx context.Context, resource Resource, config tftypes.Value, prior *object) (_ change, replace bool, err error) {
	if prior == nil {
		prior = &object{value: p.null(resource.Type)}
	}
	schema := p.schema.ResourceSchemas[resource.Type]
	answer, err := call(ctx, p, "planning "+resource.Address(), p.server.PlanResourceChange, &tfprotov6.PlanResourceChangeRequest{
		TypeName: resource.Type, Config: dynamic(config), ProposedNewState: dynamic(proposed(schema, prior.value, config)),
		PriorState: dynamic(prior.value), PriorPrivate: prior.private, PriorIdentity: prior.identity,
	})
	if err != nil {
		return change{}, false, err
	}
	planned, err := answer.PlannedState.Unmarshal(schema.ValueType())
	if err == nil {
		err = checkPlan(schema, prior.value, config, planned)
	}

	return change{
		config: config, planned: planned, private: answer.PlannedPrivate, identity: answer.PlannedIdentity,
	}, len(answer.RequiresReplace) > 0, err
}

// apply carries a change out. It returns the object to keep, also beside an error, or nil for none.
func (p *Process) apply(ctx context.Context, resource Resource, change change) (*object, error) {
	before := p.null(resource.Type)
	if change.prior != nil {
		before = change.prior.value
	}
	subject := "applying " + resource.Address()
	applied, failure := call(ctx, p, subject, p.server.ApplyResourceChange, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resource.Type, PriorState: dynamic(before), PlannedState: dynamic(change.planned), Config: dynamic(change.config),
		PlannedPrivate: change.private, PlannedIdentity: change.identity,
	})
	if applied == nil {
		return change.prior, failure
	}
	value, err := applied.NewState.Unmarshal(p.typeOf(resource.Type))
	if err != nil {
		return change.prior, err
	}
	after := &object{resource: resource, value: value, private: applied.Private, identity: applied.NewIdentity}
	after.tainted = failure != nil && (change.prior == nil || change.prior.tainted)
	switch {
	case value.IsNull():
		after = nil
		if failure == nil && !change.planned.IsNull() {
			failure = fmt.Errorf("%s: no error, and no new state", subject)
		}
	case !value.IsFullyKnown():
		failure = fmt.Errorf("%s: unknown values are left after it", subject)
	case failure == nil && change.planned.IsNull():
		failure = fmt.Errorf("%s: no error, and the object is still there", subject)
	case failure == nil:
		if err := checkResult(change.planned, value); err != nil {
			failure = fmt.Errorf("%s: %w", subject, err)
		}
	}

	return after, failure
}

// invoke invokes an action, or only validates and plans it.
func (p *Process) invoke(ctx context.Context, action string, attributes map[string]any, planOnly bool) error {
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		return errors.New("the provider has no actions")
	}
	config, err := decode(p.schema.ActionSchemas[action].Schema.ValueType(), attributes)
	if err != nil {
		return err
	}
	if planOnly {
		_, err = call(ctx, p, "validating "+action, server.ValidateActionConfig, &tfprotov6.ValidateActionConfigRequest{
			ActionType: action, Config: dynamic(config),
		})
		if err == nil {
			_, err = call(ctx, p, "planning "+action, server.PlanAction, &tfprotov6.PlanActionRequest{ActionType: action, Config: dynamic(config)})
		}

		return err
	}
	stream, err := server.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: action, Config: dynamic(config)})
	if err != nil {
		return err
	}
	err = errors.New("the action did not report that it is done")
	for event := range stream.Events {
		if completed, done := event.Type.(tfprotov6.CompletedInvokeActionEventType); done {
			err = p.check("invoking "+action, completed.Diagnostics)
		}
	}

	return err
}

// proposed returns what a CLI suggests as the new value: the configuration, and the prior value of attributes that are
// computed and not configured.
func proposed(schema *tfprotov6.Schema, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() || prior.IsNull() {
		return config
	}
	values, before := maps.Clone(attributesOf(config)), attributesOf(prior)
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && values[attribute.Name].IsNull() {
			values[attribute.Name] = before[attribute.Name]
		}
	}

	return tftypes.NewValue(config.Type(), values)
}

// checkPlan returns an error unless what is configured is planned as it is, or as it was before, and what is neither
// configured nor computed is planned as null.
func checkPlan(schema *tfprotov6.Schema, prior, config, planned tftypes.Value) error {
	before, configured, plan := attributesOf(prior), attributesOf(config), attributesOf(planned)
	for _, attribute := range schema.Block.Attributes {
		name := attribute.Name
		computed := attribute.Computed && configured[name].IsNull()
		kept := !configured[name].IsNull() && !prior.IsNull() && plan[name].Equal(before[name])
		if !computed && !kept && !plan[name].Equal(configured[name]) {
			return fmt.Errorf("%s is configured as %s and planned as %s", name, configured[name], plan[name])
		}
	}

	return nil
}

// checkResult returns an error unless a value is as planned. What was unknown may become anything.
func checkResult(planned, value tftypes.Value) error {
	differences, err := planned.Diff(value)
	if err != nil {
		return err
	}
	for _, difference := range differences {
		wanted := difference.Value1
		if wanted != nil && len(difference.Path.Steps()) > 0 && isKnownLeaf(wanted) {
			return fmt.Errorf("%s is not as planned", difference.Path)
		}
	}

	return nil
}

func isKnownLeaf(value *tftypes.Value) bool {
	typ := value.Type()

	return value.IsKnown() && (value.IsNull() || typ.Is(tftypes.String) || typ.Is(tftypes.Bool) || typ.Is(tftypes.Number))
}

func dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		panic(err) // The value does not fit its own type.
	}

	return &encoded
}

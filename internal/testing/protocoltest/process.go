// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// process is a running provider that is configured. Each method is a call of the protocol, or the few that a CLI
// makes together.
type process struct {
	server  tfprotov6.ProviderServer
	schemas map[string]*tfprotov6.Schema
	actions map[string]*tfprotov6.ActionSchema
	report  func([]*tfprotov6.Diagnostic)
}

// object is a resource as the state knows it.
type object struct {
	resource Resource // the block that it was last applied from
	value    tftypes.Value
	identity *tfprotov6.ResourceIdentityData
	private  []byte
	tainted  bool
}

func start(ctx context.Context, server tfprotov6.ProviderServer, settings map[string]any, report func([]*tfprotov6.Diagnostic)) (*process, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	p := &process{server: server, schemas: schemas.ResourceSchemas, actions: schemas.ActionSchemas, report: report}
	if err = p.failed("the provider's schema", schemas.Diagnostics); err != nil {
		return nil, err
	}
	config, err := encode(schemas.Provider.ValueType(), settings)
	if err != nil {
		return nil, err
	}
	validated, err := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: dynamic(config)})
	if err != nil {
		return nil, err
	}
	if err = p.failed("the provider block", validated.Diagnostics); err != nil {
		return nil, err
	}
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.16.4", Config: dynamic(config)})
	if err != nil {
		return nil, err
	}

	return p, p.failed("the provider block", configured.Diagnostics)
}

// failed reports the diagnostics, and returns the errors among them.
func (p *process) failed(subject string, diagnostics []*tfprotov6.Diagnostic) error {
	p.report(diagnostics)
	var errors []string
	for _, diagnostic := range diagnostics {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			errors = append(errors, diagnostic.Summary+": "+diagnostic.Detail)
		}
	}
	if errors == nil {
		return nil
	}

	return fmt.Errorf("%s: %s", subject, strings.Join(errors, "; "))
}

func (p *process) typeOf(name string) tftypes.Type {
	return p.schemas[name].ValueType()
}

// refresh returns the object as the server has it, nil when it is gone.
func (p *process) refresh(ctx context.Context, before object) (*object, error) {
	typ := p.typeOf(before.resource.Type)
	read, err := p.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: before.resource.Type, CurrentState: dynamic(before.value),
		Private: before.private, CurrentIdentity: before.identity,
	})
	if err != nil {
		return nil, err
	}
	if err = p.failed("reading "+before.resource.Address(), read.Diagnostics); err != nil {
		return nil, err
	}
	value, err := read.NewState.Unmarshal(typ)
	if err != nil || value.IsNull() {
		return nil, err
	}
	before.value, before.private, before.identity = value, read.Private, read.NewIdentity

	return &before, nil
}

// A change is what is planned for one resource.
type change struct {
	prior    *object // nil for a create
	config   tftypes.Value
	planned  tftypes.Value // null for a destroy
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	replace  bool // the provider cannot do it in place
}

// empty reports whether there is nothing to do.
func (c change) empty() bool {
	return c.prior != nil && !c.prior.tainted && !c.replace && c.prior.value.Equal(c.planned)
}

// plan validates the configuration and plans the way there; prior is nil for a create.
func (p *process) plan(ctx context.Context, resource Resource, config tftypes.Value, prior *object) (change, error) {
	validated, err := p.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resource.Type, Config: dynamic(config),
	})
	if err != nil {
		return change{}, err
	}
	if err = p.failed("validating "+resource.Address(), validated.Diagnostics); err != nil {
		return change{}, err
	}

	return p.planChange(ctx, resource, config, prior)
}

// planDestroy plans that the object goes.
func (p *process) planDestroy(ctx context.Context, prior *object) (change, error) {
	return p.planChange(ctx, prior.resource, tftypes.NewValue(p.typeOf(prior.resource.Type), nil), prior)
}

func (p *process) planChange(ctx context.Context, resource Resource, config tftypes.Value, prior *object) (change, error) {
	typ := p.typeOf(resource.Type)
	request := &tfprotov6.PlanResourceChangeRequest{TypeName: resource.Type, Config: dynamic(config)}
	before := tftypes.NewValue(typ, nil)
	if prior != nil {
		before = prior.value
		request.PriorPrivate, request.PriorIdentity = prior.private, prior.identity
	}
	request.PriorState, request.ProposedNewState = dynamic(before), dynamic(proposed(p.schemas[resource.Type], before, config))
	answer, err := p.server.PlanResourceChange(ctx, request)
	if err != nil {
		return change{}, err
	}
	if err = p.failed("planning "+resource.Address(), answer.Diagnostics); err != nil {
		return change{}, err
	}
	planned, err := answer.PlannedState.Unmarshal(typ)

	return change{
		prior: prior, config: config, planned: planned, private: answer.PlannedPrivate, identity: answer.PlannedIdentity,
		replace: prior != nil && len(answer.RequiresReplace) > 0,
	}, err
}

// apply carries a change out. The object is what is to be kept, nil for nothing, also beside an error.
func (p *process) apply(ctx context.Context, resource Resource, change change) (*object, error) {
	typ := p.typeOf(resource.Type)
	before := tftypes.NewValue(typ, nil)
	if change.prior != nil {
		before = change.prior.value
	}
	applied, err := p.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resource.Type, PriorState: dynamic(before), PlannedState: dynamic(change.planned),
		Config: dynamic(change.config), PlannedPrivate: change.private, PlannedIdentity: change.identity,
	})
	if err != nil {
		return change.prior, err
	}
	failure := p.failed("applying "+resource.Address(), applied.Diagnostics)
	value, err := applied.NewState.Unmarshal(typ)
	if err != nil {
		return change.prior, err
	}
	if value.IsNull() {
		if failure == nil && !change.planned.IsNull() {
			failure = fmt.Errorf("applying %s: no error, and no new state", resource.Address())
		}

		return nil, failure
	}
	after := &object{resource: resource, value: value, private: applied.Private, identity: applied.NewIdentity}
	switch {
	case !value.IsFullyKnown():
		return after, fmt.Errorf("applying %s: unknown values are left after it", resource.Address())
	case failure != nil:
		after.tainted = change.prior == nil || change.prior.tainted
		if change.planned.IsNull() {
			after.resource = change.prior.resource
		}

		return after, failure
	case change.planned.IsNull():
		return after, fmt.Errorf("destroying %s: no error, and it is still there", resource.Address())
	}
	if err := conforms(change.planned, value); err != nil {
		return after, fmt.Errorf("applying %s: %w", resource.Address(), err)
	}

	return after, nil
}

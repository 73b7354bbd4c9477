// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A Workspace is a state, and the provider that it is kept by. It is not safe for concurrent use.
type Workspace struct {
	provider func() tfprotov6.ProviderServer
	settings map[string]any
	state    []*object // in the order of creation, so that each stands after what it depends on

	// Diagnostics are all that the provider has said so far, warnings too.
	Diagnostics []*tfprotov6.Diagnostic
}

// New returns a workspace with an empty state. The settings are the provider block.
func New(provider func() tfprotov6.ProviderServer, settings map[string]any) *Workspace {
	return &Workspace{provider: provider, settings: settings}
}

// Apply makes it so, as `apply -auto-approve` does. When something fails the rest that does not depend on it is
// done all the same, and the state is kept.
func (w *Workspace) Apply(ctx context.Context, config Config) error {
	plan, err := w.plan(ctx, config)
	if err != nil {
		return err
	}
	p, err := w.start(ctx)
	if err != nil {
		return err
	}
	w.state = plan.refreshed
	run := &run{workspace: w, process: p, plan: plan, failed: map[string]bool{}}
	run.destroy(ctx)
	run.create(ctx, config)
	w.sort(config)

	return errors.Join(run.errors...)
}

// Destroy removes everything that is in the state.
func (w *Workspace) Destroy(ctx context.Context) error {
	return w.Apply(ctx, nil)
}

// Pending returns the addresses for which a plan would show a change.
func (w *Workspace) Pending(ctx context.Context, config Config) ([]string, error) {
	plan, err := w.plan(ctx, config)
	if err != nil {
		return nil, err
	}

	return slices.Sorted(maps.Keys(plan.changes)), nil
}

// Addresses returns what is in the state.
func (w *Workspace) Addresses() []string {
	var addresses []string
	for _, object := range w.state {
		addresses = append(addresses, object.resource.Address())
	}

	return addresses
}

// Text returns a string that is in the state; empty when it is null, or there is no such resource.
func (w *Workspace) Text(address, attribute string) string {
	object := find(w.state, address)
	if object == nil {
		return ""
	}
	var text *string
	if err := members(object.value)[attribute].As(&text); err != nil || text == nil {
		return ""
	}

	return *text
}

func find(state []*object, address string) *object {
	for _, object := range state {
		if object.resource.Address() == address {
			return object
		}
	}

	return nil
}

// sort puts the state into the order of the configuration. What is no longer configured comes last, so that it goes
// first.
func (w *Workspace) sort(config Config) {
	at := map[string]int{}
	for i, resource := range config {
		at[resource.Address()] = i
	}
	position := func(object *object) int {
		i, configured := at[object.resource.Address()]
		if !configured {
			return len(config)
		}
		object.resource = config[i]

		return i
	}
	slices.SortStableFunc(w.state, func(a, b *object) int { return position(a) - position(b) })
}

func (w *Workspace) start(ctx context.Context) (*process, error) {
	return start(ctx, w.provider(), w.settings, func(diagnostics []*tfprotov6.Diagnostic) {
		w.Diagnostics = append(w.Diagnostics, diagnostics...)
	})
}

// plan is what a run is to do.
type plan struct {
	refreshed []*object
	changes   map[string]change // by address
}

// plan refreshes every object and compares it with its configuration.
func (w *Workspace) plan(ctx context.Context, config Config) (plan, error) {
	p, err := w.start(ctx)
	if err != nil {
		return plan{}, err
	}
	planned := plan{changes: map[string]change{}}
	for _, before := range w.state {
		var found *object
		if found, err = p.refresh(ctx, *before); err != nil {
			return plan{}, err
		}
		if found != nil {
			planned.refreshed = append(planned.refreshed, found)
		}
	}

	values := map[string]tftypes.Value{}
	for _, resource := range config {
		address := resource.Address()
		var next change
		if next, err = p.planResource(ctx, resource, find(planned.refreshed, address), values); err != nil {
			return plan{}, err
		}
		values[address] = next.planned
		if !next.empty() {
			planned.changes[address] = next
		}
	}
	for _, object := range planned.refreshed {
		address := object.resource.Address()
		if _, kept := values[address]; kept {
			continue
		}
		if planned.changes[address], err = p.planDestroy(ctx, object); err != nil {
			return plan{}, err
		}
	}

	return planned, nil
}

// planResource plans one resource, its references resolved by the values of others.
func (p *process) planResource(ctx context.Context, resource Resource, prior *object, values map[string]tftypes.Value) (change, error) {
	config, err := p.evaluate(resource, values)
	if err != nil {
		return change{}, err
	}
	if prior != nil && prior.tainted {
		return asReplacement(prior)(p.plan(ctx, resource, config, nil))
	}
	inPlace, err := p.plan(ctx, resource, config, prior)
	if err != nil || !inPlace.replace {
		return inPlace, err
	}

	return asReplacement(prior)(p.planChange(ctx, resource, config, nil)) // A block is validated once.
}

// asReplacement turns a planned create into one that is to take the place of an object.
func asReplacement(prior *object) func(change, error) (change, error) {
	return func(created change, err error) (change, error) {
		created.prior, created.replace = prior, true

		return created, err
	}
}

// evaluate returns a block as a value.
func (p *process) evaluate(resource Resource, values map[string]tftypes.Value) (tftypes.Value, error) {
	attributes, err := resolve(resource.Attributes, func(ref Ref) (tftypes.Value, error) {
		value, found := members(values[ref.Address])[ref.Attribute]
		if !found {
			return tftypes.Value{}, fmt.Errorf("%s refers to %s.%s, which is not there", resource.Address(), ref.Address, ref.Attribute)
		}

		return value, nil
	})
	if err != nil {
		return tftypes.Value{}, err
	}

	return encode(p.typeOf(resource.Type), attributes)
}

// run carries a plan out.
type run struct {
	workspace *Workspace
	process   *process
	plan      plan
	failed    map[string]bool // the addresses that something went wrong with
	errors    []error
}

// destroy removes what goes, for good or to be replaced; each object before those that it depends on.
func (r *run) destroy(ctx context.Context) {
	for _, object := range slices.Backward(slices.Clone(r.workspace.state)) {
		address := object.resource.Address()
		pending, planned := r.plan.changes[address]
		if !planned || !pending.replace && !pending.planned.IsNull() {
			continue
		}
		if r.dependentFailed(address) {
			r.failed[address] = true

			continue
		}
		destruction, err := r.process.planDestroy(ctx, object)
		if err == nil {
			object, err = r.process.apply(ctx, object.resource, destruction)
			r.keep(address, object)
		}
		r.note(address, err)
	}
}

// create makes and changes what the configuration says, in its order.
func (r *run) create(ctx context.Context, config Config) {
	for _, resource := range config {
		address := resource.Address()
		planned, pending := r.plan.changes[address]
		if !pending {
			continue
		}
		if r.failed[address] || slices.ContainsFunc(resource.dependencies(), func(on string) bool { return r.failed[on] }) {
			r.failed[address] = true

			continue
		}
		object, err := r.carryOut(ctx, resource, planned)
		r.keep(address, object)
		r.note(address, err)
	}
}

// carryOut plans again with all values known, as a CLI does, and applies.
func (r *run) carryOut(ctx context.Context, resource Resource, planned change) (*object, error) {
	prior := find(r.workspace.state, resource.Address())
	values := map[string]tftypes.Value{}
	for _, object := range r.workspace.state {
		values[object.resource.Address()] = object.value
	}
	config, err := r.process.evaluate(resource, values)
	if err != nil {
		return prior, err
	}
	final, err := r.process.plan(ctx, resource, config, prior)
	if err != nil {
		return prior, err
	}
	if err := conforms(planned.planned, final.planned); err != nil {
		return prior, fmt.Errorf("planning %s again: %w", resource.Address(), err)
	}

	return r.process.apply(ctx, resource, final)
}

// dependentFailed reports whether something that depends on the object could not be destroyed.
func (r *run) dependentFailed(address string) bool {
	return slices.ContainsFunc(r.workspace.state, func(object *object) bool {
		return r.failed[object.resource.Address()] && slices.Contains(object.resource.dependencies(), address)
	})
}

// keep puts the object into the state; nil removes what was there.
func (r *run) keep(address string, kept *object) {
	state := r.workspace.state
	at := slices.IndexFunc(state, func(object *object) bool { return object.resource.Address() == address })
	switch {
	case at < 0 && kept != nil:
		state = append(state, kept)
	case at >= 0 && kept == nil:
		state = slices.Delete(slices.Clone(state), at, at+1)
	case at >= 0:
		state[at] = kept
	}
	r.workspace.state = state
}

func (r *run) note(address string, err error) {
	if err != nil {
		r.failed[address] = true
		r.errors = append(r.errors, err)
	}
}

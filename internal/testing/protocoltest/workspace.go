// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Workspace is a state, and the provider that manages it. It is not safe for concurrent use.
type Workspace struct {
	provider func() tfprotov6.ProviderServer
	settings map[string]any
	schema   *tfprotov6.GetProviderSchemaResponse // of the first process; it serves all, as in a CLI
	state    map[string]*object                   // by address
	deposed  map[string][]*object                 // by address

	// AfterPlan, unless nil, is called between the plan and the apply of a run.
	AfterPlan func()
	// SkipRefresh plans from the state as it is, as the option -refresh=false does.
	SkipRefresh bool
	// Diagnostics are all that the provider has reported so far, warnings too.
	Diagnostics []*tfprotov6.Diagnostic
}

// New returns a workspace with an empty state. The settings are the provider block.
func New(provider func() tfprotov6.ProviderServer, settings map[string]any) *Workspace {
	return &Workspace{provider: provider, settings: settings}
}

// Start starts and configures a process of the provider.
func (w *Workspace) Start(ctx context.Context) (*Process, error) {
	var mu sync.Mutex // A test may make calls of one process at the same time.
	p := &Process{server: w.provider(), report: func(diagnostics []*tfprotov6.Diagnostic) {
		mu.Lock()
		defer mu.Unlock()
		w.Diagnostics = append(w.Diagnostics, diagnostics...)
	}}
	if w.schema == nil {
		schema, err := call(ctx, p, "the schema of the provider", p.server.GetProviderSchema, &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			return nil, err
		}
		w.schema = schema
	}
	p.schema = w.schema

	return p, p.configure(ctx, w.settings)
}

// Apply plans and applies a configuration, as `apply -auto-approve` does. When something fails, all that does not depend
// on it is done, and the state is kept.
func (w *Workspace) Apply(ctx context.Context, config Config) error {
	planned, err := w.plan(ctx, config)
	if err != nil {
		return err
	}
	if w.AfterPlan != nil {
		w.AfterPlan()
	}
	p, err := w.Start(ctx)
	if err != nil {
		return err
	}
	w.state, w.deposed = planned.state, map[string][]*object{}
	r := &run{process: p, state: w.state, changes: planned.changes, deposed: w.deposed, failed: map[string]bool{}}
	for _, address := range slices.Sorted(maps.Keys(planned.deposed)) {
		r.destroyDeposed(ctx, address, planned.deposed[address])
	}
	for _, address := range slices.Sorted(maps.Keys(w.state)) {
		r.destroy(ctx, address)
	}
	for _, resource := range config {
		r.createOrUpdate(ctx, resource)
	}
	for _, address := range slices.Sorted(maps.Keys(r.replaced)) {
		if !r.heldBack(address, config) {
			r.destroyDeposed(ctx, address, []*object{r.replaced[address]})
		} else {
			w.deposed[address] = append(w.deposed[address], r.replaced[address])
		}
	}

	return errors.Join(r.errors...)
}

// Destroy removes everything that is in the state.
func (w *Workspace) Destroy(ctx context.Context) error {
	return w.Apply(ctx, nil)
}

// Import imports an object by its ID, as the command does, and refreshes it.
func (w *Workspace) Import(ctx context.Context, resource Resource, id string) error {
	p, err := w.Start(ctx)
	if err != nil {
		return err
	}
	read, err := p.Import(ctx, resource, id)
	if err != nil {
		return err
	}
	if w.state == nil {
		w.state = map[string]*object{}
	}
	w.state[resource.Address()] = read

	return nil
}

// Taint makes the next plan replace the object at an address, as the option -replace does.
func (w *Workspace) Taint(address string) {
	w.state[address].tainted = true
}

// Untaint is the reverse of [Workspace.Taint].
func (w *Workspace) Untaint(address string) {
	w.state[address].tainted = false
}

// Pending returns the addresses for which a plan shows a change.
func (w *Workspace) Pending(ctx context.Context, config Config) ([]string, error) {
	planned, err := w.plan(ctx, config)
	pending := slices.Collect(maps.Keys(planned.changes))
	for address := range planned.deposed {
		pending = append(pending, address+" (deposed)")
	}
	slices.Sort(pending)

	return pending, err
}

// Text returns a string attribute in the state, or an element of a map of strings; empty when it is null, or there is none.
func (w *Workspace) Text(address, attribute string, key ...string) string {
	found, exists := w.state[address]
	if !exists {
		return ""
	}
	value := attributesOf(found.value)[attribute]
	for _, key := range key {
		value = attributesOf(value)[key]
	}

	return text(value)
}

// Invoke plans and invokes an action, each in a process of its own.
func (w *Workspace) Invoke(ctx context.Context, action string, attributes map[string]any) error {
	for _, planOnly := range []bool{true, false} {
		p, err := w.Start(ctx)
		if err != nil {
			return err
		}
		if err := p.invoke(ctx, action, attributes, planOnly); err != nil {
			return err
		}
	}

	return nil
}

// plan is the refreshed state and what a run is to change, by address.
type plan struct {
	state   map[string]*object
	deposed map[string][]*object
	changes map[string]change
}

// plan refreshes every object and compares it with its configuration.
func (w *Workspace) plan(ctx context.Context, config Config) (planned plan, err error) {
	planned = plan{state: map[string]*object{}, deposed: map[string][]*object{}, changes: map[string]change{}}
	p, err := w.Start(ctx)
	if err != nil {
		return planned, err
	}
	if err = w.refresh(ctx, p, planned); err != nil {
		return planned, err
	}

	values := map[string]tftypes.Value{}
	for _, resource := range config {
		address := resource.Address()
		var value tftypes.Value
		if value, err = evaluate(p.typeOf(resource.Type), resource, values); err != nil {
			return planned, err
		}
		var next change
		if next, err = p.plan(ctx, resource, value, planned.state[address]); err != nil {
			return planned, err
		}
		values[address] = next.planned
		if next.isEmpty() {
			next.prior.resource = resource
		} else {
			planned.changes[address] = next
		}
	}
	for _, address := range slices.Sorted(maps.Keys(planned.state)) {
		if _, configured := values[address]; configured {
			continue
		}
		if planned.changes[address], err = p.planDestroy(ctx, planned.state[address]); err != nil {
			return planned, err
		}
	}

	return planned, nil
}

// refresh adds the refreshed objects to a plan.
func (w *Workspace) refresh(ctx context.Context, p *Process, planned plan) error {
	if w.SkipRefresh {
		maps.Copy(planned.state, w.state)
		maps.Copy(planned.deposed, w.deposed)

		return nil
	}
	for _, address := range slices.Sorted(maps.Keys(w.state)) {
		refreshed, err := p.refresh(ctx, *w.state[address])
		if err != nil {
			return err
		}
		if refreshed != nil {
			planned.state[address] = refreshed
		}
	}
	for _, address := range slices.Sorted(maps.Keys(w.deposed)) {
		for _, deposed := range w.deposed[address] {
			refreshed, err := p.refresh(ctx, *deposed)
			if err != nil {
				return err
			}
			if refreshed != nil {
				planned.deposed[address] = append(planned.deposed[address], refreshed)
			}
		}
	}

	return nil
}

// run carries a plan out.
type run struct {
	process  *Process
	state    map[string]*object
	deposed  map[string][]*object
	replaced map[string]*object // the objects that this run has deposed, by address
	changes  map[string]change
	failed   map[string]bool // the addresses that were not done
	errors   []error
}

// destroyDeposed destroys deposed objects. One that fails stays.
func (r *run) destroyDeposed(ctx context.Context, address string, deposed []*object) {
	for _, before := range deposed {
		planned, err := r.process.planDestroy(ctx, before)
		after := before
		if err == nil {
			after, err = r.process.apply(ctx, before.resource, planned)
		}
		if after != nil {
			r.deposed[address] = append(r.deposed[address], after)
		}
		if err != nil {
			r.errors = append(r.errors, err)
		}
	}
}

// heldBack reports whether the object at an address, or one that depends on it, was not done.
func (r *run) heldBack(address string, config Config) bool {
	return r.failed[address] || slices.ContainsFunc(config, func(other Resource) bool {
		return r.failed[other.Address()] && other.dependsOn(address)
	})
}

// destroy removes an object that is planned to go, after those that depend on it.
func (r *run) destroy(ctx context.Context, address string) {
	before, planned := r.state[address], r.changes[address]
	if before == nil || !planned.destroys() || r.failed[address] {
		return
	}
	for _, other := range slices.Sorted(maps.Keys(r.state)) {
		if dependent := r.state[other]; dependent != nil && dependent.resource.dependsOn(address) {
			r.destroy(ctx, other)
			r.failed[address] = r.failed[address] || r.failed[other]
		}
	}
	if r.failed[address] {
		return
	}
	planned.config = r.process.null(before.resource.Type)
	planned.planned = planned.config
	after, err := r.process.apply(ctx, before.resource, planned)
	r.done(address, after, err)
}

// createOrUpdate does what is planned for a resource, unless something that it depends on has failed.
func (r *run) createOrUpdate(ctx context.Context, resource Resource) {
	address := resource.Address()
	planned, pending := r.changes[address]
	if !pending || r.failed[address] {
		return
	}
	for other := range r.failed {
		if r.failed[other] && resource.dependsOn(other) {
			r.failed[address] = true

			return
		}
	}
	before := r.state[address]
	if planned.deposes() {
		delete(r.state, address)
	}
	after, err := r.applyAgain(ctx, resource, planned)
	switch {
	case !planned.deposes():
	case after == nil: // Nothing was created, so the object is deposed no longer.
		after = before
	default:
		if r.replaced == nil {
			r.replaced = map[string]*object{}
		}
		r.replaced[address] = before
	}
	r.done(address, after, err)
}

// applyAgain plans again, since all values are known by now, as a CLI does, and applies.
func (r *run) applyAgain(ctx context.Context, resource Resource, planned change) (*object, error) {
	prior := r.state[resource.Address()]
	values := map[string]tftypes.Value{}
	for address, object := range r.state {
		values[address] = object.value
	}
	config, err := evaluate(r.process.typeOf(resource.Type), resource, values)
	if err != nil {
		return prior, err
	}
	final, err := r.process.plan(ctx, resource, config, prior)
	if err != nil {
		return prior, err
	}
	if err := checkResult(planned.planned, final.planned); err != nil {
		return prior, fmt.Errorf("planning %s again: %w", resource.Address(), err)
	}

	return r.process.apply(ctx, resource, final)
}

// done keeps what is left of an object, if anything.
func (r *run) done(address string, after *object, err error) {
	if after == nil {
		delete(r.state, address)
	} else {
		r.state[address] = after
	}
	if err != nil {
		r.failed[address] = true
		r.errors = append(r.errors, err)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package service contains what the services share: the data that they get from the provider block, the form of an
// error, and the few rules that every resource keeps. Each service is a package below this one.
package service

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// ProviderData is what the provider block gives to every resource, data source and action. Terraform starts and
// configures the provider once for each run, so it also keeps what has to be remembered for the rest of a run.
type ProviderData struct {
	// Clock returns the current time, from which the expiry of tokens is computed.
	Clock token.Clock

	client  *mesibo.Client // nil while a value of the provider block is unknown
	unknown []string       // the attributes of the provider block that are unknown

	runStates     sync.Map // by type; see RunState
	warnNoLookups sync.Once
}

// errUnknownConfiguration says that a value of the provider block is unknown, so that no request can be sent.
var errUnknownConfiguration = errors.New("the provider configuration is not known yet")

// NewProviderData returns the data of a provider block whose values are all known.
func NewProviderData(client *mesibo.Client, clock token.Clock) *ProviderData {
	return &ProviderData{Clock: clock, client: client}
}

// NewUnknownProviderData returns the data of a provider block in which the named attributes are unknown, because they
// come from a resource that is not created yet. It has no client: one with default values could send the app token to
// the wrong server.
func NewUnknownProviderData(unknown []string, clock token.Clock) *ProviderData {
	return &ProviderData{Clock: clock, unknown: unknown}
}

// ProviderDataFrom returns what the provider's Configure has passed on. It is nil while Terraform validates a
// configuration, which happens before the provider is configured.
func ProviderDataFrom(passed any, diags *diag.Diagnostics) *ProviderData {
	if passed == nil {
		return nil
	}

	data, ok := passed.(*ProviderData)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Expected %T, got %T. This is a bug in the provider; please report it.", data, passed))
	}

	return data
}

// Client returns the client of the Backend API. The error names the attributes of the provider block that are unknown.
func (d *ProviderData) Client() (*mesibo.Client, error) {
	if d.client == nil {
		return nil, fmt.Errorf("%w: %s will be known after apply", errUnknownConfiguration, strings.Join(d.unknown, ", "))
	}

	return d.client, nil
}

// WarnNoLookups warns, once a run, that a create may take over a user, because the server offers no lookups. It is silent
// where the configuration disables them.
func (d *ProviderData) WarnNoLookups(diags *diag.Diagnostics) {
	if d.client.LookupsMode() == mesibo.LookupsDisabled {
		return
	}

	d.warnNoLookups.Do(func() {
		diags.AddWarning("Existing users are taken over",
			"The server offers no lookups, so creating a user whose address exists takes that user over, and a destroy deletes it. "+
				"Set lookups = \"disabled\" in the provider block to turn this warning off.")
	})
}

// RunState returns the value of type T that belongs to this run, and creates it on first use. T is a type of the
// package that calls it, so each service remembers in it what its resources need to know of each other.
func RunState[T any](d *ProviderData) *T {
	state, _ := d.runStates.LoadOrStore(reflect.TypeFor[T](), new(T))
	typed, _ := state.(*T)

	return typed
}

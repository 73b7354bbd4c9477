// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package service holds what all services share: what they get from the provider block, and the one form in
// which they report a failed call. Each service is a package below this one.
package service

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// Data is what the provider block hands to every resource, data source and action.
type Data struct {
	// Clock tells when tokens are minted and whether they are due for renewal.
	Clock token.Clock

	client  *mesibo.Client
	unknown []string
	tokens  *tokens
	locks   locks // of users, by address, and of new groups, by name
	claims  claims

	warnNoLookups sync.Once
}

// ErrNotKnownYet is what Client answers while values of the provider block are not known.
var ErrNotKnownYet = errors.New("the provider block is not complete yet")

// NewData returns the Data of a provider block whose values are all known.
func NewData(client *mesibo.Client, clock token.Clock) *Data {
	return &Data{Clock: clock, client: client, tokens: newTokens()}
}

// NewUnknownData returns the Data of a provider block in which the named attributes are not known yet, as
// happens during a plan in which they come from a resource that is still to be created. There is no client
// then: falling back to a default could send the app token to the wrong server.
func NewUnknownData(unknown []string, clock token.Clock) *Data {
	return &Data{Clock: clock, unknown: unknown, tokens: newTokens()}
}

// Client returns the client of the Backend API, or ErrNotKnownYet with the names of what is not known.
func (d *Data) Client() (*mesibo.Client, error) {
	if d.client == nil {
		return nil, fmt.Errorf("%w: %s will be known only after apply", ErrNotKnownYet, strings.Join(d.unknown, ", "))
	}

	return d.client, nil
}

// WarnNoLookups says, once a run, that objects are kept as they were last applied because the server offers no
// look-ups. It is silent where the configuration asks for no look-ups.
func (d *Data) WarnNoLookups(diags *diag.Diagnostics) {
	if d.client.LookupsMode() == mesibo.LookupsDisabled {
		return
	}

	d.warnNoLookups.Do(func() {
		diags.AddWarning("mesibo offers no look-ups",
			"Reading failed because the server has no such operation, as it seems to be on hosted apps. "+
				"Everything is kept as it was last applied; changes made outside of Terraform cannot be seen, "+
				"and an address that exists already cannot be noticed before it is created.\n\n"+
				"Set lookups = \"disabled\" in the provider block to do without look-ups silently, "+
				"or lookups = \"required\" to make this an error.")
	})
}

// RequireClient returns the client of the Backend API, or reports why there is none.
func (d *Data) RequireClient(diags *diag.Diagnostics) *mesibo.Client {
	client, err := d.Client()
	if err != nil {
		diags.Append(Failure("Provider configuration not known", "The mesibo Backend API is needed now.", err))
	}

	return client
}

// FromProvider returns the Data that the provider's Configure handed on, or nil while there is none: Terraform
// validates a configuration before it configures the provider.
func FromProvider(providerData any, diags *diag.Diagnostics) *Data {
	if providerData == nil {
		return nil
	}

	data, ok := providerData.(*Data)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Expected %T, got %T. This is a defect of the provider; please report it.", data, providerData))
	}

	return data
}

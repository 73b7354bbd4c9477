// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package standin is the backend that stands where Terraform's own remote-state
// backends would be: it accepts any name and refuses any use.
package standin

import (
	"fmt"

	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/configs/configschema"
	"github.com/hashicorp/terraform/internal/states/statemgr"
	"github.com/hashicorp/terraform/internal/tfdiags"
	"github.com/zclconf/go-cty/cty"
)

// New returns a backend of this name that refuses to be used.
func New(name string) backend.Backend {
	return refusing{name}
}

type refusing struct{ name string }

func (r refusing) refuse() (diags tfdiags.Diagnostics) {
	return diags.Append(tfdiags.Sourceless(
		tfdiags.Error,
		"Backend not built in",
		fmt.Sprintf("This Terraform was built for the tests of a provider and leaves out the %q backend. "+
			"Use the local backend, or an official release of Terraform.", r.name),
	))
}

func (r refusing) ConfigSchema() *configschema.Block {
	return &configschema.Block{}
}

func (r refusing) PrepareConfig(config cty.Value) (cty.Value, tfdiags.Diagnostics) {
	return config, r.refuse()
}

func (r refusing) Configure(cty.Value) tfdiags.Diagnostics {
	return r.refuse()
}

func (r refusing) StateMgr(string) (statemgr.Full, tfdiags.Diagnostics) {
	return nil, r.refuse()
}

func (r refusing) DeleteWorkspace(string, bool) tfdiags.Diagnostics {
	return r.refuse()
}

func (r refusing) Workspaces() ([]string, tfdiags.Diagnostics) {
	return nil, r.refuse()
}

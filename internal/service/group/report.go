// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// title names the group in a report.
func (m model) title() string {
	if m.GID.IsNull() || m.GID.IsUnknown() {
		return fmt.Sprintf("%q", m.Name.ValueString())
	}
	if m.Name.IsNull() {
		return m.GID.ValueString()
	}

	return fmt.Sprintf("%s (%q)", m.GID.ValueString(), m.Name.ValueString())
}

// failure reports a failed call. The format of what was tried has one verb, for the group.
func (m model) failure(title, tried string, err error) diag.Diagnostic {
	return service.Failure(title, fmt.Sprintf(tried, m.title()), err, "name", "active")
}

// notCreated reports a groupadd that failed, or that nobody answered.
func (m model) notCreated(err error) diag.Diagnostic {
	if !errors.Is(err, mesibo.ErrOutcomeUnknown) {
		return m.failure("Group not created", "Creating the group %s failed.", err)
	}

	return m.failure("Group perhaps created", "Creating the group %s was not answered, and no look-up could tell whether it "+
		"is there. It is kept out of the state, and was not tried again, because each try that arrives makes a group.\n\n"+
		"Look for it in the mesibo console, or with terraform query where the server offers look-ups. If it is there, "+
		"import it by its gid (terraform import mesibo_group.<name> <gid>) or delete it; the next apply creates one otherwise.", err)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// claims are what parts of the configuration are to hold. Terraform validates each instance of a resource once when it
// plans it; the earlier validation of the configuration as such happens before the provider is configured, when there
// is no Data yet.
type claims struct {
	mu   sync.Mutex
	made map[any]bool
}

// claim makes a claim, and reports whether it is the first one.
func (c *claims) claim(what any) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = map[any]bool{}
	}
	first := !c.made[what]
	c.made[what] = true

	return first
}

// ClaimToken notes that a part of the configuration is to hold the token of an App ID, and reports an error when
// another part does.
func (d *Data) ClaimToken(address, appID types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	if d == nil || address.IsUnknown() || appID.IsNull() || appID.IsUnknown() {
		return diags
	}
	if id := (tokenID{address.ValueString(), appID.ValueString()}); !d.claims.claim(id) {
		diags.AddAttributeError(path.Root("appid"), "App ID managed twice", fmt.Sprintf(
			"Another resource of this configuration holds the token of App ID %q for the user %q. "+
				"The server keeps one token for each App ID of a user, so each of the two would end the other's.\n\n"+
				"Remove one of them, or give it another App ID.", id.appID, id.address))
	}

	return diags
}

// memberID names an edge: a user's membership of a group.
type memberID struct{ gid, address string }

// ClaimMember notes that a part of the configuration is to hold a membership, and reports an error when another part
// does.
func (d *Data) ClaimMember(gid, address types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	if d == nil || gid.IsUnknown() || address.IsUnknown() {
		return diags
	}
	if id := (memberID{gid.ValueString(), address.ValueString()}); !d.claims.claim(id) {
		diags.AddAttributeError(path.Root("address"), "Member managed twice", fmt.Sprintf(
			"Another resource of this configuration holds the membership of the user %q in the group %s, so each of the two "+
				"would undo what the other does.\n\nRemove one of them.", id.address, id.gid))
	}

	return diags
}

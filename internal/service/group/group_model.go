// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// groupModel is the configuration, the plan or the state of mesibo_group.
type groupModel struct {
	settingsModel

	Name          types.String   `tfsdk:"name"`
	Active        types.Bool     `tfsdk:"active"`
	ExpirySeconds types.Int64    `tfsdk:"expiry_seconds"`
	GID           types.String   `tfsdk:"gid"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// groupIdentity is the identity of mesibo_group and of mesibo_group_members.
type groupIdentity struct {
	GID types.String `tfsdk:"gid"`
}

func (m groupModel) identity() groupIdentity {
	return groupIdentity{GID: m.GID}
}

// createRequest returns the request that creates the planned group. A server enables a new group by default.
func (m groupModel) createRequest() mesibo.CreateGroupRequest {
	request := mesibo.CreateGroupRequest{Name: m.Name.ValueString(), Flags: m.flags(), ExpirySeconds: m.ExpirySeconds.ValueInt64Pointer()}
	if !m.Active.ValueBool() {
		request.Active = m.Active.ValueBoolPointer()
	}

	return request
}

// updateRequest returns the request that changes the prior group into the planned one, and whether it is needed. It keeps
// those of the server's flags that no setting stands for. It repeats what has not changed, because a server may reset
// what a request leaves out; it leaves out only that the group is enabled, which is the default.
func (m groupModel) updateRequest(prior groupModel, serverFlags uint32) (request mesibo.UpdateGroupRequest, needed bool) {
	switched := !m.Active.Equal(prior.Active)
	livesOn := m.ExpirySeconds.IsNull() || m.ExpirySeconds.Equal(prior.ExpirySeconds)
	if m.Name.Equal(prior.Name) && m.settingsModel == prior.settingsModel && !switched && livesOn {
		return request, false
	}

	_, other := wordsFromFlags(serverFlags)
	request = mesibo.UpdateGroupRequest{
		GID: prior.GID.ValueString(), Name: m.Name.ValueStringPointer(), Flags: new(m.flags() | other),
		ExpirySeconds: m.ExpirySeconds.ValueInt64Pointer(),
	}
	if switched || !m.Active.ValueBool() {
		request.Active = m.Active.ValueBoolPointer()
	}

	return request, true
}

// refreshedFrom returns the state with what the server shows of the group. What it does not show is unchanged.
func (m groupModel) refreshedFrom(group mesibo.Group) groupModel {
	if group.Name != nil {
		m.Name = types.StringValue(*group.Name)
	}
	if group.Flags != nil {
		m.settingsModel = settingsFromFlags(*group.Flags)
	}
	if group.Active != nil {
		m.Active = types.BoolValue(*group.Active)
	}

	return m
}

// flagsKey is the key of the private state under which it contains all flags of the group on the server, as a number.
const flagsKey = "flags"

// decodeFlags returns 0 when no valid flags are stored.
func decodeFlags(encoded []byte) uint32 {
	var flags uint32
	_ = json.Unmarshal(encoded, &flags)

	return flags
}

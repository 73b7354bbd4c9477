// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// permissionsModel is what a member may do, as attributes. Null means true.
type permissionsModel struct {
	CanSend      types.Bool `tfsdk:"can_send"`
	CanReceive   types.Bool `tfsdk:"can_receive"`
	CanPublish   types.Bool `tfsdk:"can_publish"`
	CanSubscribe types.Bool `tfsdk:"can_subscribe"`
	CanList      types.Bool `tfsdk:"can_list"`
}

// permissionDescriptions describe the attributes of permissionsModel.
var permissionDescriptions = map[string]string{
	"can_send":      "Whether the member may send messages, where the group lets selected members send.",
	"can_receive":   "Whether the member receives messages, where the group lets selected members receive.",
	"can_publish":   "Whether the member may publish a stream, where the group lets selected members publish.",
	"can_subscribe": "Whether the member may subscribe to a stream, where the group lets selected members subscribe.",
	"can_list":      "Whether the member may list the members, where the group lets selected members list them.",
}

// request returns the permissions for a request.
func (m permissionsModel) request() mesibo.Permissions {
	granted := func(value types.Bool) bool { return value.IsNull() || value.ValueBool() }

	return mesibo.Permissions{
		Send:      granted(m.CanSend),
		Receive:   granted(m.CanReceive),
		Publish:   granted(m.CanPublish),
		Subscribe: granted(m.CanSubscribe),
		List:      granted(m.CanList),
	}
}

// permissionsFrom returns what a reply contains.
func permissionsFrom(reply mesibo.Permissions) permissionsModel {
	return permissionsModel{
		CanSend:      types.BoolValue(reply.Send),
		CanReceive:   types.BoolValue(reply.Receive),
		CanPublish:   types.BoolValue(reply.Publish),
		CanSubscribe: types.BoolValue(reply.Subscribe),
		CanList:      types.BoolValue(reply.List),
	}
}

// withNullForTrue returns the permissions as in a configuration that leaves out what is granted.
func (m permissionsModel) withNullForTrue() permissionsModel {
	for _, value := range []*types.Bool{&m.CanSend, &m.CanReceive, &m.CanPublish, &m.CanSubscribe, &m.CanList} {
		if value.ValueBool() {
			*value = types.BoolNull()
		}
	}

	return m
}

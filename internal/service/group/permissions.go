// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// permissions is what a member may do, as configuration, plan and state hold it. Null stands for true.
type permissions struct {
	CanSend      types.Bool `tfsdk:"can_send"`
	CanReceive   types.Bool `tfsdk:"can_receive"`
	CanPublish   types.Bool `tfsdk:"can_publish"`
	CanSubscribe types.Bool `tfsdk:"can_subscribe"`
	CanList      types.Bool `tfsdk:"can_list"`
}

// permissionDescriptions say what each permission allows.
var permissionDescriptions = map[string]string{
	"can_send":      "Whether the member may send messages, where the group lets selected members send.",
	"can_receive":   "Whether the member receives messages, where the group lets selected members receive.",
	"can_publish":   "Whether the member may publish a stream, where the group lets selected members publish.",
	"can_subscribe": "Whether the member may subscribe to a stream, where the group lets selected members subscribe.",
	"can_list":      "Whether the member may list the members, where the group lets selected members list them.",
}

// granted returns the permissions as a request has them.
func (p permissions) granted() mesibo.Permissions {
	granted := func(given types.Bool) bool { return given.IsNull() || given.ValueBool() }

	return mesibo.Permissions{
		Send:      granted(p.CanSend),
		Receive:   granted(p.CanReceive),
		Publish:   granted(p.CanPublish),
		Subscribe: granted(p.CanSubscribe),
		List:      granted(p.CanList),
	}
}

// permissionsOf returns permissions as a state has them.
func permissionsOf(granted mesibo.Permissions) permissions {
	return permissions{
		CanSend:      types.BoolValue(granted.Send),
		CanReceive:   types.BoolValue(granted.Receive),
		CanPublish:   types.BoolValue(granted.Publish),
		CanSubscribe: types.BoolValue(granted.Subscribe),
		CanList:      types.BoolValue(granted.List),
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func (r *groupResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A group of users, and what its members and others may do in it. Who is in it is said by " +
			"`mesibo_group_member`, one resource for each member, or by `mesibo_group_members`, one for all.\n\n" +
			"A change is made in place, with what has changed alone, and never touches the members. Destroying the group " +
			"deletes it with its memberships and messages.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the group. Several groups may have the same name.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"send":      word(settingSend, "Who may send messages to the group"),
			"receive":   word(settingReceive, "Who receives the messages of the group; with `round_robin` each message goes to one of the members in turn"),
			"publish":   word(settingPublish, "Who may publish a stream in a call of the group"),
			"subscribe": word(settingSubscribe, "Who may subscribe to a stream in a call of the group"),
			"list":      word(settingList, "Who may list the members"),
			"store_messages": schema.BoolAttribute{
				MarkdownDescription: "Whether messages are stored for members who are offline. Defaults to `true`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
			},
			"loopback": schema.BoolAttribute{
				MarkdownDescription: "Whether a sender receives its own messages. Defaults to `false`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"active": schema.BoolAttribute{
				MarkdownDescription: "Whether the group is enabled. No server shows it, so a change made elsewhere cannot be " +
					"seen. Defaults to `true`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
			},
			"gid": schema.StringAttribute{
				MarkdownDescription: "Group id given by mesibo, a number written as a string.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": service.Timeouts(ctx),
		},
	}
}

// word is the attribute of a setting that has words.
func word(s setting, description string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: description + ": " + s.oneOf() + ". Defaults to `" + s.words[0] + "`.",
		Optional:            true,
		Computed:            true,
		Default:             stringdefault.StaticString(s.words[0]),
		Validators:          []validator.String{stringvalidator.OneOf(s.words...)},
	}
}

func (r *groupResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"gid": identityschema.StringAttribute{
				Description:       "Id of the group within the app that the provider's app token belongs to.",
				RequiredForImport: true,
			},
		},
	}
}

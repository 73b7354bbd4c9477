// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package message sends messages. A message has no life that could be read or ended, so it is an action.
package message

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ action.ActionWithConfigure        = (*sendAction)(nil)
	_ action.ActionWithConfigValidators = (*sendAction)(nil)
)

// NewSendAction returns the action mesibo_send_message.
func NewSendAction() action.Action {
	return &sendAction{}
}

type sendAction struct {
	data *service.Data
}

// sendModel is the action mesibo_send_message as the configuration holds it.
type sendModel struct {
	From     types.String   `tfsdk:"from"`
	To       types.List     `tfsdk:"to"`
	GID      types.String   `tfsdk:"gid"`
	Message  types.String   `tfsdk:"message"`
	Type     types.Int64    `tfsdk:"type"`
	URL      types.String   `tfsdk:"url"`
	Title    types.String   `tfsdk:"title"`
	Expiry   types.Int64    `tfsdk:"expiry"`
	When     types.Int64    `tfsdk:"when"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (a *sendAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_send_message"
}

func (a *sendAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (a *sendAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends one message to users or to a group, say to tell testers that a deployment is done.\n\n" +
			"Each invocation sends exactly one message. When the server does not answer, the message may have been sent: " +
			"that is an error, and it is not sent again. The text is in no log; its length is.",
		Attributes: map[string]schema.Attribute{
			"from": schema.StringAttribute{
				MarkdownDescription: "Address of the user who sends it, and who has to exist.",
				Required:            true,
				Validators:          service.AddressValidators,
			},
			"to": schema.ListAttribute{
				MarkdownDescription: "Addresses of the users who get it. Either this or `gid`.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators: []validator.List{
					listvalidator.SizeAtLeast(1),
					listvalidator.UniqueValues(),
					listvalidator.ValueStringsAre(service.AddressValidators...),
				},
			},
			"gid": schema.StringAttribute{
				MarkdownDescription: "Id of the group that gets it. Either this or `to`.",
				Optional:            true,
				Validators:          service.GIDValidators,
			},
			"message": schema.StringAttribute{
				MarkdownDescription: "The text. This or `url`, or both.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"type": schema.Int64Attribute{
				MarkdownDescription: "A number that your app tells messages apart by. Defaults to `0`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"url": schema.StringAttribute{
				MarkdownDescription: "URL of a file that goes with the message.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"title": schema.StringAttribute{
				MarkdownDescription: "Title of the file; needs `url`.",
				Optional:            true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1),
					stringvalidator.AlsoRequires(path.MatchRoot("url")),
				},
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "How long the server keeps it for users who are offline, in **seconds**. The server's " +
					"default is a year.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"when": schema.Int64Attribute{
				MarkdownDescription: "In how many **seconds** from now it is sent. Defaults to `0`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{InvokeDescription: service.TimeoutDescription}),
		},
	}
}

func (a *sendAction) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{
		actionvalidator.ExactlyOneOf(path.MatchRoot("to"), path.MatchRoot("gid")),
		actionvalidator.AtLeastOneOf(path.MatchRoot("message"), path.MatchRoot("url")),
	}
}

func (a *sendAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config sendModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	message := config.message()
	resp.Diagnostics.Append(config.To.ElementsAs(ctx, &message.To, false)...)
	ctx, cancel := service.WithTimeout(ctx, config.Timeouts.Invoke, &resp.Diagnostics)
	defer cancel()
	client := a.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	what := describe(message)
	resp.SendProgress(action.InvokeProgressEvent{Message: "Sending " + what + "..."})
	mid, err := client.SendMessage(ctx, message)
	switch {
	case errors.Is(err, mesibo.ErrOutcomeUnknown):
		resp.Diagnostics.Append(service.Failure("Message perhaps sent", "Sending "+what+" was not answered. The server may have "+
			"sent it, so it was not tried again: invoking the action again may send it twice.", err, "from", "to", "gid"))
	case err != nil:
		resp.Diagnostics.Append(service.Failure("Message not sent", "Sending "+what+" failed. The sender, and the receivers or "+
			"the group, have to exist.", err, "from", "to", "gid", "message", "url", "title"))
	case mid == "":
		resp.SendProgress(action.InvokeProgressEvent{Message: "Sent " + what + "."})
	default:
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf("Sent %s, as message %s.", what, mid)})
	}
}

// message is the message without its receivers.
func (m sendModel) message() mesibo.Message {
	return mesibo.Message{
		From:          m.From.ValueString(),
		GID:           m.GID.ValueString(),
		Text:          m.Message.ValueString(),
		Type:          service.KnownInt64(m.Type),
		URL:           m.URL.ValueString(),
		Title:         m.Title.ValueString(),
		ExpirySeconds: service.KnownInt64(m.Expiry),
		DelaySeconds:  service.KnownInt64(m.When),
	}
}

// describe says what is sent without showing it.
func describe(message mesibo.Message) string {
	receivers := "the group " + message.GID
	if len(message.To) > 0 {
		receivers = strings.Join(message.To, ", ")
	}

	return fmt.Sprintf("a message of %d characters from %s to %s", utf8.RuneCountInString(message.Text), message.From, receivers)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package message contains mesibo_send_message and mesibo_upload_push_credentials. Neither a message nor credentials can be
// read or deleted, so these are actions, not resources.
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
	_ action.ActionWithConfigure        = (*sendMessageAction)(nil)
	_ action.ActionWithConfigValidators = (*sendMessageAction)(nil)
)

// NewSendAction returns the action mesibo_send_message.
func NewSendAction() action.Action {
	return &sendMessageAction{}
}

type sendMessageAction struct {
	data *service.ProviderData
}

// sendMessageModel is the configuration of mesibo_send_message.
type sendMessageModel struct {
	From          types.String   `tfsdk:"from"`
	To            []string       `tfsdk:"to"`
	GID           types.String   `tfsdk:"gid"`
	Message       types.String   `tfsdk:"message"`
	Type          types.Int64    `tfsdk:"type"`
	URL           types.String   `tfsdk:"url"`
	Title         types.String   `tfsdk:"title"`
	ExpirySeconds types.Int64    `tfsdk:"expiry_seconds"`
	DelaySeconds  types.Int64    `tfsdk:"delay_seconds"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func (a *sendMessageAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_send_message"
}

func (a *sendMessageAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = service.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (a *sendMessageAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends one message to users or to a group, for example when a deployment is done.\n\n" +
			"Each invocation sends one message. When the server does not reply, the message may have been sent, which is an " +
			"error: the message is not sent again. Logs contain the length of the text, never the text.",
		Attributes: map[string]schema.Attribute{
			"from": schema.StringAttribute{
				MarkdownDescription: "Address of the sender, an existing user.",
				Required:            true,
				Validators:          service.AddressValidators,
			},
			"to": schema.ListAttribute{
				MarkdownDescription: "Addresses of the users who receive it. Exactly one of `to` and `gid` is required.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators: []validator.List{
					listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(), listvalidator.UniqueValues(),
					listvalidator.ValueStringsAre(service.AddressValidators...),
				},
			},
			"gid": schema.StringAttribute{
				MarkdownDescription: "Id of the group that receives it. Exactly one of `to` and `gid` is required.",
				Optional:            true,
				Validators:          service.GIDValidators,
			},
			"message": schema.StringAttribute{
				MarkdownDescription: "The text. At least one of `message` and `url` is required.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"type": schema.Int64Attribute{
				MarkdownDescription: "A number by which your app distinguishes messages. Defaults to `0`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"url": schema.StringAttribute{
				MarkdownDescription: "URL of a file to send with the message.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"title": schema.StringAttribute{
				MarkdownDescription: "Title of the file; needs `url`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1), stringvalidator.AlsoRequires(path.MatchRoot("url"))},
			},
			"expiry_seconds": schema.Int64Attribute{
				MarkdownDescription: "How many **seconds** the server stores it for users who are offline. Without it, for one year.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"delay_seconds": schema.Int64Attribute{
				MarkdownDescription: "After how many **seconds** the server sends the message. Defaults to `0`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{InvokeDescription: service.TimeoutDescription}),
		},
	}
}

func (a *sendMessageAction) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{
		actionvalidator.ExactlyOneOf(path.MatchRoot("to"), path.MatchRoot("gid")),
		actionvalidator.AtLeastOneOf(path.MatchRoot("message"), path.MatchRoot("url")),
	}
}

func (a *sendMessageAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config sendMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel := service.WithTimeout(ctx, config.Timeouts.Invoke, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	message := config.message()
	client, err := a.data.Client()
	var mid string
	if err == nil {
		resp.SendProgress(action.InvokeProgressEvent{Message: "Sending " + describe(message) + "..."})
		mid, err = client.SendMessage(ctx, message)
	}
	if err != nil {
		title, tried := "Message not sent", "Sending "+describe(message)+" failed. The sender and the receivers or the group must exist."
		if errors.Is(err, mesibo.ErrOutcomeUnknown) {
			title, tried = "Message may have been sent", "Sending "+describe(message)+" got no reply. Terraform did not try again, "+
				"because the server may have sent the message: invoking the action again may send it twice."
		}
		resp.Diagnostics.Append(service.APIError(title, tried, err, config.attributesAtFault(err)...))

		return
	}
	sent := "Sent " + describe(message)
	if mid != "" {
		sent += ", as message " + mid
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: sent + "."})
}

// attributesAtFault returns the attributes that an error can be about. What does not exist is the sender or a receiver.
func (m sendMessageModel) attributesAtFault(err error) []string {
	switch {
	case !errors.Is(err, mesibo.ErrNotFound):
		return []string{"from", "to", "gid", "message", "url", "title"}
	case m.GID.IsNull():
		return []string{"from", "to"}
	default:
		return []string{"from", "gid"}
	}
}

// message returns the request.
func (m sendMessageModel) message() mesibo.Message {
	return mesibo.Message{
		From:          m.From.ValueString(),
		To:            m.To,
		GID:           m.GID.ValueString(),
		Text:          m.Message.ValueString(),
		Type:          m.Type.ValueInt64Pointer(),
		URL:           m.URL.ValueString(),
		Title:         m.Title.ValueString(),
		ExpirySeconds: m.ExpirySeconds.ValueInt64Pointer(),
		DelaySeconds:  m.DelaySeconds.ValueInt64Pointer(),
	}
}

// describe returns what is sent, without the text.
func describe(message mesibo.Message) string {
	receivers := "the group " + message.GID
	if len(message.To) > 0 {
		receivers = strings.Join(message.To, ", ")
	}

	return fmt.Sprintf("a message of %d characters from %s to %s", utf8.RuneCountInString(message.Text), message.From, receivers)
}

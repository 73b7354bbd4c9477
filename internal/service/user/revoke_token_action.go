// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ action.ActionWithConfigure = (*revokeTokenAction)(nil)

// NewRevokeTokenAction returns the action mesibo_revoke_token.
func NewRevokeTokenAction() action.Action {
	return &revokeTokenAction{}
}

type revokeTokenAction struct {
	api *api
}

// revokeTokenModel is the action mesibo_revoke_token as the configuration contains it.
type revokeTokenModel struct {
	Address  types.String   `tfsdk:"address"`
	AppID    types.String   `tfsdk:"appid"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (a *revokeTokenAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_revoke_token"
}

func (a *revokeTokenAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.api = newAPI(req.ProviderData, &resp.Diagnostics)
}

func (a *revokeTokenAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes access tokens of a user, for example after one has leaked. The user still exists, is logged " +
			"out, and receives its messages after a login with a new token.\n\n" +
			"An action does not change the state. Where the server shows tokens, the next plan of the resource that managed the " +
			"token mints a new one; elsewhere change its `token_keepers`.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Address of an existing user.",
				Required:            true,
				Validators:          service.AddressValidators,
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: "App ID whose token is revoked. Some servers then revoke the tokens of the user's other App IDs " +
					"too. Unset, the tokens of all App IDs are revoked.",
				Optional:   true,
				Validators: appIDValidators,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{InvokeDescription: service.TimeoutDescription}),
		},
	}
}

func (a *revokeTokenAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config revokeTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel := service.WithTimeout(ctx, config.Timeouts.Invoke, &resp.Diagnostics)
	defer cancel()
	defer a.api.lock(ctx, config.Address.ValueString(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	resp.SendProgress(action.InvokeProgressEvent{Message: "Revoking " + config.object() + "..."})
	if err := a.api.revokeTokens(ctx, config.Address.ValueString(), config.AppID.ValueString()); err != nil {
		resp.Diagnostics.Append(service.APIError("Token not revoked", "Revoking "+config.object()+" failed. "+
			"Anybody who has the token may still be able to use it.", err, "address", "appid"))

		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "Revoked " + config.object() + "."})
}

// object names what is revoked, for messages.
func (m revokeTokenModel) object() string {
	if m.AppID.IsNull() {
		return fmt.Sprintf("all tokens of the user %q", m.Address.ValueString())
	}

	return fmt.Sprintf("the token of App ID %q of the user %q", m.AppID.ValueString(), m.Address.ValueString())
}

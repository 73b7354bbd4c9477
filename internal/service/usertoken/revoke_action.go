// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var _ action.ActionWithConfigure = (*revokeAction)(nil)

// NewRevokeAction returns the action mesibo_revoke_token.
func NewRevokeAction() action.Action {
	return &revokeAction{}
}

type revokeAction struct {
	data *service.Data
}

// revokeModel is the action mesibo_revoke_token as the configuration holds it.
type revokeModel struct {
	Address  types.String   `tfsdk:"address"`
	AppID    types.String   `tfsdk:"appid"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (a *revokeAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_revoke_token"
}

func (a *revokeAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (a *revokeAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes access tokens of a user, say after one has leaked: the user stays, is logged out, and " +
			"its messages wait for a login with a new token.\n\n" +
			"An action changes no state. Where the server shows tokens, the next plan of a resource that held one mints a " +
			"new one; elsewhere change its `token_keepers`.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Address of the user, who has to exist.",
				Required:            true,
				Validators:          service.AddressValidators,
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: "App ID whose token is revoked. Depending on the server, that can end the tokens of the " +
					"user's other App IDs too. Unset, the tokens of all App IDs are revoked.",
				Optional:   true,
				Validators: service.AppIDValidators,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{InvokeDescription: service.TimeoutDescription}),
		},
	}
}

func (a *revokeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config revokeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel := service.WithTimeout(ctx, config.Timeouts.Invoke, &resp.Diagnostics)
	defer cancel()
	a.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.SendProgress(action.InvokeProgressEvent{Message: "Revoking " + config.what() + "..."})
	err := a.data.RevokeToken(ctx, config.Address.ValueString(), config.AppID.ValueString())
	switch {
	case errors.Is(err, mesibo.ErrNotFound):
		resp.Diagnostics.AddAttributeError(path.Root("address"), "User does not exist", fmt.Sprintf(
			"Revoking %s failed, because the app has no such user.\n\n%s\n\n"+
				"The tokens of a user that was deleted have ended with it. Otherwise check the address.", config.what(), err))
	case err != nil:
		resp.Diagnostics.Append(service.Failure("Token not revoked", "Revoking "+config.what()+" failed. "+
			"Whoever has the token may still be able to use it.", err, "address", "appid"))
	default:
		resp.SendProgress(action.InvokeProgressEvent{Message: "Revoked " + config.what() + "."})
	}
}

// what says what is revoked.
func (m revokeModel) what() string {
	if m.AppID.IsNull() {
		return fmt.Sprintf("all tokens of the user %q", m.Address.ValueString())
	}

	return fmt.Sprintf("the token of App ID %q of the user %q", m.AppID.ValueString(), m.Address.ValueString())
}

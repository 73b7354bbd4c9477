// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*tokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*tokenEphemeral)(nil)
)

// NewTokenEphemeral returns the ephemeral resource mesibo_user_token.
func NewTokenEphemeral() ephemeral.EphemeralResource {
	return &tokenEphemeral{}
}

type tokenEphemeral struct {
	api *api
}

// tokenEphemeralModel is the ephemeral resource mesibo_user_token as configuration and result contain it.
type tokenEphemeralModel struct {
	Address        types.String   `tfsdk:"address"`
	AppID          types.String   `tfsdk:"appid"`
	Expiry         types.Int64    `tfsdk:"expiry"`
	TokenVersion   types.Int64    `tfsdk:"token_version"`
	RevokeOnClose  types.Bool     `tfsdk:"revoke_on_close"`
	UID            types.String   `tfsdk:"uid"`
	Token          types.String   `tfsdk:"token"`
	TokenExpiresAt types.String   `tfsdk:"token_expires_at"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
}

func (m tokenEphemeralModel) key() tokenKey {
	return tokenKey{m.Address.ValueString(), m.AppID.ValueString()}
}

// createRequest is the useradd that mints the token; it leaves everything else about the user alone.
func (m tokenEphemeralModel) createRequest() mesibo.CreateUserRequest {
	return mesibo.CreateUserRequest{Address: m.Address.ValueString(), Token: &mesibo.TokenRequest{
		AppID: m.AppID.ValueString(), ExpiryMinutes: m.Expiry.ValueInt64(), V2: m.TokenVersion.ValueInt64() == 2,
	}}
}

func (e *tokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_token"
}

func (e *tokenEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.api = newAPI(req.ProviderData, &resp.Diagnostics)
}

func (e *tokenEphemeral) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The user access token of one App ID, minted for one run and stored nowhere: neither in the state " +
			"nor in a plan file.\n\n" +
			"~> **Every plan and every apply mints a token, which ends the previous token of the App ID.** Use an App ID that " +
			"serves this purpose alone, never one whose token a `mesibo_user`, a `mesibo_user_token` or an app uses. An App ID " +
			"that the same configuration manages is an error where Terraform shows it.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Address of an existing user. Terraform opens ephemeral resources during plan too: set `uid` " +
					"as well if the same configuration creates the user.",
				Required:   true,
				Validators: service.AddressValidators,
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: appIDDescription + " Each mint ends its previous token.",
				Required:            true,
				Validators:          appIDValidators,
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "Life of the token in **minutes**, at least 1. Defaults to `525600`, one year; a job needs far " +
					"less. A token cannot be renewed while a run uses it.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.Int64{expiryValidator{}},
			},
			"token_version": schema.Int64Attribute{
				MarkdownDescription: tokenVersionDescription + " Defaults to `1`.",
				Optional:            true,
				Validators:          tokenVersionValidators,
			},
			"revoke_on_close": schema.BoolAttribute{
				MarkdownDescription: "Whether to revoke the token when Terraform no longer needs it. Leave it unset when something " +
					"uses the token after the run. Some servers then revoke the tokens of the user's other App IDs too. Defaults " +
					"to `false`.",
				Optional: true,
			},
			"uid": schema.StringAttribute{
				MarkdownDescription: "User ID that mesibo gave to the user. Set to `mesibo_user.example.uid`, it makes Terraform wait " +
					"until that user exists, and prevents a mint for another user. Required where the server offers no lookups, " +
					"because a mint for an address that does not exist would create a user.",
				Optional: true,
				Computed: true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "User access token of `appid`.",
				Computed:            true,
				Sensitive:           true,
			},
			"token_expires_at": schema.StringAttribute{
				MarkdownDescription: "When the token expires (RFC 3339, UTC): the time of minting plus `expiry`.",
				Computed:            true,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{OpenDescription: service.TimeoutDescription}),
		},
	}
}

func (e *tokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var config tokenEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel := service.WithTimeout(ctx, config.Timeouts.Open, &resp.Diagnostics)
	defer cancel()
	defer e.api.lock(ctx, config.Address.ValueString(), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	if config.Expiry.IsNull() {
		config.Expiry = types.Int64Value(token.DefaultExpiryMinutes)
	}
	if _, found := e.api.configured.LoadOrStore(config.key(), true); found {
		resp.Diagnostics.AddAttributeError(path.Root("appid"), "App ID in use", fmt.Sprintf(
			"Another block of the configuration has the token of App ID %q of the user %q. Opening this ephemeral resource would "+
				"end that token, so nothing was sent.\n\nGive the ephemeral resource an App ID of its own.",
			config.AppID.ValueString(), config.Address.ValueString()))

		return
	}
	owner, diags := e.api.lookupOwner(ctx, config.key(), config.UID.ValueString())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	owner.uid = config.expectedUID(owner, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	user, sent, err := e.api.createUser(ctx, config.createRequest())
	if err != nil {
		resp.Diagnostics.Append(mintError(config.Address.ValueString(), err))

		return
	}
	owner.hasToken = false // Probably that of an earlier run; the documentation says that it ends.
	resp.Diagnostics.Append(owner.mintDiagnostics(config.key(), user)...)

	config.UID = types.StringValue(user.UID)
	config.Token = types.StringValue(user.Token.Reveal())
	config.TokenExpiresAt = types.StringValue(formatTime(token.ExpiresAt(sent, config.Expiry.ValueInt64())))
	if config.RevokeOnClose.ValueBool() {
		revocation, _ := json.Marshal(config.key()) // Strings always encode.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, revocationKey, revocation)...)
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, config)...)
}

// expectedUID returns the uid that the reply to the mint must contain, or reports that none is known.
func (m tokenEphemeralModel) expectedUID(owner tokenOwner, diags *diag.Diagnostics) string {
	switch {
	case m.UID.IsNull() && owner.uid == "":
		diags.AddAttributeError(path.Root("uid"), "User ID required", fmt.Sprintf(
			"Without lookups nothing shows whether the user %q exists, and minting its token of App ID %q could create it, even "+
				"during a plan. Nothing was sent.\n\nSet uid, for example uid = mesibo_user.example.uid.",
			m.Address.ValueString(), m.AppID.ValueString()))
	case !m.UID.IsNull() && owner.uid != "" && m.UID.ValueString() != owner.uid:
		diags.AddAttributeError(path.Root("uid"), "User ID mismatch", fmt.Sprintf(
			"The user %q has the uid %s, not %s. No token was minted.", m.Address.ValueString(), owner.uid, m.UID.ValueString()))
	case owner.uid == "":
		return m.UID.ValueString()
	}

	return owner.uid
}

// revocationKey is the key of the private data that says which token Close revokes. It is a tokenKey, and no token:
// private data is no place for secrets.
const revocationKey = "revoke"

func (e *tokenEphemeral) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	encoded, diags := req.Private.GetKey(ctx, revocationKey)
	resp.Diagnostics.Append(diags...)
	if encoded == nil || resp.Diagnostics.HasError() {
		return
	}
	var key tokenKey
	if err := json.Unmarshal(encoded, &key); err != nil {
		resp.Diagnostics.AddError("Token not revoked",
			"The private data of the ephemeral resource cannot be read. This is a bug in the provider; please report it.")

		return
	}

	defer e.api.lock(ctx, key.Address, &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}
	err := e.api.revokeTokens(ctx, key.Address, key.AppID)
	if err != nil && !errors.Is(err, mesibo.ErrNotFound) {
		resp.Diagnostics.Append(revokeError(key,
			"It works until it expires or the App ID gets another one.", err))
	}
}

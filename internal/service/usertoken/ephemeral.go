// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*ephemeralToken)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*ephemeralToken)(nil)
)

// NewEphemeral returns the ephemeral resource mesibo_user_token.
func NewEphemeral() ephemeral.EphemeralResource {
	return &ephemeralToken{}
}

type ephemeralToken struct {
	data *service.Data
}

// ephemeralModel is the ephemeral resource mesibo_user_token as configuration and result hold it.
type ephemeralModel struct {
	Address        types.String   `tfsdk:"address"`
	AppID          types.String   `tfsdk:"appid"`
	Expiry         types.Int64    `tfsdk:"expiry"`
	RevokeOnClose  types.Bool     `tfsdk:"revoke_on_close"`
	UID            types.String   `tfsdk:"uid"`
	Token          types.String   `tfsdk:"token"`
	TokenExpiresAt types.String   `tfsdk:"token_expires_at"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
}

func (m ephemeralModel) id() tokenID {
	return tokenID{m.Address, m.AppID}
}

func (e *ephemeralToken) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_token"
}

func (e *ephemeralToken) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (e *ephemeralToken) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The user access token of one App ID, minted for this run and stored nowhere: neither in the " +
			"state nor in a plan file.\n\n" +
			"~> **Every plan and every apply mints a token, which ends the one that the App ID had before.** Use an App ID " +
			"that is for this purpose alone, never one whose token a `mesibo_user`, a `mesibo_user_token` or an app in " +
			"use holds. An App ID that the same configuration manages is refused where Terraform shows it.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				MarkdownDescription: "Address of the user, who has to exist. Terraform opens ephemeral resources while it " +
					"plans, too: give `uid` as well if the same configuration creates the user.",
				Required:   true,
				Validators: service.AddressValidators,
			},
			"appid": schema.StringAttribute{
				MarkdownDescription: service.AppIDDescription + " Each mint ends the token that it had before.",
				Required:            true,
				Validators:          service.AppIDValidators,
			},
			"expiry": schema.Int64Attribute{
				MarkdownDescription: "Life of the token in **minutes**, at least 1. Defaults to `525600`, one year; " +
					"a job needs far less. A token cannot be renewed while a run uses it.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.Int64{service.ExpiryValidator{}},
			},
			"revoke_on_close": schema.BoolAttribute{
				MarkdownDescription: "Whether to revoke the token when Terraform is done with it. Leave it out when the token " +
					"is handed to something that uses it after the run. Depending on the server, revoking one App ID's token " +
					"can end those of the user's other App IDs too. Defaults to `false`.",
				Optional: true,
			},
			"uid": schema.StringAttribute{
				MarkdownDescription: "User id given by mesibo. Set to `mesibo_user.example.uid` it makes Terraform wait until " +
					"that user exists, and guards against minting for another one. Required where the server offers no " +
					"look-ups, because minting for an address that nobody has would create a user.",
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

func (e *ephemeralToken) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var config ephemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel := service.WithTimeout(ctx, config.Timeouts.Open, &resp.Diagnostics)
	defer cancel()
	e.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	if config.Expiry.IsNull() {
		config.Expiry = types.Int64Value(token.DefaultExpiryMinutes)
	}
	resp.Diagnostics.Append(e.data.ClaimToken(config.Address, config.AppID)...)
	if resp.Diagnostics.HasError() {
		return
	}
	holder, diags := findHolder(ctx, e.data, config.id())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	holder.uid = config.expectedUID(holder, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	user, sent, err := e.data.CreateUser(ctx, config.mintRequest())
	if err != nil {
		resp.Diagnostics.Append(service.NotMinted(config.Address.ValueString(), err))

		return
	}
	holder.hasToken = false // Likely one of an earlier run; the page says that it ends.
	resp.Diagnostics.Append(holder.surprises(config.id(), user)...)

	config.UID = types.StringValue(user.UID)
	config.Token = types.StringValue(user.Token.Reveal())
	config.TokenExpiresAt = types.StringValue(service.FormatTime(token.ExpiresAt(sent, config.Expiry.ValueInt64())))
	if config.RevokeOnClose.ValueBool() {
		revocation, _ := json.Marshal(revocation{config.Address.ValueString(), config.AppID.ValueString()}) // Strings always encode.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, revocationKey, revocation)...)
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, config)...)
}

// revocationKey is where the private data says what Close is to revoke.
const revocationKey = "revoke"

// A revocation says which token to revoke. It does not hold the token: private data is no place for secrets.
type revocation struct {
	Address string `json:"address"`
	AppID   string `json:"appid"`
}

func (e *ephemeralToken) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	encoded, diags := req.Private.GetKey(ctx, revocationKey)
	resp.Diagnostics.Append(diags...)
	if encoded == nil || resp.Diagnostics.HasError() {
		return
	}
	var revoke revocation
	if err := json.Unmarshal(encoded, &revoke); err != nil {
		resp.Diagnostics.AddError("Token not revoked",
			"The private data of the ephemeral resource cannot be read. This is a defect of the provider; please report it.")

		return
	}

	err := e.data.RevokeToken(ctx, revoke.Address, revoke.AppID)
	if err != nil && !errors.Is(err, mesibo.ErrNotFound) {
		id := tokenID{types.StringValue(revoke.Address), types.StringValue(revoke.AppID)}
		resp.Diagnostics.Append(id.failure("Token not revoked",
			"Revoking the ephemeral token of the user %q failed. It works until it expires or the App ID gets another one.", err))
	}
}

// mintRequest is the useradd that mints the token; everything else about the user is left alone.
func (m ephemeralModel) mintRequest() mesibo.CreateUserRequest {
	held := service.HeldToken{AppID: m.AppID, Expiry: m.Expiry}

	return mesibo.CreateUserRequest{Address: m.Address.ValueString(), Token: held.TokenRequest()}
}

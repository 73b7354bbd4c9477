// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// HeldToken is the user access token of one App ID as the configuration, plan and state of the resource that holds
// it say it. The models of such resources embed it, so that a token has the same life in all of them.
type HeldToken struct {
	AppID               types.String `tfsdk:"appid"`
	Expiry              types.Int64  `tfsdk:"expiry"`
	TokenKeepers        types.Map    `tfsdk:"token_keepers"`
	EarlyRenewalMinutes types.Int64  `tfsdk:"early_renewal_minutes"`
	Token               types.String `tfsdk:"token"`
	TokenExpiresAt      types.String `tfsdk:"token_expires_at"`
	ReadyForRenewal     types.Bool   `tfsdk:"ready_for_renewal"`
}

// HasAppID reports whether there is to be a token; an App ID that is not known yet counts.
func (t HeldToken) HasAppID() bool {
	return !t.AppID.IsNull()
}

// TokenRequest asks for the planned token, or is nil when none is planned, or for nobody knows which App ID.
func (t HeldToken) TokenRequest() *mesibo.TokenRequest {
	if t.AppID.IsNull() || t.AppID.IsUnknown() {
		return nil
	}

	return &mesibo.TokenRequest{AppID: t.AppID.ValueString(), ExpiryMinutes: t.Expiry.ValueInt64()}
}

// PlannedFirst completes the plan of the token of a resource that is to be created with what can be known beforehand.
func (t HeldToken) PlannedFirst(config HeldToken) HeldToken {
	t.Expiry = t.plannedExpiry(config)
	if !t.HasAppID() {
		t = t.WithoutToken()
	}
	t.ReadyForRenewal = types.BoolValue(false)

	return t
}

// PlannedNext completes the plan of a token that is in the state. It alone decides whether a token is minted:
// then, and only then, the token is unknown in the plan.
func (t HeldToken) PlannedNext(config, state HeldToken, now time.Time) HeldToken {
	t.Expiry = t.plannedExpiry(config)

	switch {
	case !t.HasAppID():
		t = t.WithoutToken()
	case t.mints(state, now):
		t.Token, t.TokenExpiresAt = types.StringUnknown(), types.StringUnknown()
	default:
		t.Token, t.TokenExpiresAt = state.Token, state.TokenExpiresAt
		if config.Expiry.IsNull() {
			// An imported token lives as long as it lives; the default would be a guess.
			t.Expiry = state.Expiry
		}
	}
	t.ReadyForRenewal = types.BoolValue(false)

	return t
}

// plannedExpiry is the configured life, or the default of a token whose life is not configured.
func (t HeldToken) plannedExpiry(config HeldToken) types.Int64 {
	switch {
	case !config.Expiry.IsNull():
		return config.Expiry
	case t.AppID.IsNull():
		return types.Int64Null()
	case t.AppID.IsUnknown():
		return types.Int64Unknown()
	default:
		return types.Int64Value(token.DefaultExpiryMinutes)
	}
}

// mints reports whether the plan asks for a token other than the one in state. A value that is not known yet
// counts as a change, so that the plan promises no token that the apply would then replace.
func (t HeldToken) mints(state HeldToken, now time.Time) bool {
	return state.Token.IsNull() ||
		!t.AppID.Equal(state.AppID) ||
		!state.Expiry.IsNull() && !t.Expiry.Equal(state.Expiry) ||
		!t.TokenKeepers.Equal(state.TokenKeepers) ||
		t.renews(state, now)
}

// renews reports whether the token in state is to be renewed. With an unchanged window it takes the word of the
// last refresh, not the clock: Terraform plans a second time while it applies, and a window that opened in
// between must not turn the plan that was approved into another one.
func (t HeldToken) renews(state HeldToken, now time.Time) bool {
	if t.EarlyRenewalMinutes.Equal(state.EarlyRenewalMinutes) {
		return state.ReadyForRenewal.ValueBool()
	}

	return t.EarlyRenewalMinutes.IsUnknown() || state.renewalDue(t.EarlyRenewalMinutes.ValueInt64(), now)
}

// MintsNow reports whether a plan that is being applied mints a token.
func (t HeldToken) MintsNow() bool {
	return t.Token.IsUnknown()
}

// MintedHere reports whether the resource minted the token in state. One that an import or a refresh found has no
// known end.
func (t HeldToken) MintedHere() bool {
	return !t.TokenExpiresAt.IsNull()
}

// WithoutToken returns t with no token.
func (t HeldToken) WithoutToken() HeldToken {
	t.Token = types.StringNull()
	t.TokenExpiresAt = types.StringNull()
	t.ReadyForRenewal = types.BoolValue(false)

	return t
}

// WithMinted returns t with the planned token, if one is planned: that of a useradd which was sent at the given time.
func (t HeldToken) WithMinted(minted mesibo.Secret, sent time.Time) HeldToken {
	t = t.WithoutToken()
	if t.TokenRequest() != nil {
		t.Token = types.StringValue(minted.Reveal())
		t.TokenExpiresAt = types.StringValue(FormatTime(token.ExpiresAt(sent, t.Expiry.ValueInt64())))
	}

	return t
}

// WithShown returns t as a look-up at the given time shows it: with another token when one was minted elsewhere,
// without one when it was revoked elsewhere.
func (t HeldToken) WithShown(lookup mesibo.Lookup, now time.Time) HeldToken {
	if shown, found := lookup.Token(t.AppID.ValueString()); found {
		if shown.IsEmpty() || shown.Reveal() == t.Token.ValueString() {
			return t
		}
		t = t.WithoutToken()
		t.Token = types.StringValue(shown.Reveal())

		return t
	}

	// A server that shows a row for each App ID would show ours. One with a single row for each user shows
	// any App ID of it, a list that was cut proves nothing, and an expired token is not shown but kept.
	rowForEachAppID := len(lookup.Rows) > 1 && !lookup.Truncated
	if expired := t.renewalDue(0, now); rowForEachAppID && !expired {
		return t.WithoutToken()
	}

	return t
}

// Renewable returns t with ready_for_renewal as it is at the given time.
func (t HeldToken) Renewable(now time.Time) HeldToken {
	t.ReadyForRenewal = types.BoolValue(t.renewalDue(t.EarlyRenewalMinutes.ValueInt64(), now))

	return t
}

// renewalDue reports whether the token is inside the given window. A token whose end is not known never is.
func (t HeldToken) renewalDue(earlyMinutes int64, now time.Time) bool {
	expiresAt, err := time.Parse(time.RFC3339, t.TokenExpiresAt.ValueString())

	return err == nil && token.RenewalDue(now, expiresAt, earlyMinutes)
}

// Validate checks what no attribute can check alone. Values that are not known yet are checked once they are.
func (t HeldToken) Validate(address string) diag.Diagnostics {
	var diags diag.Diagnostics

	expiry := t.Expiry
	if expiry.IsNull() && t.HasAppID() {
		expiry = types.Int64Value(token.DefaultExpiryMinutes)
	}
	if expiry.IsNull() || expiry.IsUnknown() || t.EarlyRenewalMinutes.IsUnknown() {
		return diags
	}
	if early := t.EarlyRenewalMinutes.ValueInt64(); early > 0 && early >= expiry.ValueInt64() {
		diags.AddAttributeError(path.Root("early_renewal_minutes"), "Renewal window longer than the token's life",
			fmt.Sprintf("The user %q would get a new token at every run: early_renewal_minutes is %d, and the token lives "+
				"for %d minutes. Make the window shorter than expiry.", address, early, expiry.ValueInt64()))
	}

	return diags
}

// Surprises warns at plan time of a mint that the diff does not explain.
func (t HeldToken) Surprises(state HeldToken, address string) diag.Diagnostics {
	var diags diag.Diagnostics
	if t.MintsNow() && state.Token.IsNull() {
		diags.AddAttributeWarning(path.Root("token"), "Token will be minted", fmt.Sprintf(
			"The state holds no token of the user %q. Applying this mints one, which ends the token that the App ID may have.",
			address))
	}

	return diags
}

// Drift warns of what happened to the token outside of Terraform since the prior state.
func (t HeldToken) Drift(prior HeldToken, address string) diag.Diagnostics {
	var diags diag.Diagnostics
	if prior.Token.IsNull() || t.Token.Equal(prior.Token) {
		return diags
	}

	if t.Token.IsNull() {
		diags.AddAttributeWarning(path.Root("token"), "Token ended outside of Terraform", fmt.Sprintf(
			"The server no longer has the token of App ID %q that was minted for the user %q. The plan mints a new one.",
			prior.AppID.ValueString(), address))
	} else {
		diags.AddAttributeWarning(path.Root("token"), "Token replaced outside of Terraform", fmt.Sprintf(
			"The server shows another token of App ID %q for the user %q than the one that was minted here. "+
				"The state follows it; when it expires is not known. Change token_keepers to mint one that Terraform renews. "+
				"If another resource mints for the same App ID, remove one of the two.",
			prior.AppID.ValueString(), address))
	}

	return diags
}

// NotMinted reports a useradd that was to mint a token for a user who exists, and failed or was not answered.
func NotMinted(address string, err error) diag.Diagnostic {
	tried := fmt.Sprintf("Minting a token for the user %q failed.", address)
	if errors.Is(err, mesibo.ErrOutcomeUnknown) {
		tried += " If the server minted one all the same, nobody knows it, and the token that the App ID had before has ended."
	}
	if !errors.Is(err, ErrMintedAlready) {
		tried += " The next apply tries again."
	}

	return Failure("Token not minted", tried, err, "address", "appid", "expiry")
}

// FormatTime writes a time as the state holds it: RFC 3339 in UTC.
func FormatTime(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/token"
)

// tokenAttributes are the attributes of the token of one App ID, as configuration, plan and state contain them.
// mesibo_user and mesibo_user_token embed them, so that a token has the same life in both.
type tokenAttributes struct {
	AppID               types.String `tfsdk:"appid"`
	Expiry              types.Int64  `tfsdk:"expiry"`
	TokenVersion        types.Int64  `tfsdk:"token_version"`
	TokenKeepers        types.Map    `tfsdk:"token_keepers"`
	EarlyRenewalMinutes types.Int64  `tfsdk:"early_renewal_minutes"`
	Token               types.String `tfsdk:"token"`
	TokenExpiresAt      types.String `tfsdk:"token_expires_at"`
	ReadyForRenewal     types.Bool   `tfsdk:"ready_for_renewal"`
}

// hasAppID reports whether a token is configured; an unknown App ID counts.
func (t tokenAttributes) hasAppID() bool {
	return !t.AppID.IsNull()
}

// tokenRequest requests the planned token. It is nil when no token is planned.
func (t tokenAttributes) tokenRequest() *mesibo.TokenRequest {
	if t.AppID.IsNull() || t.AppID.IsUnknown() {
		return nil
	}

	return &mesibo.TokenRequest{AppID: t.AppID.ValueString(), ExpiryMinutes: t.Expiry.ValueInt64(), V2: t.TokenVersion.ValueInt64() == 2}
}

// planCreate completes the plan of the first token of a resource.
func (t tokenAttributes) planCreate(config tokenAttributes) tokenAttributes {
	t.Expiry = t.plannedExpiry(config)
	if !t.hasAppID() {
		t = t.withoutToken()
	}
	t.ReadyForRenewal = types.BoolValue(false)

	return t
}

// planUpdate completes the plan of a token that is in the state. It is the one place that decides whether a token is
// minted: then, and only then, the token is unknown in the plan.
func (t tokenAttributes) planUpdate(config, state tokenAttributes, record tokenRecord) tokenAttributes {
	t.Expiry = t.plannedExpiry(config)

	switch {
	case !t.hasAppID():
		t = t.withoutToken()
	case t.needsMint(state, record):
		t.Token, t.TokenExpiresAt = types.StringUnknown(), types.StringUnknown()
		if config.Expiry.IsNull() && state.Expiry.IsNull() && t.mayKeepToken() {
			t.Expiry = types.Int64Unknown() // Without a mint, the expiry of an imported token stays null.
		}
	default:
		t.Token, t.TokenExpiresAt = state.Token, state.TokenExpiresAt
		if config.Expiry.IsNull() {
			t.Expiry = state.Expiry // The expiry of an imported token is unknown; the default would be a guess.
		}
	}
	t.ReadyForRenewal = types.BoolValue(false)

	return t
}

// plannedExpiry returns the configured expiry, or the default where an App ID is configured.
func (t tokenAttributes) plannedExpiry(config tokenAttributes) types.Int64 {
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

// needsMint reports whether the plan requires another token than the one in the state. An unknown value counts as a
// change, so that the plan never shows a token that the apply then replaces.
func (t tokenAttributes) needsMint(state tokenAttributes, record tokenRecord) bool {
	return state.Token.IsNull() ||
		!t.AppID.Equal(state.AppID) ||
		!state.Expiry.IsNull() && !t.Expiry.Equal(state.Expiry) ||
		!t.TokenVersion.Equal(state.TokenVersion) && !record.Imported ||
		!sameKeepers(t.TokenKeepers, state.TokenKeepers) && (!record.Imported || !state.TokenKeepers.IsNull()) ||
		t.EarlyRenewalMinutes.IsUnknown() || state.renewalDue(record, t.EarlyRenewalMinutes.ValueInt64())
}

// sameKeepers reports whether two values of token_keepers say the same. A null element says the same as none, and an
// empty map the same as null.
func sameKeepers(a, b types.Map) bool {
	if a.IsUnknown() || b.IsUnknown() {
		return false
	}
	keepers := func(m types.Map) map[string]attr.Value {
		elements := m.Elements()
		maps.DeleteFunc(elements, func(_ string, value attr.Value) bool { return value.IsNull() })

		return elements
	}

	return maps.EqualFunc(keepers(a), keepers(b), attr.Value.Equal)
}

// mayKeepToken reports whether a mint is planned only in case that a value, which is still unknown, has changed.
func (t tokenAttributes) mayKeepToken() bool {
	keepers := maps.Values(t.TokenKeepers.Elements())

	return t.EarlyRenewalMinutes.IsUnknown() || t.TokenVersion.IsUnknown() || t.TokenKeepers.IsUnknown() || slices.ContainsFunc(slices.Collect(keepers), attr.Value.IsUnknown)
}

// willMint reports whether applying the plan mints a token.
func (t tokenAttributes) willMint() bool {
	return t.Token.IsUnknown()
}

func (t tokenAttributes) withoutToken() tokenAttributes {
	t.Token = types.StringNull()
	t.TokenExpiresAt = types.StringNull()
	t.ReadyForRenewal = types.BoolValue(false)

	return t
}

// minted returns the token and its record after a useradd, sent at the given time, minted the planned token, if any.
func (t tokenAttributes) minted(plan tokenAttributes, minted mesibo.Secret, sent time.Time) (tokenAttributes, tokenRecord) {
	record := tokenRecord{RefreshedAt: sent}
	t.AppID, t.Expiry, t.TokenVersion, t.TokenKeepers = plan.AppID, plan.Expiry, plan.TokenVersion, plan.TokenKeepers
	t = t.withoutToken()
	if plan.tokenRequest() != nil {
		record.Minted, record.ExpiresAt = digest(minted.Reveal()), token.ExpiresAt(sent, plan.Expiry.ValueInt64())
		t.Token, t.TokenExpiresAt = types.StringValue(minted.Reveal()), types.StringValue(formatTime(record.ExpiresAt))
	}

	return t, record
}

// refreshedFrom returns the token as a lookup shows it: another one when it was minted elsewhere, none when it was
// revoked elsewhere.
func (t tokenAttributes) refreshedFrom(lookup mesibo.Lookup, record tokenRecord) (tokenAttributes, tokenRecord) {
	if found, shown := lookup.Token(t.AppID.ValueString()); shown {
		if found.IsEmpty() {
			return t, record
		}
		record.Shown = digest(found.Reveal())
		if imported := record.Imported && t.Token.IsNull(); imported || record.Unanswered {
			record.Minted, record.Unanswered = record.Shown, false // An import brings the right to end the token.
		}
		if found.Reveal() != t.Token.ValueString() {
			t = t.withoutToken()
			t.Token = types.StringValue(found.Reveal())
		}

		return t, record
	}

	// The token is missing. That it was revoked is certain where the server shows a row for each App ID, which several
	// rows prove, or has shown this token before and now shows none. A single row of another App ID may hide it, a
	// truncated list proves nothing, and an expired token stays in the state.
	wasShown := record.Shown != "" && record.Shown == digest(t.Token.ValueString()) && lookup.Rows[0].AppID == ""
	if expired := t.renewalDue(record, 0); !expired && !lookup.Truncated && (len(lookup.Rows) > 1 || wasShown) {
		return t.withoutToken(), record
	}

	return t, record
}

// attributes returns the token attributes of the model that embeds them.
func (t tokenAttributes) attributes() tokenAttributes { return t }

// withReadyForRenewal sets ready_for_renewal for the time of the last refresh.
func (t tokenAttributes) withReadyForRenewal(record tokenRecord) tokenAttributes {
	t.ReadyForRenewal = types.BoolValue(t.renewalDue(record, t.EarlyRenewalMinutes.ValueInt64()))

	return t
}

// renewalDue reports whether less than earlyMinutes were left at the last refresh. A token whose expiry is unknown, or
// whose user was replaced, is never due.
func (t tokenAttributes) renewalDue(record tokenRecord, earlyMinutes int64) bool {
	return !t.Token.IsNull() && !record.ExpiresAt.IsZero() && record.OtherUID == "" &&
		token.RenewalDue(record.RefreshedAt, record.ExpiresAt, earlyMinutes)
}

// validate checks what no attribute can check alone. Unknown values are checked once they are known.
func (t tokenAttributes) validate(address string) diag.Diagnostics {
	var diags diag.Diagnostics

	if !t.hasAppID() && len(t.TokenKeepers.Elements()) > 0 {
		diags.AddAttributeWarning(path.Root("token_keepers"), "No token to keep", fmt.Sprintf(
			"The user %q has token_keepers and no appid, so it gets no token. Set appid to mint one, or remove token_keepers.", address))
	}
	expiry := t.Expiry
	if expiry.IsNull() && t.hasAppID() {
		expiry = types.Int64Value(token.DefaultExpiryMinutes)
	}
	if expiry.IsNull() || expiry.IsUnknown() || t.EarlyRenewalMinutes.IsUnknown() {
		return diags
	}
	if early := t.EarlyRenewalMinutes.ValueInt64(); early > 0 && early >= expiry.ValueInt64() {
		diags.AddAttributeError(path.Root("early_renewal_minutes"), "Renewal window not shorter than expiry",
			fmt.Sprintf("The user %q would get a new token in every run: early_renewal_minutes is %d, and expiry is %d minutes. "+
				"Set early_renewal_minutes to less than expiry.", address, early, expiry.ValueInt64()))
	}

	return diags
}

// planWarnings warns of a mint that the diff does not explain, and of a renewal window that has no effect.
func (t tokenAttributes) planWarnings(state tokenAttributes, record tokenRecord, address string) diag.Diagnostics {
	var diags diag.Diagnostics
	if early := t.EarlyRenewalMinutes; early.ValueInt64() > 0 && !t.Token.IsNull() && !t.willMint() && record.ExpiresAt.IsZero() {
		diags.AddAttributeWarning(path.Root("early_renewal_minutes"), "Renewal window has no effect", fmt.Sprintf(
			"The token of App ID %q of the user %q was not minted by this resource, so its expiry is unknown and it is not renewed. "+
				"Change token_keepers to mint one that is.", t.AppID.ValueString(), address))
	}
	if t.willMint() && state.Token.IsNull() {
		diags.AddAttributeWarning(path.Root("token"), "Token will be minted", fmt.Sprintf(
			"The state contains no token of the user %q. The apply mints one, which ends the current token of the App ID, if "+
				"it has one.", address))
	}

	return diags
}

// driftWarnings warns of changes to the token that were made outside of Terraform.
func (t tokenAttributes) driftWarnings(prior tokenAttributes, address string) diag.Diagnostics {
	var diags diag.Diagnostics
	if prior.Token.IsNull() || t.Token.Equal(prior.Token) {
		return diags
	}

	if t.Token.IsNull() {
		diags.AddAttributeWarning(path.Root("token"), "Token revoked outside of Terraform", fmt.Sprintf(
			"The server no longer has the token of App ID %q that was minted for the user %q. The plan mints a new one.",
			prior.AppID.ValueString(), address))
	} else {
		diags.AddAttributeWarning(path.Root("token"), "Token replaced outside of Terraform", fmt.Sprintf(
			"For App ID %q of the user %q the server shows another token than the one that this resource minted. The state now "+
				"contains the server's token. Its expiry is unknown, so it is renewed when the old one would have been. If another "+
				"resource mints for the same App ID, remove one of the two.",
			prior.AppID.ValueString(), address))
	}

	return diags
}

// formatTime writes a time as the state contains it: RFC 3339 in UTC.
func formatTime(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

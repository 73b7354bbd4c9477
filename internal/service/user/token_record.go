// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// tokenRecord is what the private state keeps of a user and its token because no attribute does. It contains digests,
// never a token.
type tokenRecord struct {
	// Minted is the digest of the last token that this resource minted, or was imported with. Only that token is its own to
	// end.
	Minted string `json:"minted,omitempty"`
	// Unanswered says that a mint of this resource was not answered, so that the next token that a lookup shows is
	// presumed to be its own.
	Unanswered bool `json:"unanswered,omitempty"`
	// Shown is the digest of the last token that a lookup has shown. A token that was shown once and is missing later was
	// revoked elsewhere; one that was never shown may be hidden.
	Shown string `json:"shown,omitempty"`
	// ExpiresAt is the expiry of the last token that this resource minted. It stays when another token replaces that one
	// elsewhere, so that the unknown expiry of the new token never delays the renewal. It is zero when nothing is known.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// RefreshedAt is the time of the last refresh. It is the current time of a plan: Terraform plans again while it
	// applies, and a renewal window that opens in between must not change the approved plan.
	RefreshedAt time.Time `json:"refreshed_at,omitzero"`
	// Imported says that nothing was applied since an import, so that the plan records what the import could not know.
	Imported bool `json:"imported,omitempty"`
	// OtherUID is the uid of another user that the last refresh has found at the address.
	OtherUID string `json:"other_uid,omitempty"`
}

// recordKey is the key of the private state that contains the tokenRecord.
const recordKey = "token"

// privateReader and privateWriter are the private state of a request and of a response.
type (
	privateReader interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateWriter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// loadRecord returns the record of a resource in the state.
func loadRecord(ctx context.Context, private privateReader, state tokenAttributes, diags *diag.Diagnostics) tokenRecord {
	encoded, found := private.GetKey(ctx, recordKey)
	diags.Append(found...)
	var record tokenRecord
	if encoded != nil && json.Unmarshal(encoded, &record) != nil {
		diags.AddError("Invalid private state", "The private state of the resource cannot be read. This is a bug in the provider; "+
			"please report it.")
	}

	return record.completed(state)
}

// completed returns the record with what the state shows of it. A CLI drops the private state of an object when the
// provider is killed while it applies. A token whose expiry is known was minted by the resource.
func (r tokenRecord) completed(state tokenAttributes) tokenRecord {
	if expiresAt, err := time.Parse(time.RFC3339, state.TokenExpiresAt.ValueString()); err == nil {
		r.Minted, r.ExpiresAt = digest(state.Token.ValueString()), expiresAt
	}

	return r
}

// trimmed returns the record without what completed restores. The more a resource has in the state, the longer a CLI takes
// for each change of another one.
func (r tokenRecord) trimmed(state tokenAttributes) tokenRecord {
	if !state.TokenExpiresAt.IsNull() {
		r.Minted, r.ExpiresAt = "", time.Time{}
	}

	return r
}

// owns reports whether a token that a lookup shows is the resource's own to end. One that is hidden says nothing.
func (r tokenRecord) owns(token mesibo.Secret) bool {
	return token.IsEmpty() || r.Unanswered || r.Minted == digest(token.Reveal())
}

// A model is the state of a resource.
type model interface {
	identity() any
	attributes() tokenAttributes
}

// save sets the state, the identity and the private state together. Call it after each request that succeeded, so that
// nothing is lost when a later one fails.
func save(
	ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, private privateWriter, m model, record tokenRecord,
) diag.Diagnostics {
	diags := service.SaveState(ctx, state, identity, m, m.identity())
	diags.Append(record.save(ctx, private, m.attributes())...)

	return diags
}

func (r tokenRecord) save(ctx context.Context, private privateWriter, state tokenAttributes) diag.Diagnostics {
	encoded, _ := json.Marshal(r.trimmed(state)) // Strings, times and booleans always encode.

	return private.SetKey(ctx, recordKey, encoded)
}

// digest identifies a token without revealing it.
func digest(token string) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(token))

	return hex.EncodeToString(sum[:16]) // as unlikely as a UUID to be that of another token
}

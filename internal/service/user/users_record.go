// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// usersRecord is what the private state keeps of the users of a mesibo_users.
type usersRecord struct {
	RefreshedAt time.Time             `json:"refreshed_at,omitzero"` // of all users
	Users       map[string]userRecord `json:"users"`                 // by address
}

type userRecord struct {
	tokenRecord

	// Settings are those of this user, when they are not all as the state says.
	Settings *userSettings `json:"settings,omitempty"`
}

// userSettings are what was last applied of the settings that all users have in common.
type userSettings struct {
	Active       *bool             `json:"active,omitempty"`
	AppID        *string           `json:"appid,omitempty"`
	Expiry       *int64            `json:"expiry,omitempty"`
	TokenVersion *int64            `json:"token_version,omitempty"`
	TokenKeepers map[string]string `json:"token_keepers,omitempty"`
}

// usersRecordKey is the key of the private state that contains the usersRecord.
const usersRecordKey = "users"

// loadUsers returns the users in the state.
func (m usersModel) loadUsers(ctx context.Context, private privateReader, diags *diag.Diagnostics) map[string]managedUser {
	encoded, found := private.GetKey(ctx, usersRecordKey)
	diags.Append(found...)
	var record usersRecord
	if encoded != nil && json.Unmarshal(encoded, &record) != nil {
		diags.AddError("Invalid private state", "The private state of the resource cannot be read. This is a bug in the provider; "+
			"please report it.")
	}

	users := m.users()
	for address, u := range users {
		recorded := record.Users[address]
		u.record = recorded.completed(u.tokenAttributes)
		u.record.RefreshedAt = record.RefreshedAt
		u.userModel = recorded.Settings.applyTo(u.userModel)
		u.userModel = u.withReadyForRenewal(u.record)
		users[address] = u
	}

	return users
}

// saveRecord saves what the state of these users does not contain.
func (m usersModel) saveRecord(ctx context.Context, private privateWriter, users map[string]managedUser) diag.Diagnostics {
	record := usersRecord{Users: map[string]userRecord{}}
	for address, u := range users {
		if u.record.RefreshedAt.After(record.RefreshedAt) {
			record.RefreshedAt = u.record.RefreshedAt
		}
		u.record.RefreshedAt = time.Time{}
		record.Users[address] = userRecord{u.record.trimmed(u.tokenAttributes), m.settingsOf(u.userModel)}
	}
	encoded, _ := json.Marshal(record) // Strings, times, numbers and booleans always encode.

	return private.SetKey(ctx, usersRecordKey, encoded)
}

// settingsOf returns the settings of a user, nil when they are all as the state says.
func (m usersModel) settingsOf(u userModel) *userSettings {
	if u.Active.Equal(m.Active) && u.AppID.Equal(m.AppID) && u.Expiry.Equal(m.Expiry) && u.TokenVersion.Equal(m.TokenVersion) &&
		u.TokenKeepers.Equal(m.TokenKeepers) {
		return nil
	}
	settings := &userSettings{
		Active: u.Active.ValueBoolPointer(), AppID: u.AppID.ValueStringPointer(), Expiry: u.Expiry.ValueInt64Pointer(),
		TokenVersion: u.TokenVersion.ValueInt64Pointer(), TokenKeepers: map[string]string{},
	}
	for key, value := range u.TokenKeepers.Elements() {
		if value, _ := value.(types.String); !value.IsNull() {
			settings.TokenKeepers[key] = value.ValueString()
		}
	}

	return settings
}

// applyTo returns a user of the state with its own settings.
func (s *userSettings) applyTo(u userModel) userModel {
	if s == nil {
		return u
	}
	u.Active, u.AppID, u.Expiry = types.BoolPointerValue(s.Active), types.StringPointerValue(s.AppID), types.Int64PointerValue(s.Expiry)
	u.TokenVersion = types.Int64PointerValue(s.TokenVersion)
	u.TokenKeepers = types.MapNull(types.StringType)
	if len(s.TokenKeepers) > 0 {
		keepers := map[string]attr.Value{}
		for key, value := range s.TokenKeepers {
			keepers[key] = types.StringValue(value)
		}
		u.TokenKeepers = types.MapValueMust(types.StringType, keepers)
	}

	return u
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package usertoken

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var now = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// held is a token of an hour in the state that was minted just now.
func held() model {
	return model{
		HeldToken: service.HeldToken{
			AppID:               types.StringValue("com.example.app"),
			Expiry:              types.Int64Value(60),
			TokenKeepers:        types.MapNull(types.StringType),
			EarlyRenewalMinutes: types.Int64Value(0),
			Token:               types.StringValue("token"),
			TokenExpiresAt:      types.StringValue("2026-01-01T01:00:00Z"),
			ReadyForRenewal:     types.BoolValue(false),
		},
		Address:         types.StringValue("alice"),
		RevokeOnDestroy: types.BoolValue(true),
		UID:             types.StringValue("5302"),
	}
}

// A row without a uid is no sign of another user, whose tokens would be dead; one with another uid is.
func TestRefreshedUID(t *testing.T) {
	t.Parallel()

	for uid, wantToken := range map[string]string{"": "token", "5302": "token", "5303": ""} {
		got := held().refreshed(mesibo.Lookup{Rows: []mesibo.UserRow{{UID: uid, Address: "alice"}}}, now)
		wantUID := uid
		if uid == "" {
			wantUID = "5302"
		}
		if got.Token.ValueString() != wantToken || got.UID.ValueString() != wantUID {
			t.Errorf("shown as %q: token %s, uid %s", uid, got.Token, got.UID)
		}
	}
}

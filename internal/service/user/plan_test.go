// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var now = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// held is a user in the state with a token of an hour that was minted just now.
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
		Address:       types.StringValue("alice"),
		Active:        types.BoolValue(true),
		AdoptExisting: types.BoolValue(false),
		UID:           types.StringValue("5302"),
	}
}

// with returns the model after a change.
func with(m model, change func(*model)) model {
	change(&m)

	return m
}

func TestRevokes(t *testing.T) {
	t.Parallel()

	appID := func(appID types.String) model { return with(held(), func(m *model) { m.AppID = appID }) }
	tests := map[string]struct {
		plan, state model
		want        bool
	}{
		"the App ID stays":      {held(), held(), false},
		"it changes":            {appID(types.StringValue("b")), held(), true},
		"it goes":               {appID(types.StringNull()), held(), true},
		"it comes":              {held(), appID(types.StringNull()), false},
		"it is not known yet":   {appID(types.StringUnknown()), held(), true},
		"there was and is none": {appID(types.StringNull()), appID(types.StringNull()), false},
		"it was minted elsewhere": {
			appID(types.StringNull()), with(held(), func(m *model) { m.TokenExpiresAt = types.StringNull() }), false,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := tt.plan.revokes(tt.state); got != tt.want {
				t.Errorf("revokes: %t, want %t", got, tt.want)
			}
		})
	}
}

// The uid of a user stays, whatever happens to its token.
func TestPlanUpdateKeepsUID(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*model){
		"nothing changes":   func(*model) {},
		"a token is minted": func(m *model) { m.Expiry = types.Int64Value(61) },
		"the token goes":    func(m *model) { m.AppID, m.Expiry = types.StringNull(), types.Int64Null() },
	} {
		config := with(held(), change)
		if got := planUpdate(config, config, held(), now); !got.UID.Equal(held().UID) {
			t.Errorf("%s: uid %s, want %s", name, got.UID, held().UID)
		}
	}
}

// An imported user has no uid until a reply tells it, which only minting brings.
func TestPlanUpdateLearnsUID(t *testing.T) {
	t.Parallel()

	state := with(held(), func(m *model) { m.UID, m.Token = types.StringNull(), types.StringNull() })
	if got := planUpdate(state, state, state, now); !got.UID.IsUnknown() {
		t.Errorf("uid %s, want it known after apply", got.UID)
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"errors"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func TestDeleteError(t *testing.T) {
	t.Parallel()

	refused, failed := errors.New("refused"), errors.New("failed")
	for name, tt := range map[string]struct {
		err        error
		presence   service.Presence // that a lookup shows
		lookupErr  error
		wantLookup bool
		want       error
	}{
		"success":                {nil, service.Present, nil, false, nil},
		"not found":              {mesibo.ErrNotFound, service.Present, nil, false, nil},
		"unauthorized":           {mesibo.ErrUnauthorized, service.Absent, nil, false, mesibo.ErrUnauthorized},
		"token breach":           {mesibo.ErrTokenBreach, service.Absent, nil, false, mesibo.ErrTokenBreach},
		"unreachable":            {mesibo.ErrUnreachable, service.Absent, nil, false, mesibo.ErrUnreachable},
		"refused and absent":     {refused, service.Absent, nil, true, nil},
		"refused and present":    {refused, service.Present, nil, true, refused},
		"refused and unknown":    {refused, service.Unknown, nil, true, refused},
		"refused, lookup failed": {refused, service.Absent, failed, true, refused},
	} {
		looked := false
		got := service.DeleteError(tt.err, func() (service.Presence, error) {
			looked = true

			return tt.presence, tt.lookupErr
		})
		if !errors.Is(got, tt.want) || looked != tt.wantLookup {
			t.Errorf("%s: %v, lookup %t, want %v, %t", name, got, looked, tt.want, tt.wantLookup)
		}
	}
}

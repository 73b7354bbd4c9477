// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"golang.org/x/time/rate"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// Profile returns how the server behaves.
func (e *Emulator) Profile() profile.Profile {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.profile
}

// SetProfile changes how the server behaves from the next request on. What was done before stays as it is.
func (e *Emulator) SetProfile(change func(*profile.Profile)) {
	e.mu.Lock()
	defer e.mu.Unlock()

	changed := e.profile
	change(&changed)
	e.setProfile(changed)
}

func (e *Emulator) setProfile(to profile.Profile) {
	if to.RequestsPerSecond != e.profile.RequestsPerSecond {
		e.limiter = nil
		if to.RequestsPerSecond > 0 {
			e.limiter = rate.NewLimiter(rate.Limit(to.RequestsPerSecond), max(1, int(to.RequestsPerSecond)))
		}
	}
	e.profile = to
}

// Breach disables every app, as mesibo does when it thinks that an app token has leaked.
func (e *Emulator) Breach() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, app := range e.apps {
		app.breached = true
	}
}

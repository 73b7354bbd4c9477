// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package e2e shows what the README promises, by tests alone: nothing is lost when any call fails or a run is
// interrupted, no secret is shown, a server that throttles or deceives does no harm. Tests at full size run when
// MESIBO_PROOF is set, as `make proof` does.
package e2e

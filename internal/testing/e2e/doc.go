// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package e2e tests what the README promises: nothing is lost when any call fails or a run is interrupted, no secret is
// shown, and a server that limits rates, lies or breaks does no harm. With -short it runs a part of the larger tests.
package e2e

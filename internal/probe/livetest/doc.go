// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package livetest has acceptance tests that pass on any server, because they only look at what a user of the provider sees.
// `make testlive` runs them against a disposable test app, guarded by package sandbox. All other runs use an emulator.
package livetest

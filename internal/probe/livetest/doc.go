// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package livetest has acceptance tests of users and tokens that hold on any server, since they look only at what a user of
// the provider sees. `make testlive` runs them against a real app that nobody needs, within the bounds of package
// disposable; all other runs, against the emulator in the same way.
package livetest

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// waysToFail are all the ways in which a call fails, by name. Each makes the nth call of a back end from now on fail.
var waysToFail = map[string]func(b *acctest.Backend, nth int){
	"connection refused":       func(b *acctest.Backend, nth int) { b.RefuseFrom(nth) },
	"dropped before":           failWith(emulator.DropBefore()),
	"dropped after commit":     failWith(emulator.DropAfterCommit()),
	"bad gateway":              failWith(emulator.BadGateway()),
	"bad gateway after commit": failWith(emulator.BadGatewayAfterCommit()),
	"too many requests":        failWith(emulator.TooManyRequests("")),
	"truncated":                failWith(emulator.TruncatedJSON()),
	"web page":                 failWith(emulator.HTMLPage()),
	"refused":                  failWith(emulator.Refuse("QUOTA", 403, "over quota")),
	"too slow":                 failWith(emulator.Slow(time.Minute)),
	"answered too late":        failWith(emulator.Hold(make(chan struct{}))),
}

// waysThatHang take as long as the request may.
var waysThatHang = []string{"too slow", "answered too late"}

func failWith(fault emulator.Fault) func(*acctest.Backend, int) {
	return func(b *acctest.Backend, nth int) { b.Fail("", nth, fault) }
}

// recovered lets every call succeed again.
func recovered(b *acctest.Backend) error {
	b.ClearFaults()

	return b.Accept()
}

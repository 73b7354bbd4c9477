// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

func TestUnknownConfiguration(t *testing.T) {
	t.Parallel()

	client, err := service.NewUnknownProviderData([]string{"app_token", "endpoint"}, time.Now).Client()
	if client != nil || err == nil || !strings.Contains(err.Error(), "app_token, endpoint will be known") {
		t.Fatalf("client %v, error %v", client, err)
	}
	if got := service.APIError("Not created", "Creating it failed.", err); !strings.Contains(got.Detail(), "-target") {
		t.Errorf("no hint in:\n%s", got.Detail())
	}
}

func TestWarnNoLookups(t *testing.T) {
	t.Parallel()

	const appToken = "0123456789abcdefghijklmnopqrstuvwxyz"
	for mode, want := range map[mesibo.Lookups]int{mesibo.LookupsAuto: 1, mesibo.LookupsDisabled: 0} {
		client, err := mesibo.New(mesibo.NewSecret(appToken), mesibo.WithLookups(mode), mesibo.WithBulkReads())
		if err != nil {
			t.Fatal(err)
		}
		var first, second diag.Diagnostics
		data := service.NewProviderData(client, time.Now)
		data.WarnNoLookups(&first)
		data.WarnNoLookups(&second)
		if len(first) != want || len(second) != 0 {
			t.Errorf("lookups = %q: %v, then %v, want %d warnings in one run", mode, first, second, want)
		}
		secrettest.None(t, []string{appToken}, data)
	}
}

func TestRunState(t *testing.T) {
	t.Parallel()

	type state struct{ n int }
	one, other := new(service.ProviderData), new(service.ProviderData)
	service.RunState[state](one).n = 1
	if a, b := service.RunState[state](one).n, service.RunState[state](other).n; a != 1 || b != 0 {
		t.Errorf("%d in the same run, %d in another", a, b)
	}
}

func TestKeyedLock(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		var locks service.KeyedLock
		unlock, err := locks.Lock(t.Context(), "a")
		if _, otherErr := locks.Lock(t.Context(), "b"); err != nil || otherErr != nil {
			t.Fatal(err, otherErr)
		}
		results := make(chan error, 2)
		lock := func(ctx context.Context) { _, err := locks.Lock(ctx, "a"); results <- err }
		ctx, cancel := context.WithCancel(t.Context())
		go lock(ctx)
		go lock(t.Context())

		if synctest.Wait(); len(results) > 0 {
			t.Error("the lock is not exclusive")
		}
		if cancel(); !errors.Is(<-results, context.Canceled) {
			t.Error("waiting does not end with the context")
		}
		if unlock(); <-results != nil {
			t.Error("a lock that was released cannot be acquired")
		}
	})
}

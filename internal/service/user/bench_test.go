// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// BenchmarkUsers is what the provider does for 100 users, with what a CLI and the server would do for them, in process.
func BenchmarkUsers(b *testing.B) {
	var users protocoltest.Config
	for i := range 100 {
		users = append(users, protocoltest.Resource{
			Type: "mesibo_user", Name: fmt.Sprint("user", i),
			Attributes: map[string]any{"address": fmt.Sprintf("user%d@example.com", i), "appid": "com.example.app"},
		})
	}
	w := newWorkspace(acctest.NewBackend(b))
	apply := func(config protocoltest.Config) {
		if err := w.Apply(b.Context(), config); err != nil {
			b.Fatal(err)
		}
	}

	b.Run("create and destroy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			apply(users)
			apply(nil)
		}
	})
	b.Run("plan without changes", func(b *testing.B) {
		b.ReportAllocs()
		apply(users)
		for b.Loop() {
			if pending, err := w.Pending(b.Context(), users); err != nil || len(pending) > 0 {
				b.Fatal(err, pending)
			}
		}
	})
}

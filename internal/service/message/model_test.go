// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package message

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
)

// Whatever is null or unknown: the message says what is known, and nothing else.
func TestMessageSaysWhatIsKnown(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		config := sendModel{
			From: gen.String(t, "from"), GID: gen.String(t, "gid"), Message: gen.String(t, "message"),
			Type: gen.Int64(t, "type"), URL: gen.String(t, "url"), Title: gen.String(t, "title"),
			Expiry: gen.Int64(t, "expiry"), When: gen.Int64(t, "when"),
		}
		want := mesibo.Message{
			Type: gen.Number(config.Type), ExpirySeconds: gen.Number(config.Expiry), DelaySeconds: gen.Number(config.When),
		}
		if from := gen.Text(config.From); from != nil {
			want.From = *from
		}
		if gid := gen.Text(config.GID); gid != nil {
			want.GID = *gid
		}
		if text := gen.Text(config.Message); text != nil {
			want.Text = *text
		}
		if url := gen.Text(config.URL); url != nil {
			want.URL = *url
		}
		if title := gen.Text(config.Title); title != nil {
			want.Title = *title
		}
		if diff := cmp.Diff(want, config.message()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

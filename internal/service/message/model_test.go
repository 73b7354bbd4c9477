// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package message

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/valuetest"
)

// Whatever is null or unknown: the message says what is known, and nothing else.
func TestMessageSaysWhatIsKnown(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		config := sendModel{
			From: valuetest.String(t, "from"), GID: valuetest.String(t, "gid"), Message: valuetest.String(t, "message"),
			Type: valuetest.Int64(t, "type"), URL: valuetest.String(t, "url"), Title: valuetest.String(t, "title"),
			Expiry: valuetest.Int64(t, "expiry"), When: valuetest.Int64(t, "when"),
		}
		want := mesibo.Message{
			Type: valuetest.Number(config.Type), ExpirySeconds: valuetest.Number(config.Expiry), DelaySeconds: valuetest.Number(config.When),
		}
		if from := valuetest.Text(config.From); from != nil {
			want.From = *from
		}
		if gid := valuetest.Text(config.GID); gid != nil {
			want.GID = *gid
		}
		if text := valuetest.Text(config.Message); text != nil {
			want.Text = *text
		}
		if url := valuetest.Text(config.URL); url != nil {
			want.URL = *url
		}
		if title := valuetest.Text(config.Title); title != nil {
			want.Title = *title
		}
		if diff := cmp.Diff(want, config.message()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

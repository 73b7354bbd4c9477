// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// The masks hide what the client should never give to the log.
func TestLoggerMasks(t *testing.T) {
	t.Parallel()

	var _ mesibo.Logger = logger{}
	var output strings.Builder
	ctx := tflogtest.RootLogger(context.Background(), &output)
	userToken := strings.Repeat("0123456789abcdef", 3)
	newLogger(mesibo.NewSecret("geheim")).Debug(ctx, "sent geheim and "+userToken, map[string]any{
		"op": "useradd", "note": "with geheim", "token": "short", "other": userToken,
	})
	for _, secret := range []string{"geheim", "short", userToken} {
		if strings.Contains(output.String(), secret) {
			t.Errorf("%q is in the log: %s", secret, output.String())
		}
	}
	if !strings.Contains(output.String(), "useradd") {
		t.Errorf("the log does not contain the op: %s", output.String())
	}
}

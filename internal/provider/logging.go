// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// logger writes what the client does into Terraform's log. The client gives it no secret; should one slip in,
// the masks hold it back: the app token by its value, user tokens by their form, either by its key.
type logger struct {
	appToken mesibo.Secret
}

var tokenForm = regexp.MustCompile(`[0-9A-Za-z]{32,}`)

func newLogger(appToken mesibo.Secret) mesibo.Logger {
	return logger{appToken: appToken}
}

// Debug implements mesibo.Logger.
func (l logger) Debug(ctx context.Context, msg string, fields map[string]any) {
	ctx = tflog.MaskFieldValuesWithFieldKeys(ctx, "token", "app_token", "app")
	ctx = tflog.MaskAllFieldValuesStrings(ctx, l.appToken.Reveal())
	ctx = tflog.MaskMessageStrings(ctx, l.appToken.Reveal())
	ctx = tflog.MaskAllFieldValuesRegexes(ctx, tokenForm)
	ctx = tflog.MaskMessageRegexes(ctx, tokenForm)
	tflog.Debug(ctx, msg, fields)
}

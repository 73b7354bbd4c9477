// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"log/slog"
	"slices"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// tflogHandler is a slog.Handler that writes to Terraform's log, at level debug as the client does. The client logs no
// secret; should one slip in, masks hide it: the app token by its value, user tokens by their form, either by its key.
type tflogHandler struct {
	appToken mesibo.Secret
	attrs    []slog.Attr // of every record
}

func newLogger(appToken mesibo.Secret) *slog.Logger {
	return slog.New(tflogHandler{appToken: appToken})
}

// Enabled leaves it to Terraform whether a record is written.
func (tflogHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle writes a record.
func (h tflogHandler) Handle(ctx context.Context, record slog.Record) error {
	fields := map[string]any{}
	addFields(fields, h.attrs...)
	record.Attrs(func(attr slog.Attr) bool {
		addFields(fields, attr)

		return true
	})

	ctx = tflog.MaskFieldValuesWithFieldKeys(ctx, "token", "app_token", "app")
	ctx = tflog.MaskAllFieldValuesStrings(ctx, h.appToken.Reveal())
	ctx = tflog.MaskMessageStrings(ctx, h.appToken.Reveal())
	ctx = tflog.MaskAllFieldValuesRegexes(ctx, mesibo.TokenPattern)
	ctx = tflog.MaskMessageRegexes(ctx, mesibo.TokenPattern)
	tflog.Debug(ctx, record.Message, fields)

	return nil
}

// WithAttrs returns a handler that adds attributes to every record.
func (h tflogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.attrs = slices.Concat(h.attrs, attrs)

	return h
}

// WithGroup ignores the group: a name before the keys would hide them from the masks.
func (h tflogHandler) WithGroup(string) slog.Handler { return h }

// addFields adds attributes to the fields of a record. The masks reach only strings, so whatever is neither a number nor
// a boolean becomes one.
func addFields(fields map[string]any, attrs ...slog.Attr) {
	for _, attr := range attrs {
		switch value := attr.Value.Resolve(); value.Kind() {
		case slog.KindGroup:
			addFields(fields, value.Group()...)
		case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64:
			fields[attr.Key] = value.Any()
		default:
			fields[attr.Key] = value.String()
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// The old names, for the services that have not moved to the new ones yet.

type (
	Data  = ProviderData
	Sight = Presence
)

const (
	Unsure = Unknown
	Gone   = Absent
	Seen   = Present

	AddedKey = "added"
)

var (
	FromProvider = ProviderDataFrom
	Failure      = APIError
	Validate     = ValidateImport
)

func AddedAt(t time.Time) []byte             { return []byte(strconv.Quote(t.UTC().Format(time.RFC3339))) }
func AddedJustNow([]byte, time.Time) bool    { return false }
func KnownString(value types.String) *string { return value.ValueStringPointer() }
func KnownBool(value types.Bool) *bool       { return value.ValueBoolPointer() }
func KnownInt64(value types.Int64) *int64    { return value.ValueInt64Pointer() }

func ListCutShort() diag.Diagnostic {
	return diag.NewWarningDiagnostic("List truncated by the server", "")
}

func MayBeGone(err error) bool {
	return !errors.Is(err, mesibo.ErrUnauthorized) && !errors.Is(err, mesibo.ErrTokenBreach) && !errors.Is(err, mesibo.ErrUnreachable)
}

func (d *ProviderData) RequireClient(diags *diag.Diagnostics) *mesibo.Client {
	client, err := d.Client()
	if err != nil {
		diags.Append(APIError("Provider configuration unknown", "The Backend API is needed now.", err))
	}

	return client
}

func (d *ProviderData) ClaimMember(types.String, types.String) diag.Diagnostics { return nil }

func (d *ProviderData) LockGroupName(ctx context.Context, name string) (func(), error) {
	return RunState[KeyedLock](d).Lock(ctx, name)
}

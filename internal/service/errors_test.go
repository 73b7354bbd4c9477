// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func TestErrors(t *testing.T) {
	t.Parallel()

	const title, tried = "User not created", `Creating the user "alice" failed.`
	missing := func(op mesibo.Op) error { return errors.Join(&mesibo.Error{Op: string(op)}, mesibo.ErrUnsupportedOp) }
	tests := map[string]struct {
		err                        error
		title                      string
		hint, updateHint, property string // as APIError and UpdateError return them; empty for none
	}{
		"unauthorized":        {mesibo.ErrUnauthorized, "App token rejected", "MESIBO_APP_TOKEN", "MESIBO_APP_TOKEN", ""},
		"token breach":        {errors.Join(mesibo.ErrUnauthorized, mesibo.ErrTokenBreach), "App disabled by mesibo (TOKENBREACH)", "fixed IP", "fixed IP", ""},
		"unreachable":         {errors.Join(mesibo.ErrUnreachable, context.DeadlineExceeded), "Cannot reach the Backend API", "Nothing was sent", "proxy", ""},
		"not a reply":         {mesibo.ErrUnexpectedResponse, "Not a mesibo Backend API", "MESIBO_ENDPOINT", "MESIBO_ENDPOINT", ""},
		"bad gateway":         {errors.Join(&mesibo.Error{HTTPStatus: 502}, mesibo.ErrUnexpectedResponse), title, "MESIBO_ENDPOINT", "MESIBO_ENDPOINT", ""},
		"outcome unknown":     {errors.Join(mesibo.ErrUnauthorized, mesibo.ErrOutcomeUnknown), title, "MESIBO_APP_TOKEN", "MESIBO_APP_TOKEN", ""},
		"rate-limited":        {mesibo.ErrRateLimited, title, "requests_per_second", "requests_per_second", ""},
		"too large":           {mesibo.ErrRequestTooLarge, title, "client_max_body_size", "client_max_body_size", ""},
		"deadline":            {context.DeadlineExceeded, title, "timeouts block", "timeouts block", ""},
		"interrupt":           {context.Canceled, title, "interrupted", "interrupted", ""},
		"no lookups":          {errors.Join(missing(mesibo.OpUsersGet), mesibo.ErrNoLookups), title, "use a variable", "use a variable", ""},
		"lookups are missing": {missing(mesibo.OpUsersGet), title, `lookups = "auto"`, `lookups = "auto"`, ""},
		"groups are missing":  {missing(mesibo.OpGroupsGet), title, `lookups = "auto"`, `lookups = "auto"`, ""},
		"members are missing": {missing(mesibo.OpGroupGetMembers), title, "mesibo_group_member", "mesibo_group_member", ""},
		"another op":          {missing(mesibo.OpUserDel), title, "on-premise app", "on-premise app", ""},
		"not found":           {mesibo.ErrNotFound, title, "Check address and appid.", "deleted outside of Terraform", ""},
		"an attribute":        {&mesibo.Error{Properties: []string{"user", "user.token.appid", "address"}}, title, "", "", "appid"},
		"no attribute":        {&mesibo.Error{Properties: []string{"user.name", "appidx"}}, title, "", "", ""},
	}
	for name, tt := range tests {
		check := func(got diag.Diagnostic, hint string) {
			rest, ordered := strings.CutPrefix(got.Detail(), tried+"\n\n"+tt.err.Error())
			if got.Summary() != tt.title || !ordered || !strings.Contains(rest, hint) || (hint == "") != (rest == "") {
				t.Errorf("%s: want the title %q and the hint %q, got %s\n%s", name, tt.title, hint, got.Summary(), got.Detail())
			}
			attribute, found := got.(diag.DiagnosticWithPath)
			if found != (tt.property != "") || found && !attribute.Path().Equal(path.Root(tt.property)) {
				t.Errorf("%s: want the attribute %q, got %v", name, tt.property, got)
			}
		}
		check(service.APIError(title, tried, tt.err, "address", "appid"), tt.hint)
		check(service.UpdateError(title, tried, tt.err, "address", "appid"), tt.updateHint)
	}
}

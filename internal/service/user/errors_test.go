// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

func TestDiagnostics(t *testing.T) {
	t.Parallel()

	user := func(change func(*userModel)) userModel { return with(alice(), change) }
	address := func(s string) userModel { return user(func(m *userModel) { m.Address = types.StringValue(s) }) }
	appID := func(appID types.String) userModel { return user(func(m *userModel) { m.AppID = appID }) }
	token := func(token types.String) userModel { return user(func(m *userModel) { m.Token = token }) }
	notMinted := user(func(m *userModel) { m.TokenExpiresAt = types.StringNull() })
	noUID := user(func(m *userModel) { m.UID = types.StringNull() })
	recreated, _ := alice().minted(alice(), mesibo.User{UID: "2"}, now)
	none, unknown, web, key := types.StringNull(), types.StringUnknown(), types.StringValue("web"), tokenKey{"alice", "web"}
	one := func(d diag.Diagnostic) diag.Diagnostics { return diag.Diagnostics{d} }
	validate := func(appID string) diag.Diagnostics {
		_, diags := service.ImportParts(t.Context(), resource.ImportStateRequest{ID: "alice/" + appID}, addressPart, appIDPart)

		return diags
	}
	drift := func(m, prior userModel) diag.Diagnostics { return m.driftWarnings(prior.tokenAttributes, "alice") }
	plans := func(plan, state userModel) diag.Diagnostics { return plan.planDiagnostics(state, tokenRecord{}) }
	a := &api{mintRegistry: new(mintRegistry)}
	a.duplicateToken(alice().Address, web)
	for name, tt := range map[string]struct {
		got           diag.Diagnostics
		title, detail string // no title is no diagnostic
	}{
		"App ID":                   {plans(appID(web), alice()), "Token will be revoked", `"com.example.app"`},
		"no App ID":                {plans(appID(none), alice()), "Token will be revoked", ""},
		"no App ID, not minted":    {plans(appID(none), notMinted), "Token will be removed from state", "does not revoke"},
		"unknown App ID":           {plans(appID(unknown), alice()), "", ""},
		"token due":                {plans(token(unknown), alice()), "", ""},
		"no token yet":             {plans(token(unknown), token(none)), "Token will be minted", ""},
		"same token":               {drift(alice(), alice()), "", ""},
		"imported token":           {drift(alice(), token(none)), "", ""},
		"token revoked":            {drift(token(none), alice()), "Token revoked outside of Terraform", ""},
		"token replaced":           {drift(token(web), alice()), "Token replaced outside of Terraform", ""},
		"create refused":           {one(alice().createError(mesibo.ErrNotFound, false)), "User not created", "Check address"},
		"create unanswered":        {one(alice().createError(mesibo.ErrOutcomeUnknown, false)), "User may have been created", "state does not contain it"},
		"create unanswered, kept":  {one(alice().createError(mesibo.ErrOutcomeUnknown, true)), "User may have been created", "state contains it"},
		"mint refused":             {one(mintError("alice", mesibo.ErrNotFound)), "Token not minted", "deleted outside of Terraform"},
		"mint unanswered":          {one(mintError("alice", mesibo.ErrOutcomeUnknown)), "Token not minted", "previous token of the App ID has ended"},
		"second mint":              {one(mintError("alice", errMintedTwice)), "Duplicate token resource", ""},
		"duplicate block":          {a.duplicateToken(alice().Address, web), "Duplicate token resource", ""},
		"other tokens":             {append(a.duplicateToken(alice().Address, alice().AppID), a.duplicateToken(web, web)...), "", ""},
		"no token twice":           {append(a.duplicateToken(web, none), a.duplicateToken(web, none)...), "", ""},
		"unknown App ID twice":     {append(a.duplicateToken(web, unknown), a.duplicateToken(web, unknown)...), "", ""},
		"unknown address twice":    {append(a.duplicateToken(unknown, web), a.duplicateToken(unknown, web)...), "", ""},
		"not configured":           {(*api)(nil).duplicateToken(web, web), "", ""},
		"valid App IDs":            {append(validate("12a"), validate("\u0661")...), "", ""},
		"numeric App ID":           {validate("12"), "Invalid Attribute Value", "must not be all digits"},
		"empty App ID":             {validate(""), "Invalid import ID", "the appid is empty"},
		"App ID with a line break": {validate("a%0A"), "Invalid Attribute Value", "must not start or end with whitespace"},
		"same uid":                 {append(alice().recreatedError(alice()), alice().recreatedError(noUID)...), "", ""},
		"another uid":              {recreated.recreatedError(alice()), "User was deleted outside of Terraform", "as uid 2"},
		"owner unknown":            {tokenOwner{}.mintDiagnostics(key, mesibo.User{UID: "2"}), "", ""},
		"owner recreated":          {tokenOwner{uid: "1"}.mintDiagnostics(key, mesibo.User{UID: "2"}), "User was deleted outside of Terraform", "as uid 2"},
		"owner had a token":        {tokenOwner{hasToken: true}.mintDiagnostics(key, mesibo.User{UID: "2"}), "App ID already had a token", "that this resource replaces (create_before_destroy)"},
		"existing user, shell":     {one(address("o'brien").alreadyExists()), "User already exists", `import mesibo_user.<name> 'o'\''brien'` + "\n"},
		"existing user, tainted":   {one(alice().alreadyExists()), "User already exists", "terraform untaint mesibo_user.<name>"},
		"existing user, HCL":       {one(address(`${a}%{b}\"&<`).alreadyExists()), "User already exists", `id = "$${a}%%{b}\\\"&<"` + "\n"},
	} {
		got := ""
		for _, d := range tt.got {
			got += d.Summary() + ": " + d.Detail()
		}
		if !strings.HasPrefix(got, tt.title) || !strings.Contains(got, tt.detail) || tt.title == "" && got != "" {
			t.Errorf("%s: %q, want %q with %q", name, got, tt.title, tt.detail)
		}
	}
}

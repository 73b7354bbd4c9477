// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// APIError reports a failed call: a short title, what was tried on which object, what the server said, and what to do
// next. The attributes are those of the request; when the server names one as the cause, the error points at it.
func APIError(title, tried string, err error, attributes ...string) diag.Diagnostic {
	next := hint(err)
	if next == "" && errors.Is(err, mesibo.ErrNotFound) {
		next = "The server says that it does not exist in this app. Check " + strings.Join(attributes, " and ") + "."
	}

	return newAPIError(title, tried, next, err, attributes)
}

// UpdateError is an APIError about an object that Terraform manages, so one that does not exist was deleted.
func UpdateError(title, tried string, err error, attributes ...string) diag.Diagnostic {
	next := hint(err)
	if next == "" && errors.Is(err, mesibo.ErrNotFound) {
		next = "It seems to have been deleted outside of Terraform. Plan again: where the server offers lookups, the plan " +
			"creates it again; elsewhere use -replace."
	}

	return newAPIError(title, tried, next, err, attributes)
}

func newAPIError(title, tried, next string, err error, attributes []string) diag.Diagnostic {
	detail := tried + "\n\n" + err.Error()
	if next != "" {
		detail += "\n\n" + next
	}
	diagnostic := diag.NewErrorDiagnostic(titleByCause(err, title), detail)
	if attribute := attributeAtFault(err, attributes); attribute != "" {
		return diag.WithPath(path.Root(attribute), diagnostic)
	}

	return diagnostic
}

// The titles of errors that every other request would end with too.
const (
	titleAppDisabled = "App disabled by mesibo (TOKENBREACH)"
	titleRejected    = "App token rejected"
	titleUnreachable = "Cannot reach the Backend API"
)

// IsHopeless reports whether there is an error that every other request would end with too.
func IsHopeless(diags diag.Diagnostics) bool {
	return slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
		return slices.Contains([]string{titleAppDisabled, titleRejected, titleUnreachable}, d.Summary())
	})
}

// titleByCause returns a title that names the cause, where the cause is known and is not about this one object.
func titleByCause(err error, title string) string {
	answer := new(mesibo.Error)
	errors.As(err, &answer)

	switch {
	case errors.Is(err, mesibo.ErrTokenBreach):
		return titleAppDisabled
	case errors.Is(err, mesibo.ErrOutcomeUnknown):
		return title
	case errors.Is(err, mesibo.ErrUnauthorized):
		return titleRejected
	case errors.Is(err, mesibo.ErrUnreachable):
		return titleUnreachable
	case errors.Is(err, mesibo.ErrUnexpectedResponse) && answer.HTTPStatus < 500:
		return "Not a mesibo Backend API"
	default:
		return title
	}
}

// hints say what a user can do about an error. The order matters: an error can be of several kinds.
var hints = []struct {
	kind error
	text string
}{
	{
		mesibo.ErrTokenBreach,
		"mesibo disables an app when it suspects that the app token has leaked, for example when the Backend API is called " +
			"from more than five IP addresses. Enable the app in the mesibo console, replace its app token there, and run " +
			"Terraform from a fixed IP address.",
	},
	{
		mesibo.ErrUnauthorized,
		"Check app_token in the provider block or MESIBO_APP_TOKEN: it must be the current app token of this app, as the " +
			"mesibo console shows it. The state is unchanged.",
	},
	{
		mesibo.ErrNoLookups,
		"This needs a server that offers lookups, as on-premise servers do. Without them, use a variable or a reference to the " +
			"resource that manages the object.",
	},
	{
		mesibo.ErrRequestTooLarge,
		"The request was too large for the server or for a proxy before it. Raise its limit (client_max_body_size of nginx), or " +
			"shorten what is sent.",
	},
	{mesibo.ErrRateLimited, "Set requests_per_second in the provider block, or run Terraform with a lower -parallelism."},
	{
		mesibo.ErrUnreachable,
		"Nothing was sent. Check endpoint in the provider block or MESIBO_ENDPOINT, the network, the proxy and, for a private " +
			"certificate authority, ca_cert_file.",
	},
	{
		context.DeadlineExceeded,
		"Raise the timeout in the timeouts block of this resource, or request_timeout in the provider block. A refresh and a " +
			"destroy use the timeouts in the state: apply the new ones first, with -refresh=false if the refresh takes too long.",
	},
	{context.Canceled, "The run was interrupted. Run it again to continue."},
	{
		mesibo.ErrUnexpectedResponse,
		"Check endpoint in the provider block or MESIBO_ENDPOINT: it must be the full URL of the Backend API, with its path, " +
			"and no proxy may answer in its place.",
	},
	{
		errUnknownConfiguration,
		"Apply the resources that the provider block depends on first, for example with -target, or give the provider block " +
			"values that are known during plan.",
	},
}

// hint returns what a user can do about an error, or an empty string.
func hint(err error) string {
	if errors.Is(err, mesibo.ErrUnsupportedOp) && !errors.Is(err, mesibo.ErrNoLookups) {
		return hintForMissingOp(err)
	}
	for _, h := range hints {
		if errors.Is(err, h.kind) {
			return h.text
		}
	}

	return ""
}

// hintForMissingOp returns what a user can do about an operation that the server does not offer.
func hintForMissingOp(err error) string {
	answer := new(mesibo.Error)
	errors.As(err, &answer)

	switch mesibo.Op(answer.Op) {
	case mesibo.OpGroupGetMembers:
		return "The server does not list the members of groups. Use mesibo_group_member, which works without a list."
	case mesibo.OpUsersGet, mesibo.OpGroupsGet:
		return "The server offers no lookups; on-premise servers may. With lookups = \"auto\" or \"disabled\" in the provider " +
			"block, Terraform works without them."
	default:
		return "For an on-premise app, the hosted service offers only useradd, userset and usertoken: set endpoint in the " +
			"provider block or MESIBO_ENDPOINT to the URL of your own server."
	}
}

// attributeAtFault returns the first of the attributes that the server names as the cause. The server's names equal
// ours, possibly with the containing objects before them, as in "user.token.appid".
func attributeAtFault(err error, attributes []string) string {
	var answer *mesibo.Error
	if !errors.As(err, &answer) {
		return ""
	}
	for _, property := range answer.Properties {
		name := property[strings.LastIndex(property, ".")+1:]
		if slices.Contains(attributes, name) {
			return name
		}
	}

	return ""
}

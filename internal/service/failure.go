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

// Failure reports a failed call: a short title, what was tried on which object, what came back, and what to do
// next. When the server blames a property that is one of the given attributes, the report points at it.
func Failure(title, tried string, err error, attributes ...string) diag.Diagnostic {
	switch {
	case errors.Is(err, mesibo.ErrTokenBreach):
		title = "mesibo has disabled this app (TOKENBREACH)"
	case errors.Is(err, ErrMintedAlready):
		title = "App ID managed twice"
	}
	detail := tried + "\n\n" + err.Error()
	if next := nextStep(err); next != "" {
		detail += "\n\n" + next
	}

	failure := diag.NewErrorDiagnostic(title, detail)
	if attribute := blamed(err, attributes); attribute != "" {
		return diag.WithPath(path.Root(attribute), failure)
	}

	return failure
}

// nextStep tells what a user can do about an error. The order matters: an error can be of several kinds.
func nextStep(err error) string {
	switch {
	case errors.Is(err, mesibo.ErrTokenBreach):
		return "mesibo disables an app whose app token it thinks has leaked, among other signs when the Backend API " +
			"is called from more than five IP addresses. Enable the app again in the mesibo console, replace its app " +
			"token there, and run Terraform from a fixed egress address. Nothing is sent again until then."
	case errors.Is(err, mesibo.ErrUnauthorized):
		return "Check app_token in the provider block or MESIBO_APP_TOKEN: it must be the current app token of this " +
			"app, as the mesibo console shows it. What the state holds is unchanged."
	case errors.Is(err, mesibo.ErrNoLookups):
		return "This needs a server that offers look-ups, as self-hosted back ends do. Where there are none, give what " +
			"would be read by a variable, or refer to the resource that manages it."
	case errors.Is(err, mesibo.ErrUnsupportedOp):
		return withoutOp(err)
	case errors.Is(err, mesibo.ErrNotFound):
		return "It seems to have been deleted outside of Terraform. Plan again: where the server offers look-ups, the plan " +
			"creates it anew; elsewhere use -replace."
	case errors.Is(err, ErrMintedAlready):
		return "The server keeps one token for each App ID of a user, so each of the two resources would end the other's. " +
			"Remove one of them, or give it another App ID."
	case errors.Is(err, mesibo.ErrRateLimited):
		return "Set requests_per_second in the provider block, or run Terraform with a lower -parallelism."
	case errors.Is(err, mesibo.ErrUnreachable):
		return "Nothing was sent. Check endpoint in the provider block or MESIBO_ENDPOINT, the network, the proxy and, " +
			"for a private certificate authority, ca_cert_file."
	case errors.Is(err, context.DeadlineExceeded):
		return "Raise the timeout in the timeouts block of this resource, or request_timeout in the provider block."
	case errors.Is(err, context.Canceled):
		return "The run was interrupted. Run it again to go on."
	case errors.Is(err, mesibo.ErrUnexpectedResponse):
		return "Check endpoint in the provider block or MESIBO_ENDPOINT: it must be the full URL of the Backend API, " +
			"with its path, and no proxy may answer in its place."
	default:
		return ""
	}
}

// withoutOp tells what a user can do about an op that the server does not offer.
func withoutOp(err error) string {
	op := ""
	if answer := new(mesibo.Error); errors.As(err, &answer) {
		op = answer.Op
	}
	switch op {
	case "groupgetmembers":
		return "The server does not list the members of groups. To manage them without a list, use mesibo_group_member."
	case "usersget", "groupsget":
		return "The server does not offer look-ups, as self-hosted back ends do; with lookups = \"auto\" or \"disabled\" in " +
			"the provider block Terraform works without them."
	default:
		return "The server does not offer this operation. The hosted service has only some of those on users for an app that is " +
			"hosted on-premise: endpoint in the provider block or MESIBO_ENDPOINT then has to be the URL of that back end."
	}
}

// blamed returns the first of the attributes that the server names as being at fault. The API's properties have
// the names of our attributes, perhaps with the objects that hold them in front: "user.token.appid".
func blamed(err error, attributes []string) string {
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

// MayBeGone reports whether a failed change may mean that what it was to end is not there: how the server says so
// is not known. An answer about the app token says nothing, and must not be followed by another request.
func MayBeGone(err error) bool {
	return !errors.Is(err, mesibo.ErrUnauthorized) && !errors.Is(err, mesibo.ErrTokenBreach) &&
		!errors.Is(err, mesibo.ErrUnreachable)
}

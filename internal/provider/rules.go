// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// The rules for each value, wherever it comes from: the provider block or the environment.
var (
	appTokenRules = []validator.String{appTokenRule{}}
	endpointRules = []validator.String{endpointRule{}}
	lookupsRules  = []validator.String{stringvalidator.OneOf(
		string(mesibo.LookupsAuto), string(mesibo.LookupsRequired), string(mesibo.LookupsDisabled))}
	maxRetriesRules        = []validator.Int64{int64validator.Between(0, 100)}
	requestTimeoutRules    = []validator.String{durationRule{}}
	requestsPerSecondRules = []validator.Float64{float64validator.AtLeast(0)}
	caCertFileRules        = []validator.String{stringvalidator.LengthAtLeast(1)}
)

// appTokenRule finds the slips of pasting a token. It never shows the value.
type appTokenRule struct{}

func (appTokenRule) Description(context.Context) string {
	return "value must be the app token alone, without white space"
}

func (r appTokenRule) MarkdownDescription(ctx context.Context) string {
	return r.Description(ctx)
}

func (appTokenRule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	switch value := req.ConfigValue.ValueString(); {
	case value == "":
		resp.Diagnostics.AddAttributeError(req.Path, "Empty app token",
			"The app token is an empty string. Give the app token of your mesibo app, "+
				"or leave the attribute out to use MESIBO_APP_TOKEN.")
	case strings.ContainsFunc(value, unicode.IsSpace):
		resp.Diagnostics.AddAttributeError(req.Path, "Malformed app token",
			"The app token holds white space, perhaps a line end from a file or a blank from copying. Give the token alone.")
	}
}

// endpointRule wants a URL that a request can be sent to, with nothing secret in it.
type endpointRule struct{}

func (endpointRule) Description(context.Context) string {
	return "value must be a full http or https URL without credentials, query or fragment"
}

func (r endpointRule) MarkdownDescription(ctx context.Context) string {
	return r.Description(ctx)
}

func (endpointRule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}

	malformed := func(problem string) {
		resp.Diagnostics.AddAttributeError(req.Path, "Malformed endpoint", problem+
			" The endpoint is the full URL of the Backend API with its path, such as "+mesibo.DefaultEndpoint+
			" or http://10.0.0.5/mesiboapi.")
	}
	endpoint, err := url.Parse(req.ConfigValue.ValueString())
	switch {
	case err != nil:
		malformed("It is not a URL.") // The error would repeat the value, with what may be secret in it.
	case endpoint.Scheme != "http" && endpoint.Scheme != "https":
		malformed("It does not begin with https:// or http://.")
	case endpoint.Hostname() == "":
		malformed("It names no host.")
	case endpoint.User != nil:
		malformed("It holds a user name or a password, which mesibo has no use for.")
	case endpoint.RawQuery != "" || endpoint.ForceQuery || endpoint.Fragment != "":
		malformed("It holds a query or a fragment.")
	case endpoint.Scheme == "http" && !isPrivate(endpoint.Hostname()):
		resp.Diagnostics.AddAttributeWarning(req.Path, "App token sent without encryption", fmt.Sprintf(
			"Requests to %s carry the app token and are not encrypted: whoever is on the path can take it. Use https.",
			endpoint.Hostname()))
	}
}

// isPrivate reports whether the host is plainly this machine or in a private network. Names are not resolved.
func isPrivate(host string) bool {
	ip := net.ParseIP(host)

	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast())
}

// durationRule wants a Go duration above zero.
type durationRule struct{}

func (durationRule) Description(context.Context) string {
	return `value must be a Go duration above zero, such as "30s"`
}

func (r durationRule) MarkdownDescription(ctx context.Context) string {
	return r.Description(ctx)
}

func (durationRule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if duration, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || duration <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Malformed duration", fmt.Sprintf(
			"%q is not a duration above zero. Give a number and a unit, such as 30s or 1m30s.", req.ConfigValue.ValueString()))
	}
}

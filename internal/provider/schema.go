// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

func (p *mesiboProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages the users of a [mesibo](https://mesibo.com) app and their access tokens through the " +
			"mesibo Backend API. One provider block is one app.",
		Attributes: map[string]schema.Attribute{
			"app_token": schema.StringAttribute{
				MarkdownDescription: "App token of your mesibo app, from the mesibo console. It may do everything with the app; " +
					"keep it out of the configuration. Required, here or as `MESIBO_APP_TOKEN`.",
				Optional:   true,
				Sensitive:  true,
				Validators: appTokenRules,
			},
			"endpoint": schema.StringAttribute{
				MarkdownDescription: "Full URL of the Backend API with its path, for an on-premise back end, such as " +
					"`https://mesibo.example.com/mesiboapi`. Plain http is for loopback and private addresses; elsewhere it is a warning. " +
					"Also `MESIBO_ENDPOINT`. Defaults to `" + mesibo.DefaultEndpoint + "`.",
				Optional:   true,
				Validators: endpointRules,
			},
			"lookups": schema.StringAttribute{
				MarkdownDescription: "Whether the server's look-ups may be used, which show what exists and what changed: " +
					"`auto` uses them, and goes on without for the rest of the run when the server has none; " +
					"`required` makes it an error when the server has none; `disabled` never asks. " +
					"Also `MESIBO_LOOKUPS`. Defaults to `auto`.",
				Optional:   true,
				Validators: lookupsRules,
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: "How many times a request that may be repeated is tried again after the first try. " +
					"With 1 or more, a try that the server puts off (429) while it answers others does not count. " +
					"Also `MESIBO_MAX_RETRIES`. Defaults to `4`.",
				Optional:   true,
				Validators: maxRetriesRules,
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: "How long one HTTP exchange may take, as a Go duration such as `30s` or `1m30s`. " +
					"Also `MESIBO_REQUEST_TIMEOUT`. Defaults to `30s`.",
				Optional:   true,
				Validators: requestTimeoutRules,
			},
			"requests_per_second": schema.Float64Attribute{
				MarkdownDescription: "Most requests a second that are sent; `0` sets no limit. mesibo publishes no limit of its own. " +
					"Also `MESIBO_REQUESTS_PER_SECOND`. Defaults to `0`.",
				Optional:   true,
				Validators: requestsPerSecondRules,
			},
			"ca_cert_file": schema.StringAttribute{
				MarkdownDescription: "PEM file with the certificate authorities to trust beside those of the system, " +
					"for an on-premise back end. Also `MESIBO_CA_CERT_FILE`.",
				Optional:   true,
				Validators: caCertFileRules,
			},
			"bulk_reads": schema.BoolAttribute{
				MarkdownDescription: "Whether a refresh reads one list of all users instead of each user. It pays with hundreds of " +
					"users where the server shows full lists, as self-hosted back ends may; a list that may be cut short is not " +
					"used. Defaults to `false`.",
				Optional: true,
			},
			"insecure_skip_verify": schema.BoolAttribute{
				MarkdownDescription: "Accept any TLS certificate. For tests only: whoever is on the path can take the app token. " +
					"Defaults to `false`.",
				Optional: true,
			},
		},
	}
}

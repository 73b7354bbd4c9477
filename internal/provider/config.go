// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// model is the provider block.
type model struct {
	AppToken           types.String  `tfsdk:"app_token"`
	Endpoint           types.String  `tfsdk:"endpoint"`
	Lookups            types.String  `tfsdk:"lookups"`
	MaxRetries         types.Int64   `tfsdk:"max_retries"`
	RequestTimeout     types.String  `tfsdk:"request_timeout"`
	RequestsPerSecond  types.Float64 `tfsdk:"requests_per_second"`
	CACertFile         types.String  `tfsdk:"ca_cert_file"`
	BulkReads          types.Bool    `tfsdk:"bulk_reads"`
	InsecureSkipVerify types.Bool    `tfsdk:"insecure_skip_verify"`
}

// unknown returns the names of the attributes whose values are not known yet.
func (m model) unknown() []string {
	var names []string
	for _, attribute := range []struct {
		name  string
		value attr.Value
	}{
		{"app_token", m.AppToken},
		{"endpoint", m.Endpoint},
		{"lookups", m.Lookups},
		{"max_retries", m.MaxRetries},
		{"request_timeout", m.RequestTimeout},
		{"requests_per_second", m.RequestsPerSecond},
		{"ca_cert_file", m.CACertFile},
		{"bulk_reads", m.BulkReads},
		{"insecure_skip_verify", m.InsecureSkipVerify},
	} {
		if attribute.value.IsUnknown() {
			names = append(names, attribute.name)
		}
	}

	return names
}

// withEnvironment returns the model with what is not configured taken from the environment.
func (m model) withEnvironment(ctx context.Context, getenv func(string) string) (model, diag.Diagnostics) {
	env := environment{getenv: getenv}
	m.AppToken = orEnvironment(&env, "app_token", m.AppToken, readText(ctx, appTokenRules))
	m.Endpoint = orEnvironment(&env, "endpoint", m.Endpoint, readText(ctx, endpointRules))
	m.Lookups = orEnvironment(&env, "lookups", m.Lookups, readText(ctx, lookupsRules))
	m.MaxRetries = orEnvironment(&env, "max_retries", m.MaxRetries, readInteger(ctx, maxRetriesRules))
	m.RequestTimeout = orEnvironment(&env, "request_timeout", m.RequestTimeout, readText(ctx, requestTimeoutRules))
	m.RequestsPerSecond = orEnvironment(&env, "requests_per_second", m.RequestsPerSecond, readNumber(ctx, requestsPerSecondRules))
	m.CACertFile = orEnvironment(&env, "ca_cert_file", m.CACertFile, readText(ctx, caCertFileRules))

	return m, env.diags
}

// client returns the client that the complete model describes, beside the options.
func (m model) client(options ...mesibo.Option) (*mesibo.Client, diag.Diagnostics) {
	var diags diag.Diagnostics
	if m.AppToken.IsNull() {
		diags.AddAttributeError(path.Root("app_token"), "App token missing",
			"The mesibo provider needs the app token of your app, and found none. It looked at:\n\n"+
				"  - app_token in the provider block: not set\n"+
				"  - the environment variable MESIBO_APP_TOKEN: not set, or empty\n\n"+
				"You find the app token in the mesibo console, on the page of your app.")

		return nil, diags
	}

	appToken := mesibo.NewSecret(m.AppToken.ValueString())
	options = append(options, mesibo.WithLogger(newLogger(appToken)))
	if !m.Endpoint.IsNull() {
		options = append(options, mesibo.WithEndpoint(m.Endpoint.ValueString()))
	}
	if !m.Lookups.IsNull() {
		options = append(options, mesibo.WithLookups(mesibo.Lookups(m.Lookups.ValueString())))
	}
	if !m.MaxRetries.IsNull() {
		options = append(options, mesibo.WithMaxRetries(int(m.MaxRetries.ValueInt64())))
	}
	if m.BulkReads.ValueBool() {
		options = append(options, mesibo.WithBulkReads())
	}
	if timeout, err := time.ParseDuration(m.RequestTimeout.ValueString()); err == nil {
		options = append(options, mesibo.WithRequestTimeout(timeout))
	}
	if !m.RequestsPerSecond.IsNull() {
		options = append(options, mesibo.WithRequestsPerSecond(m.RequestsPerSecond.ValueFloat64()))
	}
	tlsConfig, tlsDiags := m.tlsConfig()
	diags.Append(tlsDiags...)
	options = append(options, mesibo.WithTLSConfig(tlsConfig))

	client, err := mesibo.New(appToken, options...)
	if err != nil {
		diags.AddError("Provider not configured", err.Error())
	}

	return client, diags
}

// tlsConfig returns how the server's certificate is checked.
func (m model) tlsConfig() (*tls.Config, diag.Diagnostics) {
	var diags diag.Diagnostics
	config := &tls.Config{MinVersion: tls.VersionTLS12}

	if m.InsecureSkipVerify.ValueBool() {
		config.InsecureSkipVerify = true
		diags.AddAttributeWarning(path.Root("insecure_skip_verify"), "Server certificate not checked",
			"Whoever is on the path to the server can take the app token and every user token. "+
				"Set ca_cert_file to trust a private certificate authority instead.")
	}

	if file := m.CACertFile.ValueString(); file != "" {
		unusable := func(problem string) {
			diags.AddAttributeError(path.Root("ca_cert_file"), "CA file not usable", fmt.Sprintf(
				"Reading the certificate authorities from %q failed: %s. "+
					"Give the path of a PEM file with at least one certificate.", file, problem))
		}
		pem, err := os.ReadFile(file)
		if err != nil {
			unusable(err.Error())

			return config, diags
		}
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(pem) {
			unusable("it holds no PEM certificate")
		}
		config.RootCAs = roots
	}

	return config, diags
}

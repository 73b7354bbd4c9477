// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
	env := environment{ctx: ctx, getenv: getenv}
	m.AppToken = env.text("app_token", "MESIBO_APP_TOKEN", m.AppToken, appTokenRules)
	m.Endpoint = env.text("endpoint", "MESIBO_ENDPOINT", m.Endpoint, endpointRules)
	m.Lookups = env.text("lookups", "MESIBO_LOOKUPS", m.Lookups, lookupsRules)
	m.MaxRetries = env.integer("max_retries", "MESIBO_MAX_RETRIES", m.MaxRetries, maxRetriesRules)
	m.RequestTimeout = env.text("request_timeout", "MESIBO_REQUEST_TIMEOUT", m.RequestTimeout, requestTimeoutRules)
	m.RequestsPerSecond = env.number("requests_per_second", "MESIBO_REQUESTS_PER_SECOND", m.RequestsPerSecond, requestsPerSecondRules)
	m.CACertFile = env.text("ca_cert_file", "MESIBO_CA_CERT_FILE", m.CACertFile, caCertFileRules)

	return m, env.diags
}

// client returns the client that the complete model describes.
func (m model) client(userAgent string) (*mesibo.Client, diag.Diagnostics) {
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
	options := []mesibo.Option{mesibo.WithUserAgent(userAgent), mesibo.WithLogger(newLogger(appToken))}
	if !m.Endpoint.IsNull() {
		options = append(options, mesibo.WithEndpoint(m.Endpoint.ValueString()))
	}
	if !m.Lookups.IsNull() {
		options = append(options, mesibo.WithLookups(mesibo.Lookups(m.Lookups.ValueString())))
	}
	if !m.MaxRetries.IsNull() {
		options = append(options, mesibo.WithMaxRetries(int(m.MaxRetries.ValueInt64())))
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
		config.InsecureSkipVerify = true //nolint:gosec // The user asked for it and is warned.
		diags.AddAttributeWarning(path.Root("insecure_skip_verify"), "Server certificate not checked",
			"Whoever is on the path to the server can take the app token and every user token. "+
				"Set ca_cert_file to trust a private certificate authority instead.")
	}

	if file := m.CACertFile.ValueString(); file != "" {
		unusable := func(problem string) {
			diags.AddAttributeError(path.Root("ca_cert_file"), "CA file not usable", fmt.Sprintf(
				"Reading the certificate authorities from %q failed: %s. Give the path of a PEM file with at least one certificate.", file, problem))
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

// environment takes values from environment variables, under the rules of the attributes that they stand for.
type environment struct {
	ctx    context.Context //nolint:containedctx // It lives for one call only.
	getenv func(string) string
	diags  diag.Diagnostics
}

func (e *environment) text(attribute, variable string, configured types.String, rules []validator.String) types.String {
	value := e.getenv(variable)
	if !configured.IsNull() || value == "" {
		return configured
	}

	result := types.StringValue(value)
	for _, rule := range rules {
		var resp validator.StringResponse
		rule.ValidateString(e.ctx, validator.StringRequest{Path: path.Root(attribute), ConfigValue: result}, &resp)
		e.report(variable, resp.Diagnostics)
	}

	return result
}

func (e *environment) integer(attribute, variable string, configured types.Int64, rules []validator.Int64) types.Int64 {
	value := e.getenv(variable)
	if !configured.IsNull() || value == "" {
		return configured
	}

	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		e.notANumber(attribute, variable, value)

		return configured
	}
	result := types.Int64Value(number)
	for _, rule := range rules {
		var resp validator.Int64Response
		rule.ValidateInt64(e.ctx, validator.Int64Request{Path: path.Root(attribute), ConfigValue: result}, &resp)
		e.report(variable, resp.Diagnostics)
	}

	return result
}

func (e *environment) number(attribute, variable string, configured types.Float64, rules []validator.Float64) types.Float64 {
	value := e.getenv(variable)
	if !configured.IsNull() || value == "" {
		return configured
	}

	number, err := strconv.ParseFloat(value, 64)
	if err != nil {
		e.notANumber(attribute, variable, value)

		return configured
	}
	result := types.Float64Value(number)
	for _, rule := range rules {
		var resp validator.Float64Response
		rule.ValidateFloat64(e.ctx, validator.Float64Request{Path: path.Root(attribute), ConfigValue: result}, &resp)
		e.report(variable, resp.Diagnostics)
	}

	return result
}

func (e *environment) notANumber(attribute, variable, value string) {
	e.diags.AddAttributeError(path.Root(attribute), "Not a number",
		fmt.Sprintf("The environment variable %s holds %q, which is not a number that %s can have.", variable, value, attribute))
}

// report adds where the value came from to what a rule found.
func (e *environment) report(variable string, found diag.Diagnostics) {
	for _, d := range found {
		detail := d.Detail() + "\n\nThe value comes from the environment variable " + variable + "."
		if d.Severity() == diag.SeverityWarning {
			e.diags.AddWarning(d.Summary(), detail)
		} else {
			e.diags.AddError(d.Summary(), detail)
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// config has the values of all settings.
type config struct {
	appToken           mesibo.Secret
	endpoint           string
	lookups            mesibo.Lookups
	maxRetries         int
	requestTimeout     time.Duration
	requestsPerSecond  float64
	caCertFile         string
	bulkReads          bool
	insecureSkipVerify bool

	unknown []string // the names of settings whose values are not known yet; they have no value here
}

// newConfig returns the values of the provider block, else of the environment, else the defaults.
func newConfig(ctx context.Context, block tfsdk.Config, getenv func(string) string) (config, diag.Diagnostics) {
	var c config
	var diags diag.Diagnostics
	for _, s := range settings {
		var configured attr.Value
		if problems := block.GetAttribute(ctx, path.Root(s.name), &configured); problems.HasError() {
			diags.Append(problems...)

			continue
		}

		value, source := s.defaultValue, "default"
		switch {
		case configured.IsUnknown():
			c.unknown = append(c.unknown, s.name)

			continue
		case !configured.IsNull():
			value, source = text(configured), s.name+" in the provider block"
		case getenv(s.variable()) != "":
			value, source = getenv(s.variable()), "environment variable "+s.variable()
		case s.defaultValue == "":
			continue
		}
		err := s.set(&c, value)
		switch {
		case err == nil:
		case s.secret: // with a path, the CLI would show the line of the secret
			diags.AddError(s.title(), fmt.Sprintf("%s: %v.", source, err))
		default:
			diags.AddAttributeError(path.Root(s.name), s.title(), fmt.Sprintf("%s: %v.", source, err))
		}
	}

	return c, diags
}

// text returns a known value as the environment would have it.
func text(value attr.Value) string {
	switch value := value.(type) {
	case types.String:
		return value.ValueString()
	case types.Float64:
		return strconv.FormatFloat(value.ValueFloat64(), 'g', -1, 64)
	default:
		return value.String() // of an Int64 or a Bool
	}
}

// client returns the client that the settings describe. The options are applied last.
func (c config) client(options ...mesibo.Option) (*mesibo.Client, diag.Diagnostics) {
	var diags diag.Diagnostics
	if c.appToken.IsEmpty() {
		diags.AddError("App token missing",
			"The app token is not set: set the environment variable MESIBO_APP_TOKEN to the app token that the mesibo console "+
				"shows for your app.\n\nThe provider has looked at:\n\n"+
				"  - app_token in the provider block: not set\n"+
				"  - environment variable MESIBO_APP_TOKEN: not set, or empty")

		return nil, diags
	}
	c.warn(&diags)

	settings := []mesibo.Option{
		mesibo.WithLogger(newLogger(c.appToken)),
		mesibo.WithTLSConfig(c.tlsConfig(&diags)),
		mesibo.WithEndpoint(c.endpoint),
		mesibo.WithLookups(c.lookups),
		mesibo.WithMaxRetries(c.maxRetries),
		mesibo.WithRequestTimeout(c.requestTimeout),
		mesibo.WithRequestsPerSecond(c.requestsPerSecond),
	}
	if c.bulkReads {
		settings = append(settings, mesibo.WithBulkReads())
	}
	client, err := mesibo.New(c.appToken, append(settings, options...)...)
	if err != nil {
		diags.AddError("Invalid provider configuration", err.Error())
	}

	return client, diags
}

// warn warns of settings that expose the app token.
func (c config) warn(diags *diag.Diagnostics) {
	if endpoint, err := mesibo.ParseEndpoint(c.endpoint); err == nil && endpoint.Scheme == "http" && !isPrivate(endpoint.Hostname()) {
		diags.AddAttributeWarning(path.Root("endpoint"), "App token sent without encryption", fmt.Sprintf(
			"Requests to %s contain the app token and are not encrypted: anyone on the network path can take it. "+
				"Use an https endpoint.", endpoint.Hostname()))
	}
	if c.insecureSkipVerify {
		diags.AddAttributeWarning(path.Root("insecure_skip_verify"), "Server certificate not verified",
			"Anyone on the network path to the server can take the app token and every user token. "+
				"Set ca_cert_file to trust a private certificate authority instead.")
	}
}

// isPrivate reports whether a host is this machine or in a private network. Names are not resolved.
func isPrivate(host string) bool {
	ip := net.ParseIP(host)

	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast())
}

// tlsConfig returns how the server's certificate is verified.
func (c config) tlsConfig(diags *diag.Diagnostics) *tls.Config {
	//nolint:gosec // The user asks for it, and is warned.
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.insecureSkipVerify}
	if c.caCertFile == "" {
		return config
	}

	var err error
	if config.RootCAs, err = x509.SystemCertPool(); err != nil {
		config.RootCAs = x509.NewCertPool()
	}
	pem, err := os.ReadFile(c.caCertFile)
	if err == nil && !config.RootCAs.AppendCertsFromPEM(pem) {
		err = errors.New("it contains no PEM certificate")
	}
	if err != nil {
		diags.AddAttributeError(path.Root("ca_cert_file"), "Invalid CA certificate file", fmt.Sprintf(
			"Reading the certificate authorities from %q failed: %v. Set the path of a PEM file with at least one certificate.",
			c.caCertFile, err))
	}

	return config
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// A setting is an attribute of the provider block. What is not configured comes from the environment variable, else
// from the default. A value is text until set has checked it, so that one rule serves wherever the value comes from.
type setting struct {
	name         string
	kind         attr.Type // a string if nil
	secret       bool
	defaultValue string // "" for none
	set          func(c *config, value string) error
	description  string
}

// settings are all attributes of the provider block.
var settings = []setting{
	{
		name: "app_token", secret: true, set: setAppToken,
		description: "App token of your mesibo app, from the mesibo console. It gives full control of the app, so keep it " +
			"out of the configuration. Required.",
	},
	{
		name: "endpoint", defaultValue: mesibo.DefaultEndpoint, set: setEndpoint,
		description: "Full URL of the Backend API with its path, for an on-premise back end, such as " +
			"`https://mesibo.example.com/mesiboapi`. Plain http is for loopback and private addresses; elsewhere it causes " +
			"a warning.",
	},
	{
		name: "lookups", defaultValue: string(mesibo.LookupsAuto), set: setLookups,
		description: "Whether the provider may use the server's lookups, which show what exists and what changed: " +
			"`auto` uses them, and continues without them for the rest of the run when the server has none; " +
			"`required` fails when the server has none; `disabled` never uses them.",
	},
	{
		name: "max_retries", kind: types.Int64Type, defaultValue: "4", set: setMaxRetries,
		description: "How often a request that is safe to repeat is sent again after the first try, at most 100. With 1 or " +
			"more, a try that is rate-limited (429) while the server answers other requests does not count.",
	},
	{
		name: "request_timeout", defaultValue: "30s", set: setRequestTimeout,
		description: "Time limit of one HTTP request, as a Go duration such as `30s` or `1m30s`.",
	},
	{
		name: "requests_per_second", kind: types.Float64Type, defaultValue: "0", set: setRequestsPerSecond,
		description: "Maximum number of requests per second; `0` means no limit. mesibo does not publish a limit of its own.",
	},
	{
		name: "ca_cert_file", set: setCACertFile,
		description: "PEM file of certificate authorities to trust in addition to those of the system, for an on-premise " +
			"back end.",
	},
	{
		name: "bulk_reads", kind: types.BoolType, defaultValue: "false",
		set: func(c *config, value string) error { return setBool(&c.bulkReads, value) },
		description: "Whether to refresh users from one list of all users instead of one request each. This pays with " +
			"hundreds of users where the server returns full lists, as self-hosted back ends may; a list that may be " +
			"truncated is not used.",
	},
	{
		name: "insecure_skip_verify", kind: types.BoolType, defaultValue: "false",
		set: func(c *config, value string) error { return setBool(&c.insecureSkipVerify, value) },
		description: "Whether to accept any TLS certificate. For tests only: anyone on the network path can take the app " +
			"token.",
	},
}

// variable returns the name of the environment variable.
func (s setting) variable() string { return "MESIBO_" + strings.ToUpper(s.name) }

// title returns the title of an error about the value.
func (s setting) title() string { return "Invalid " + strings.ReplaceAll(s.name, "_", " ") }

// attribute returns the attribute in the schema.
func (s setting) attribute() schema.Attribute {
	description := s.description + " Can also be set with the environment variable `" + s.variable() + "`."
	if s.defaultValue != "" {
		description += " Defaults to `" + s.defaultValue + "`."
	}
	switch s.kind {
	case types.Int64Type:
		return schema.Int64Attribute{MarkdownDescription: description, Optional: true}
	case types.Float64Type:
		return schema.Float64Attribute{MarkdownDescription: description, Optional: true}
	case types.BoolType:
		return schema.BoolAttribute{MarkdownDescription: description, Optional: true}
	default:
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Sensitive: s.secret}
	}
}

// setAppToken finds the mistakes of copying a token. Its errors never show the value.
func setAppToken(c *config, value string) error {
	switch {
	case value == "":
		return errors.New("the app token is empty. Set the app token of your mesibo app, or remove the attribute to use " +
			"MESIBO_APP_TOKEN")
	case strings.ContainsFunc(value, unicode.IsSpace):
		return errors.New("the app token contains whitespace, such as a line break from a file or a space from copying. " +
			"Set the token alone")
	case strings.Trim(value, ".…<>") == "", strings.HasPrefix(value, "<"):
		return errors.New("the app token is the placeholder of an example. Set the app token that the mesibo console shows for " +
			"your app")
	}
	c.appToken = mesibo.NewSecret(value)

	return nil
}

func setEndpoint(c *config, value string) (err error) {
	c.endpoint = value
	if _, err = mesibo.ParseEndpoint(value); err != nil {
		err = fmt.Errorf("%w. Set the full URL of the Backend API with its path, such as %s or http://10.0.0.5/mesiboapi",
			err, mesibo.DefaultEndpoint)
	}

	return err
}

func setLookups(c *config, value string) error {
	c.lookups = mesibo.Lookups(value)
	switch c.lookups {
	case mesibo.LookupsAuto, mesibo.LookupsRequired, mesibo.LookupsDisabled:
		return nil
	default:
		return fmt.Errorf(`%q is not one of "auto", "required" and "disabled"`, value)
	}
}

func setMaxRetries(c *config, value string) (err error) {
	if c.maxRetries, err = strconv.Atoi(value); err != nil || c.maxRetries < 0 || c.maxRetries > 100 {
		return fmt.Errorf("%q is not a whole number from 0 to 100", value)
	}

	return nil
}

func setRequestTimeout(c *config, value string) (err error) {
	if c.requestTimeout, err = time.ParseDuration(value); err != nil || c.requestTimeout <= 0 {
		return fmt.Errorf("%q is not a duration above zero. Set a number and a unit, such as 30s or 1m30s", value)
	}

	return nil
}

func setRequestsPerSecond(c *config, value string) (err error) {
	c.requestsPerSecond, err = strconv.ParseFloat(value, 64)
	if err != nil || !(c.requestsPerSecond >= 0) || math.IsInf(c.requestsPerSecond, 0) { // not "< 0", which NaN would pass
		return fmt.Errorf("%q is not a number of 0 or more", value)
	}

	return nil
}

// setCACertFile does not read the file, which may not exist yet when a configuration is validated.
func setCACertFile(c *config, value string) error {
	if c.caCertFile = value; value == "" {
		return errors.New("the path is empty")
	}

	return nil
}

func setBool(target *bool, value string) (err error) {
	if *target, err = strconv.ParseBool(value); err != nil {
		return fmt.Errorf("%q is not true or false", value)
	}

	return nil
}

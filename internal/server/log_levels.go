// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// The variables from which terraform-plugin-go and the framework read the level of a logger, at each request. One that is
// unset means TRACE, also when the CLI shows no log: the provider would write, and the CLI parse and drop, some 30 lines a
// request.
const (
	envSDK          = "TF_LOG_SDK"
	envSDKProto     = "TF_LOG_SDK_PROTO"
	envSDKFramework = "TF_LOG_SDK_FRAMEWORK"
	envProvider     = "TF_LOG_PROVIDER_MESIBO"
)

// logLevels are the levels of all loggers.
type logLevels struct {
	cli       hclog.Level       // of what the CLI shows
	variables map[string]string // of each logger, by its variable
}

// levelsFrom returns the levels that are set explicitly. A logger without one has the level of the CLI.
func levelsFrom(getenv func(string) string) logLevels {
	cli := levelOfCLI(getenv)
	sdk := cmp.Or(getenv(envSDK), cli)

	return logLevels{cli: hclog.LevelFromString(cli), variables: map[string]string{
		envSDK:          sdk,
		envSDKProto:     cmp.Or(getenv(envSDKProto), sdk),
		envSDKFramework: cmp.Or(getenv(envSDKFramework), sdk),
		envProvider:     cmp.Or(getenv(envProvider), cli),
	}}
}

// levelOfCLI returns the level from which Terraform and OpenTofu show what a provider logs. JSON, and what they do not
// know, is TRACE to them.
func levelOfCLI(getenv func(string) string) string {
	level := strings.ToUpper(cmp.Or(getenv("TF_LOG_PROVIDER"), getenv("TF_LOG"), "OFF"))
	if !slices.Contains([]string{"OFF", "ERROR", "WARN", "INFO", "DEBUG"}, level) {
		return "TRACE"
	}

	return level
}

// setenv sets the variables of all loggers: there is no other way to set their levels.
func (l logLevels) setenv() error {
	for variable, level := range l.variables {
		if err := os.Setenv(variable, level); err != nil {
			return err
		}
	}

	return nil
}

// allOff reports whether nothing is logged.
func (l logLevels) allOff() bool {
	for _, level := range l.variables {
		if hclog.LevelFromString(level) != hclog.Off {
			return false
		}
	}

	return true
}

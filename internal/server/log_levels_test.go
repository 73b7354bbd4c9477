// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"maps"
	"testing"

	"github.com/hashicorp/go-hclog"
)

func TestLevelsFrom(t *testing.T) {
	t.Parallel()

	all := func(level string) map[string]string {
		return map[string]string{envSDK: level, envSDKProto: level, envSDKFramework: level, envProvider: level}
	}
	sdk := func(level string) map[string]string {
		levels := all(level)
		levels[envProvider] = "OFF"

		return levels
	}
	type variables map[string]string
	for name, tt := range map[string]struct {
		environment variables
		cli         hclog.Level
		want        map[string]string
	}{
		"nothing is set":            {nil, hclog.Off, all("OFF")},
		"empty counts as unset":     {variables{"TF_LOG": "", envSDK: ""}, hclog.Off, all("OFF")},
		"the log of the core alone": {variables{"TF_LOG_CORE": "TRACE"}, hclog.Off, all("OFF")},
		"all logs":                  {variables{"TF_LOG": "warn"}, hclog.Warn, all("WARN")},
		"of providers alone":        {variables{"TF_LOG_PROVIDER": "INFO"}, hclog.Info, all("INFO")},
		"of providers first":        {variables{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "off"}, hclog.Off, all("OFF")},
		"JSON":                      {variables{"TF_LOG": "json"}, hclog.Trace, all("TRACE")},
		"an unknown level":          {variables{"TF_LOG": "1"}, hclog.Trace, all("TRACE")},
		"the SDK explicitly":        {variables{envSDK: "debug"}, hclog.Off, sdk("debug")},
		"the SDK explicitly off":    {variables{"TF_LOG_PROVIDER": "OFF", "TF_LOG": "TRACE", envSDK: "OFF"}, hclog.Off, all("OFF")},
		"each explicitly": {
			variables{"TF_LOG": "INFO", envSDK: "ERROR", envSDKProto: "OFF", envSDKFramework: "WARN", envProvider: "TRACE"}, hclog.Info,
			map[string]string{envSDK: "ERROR", envSDKProto: "OFF", envSDKFramework: "WARN", envProvider: "TRACE"},
		},
	} {
		levels := levelsFrom(func(variable string) string { return tt.environment[variable] })
		if levels.cli != tt.cli || !maps.Equal(levels.variables, tt.want) {
			t.Errorf("%s: %v and %v, want %v and %v", name, levels.cli, levels.variables, tt.cli, tt.want)
		}
		if off := maps.Equal(tt.want, all("OFF")); levels.allOff() != off {
			t.Errorf("%s: all loggers are off: %t, want %t", name, levels.allOff(), off)
		}
	}
}

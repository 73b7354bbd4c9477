// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"archive/zip"
	"io/fs"
	"runtime/debug"
	"strings"
	"testing"
)

// expect fails the test unless an error says what is wrong, or there is none.
func expect(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil {
		t.Errorf("got %q, want no error", err)
	}
	if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

func TestParseSums(t *testing.T) {
	sum := strings.Repeat("0", 64)
	for name, tt := range map[string]struct{ text, want string }{
		"just what is wanted":        {sum + "  a.zip\n" + sum + "  b.zip\n", ""},
		"nothing":                    {"", "a.zip is not listed"},
		"one too few":                {sum + "  a.zip\n", "b.zip is not listed"},
		"one too many":               {sum + "  a.zip\n" + sum + "  b.zip\n" + sum + "  a.sig\n", "a.sig is listed"},
		"one twice":                  {sum + "  a.zip\n" + sum + "  a.zip\n", "a.zip is listed twice"},
		"a checksum of another kind": {"00  a.zip\n", "not a line"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseSums(tt.text, []string{"a.zip", "b.zip"})
			expect(t, err, tt.want)
		})
	}
}

func TestCheckManifest(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"good":              {`{"version": 1, "metadata": {"protocol_versions": ["6.0"]}}`, ""},
		"another protocol":  {`{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}`, "protocol 6.0"},
		"one protocol more": {`{"version": 1, "metadata": {"protocol_versions": ["5.0", "6.0"]}}`, "protocol 6.0"},
		"another version":   {`{"version": 2, "metadata": {"protocol_versions": ["6.0"]}}`, "version 1"},
		"not JSON":          {`version: 1`, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, checkManifest([]byte(tt.text)), tt.want)
		})
	}
}

func TestCheckEntries(t *testing.T) {
	entry := func(name string, mode fs.FileMode) *zip.File {
		file := &zip.File{FileHeader: zip.FileHeader{Name: name}}
		file.SetMode(mode)
		return file
	}
	good := []*zip.File{entry("provider", 0o755), entry("LICENSE", 0o644)}
	for name, tt := range map[string]struct {
		files []*zip.File
		want  string
	}{
		"good":                    {good, ""},
		"no binary":               {good[1:], "contains only"},
		"another file":            {append(good[:2:2], entry("README.md", 0o644)), "README.md, and should not"},
		"a binary below a folder": {[]*zip.File{entry("bin/provider", 0o755), good[1]}, "bin/provider, and should not"},
		"the same twice":          {append(good[:2:2], good[0]), "provider, and should not"},
		"writable by the group":   {[]*zip.File{entry("provider", 0o775), good[1]}, "not -rwxr-xr-x"},
		"not executable":          {[]*zip.File{entry("provider", 0o644), good[1]}, "not -rwxr-xr-x"},
		"a link":                  {[]*zip.File{entry("provider", fs.ModeSymlink|0o755), good[1]}, "not -rwxr-xr-x"},
		"setuid":                  {[]*zip.File{entry("provider", fs.ModeSetuid|0o755), good[1]}, "not -rwxr-xr-x"},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, checkEntries(tt.files, map[string]fs.FileMode{"provider": 0o755, "LICENSE": 0o644}), tt.want)
		})
	}
}

func TestParseBill(t *testing.T) {
	const (
		head      = `{"bomFormat": "CycloneDX", "metadata": {"component": {"name": "` + module + `", "version": "v1.0.0"}}, "components": [`
		framework = `{"name": "github.com/hashicorp/terraform-plugin-framework", "version": "v1.2.3"}`
	)
	for name, tt := range map[string]struct{ text, want string }{
		"good":                   {head + framework + `]}`, ""},
		"of another module":      {strings.Replace(head+framework+`]}`, module, "example.com/other", 1), "example.com/other"},
		"of no version":          {strings.Replace(head+framework+`]}`, "v1.0.0", "", 1), module},
		"without the framework":  {head + `]}`, "lacks terraform-plugin-framework"},
		"a module of no version": {head + strings.Replace(framework, "v1.2.3", "", 1) + `]}`, "lacks terraform-plugin-framework"},
		"another format":         {`{"spdxVersion": "SPDX-2.3"}`, "format"},
		"not JSON":               {`<bom/>`, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseBill([]byte(tt.text))
			expect(t, err, tt.want)
		})
	}
}

func TestCheckBuild(t *testing.T) {
	good := map[string]string{
		"GOOS": "linux", "GOARCH": "arm64", "CGO_ENABLED": "0", "-trimpath": "true",
		"vcs.modified": "false", "vcs.revision": "0123456789abcdef",
	}
	for name, tt := range map[string]struct{ key, value, want string }{
		"good":              {"GOOS", "linux", ""},
		"another system":    {"GOOS", "darwin", "GOOS=darwin"},
		"with C":            {"CGO_ENABLED", "1", "CGO_ENABLED=1"},
		"with paths":        {"-trimpath", "", "-trimpath="},
		"with local change": {"vcs.modified", "true", "vcs.modified=true"},
		"of no commit":      {"vcs.revision", "", "name its commit"},
	} {
		t.Run(name, func(t *testing.T) {
			info := &debug.BuildInfo{Path: module}
			for key, value := range good {
				if key == tt.key {
					value = tt.value
				}
				info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
			}
			expect(t, checkBuild(info, "linux_arm64"), tt.want)
		})
	}
	expect(t, checkBuild(&debug.BuildInfo{Path: "example.com/other"}, "linux_arm64"), "example.com/other")
}

func TestCheckModules(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Deps: []*debug.Module{{Path: "example.com/dep", Version: "v1.0.0"}}}
	for name, tt := range map[string]struct {
		modules map[string]string
		want    string
	}{
		"good":            {map[string]string{"std": "go1.26.0", "example.com/dep": "v1.0.0"}, ""},
		"another version": {map[string]string{"std": "go1.26.0", "example.com/dep": "v1.0.1"}, "example.com/dep"},
		"one too few":     {map[string]string{"std": "go1.26.0"}, "example.com/dep"},
		"one too many":    {map[string]string{"std": "go1.26.0", "example.com/dep": "v1.0.0", "x": "v1.0.0"}, "x is in the bill"},
		"another Go":      {map[string]string{"std": "go1.25.0", "example.com/dep": "v1.0.0"}, "std"},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, checkModules(info, bill{tt.modules}), tt.want)
		})
	}
}

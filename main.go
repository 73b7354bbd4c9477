// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-mesibo serves the Terraform provider for mesibo.
package main

import (
	"flag"
	"fmt"
	"log"
	"runtime/debug"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/provider"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/server"
)

// version is set when a release is built.
var version = "dev"

func main() {
	debugger := flag.Bool("debug", false, "serve for a debugger, and print how to attach Terraform to this process")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		fmt.Println(versionLine())

		return
	}

	if err := server.Serve(provider.Address, provider.New(version, time.Now), *debugger); err != nil {
		log.Fatal(err.Error())
	}
}

// versionLine returns the version with what Go has recorded of the build.
func versionLine() string {
	line := "terraform-provider-mesibo " + version
	build, _ := debug.ReadBuildInfo()
	if build == nil {
		return line
	}
	details := build.GoVersion
	for _, setting := range build.Settings {
		switch {
		case setting.Key == "vcs.revision":
			details += ", commit " + setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			details += " with changes"
		}
	}

	return line + " (" + details + ")"
}

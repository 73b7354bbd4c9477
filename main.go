// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-mesibo serves the Terraform provider for mesibo.
package main

import (
	"flag"
	"log"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/provider"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/server"
)

// version is set when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, and print how to attach Terraform to this process")
	flag.Parse()

	if err := server.Serve(provider.Address, provider.New(version, time.Now), *debug); err != nil {
		log.Fatal(err.Error())
	}
}

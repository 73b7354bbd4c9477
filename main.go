// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-mesibo serves the Terraform provider for mesibo.
package main

import (
	"context"
	"flag"
	"log"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/provider"
)

// version is set when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, and print how to attach Terraform to this process")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version, time.Now), providerserver.ServeOpts{
		Address: provider.Address,
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err.Error())
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package server serves the provider to a CLI. Three things make it cheaper than the framework's own way to serve: it
// writes only the log that the CLI will show, it keeps no request that has been answered, and it collects garbage
// less often.
package server

import (
	"os"
	"runtime/debug"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Serve serves the provider at this address of a registry until the CLI has done with it. With debugging it prints how to
// attach a CLI, and serves until it is interrupted.
func Serve(address string, newProvider func() provider.Provider, debugging bool) error {
	setGCPercent()
	levels := levelsFrom(os.Getenv)
	if err := levels.setenv(); err != nil {
		return err
	}
	options := []tf6server.ServeOpt{
		tf6server.WithGoPluginLogger(hclog.New(&hclog.LoggerOptions{Level: levels.cli, Output: os.Stderr, JSONFormat: true})),
	}
	if debugging {
		options = append(options, tf6server.WithManagedDebug())
	}

	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return New(newProvider(), !levels.allOff()) }, options...)
}

// New returns the server of a provider, as [Serve] serves it. One that logs keeps the contexts of its requests, which have
// the loggers.
func New(p provider.Provider, logs bool) tfprotov6.ProviderServer {
	framework := providerserver.NewProtocol6(p)()
	if server, ok := framework.(protocolServer); ok && !logs {
		return requestServer{server}
	}

	return framework
}

// setGCPercent sets GOGC, unless the user does: a provider lives for seconds and has a heap of a few megabytes, so the
// collector would run often to save little. With 10,000 users the heap is larger, and from 96 MiB on it runs as often as
// it must, unless GOMEMLIMIT says otherwise.
func setGCPercent() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(96 << 20)
	}
}

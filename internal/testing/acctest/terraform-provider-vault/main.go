// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-vault stands in for hashicorp/vault in tests and examples: it has the write-only argument
// of vault_kv_secret_v2, and writes it to a file below VAULT_ADDR, at the path of the request that the real one sends.
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return vault{} }, providerserver.ServeOpts{
		Address: "registry.terraform.io/hashicorp/vault",
	})
	if err != nil {
		log.Fatal(err)
	}
}

type vault struct{}

func (vault) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "vault"
}

func (vault) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (vault) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (vault) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (vault) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return secret{} }}
}

type secret struct{}

type secretModel struct {
	Mount   types.String `tfsdk:"mount"`
	Name    types.String `tfsdk:"name"`
	Data    types.String `tfsdk:"data_json_wo"`
	Version types.Int64  `tfsdk:"data_json_wo_version"`
}

func (secret) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "vault_kv_secret_v2"
}

func (secret) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"mount":                schema.StringAttribute{Required: true},
		"name":                 schema.StringAttribute{Required: true},
		"data_json_wo":         schema.StringAttribute{Required: true, WriteOnly: true},
		"data_json_wo_version": schema.Int64Attribute{Required: true},
	}}
}

func (secret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	write(ctx, req.Config, &resp.Diagnostics)
}

func (secret) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (secret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	write(ctx, req.Config, &resp.Diagnostics)
}

func (secret) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func write(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	var m secretModel
	diags.Append(config.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	file := filepath.Join(os.Getenv("VAULT_ADDR"), "v1", m.Mount.ValueString(), "data", m.Name.ValueString())
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		diags.AddError("Cannot make the folder of the secret", err.Error())
	} else if err := os.WriteFile(file, []byte(m.Data.ValueString()), 0o600); err != nil {
		diags.AddError("Cannot write the secret", err.Error())
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-vault stands in for hashicorp/vault in tests and examples: of all that the real one has,
// it offers the write-only argument of vault_kv_secret_v2, and writes it to VAULT_ADDR by the same request.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

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
	put(ctx, req.Config, &resp.Diagnostics)
}

func (secret) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (secret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	put(ctx, req.Config, &resp.Diagnostics)
}

func (secret) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// put writes the secret as the HTTP API of a key-value engine of version 2 takes it.
func put(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	var m secretModel
	diags.Append(config.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	body, err := json.Marshal(map[string]json.RawMessage{"data": json.RawMessage(m.Data.ValueString())})
	if err != nil {
		diags.AddError("data_json_wo is not JSON", "") // The text is secret.

		return
	}

	url := fmt.Sprintf("%s/v1/%s/data/%s", os.Getenv("VAULT_ADDR"), m.Mount.ValueString(), m.Name.ValueString())
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		diags.AddError("No request can be made of VAULT_ADDR", err.Error())

		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		diags.AddError("Vault did not answer", err.Error())

		return
	}
	defer response.Body.Close() //nolint:errcheck // Its status says all.
	if response.StatusCode != http.StatusOK {
		diags.AddError("Vault refused", response.Status)
	}
}

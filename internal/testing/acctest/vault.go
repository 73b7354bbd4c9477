// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Vault takes secrets as HashiCorp Vault does, for tests of what is handed to a write-only argument.
type Vault struct {
	mu      sync.Mutex
	secrets map[string]map[string]string
}

// AddVault gives the workspace a Vault and a stand-in for the provider hashicorp/vault.
func (w *Workspace) AddVault(tb testing.TB) *Vault {
	tb.Helper()

	vault := &Vault{secrets: map[string]map[string]string{}}
	server := httptest.NewServer(vault)
	tb.Cleanup(server.Close)
	w.Setenv("VAULT_ADDR", server.URL)
	w.AddProvider(tb, "hashicorp/vault", buildVaultProvider)

	return vault
}

// ServeHTTP takes a secret.
func (v *Vault) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	var body struct {
		Data map[string]string `json:"data"`
	}
	if request.Method != http.MethodPut || json.NewDecoder(request.Body).Decode(&body) != nil {
		response.WriteHeader(http.StatusBadRequest)

		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.secrets[request.URL.Path] = body.Data
}

// Secret returns a value of the secret at a path such as "/v1/secret/data/name"; empty when there is none.
func (v *Vault) Secret(path, key string) string {
	v.mu.Lock()
	defer v.mu.Unlock()

	return v.secrets[path][key]
}

var buildVaultProvider = sync.OnceValues(func() (string, error) {
	return goBuild(".", "./internal/acctest/terraform-provider-vault")
})

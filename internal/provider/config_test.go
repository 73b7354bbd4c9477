// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// block returns a provider block with these values, which are unknown where they are nil.
func block(t *testing.T, configured map[string]any) tfsdk.Config {
	t.Helper()

	var resp provider.SchemaResponse
	New("test", time.Now)().Schema(t.Context(), provider.SchemaRequest{}, &resp)
	values := map[string]tftypes.Value{}
	for name, attribute := range resp.Schema.Attributes {
		kind := attribute.GetType().TerraformType(t.Context())
		values[name] = tftypes.NewValue(kind, nil)
		if value, found := configured[name]; found && value == nil {
			values[name] = tftypes.NewValue(kind, tftypes.UnknownValue)
		} else if found {
			values[name] = tftypes.NewValue(kind, value)
		}
	}

	return tfsdk.Config{Schema: resp.Schema, Raw: tftypes.NewValue(resp.Schema.Type().TerraformType(t.Context()), values)}
}

// environment returns a getenv with these values of settings, by their names.
func environment(values map[string]string) func(string) string {
	return func(variable string) string {
		return values[strings.ToLower(strings.TrimPrefix(variable, "MESIBO_"))]
	}
}

func TestConfigPrecedence(t *testing.T) {
	t.Parallel()

	defaults := config{endpoint: "https://api.mesibo.com/backend/", lookups: "auto", maxRetries: 4, requestTimeout: 30 * time.Second}
	inEnvironment := map[string]string{
		"app_token": "env-token", "endpoint": "https://env.example.com/backend", "lookups": "required", "max_retries": "7",
		"request_timeout": "5s", "requests_per_second": "2.5", "ca_cert_file": "env.pem", "bulk_reads": "true", "insecure_skip_verify": "1",
	}
	fromEnvironment := config{
		appToken: mesibo.NewSecret("env-token"), endpoint: "https://env.example.com/backend", lookups: "required", maxRetries: 7,
		requestTimeout: 5 * time.Second, requestsPerSecond: 2.5, caCertFile: "env.pem", bulkReads: true, insecureSkipVerify: true,
	}
	inBlock := map[string]any{
		"app_token": "token", "endpoint": "http://10.0.0.5/a", "lookups": "disabled", "max_retries": 0, "request_timeout": "1m30s",
		"requests_per_second": 1e-7, "ca_cert_file": "ca.pem", "bulk_reads": false, "insecure_skip_verify": false,
	}
	fromBlock := config{
		appToken: mesibo.NewSecret("token"), endpoint: "http://10.0.0.5/a", lookups: "disabled", maxRetries: 0,
		requestTimeout: 90 * time.Second, requestsPerSecond: 1e-7, caCertFile: "ca.pem",
	}
	empty, unknown := map[string]string{}, map[string]any{}
	var names []string
	for _, s := range settings {
		if inEnvironment[s.name] == "" || inBlock[s.name] == nil {
			t.Errorf("no test sets %s", s.name)
		}
		empty[s.name], unknown[s.name], names = "", nil, append(names, s.name)
	}

	for name, tt := range map[string]struct {
		block map[string]any
		env   map[string]string
		want  config
	}{
		"defaults":                      {nil, nil, defaults},
		"environment":                   {nil, inEnvironment, fromEnvironment},
		"block beats environment":       {inBlock, inEnvironment, fromBlock},
		"empty variables":               {nil, empty, defaults},
		"unknown values do not default": {unknown, inEnvironment, config{unknown: names}},
	} {
		got, diags := newConfig(t.Context(), block(t, tt.block), environment(tt.env))
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(config{})); diff != "" || len(diags) > 0 {
			t.Errorf("%s: %v (-want +got):\n%s", name, diags, diff)
		}
	}
}

// The error for a bad value names where the value comes from, and shows no secret, nor the line of the app token.
func TestConfigErrors(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		setting string
		value   any
		message string
	}{
		"token with a line break": {"app_token", "geheim\n", "whitespace"},
		"dots of an example":      {"app_token", "...", "placeholder"},
		"name in angle brackets":  {"app_token", "<geheim>", "placeholder"},
		"empty token":             {"app_token", "", "empty"},
		"no URL":                  {"endpoint", "://geheim", "not a URL"},
		"no scheme":               {"endpoint", "api.mesibo.com/geheim", "https://"},
		"no host":                 {"endpoint", "https:///geheim", "no host"},
		"credentials in the URL":  {"endpoint", "https://me:geheim@example.com/", "password"},
		"token in the URL":        {"endpoint", "https://example.com/?token=geheim", "query"},
		"unknown word":            {"lookups", "never", "one of"},
		"retries in words":        {"max_retries", "many", "0 to 100"},
		"negative retries":        {"max_retries", -1, "0 to 100"},
		"too many retries":        {"max_retries", 101, "0 to 100"},
		"timeout without unit":    {"request_timeout", "30", "not a duration"},
		"timeout of zero":         {"request_timeout", "0s", "not a duration"},
		"rate in words":           {"requests_per_second", "fast", "0 or more"},
		"negative rate":           {"requests_per_second", -1, "0 or more"},
		"rate that is no number":  {"requests_per_second", "NaN", "0 or more"},
		"infinite rate":           {"requests_per_second", "Inf", "0 or more"},
		"empty path":              {"ca_cert_file", "", "empty"},
		"bulk reads in words":     {"bulk_reads", "sometimes", "true or false"},
		"verification in words":   {"insecure_skip_verify", "no", "true or false"},
	} {
		check := func(diags diag.Diagnostics, source string) {
			t.Helper()
			text := fmt.Sprint(diags)
			if diags.ErrorsCount() != 1 || !strings.Contains(text, tt.message) || !strings.Contains(text, source) || strings.Contains(text, "geheim") {
				t.Fatalf("%s: got %s, want one error with %q that names %s", name, text, tt.message, source)
			}
			if _, attached := diags[0].(diag.DiagnosticWithPath); attached != (tt.setting != "app_token") {
				t.Errorf("%s: attached to the attribute: %t", name, attached)
			}
		}
		if value := fmt.Sprint(tt.value); value != "" {
			_, diags := newConfig(t.Context(), block(t, nil), environment(map[string]string{tt.setting: value}))
			check(diags, "variable MESIBO_"+strings.ToUpper(tt.setting))
		}
		isText := slices.ContainsFunc(settings, func(s setting) bool { return s.name == tt.setting && s.kind == nil })
		if _, quoted := tt.value.(string); quoted == isText {
			var resp provider.ValidateConfigResponse
			req := provider.ValidateConfigRequest{Config: block(t, map[string]any{tt.setting: tt.value})}
			new(mesiboProvider).ValidateConfig(t.Context(), req, &resp)
			check(resp.Diagnostics, tt.setting+" in the provider block")
		}
	}
}

func TestPlainHTTPWarning(t *testing.T) {
	t.Parallel()

	for want, endpoints := range [][]string{
		{
			"https://api.mesibo.com/backend/", "http://127.0.0.1:1234/backend/", "http://localhost/backend", "http://[::1]/backend",
			"http://10.0.0.5/mesiboapi", "http://192.168.1.5/mesiboapi", "http://[fd00::5]/mesiboapi",
		},
		{"http://203.0.113.5/mesiboapi", "http://mesibo.example.com/"},
	} {
		for _, endpoint := range endpoints {
			if _, diags := testConfig(endpoint).client(); diags.WarningsCount() != want || diags.HasError() {
				t.Errorf("%s: want %d warnings: %v", endpoint, want, diags)
			}
		}
	}
}

// testConfig returns a config that is complete.
func testConfig(endpoint string) config {
	return config{appToken: mesibo.NewSecret("token"), endpoint: endpoint, lookups: mesibo.LookupsAuto, requestTimeout: 30 * time.Second}
}

func TestTLS(t *testing.T) {
	t.Parallel()

	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"op":"userdel","result":true}`)) //nolint:errcheck // The client would notice.
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		caCertFile string
		skip       bool
		says       string
		works      bool
	}{
		"not trusted":     {"", false, "", false},
		"private CA":      {ca, false, "", true},
		"not verified":    {"", true, "Server certificate not verified", true},
		"CA file missing": {ca + ".absent", false, "open " + ca + ".absent: ", false},
		"no certificate":  {os.DevNull, false, "no PEM certificate", false},
	} {
		c := testConfig(server.URL)
		c.caCertFile, c.insecureSkipVerify = tt.caCertFile, tt.skip
		client, diags := c.client()
		if !strings.Contains(fmt.Sprint(diags), tt.says) || tt.says == "" && len(diags) > 0 {
			t.Errorf("%s: got %v, want %q", name, diags, tt.says)
		}
		if err := client.DeleteUser(t.Context(), "alice", ""); (err == nil) != tt.works {
			t.Errorf("%s: error %v, want it to work: %t", name, err, tt.works)
		}
		client.CloseIdleConnections()
		if minimum := c.tlsConfig(&diags).MinVersion; minimum < tls.VersionTLS12 {
			t.Errorf("%s: TLS version %x is accepted", name, minimum)
		}
	}
}

// Nothing that the provider keeps prints a secret, and the log masks what the client should never give to it.
func TestNoSecretIsPrinted(t *testing.T) {
	t.Parallel()

	const appToken = "0123456789abcdefghijklmnopqrstuvwxyz"
	c, diags := newConfig(t.Context(), block(t, map[string]any{"app_token": appToken}), environment(nil))
	client, clientDiags := c.client()
	if diags.Append(clientDiags...); diags.HasError() {
		t.Fatal(diags)
	}
	secrettest.None(t, []string{appToken}, c, client, newLogger(c.appToken), New("test", time.Now)(), service.NewProviderData(client, time.Now), diags)

	var output strings.Builder
	userToken := strings.Repeat("0123456789abcdef", 3)
	log := newLogger(mesibo.NewSecret("geheim")).With("first", userToken).WithGroup("group")
	log.DebugContext(tflogtest.RootLogger(t.Context(), &output), "sent geheim and "+userToken,
		"op", "useradd", "attempt", 2, "note", errors.New("with geheim"), slog.Group("reply", "token", "short", "other", userToken))
	if form, shown := secrettest.Shows(output.String(), "geheim", userToken, "short"); shown {
		t.Errorf("the log shows a secret (%s): %s", form, output.String())
	}
	for _, field := range []string{`"op":"useradd"`, `"attempt":2`, `"token":"***"`} {
		if !strings.Contains(output.String(), field) {
			t.Errorf("the log has no field %s: %s", field, output.String())
		}
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

func TestWithEnvironment(t *testing.T) {
	t.Parallel()

	full := map[string]string{
		"MESIBO_APP_TOKEN":           "env-token",
		"MESIBO_ENDPOINT":            "https://env.example.com/backend",
		"MESIBO_LOOKUPS":             "required",
		"MESIBO_MAX_RETRIES":         "7",
		"MESIBO_REQUEST_TIMEOUT":     "5s",
		"MESIBO_REQUESTS_PER_SECOND": "2.5",
		"MESIBO_CA_CERT_FILE":        "env.pem",
	}
	fromEnv := model{
		AppToken:          types.StringValue("env-token"),
		Endpoint:          types.StringValue("https://env.example.com/backend"),
		Lookups:           types.StringValue("required"),
		MaxRetries:        types.Int64Value(7),
		RequestTimeout:    types.StringValue("5s"),
		RequestsPerSecond: types.Float64Value(2.5),
		CACertFile:        types.StringValue("env.pem"),
	}
	configured := model{
		AppToken:          types.StringValue("configured"),
		Endpoint:          types.StringValue("https://configured.example.com/"),
		Lookups:           types.StringValue("disabled"),
		MaxRetries:        types.Int64Value(0),
		RequestTimeout:    types.StringValue("1s"),
		RequestsPerSecond: types.Float64Value(1),
		CACertFile:        types.StringValue("configured.pem"),
	}
	empty := map[string]string{}
	for name := range full {
		empty[name] = ""
	}

	tests := map[string]struct {
		config model
		env    map[string]string
		want   model
	}{
		"the environment stands in":    {model{}, full, fromEnv},
		"configuration wins":           {configured, full, configured},
		"an empty variable counts not": {model{}, empty, model{}},
		"nothing is nothing":           {model{}, nil, model{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, diags := tt.config.withEnvironment(t.Context(), func(name string) string { return tt.env[name] })
			if diags.HasError() {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is wrong with a variable is said with its name, and a secret is not shown.
func TestWithBadEnvironment(t *testing.T) {
	t.Parallel()

	tests := map[string]struct{ variable, value, message string }{
		"token with a line end":  {"MESIBO_APP_TOKEN", "geheim\n", "white space"},
		"no URL":                 {"MESIBO_ENDPOINT", "://geheim", "not a URL"},
		"no scheme":              {"MESIBO_ENDPOINT", "api.mesibo.com/geheim", "https://"},
		"no host":                {"MESIBO_ENDPOINT", "https:///geheim", "no host"},
		"credentials in the URL": {"MESIBO_ENDPOINT", "https://me:geheim@example.com/", "password"},
		"token in the URL":       {"MESIBO_ENDPOINT", "https://example.com/?token=geheim", "query"},
		"unknown look-ups":       {"MESIBO_LOOKUPS", "never", "one of"},
		"retries in words":       {"MESIBO_MAX_RETRIES", "many", "not a number"},
		"negative retries":       {"MESIBO_MAX_RETRIES", "-1", "between 0 and 100"},
		"a timeout without unit": {"MESIBO_REQUEST_TIMEOUT", "30", "not a duration"},
		"a timeout of zero":      {"MESIBO_REQUEST_TIMEOUT", "0s", "not a duration"},
		"a rate in words":        {"MESIBO_REQUESTS_PER_SECOND", "fast", "not a number"},
		"a negative rate":        {"MESIBO_REQUESTS_PER_SECOND", "-1", "at least 0"},
		"a rate beyond numbers":  {"MESIBO_REQUESTS_PER_SECOND", "NaN", "not a number"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, diags := model{}.withEnvironment(t.Context(), func(name string) string {
				if name == tt.variable {
					return tt.value
				}

				return ""
			})
			text := said(diags)
			if !diags.HasError() || !strings.Contains(text, tt.message) || !strings.Contains(text, tt.variable) {
				t.Errorf("said %q, want an error with %q that names %s", text, tt.message, tt.variable)
			}
			if strings.Contains(text, "geheim") {
				t.Errorf("shows what may be secret: %s", text)
			}
		})
	}
}

func TestPlainHTTP(t *testing.T) {
	t.Parallel()

	tests := map[string]bool{
		"https://api.mesibo.com/backend/": false,
		"http://127.0.0.1:1234/backend/":  false,
		"http://localhost/backend":        false,
		"http://[::1]/backend":            false,
		"http://10.0.0.5/mesiboapi":       false,
		"http://192.168.1.5/mesiboapi":    false,
		"http://[fd00::5]/mesiboapi":      false,
		"http://203.0.113.5/mesiboapi":    true,
		"http://mesibo.example.com/":      true,
	}
	for endpoint, want := range tests {
		_, diags := model{}.withEnvironment(t.Context(), func(name string) string {
			if name == "MESIBO_ENDPOINT" {
				return endpoint
			}

			return ""
		})
		if got := diags.WarningsCount() > 0; got != want || diags.HasError() {
			t.Errorf("%s: warned %t, want %t: %v", endpoint, got, want, diags)
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()

	m := model{AppToken: types.StringUnknown(), MaxRetries: types.Int64Unknown(), Lookups: types.StringValue("auto")}
	if diff := cmp.Diff([]string{"app_token", "max_retries"}, m.unknown()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClientWithoutAppToken(t *testing.T) {
	t.Parallel()

	_, diags := model{}.client(mesibo.WithUserAgent("test"))
	if text := said(diags); !strings.Contains(text, "app_token") || !strings.Contains(text, "MESIBO_APP_TOKEN") {
		t.Errorf("said %q, want every place that was looked at", text)
	}
}

func TestClientTrustsPrivateCA(t *testing.T) {
	t.Parallel()

	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"op":"userdel","result":true}`)) //nolint:errcheck // The client would notice.
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}

	base := model{
		AppToken:   types.StringValue("token"),
		Endpoint:   types.StringValue(server.URL),
		MaxRetries: types.Int64Value(0),
	}
	tests := map[string]struct {
		change func(*model)
		works  bool
	}{
		"not trusted":  {func(*model) {}, false},
		"private CA":   {func(m *model) { m.CACertFile = types.StringValue(ca) }, true},
		"not verified": {func(m *model) { m.InsecureSkipVerify = types.BoolValue(true) }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			m := base
			tt.change(&m)
			client, diags := m.client(mesibo.WithUserAgent("test"))
			if diags.HasError() {
				t.Fatal(diags)
			}
			defer client.CloseIdleConnections()
			if err := client.DeleteUser(t.Context(), "alice"); (err == nil) != tt.works {
				t.Errorf("error %v, want it to work: %t", err, tt.works)
			}
		})
	}
}

func TestTLSConfig(t *testing.T) {
	t.Parallel()

	empty, absent := filepath.Join(t.TempDir(), "empty.pem"), filepath.Join(t.TempDir(), "absent.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, notThere := os.ReadFile(absent)
	for file, message := range map[string]string{absent: notThere.Error(), empty: "no PEM certificate"} {
		_, diags := model{CACertFile: types.StringValue(file)}.tlsConfig()
		if text := said(diags); !strings.Contains(text, message) {
			t.Errorf("%s: said %q, want %q", file, text, message)
		}
	}

	config, diags := model{InsecureSkipVerify: types.BoolValue(true)}.tlsConfig()
	if !config.InsecureSkipVerify || diags.WarningsCount() != 1 {
		t.Errorf("skips %t with %v, want it to skip with a warning", config.InsecureSkipVerify, diags)
	}
	if config, _ := (model{}).tlsConfig(); config.InsecureSkipVerify || config.MinVersion < tls.VersionTLS12 {
		t.Errorf("by default it skips: %t, from TLS version %x", config.InsecureSkipVerify, config.MinVersion)
	}
}

// The masks hold back what the client should never have given to the log.
func TestLoggerMasks(t *testing.T) {
	t.Parallel()

	var output strings.Builder
	ctx := tflogtest.RootLogger(context.Background(), &output)
	userToken := strings.Repeat("0123456789abcdef", 3)
	newLogger(mesibo.NewSecret("geheim")).With("first", userToken).WithGroup("group").DebugContext(ctx, "sent geheim and "+userToken,
		"op", "useradd", "attempt", 2, "note", errors.New("with geheim"), slog.Group("reply", "token", "short", "other", userToken))
	for _, secret := range []string{"geheim", "short", userToken} {
		if strings.Contains(output.String(), secret) {
			t.Errorf("%q is in the log: %s", secret, output.String())
		}
	}
	for _, field := range []string{`"op":"useradd"`, `"attempt":2`, `"token":"***"`} {
		if !strings.Contains(output.String(), field) {
			t.Errorf("the log has no field %s: %s", field, output.String())
		}
	}
}

// said is all that diagnostics say.
func said(diags diag.Diagnostics) string {
	var text strings.Builder
	for _, d := range diags {
		text.WriteString(d.Summary() + ": " + d.Detail() + "\n")
	}

	return text.String()
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

const oneUser = `
resource "mesibo_user" "test" {
  address = "alice@example.com"
  appid   = "com.example.app"
}
`

// Bad values of the provider block are found when it is validated, those of the environment when a plan configures it.
func TestAccProvider_badConfiguration(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	for name, tt := range map[string]struct{ command, variable, block, message string }{
		"app token missing":         {"plan", "MESIBO_APP_TOKEN", ``, `(?s)App token missing.*app_token.*MESIBO_APP_TOKEN`},
		"whitespace in app token":   {"validate", "MESIBO_APP_TOKEN", `app_token = "geheim token"`, `Invalid app token`},
		"endpoint without scheme":   {"validate", "MESIBO_ENDPOINT", `endpoint = "api.mesibo.com"`, `(?s)Invalid endpoint.*endpoint = "api.mesibo.com"`},
		"negative number":           {"validate", "MESIBO_MAX_RETRIES", `max_retries = -1`, `Invalid max retries`},
		"variable":                  {"plan", "MESIBO_BULK_READS=perhaps", ``, `environment\s+variable\s+MESIBO_BULK_READS`},
		"CA file that is not there": {"plan", "MESIBO_CA_CERT_FILE", `ca_cert_file = "/does/not/exist.pem"`, `(?s)Invalid CA certificate file.*ca_cert_file = `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			w := b.NewWorkspace(t, providerRequirement+"provider \"mesibo\" {\n"+tt.block+"\n}\n"+oneUser)
			variable, value, _ := strings.Cut(tt.variable, "=")
			w.Setenv(variable, value)
			output, err := w.Run(t, tt.command, "-no-color")
			if err == nil || !regexp.MustCompile(tt.message).MatchString(output) || strings.Contains(output, "geheim") {
				t.Errorf("%v, want an error that matches %q and does not show the app token:\n%s", err, tt.message, output)
			}
			if n := b.Count(""); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestAccProvider_unreachable(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	closed := httptest.NewServer(nil)
	closed.Close()
	acctest.NewBackend(t).Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: providerRequirement + `
provider "mesibo" {
  app_token   = "token"
  endpoint    = "` + closed.URL + `"
  max_retries = 0
}` + oneUser,
		ExpectError: regexp.MustCompile(`(?s)User not looked up.*Nothing\s+was\s+sent.*MESIBO_ENDPOINT`),
	}}})
}

// Lookups that are required and missing are an error; disabled ones are not sent.
func TestAccProvider_lookups(t *testing.T) {
	t.Parallel()

	missing := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(false) })
	missing.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:      missing.Config(oneUser, `lookups = "required"`),
		ExpectError: regexp.MustCompile(`(?s)User not looked up.*BADOP.*lookups`),
	}}})

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{Config: b.Config(oneUser, `lookups = "disabled"`)}}})
	if n := b.Count("usersget"); n != 0 {
		t.Errorf("usersget was sent %d times", n)
	}
}

// While the app token is unknown because it comes from another resource, users are planned without a call, and those
// in the state are kept.
func TestAccProvider_unknownAtPlan(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	step := func(version string, action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			PreConfig: b.ResetRequests,
			Config: providerRequirement + `
resource "terraform_data" "app" {
  input            = "` + acctest.AppToken + `"
  triggers_replace = "` + version + `"
}

provider "mesibo" {
  app_token = terraform_data.app.output
  endpoint  = "` + b.Endpoint() + `"
}
` + oneUser,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("mesibo_user.test", action),
			}},
		}
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		step("1", plancheck.ResourceActionCreate),
		step("2", plancheck.ResourceActionNoop),
	}})
	if n := b.Minted("alice@example.com"); n > 1 {
		t.Errorf("%d tokens were minted", n)
	}
}

// The user agent names the CLI and the provider, and the app token is in no URL or header.
func TestAccProvider_requests(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{{Config: b.Config(oneUser)}}})
	agent := regexp.MustCompile(`^Terraform/\d+\.\d+\.\d+\S* terraform-provider-mesibo/test$`)
	for _, request := range b.Requests() {
		if got := request.Header.Get("User-Agent"); !agent.MatchString(got) {
			t.Errorf("%s: user agent %q", request.Op, got)
		}
		if request.Method != "POST" || request.RawQuery != "" {
			t.Errorf("%s: %s with the query %q", request.Op, request.Method, request.RawQuery)
		}
		for name, values := range request.Header {
			if slices.Contains(values, acctest.AppToken) {
				t.Errorf("%s: the app token is in the header %s", request.Op, name)
			}
		}
	}
}

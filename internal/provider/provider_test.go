// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net"
	"regexp"
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

// A provider block that cannot work says so before anything is sent.
func TestAccProvider_badConfiguration(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	tests := map[string]struct{ block, message string }{
		"no app token":         {``, `(?s)App token missing.*app_token.*MESIBO_APP_TOKEN`},
		"empty app token":      {`app_token = ""`, `Empty app token`},
		"blank in app token":   {`app_token = "a b"`, `Malformed app token`},
		"malformed endpoint":   {"app_token = \"a\"\nendpoint = \"api.mesibo.com\"", `Malformed endpoint`},
		"unknown look-ups":     {"app_token = \"a\"\nlookups = \"sometimes\"", `value must be one of`},
		"negative retries":     {"app_token = \"a\"\nmax_retries = -1", `between 0 and 100`},
		"malformed timeout":    {"app_token = \"a\"\nrequest_timeout = \"30\"", `Malformed duration`},
		"negative rate":        {"app_token = \"a\"\nrequests_per_second = -1", `at least 0`},
		"CA that is not there": {"app_token = \"a\"\nca_cert_file = \"/does/not/exist.pem\"", `(?s)CA file not usable`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			acctest.NewBackend(t).Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:      providerRequirement + "provider \"mesibo\" {\n" + tt.block + "\n}\n" + oneUser,
				PlanOnly:    true,
				ExpectError: regexp.MustCompile(tt.message),
			}}})
		})
	}
}

func TestAccProvider_unreachable(t *testing.T) {
	t.Parallel()
	acctest.SameForAll(t)

	// A port that was free a moment ago refuses connections.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + listener.Addr().String() + "/backend/"
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}

	acctest.NewBackend(t).Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: providerRequirement + `
provider "mesibo" {
  app_token   = "token"
  endpoint    = "` + endpoint + `"
  max_retries = 0
}` + oneUser,
		ExpectError: regexp.MustCompile(`(?s)User not looked up.*Nothing\s+was\s+sent.*MESIBO_ENDPOINT`),
	}}})
}

// Look-ups that are required and missing are an error; ones that are disabled are never asked for.
func TestAccProvider_lookups(t *testing.T) {
	t.Parallel()

	t.Run("required", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t, func(p *profile.Profile) { p.SetLookups(false) })
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{{
			Config:      b.Config(oneUser, `lookups = "required"`),
			ExpectError: regexp.MustCompile(`(?s)User not looked up.*BADOP.*lookups`),
		}}})
	})

	t.Run("disabled", func(t *testing.T) {
		t.Parallel()

		b := acctest.NewBackend(t)
		b.Run(t, resource.TestCase{Steps: []resource.TestStep{{Config: b.Config(oneUser, `lookups = "disabled"`)}}})
		if n := b.Count("usersget"); n != 0 {
			t.Errorf("usersget was sent %d times", n)
		}
	})
}

// A provider block that comes from another resource: while it is not known, users are planned without a call,
// and those in the state are kept.
func TestAccProvider_unknownAtPlan(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	config := func(version string) string {
		return providerRequirement + `
resource "terraform_data" "app" {
  input            = "` + acctest.AppToken + `"
  triggers_replace = "` + version + `"
}

provider "mesibo" {
  app_token = terraform_data.app.output
  endpoint  = "` + b.Endpoint() + `"
}
` + oneUser
	}
	b.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: config("1"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("mesibo_user.test", plancheck.ResourceActionCreate),
			}},
		},
		{
			PreConfig: b.ResetRequests,
			Config:    config("2"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("mesibo_user.test", plancheck.ResourceActionNoop),
			}},
		},
	}})
	if n := b.Minted("alice@example.com"); n > 1 {
		t.Errorf("%d tokens were minted", n)
	}
}

// The user agent names the CLI and the provider, and the app token is in no URL or header.
func TestAccProvider_onTheWire(t *testing.T) {
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
			for _, value := range values {
				if value == acctest.AppToken {
					t.Errorf("%s: the app token is in the header %s", request.Op, name)
				}
			}
		}
	}
}

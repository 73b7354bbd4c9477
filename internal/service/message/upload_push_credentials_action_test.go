// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package message_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

const (
	privateKey = "MIIEvQIBADANBgkqhkiG9w0"
	fcm        = `{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\n` + privateKey + `"}`
	apn        = "\x30\x82\x01\x00" + privateKey + "\xff\x00"
)

// upload is an action that uploads a file with this content, which the creation of a resource invokes.
func upload(t *testing.T, kind, content string) string {
	t.Helper()

	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}

	return uploadOf(kind, file)
}

func uploadOf(kind, file string) string {
	config := fmt.Sprintf("file = %q\ntype = %q", file, kind)

	return strings.ReplaceAll(send(config), "mesibo_send_message", "mesibo_upload_push_credentials")
}

func TestAccUploadPushCredentials(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	for kind, content := range map[string]string{"fcm": fcm, "apn": apn} {
		b := acctest.NewBackend(t)
		b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{Config: b.Config(upload(t, kind, content))}}})
		if diff := cmp.Diff([]emulator.PushCredentials{{Type: kind, Content: content}}, b.PushCredentials(acctest.AppToken)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// What is wrong with the file is an error of the plan; that it is missing is one of the apply, which may create it.
func TestAccUploadPushCredentials_invalid(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	for name, tt := range map[string]struct{ config, message string }{
		"empty":           {upload(t, "fcm", ""), `it is empty. Nothing was sent`},
		"20 MB":           {upload(t, "fcm", `{"a":"`+strings.Repeat("a", 20<<20)+`"}`), `larger than 64 KiB`},
		"not JSON":        {upload(t, "fcm", privateKey), `credentials for FCM are a JSON object`},
		"no JSON object":  {upload(t, "fcm", "null"), `credentials for FCM are a JSON object`},
		"not PKCS #12":    {upload(t, "apn", "-----BEGIN CERTIFICATE-----"), `are a .p12 file`},
		"JSON for APN":    {upload(t, "apn", fcm), `are a .p12 file`},
		"a folder":        {uploadOf("fcm", t.TempDir()), `is a directory`},
		"unknown service": {upload(t, "hms", fcm), `value must be one of`},
		"no path":         {uploadOf("fcm", ""), `length must be at least 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			expectError(t, tt.config, tt.message, true)
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Parallel()

		expectError(t, uploadOf("fcm", filepath.Join(t.TempDir(), "nothing")), `no such file or directory. Nothing was sent`, false)
	})
}

// expectError checks that a plan, or else an apply, fails without a request.
func expectError(t *testing.T, config, message string, plan bool) {
	t.Helper()

	pattern := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(message), " ", `\s+`))
	b := acctest.NewBackend(t)
	b.Run(t, resource.TestCase{
		TerraformVersionChecks: needsActions,
		Steps:                  []resource.TestStep{{Config: b.Config(config), PlanOnly: plan, ExpectError: pattern}},
	})
	if n := b.Count(""); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// An app may have several credentials, so an upload without a reply is not sent again.
func TestAccUploadPushCredentials_failures(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		fault   emulator.Fault
		message string
	}{
		"lost":    {emulator.DropAfterCommit(), `(?s)Push credentials may have been uploaded.*did\s+not\s+try\s+again`},
		"refused": {emulator.Refuse("QUOTA", 403, "bad key "+privateKey), `(?s)Push credentials not uploaded.*QUOTA.*\(redacted\)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			b.Fail("pushupload", 1, tt.fault)
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{
				Config: b.Config(upload(t, "fcm", fcm)), ExpectError: regexp.MustCompile(tt.message),
			}}})
			if n := b.Count("pushupload"); n != 1 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// The content is in no output, log, plan or state, also when the server echoes it.
func TestAccUploadPushCredentials_contentIsNotShown(t *testing.T) {
	t.Parallel()

	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, "terraform {\n  required_providers {\n    mesibo = { source = \"mesibo-community/mesibo\" }\n  }\n}\n"+
		upload(t, "fcm", fcm))
	w.SkipBelow(t, tfversion.Version1_14_0, "an action")
	folder := t.TempDir()
	w.Setenv("TF_LOG", "TRACE")
	w.Setenv("TF_LOG_PATH", filepath.Join(folder, "trace.log"))
	planFile := filepath.Join(folder, "plan")
	w.MustRun(t, "plan", "-out", planFile)
	output := w.MustRun(t, "show", "-json", planFile) + w.MustRun(t, "apply", "-no-color", planFile)
	b.Fail("pushupload", 1, emulator.Refuse("BAD", 400, fcm))
	failed, err := w.Run(t, "apply", "-auto-approve", "-no-color", "-invoke=action.mesibo_upload_push_credentials.test")
	if err == nil {
		t.Error("the refused upload succeeds")
	}
	output += failed + w.MustRun(t, "state", "pull")
	logged, err := os.ReadFile(filepath.Join(folder, "trace.log"))
	if err != nil || !strings.Contains(string(logged), "pushupload") {
		t.Errorf("the log contains nothing of the client: %v", err)
	}
	if strings.Contains(output+string(logged), privateKey) {
		t.Error("the content is shown")
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package message_test

import (
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

func TestMain(m *testing.M) {
	acctest.Main(m)
}

// needsActions is the oldest Terraform with actions; OpenTofu has none.
var needsActions = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)}

// send is an action with this configuration, which the creation of a resource invokes.
func send(config string) string {
	return action(config) + `
resource "terraform_data" "deployment" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.mesibo_send_message.test]
    }
  }
}
`
}

func action(config string) string {
	return "\naction \"mesibo_send_message\" \"test\" {\n  config {\n" + config + "\n  }\n}\n"
}

// newBackend starts a back end with three users and a group.
func newBackend(t *testing.T) *acctest.Backend {
	t.Helper()

	b := acctest.NewBackend(t)
	for _, address := range []string{"alice", "bob", "carol"} {
		b.PutUser(acctest.AppToken, emulator.User{Address: address, Active: true})
	}
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "4711", Name: "Testers", Active: true})

	return b
}

// Each invocation sends exactly the configured message, with one request.
func TestAccSendMessage(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		config string
		want   emulator.Message
	}{
		"to users": {
			"from = \"alice\"\nto = [\"bob\", \"carol\"]\nmessage = \"Deployed <1.2> & done\"",
			emulator.Message{From: "alice", To: []string{"bob", "carol"}, Text: "Deployed <1.2> & done", Expiry: 31536000},
		},
		"to a group": {
			"from = \"alice\"\ngid = \"4711\"\nmessage = \"Hi\"",
			emulator.Message{From: "alice", GID: "4711", Text: "Hi", Expiry: 31536000},
		},
		"with everything": {
			"from = \"alice\"\nto = [\"bob\"]\nmessage = \"Log\"\ntype = 5\nurl = \"https://example.com/a?b=c\"\ntitle = \"T\"\nexpiry_seconds = 60\ndelay_seconds = 10",
			emulator.Message{
				From: "alice", To: []string{"bob"}, Text: "Log", Type: 5, URL: "https://example.com/a?b=c", Title: "T", Expiry: 60, When: 10,
			},
		},
		"a file alone": {
			"from = \"alice\"\nto = [\"bob\"]\nurl = \"https://example.com/a\"",
			emulator.Message{From: "alice", To: []string{"bob"}, URL: "https://example.com/a", Expiry: 31536000},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBackend(t)
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{Config: b.Config(send(tt.config))}}})
			sent := b.Messages(acctest.AppToken)
			if len(sent) != 1 {
				t.Fatalf("%d messages were sent", len(sent))
			}
			sent[0].MID, sent[0].At = "", tt.want.At
			if diff := cmp.Diff(tt.want, sent[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := b.Count(""); n != 1 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// An invocation reports what it sends, and logs contain the length of the text, never the text.
func TestAccSendMessage_invoked(t *testing.T) {
	t.Parallel()

	b := newBackend(t)
	w := b.NewWorkspace(t, "terraform {\n  required_providers {\n    mesibo = { source = \"mesibo-community/mesibo\" }\n  }\n}\n"+
		action("from = \"alice\"\nto = [\"bob\"]\nmessage = \"strictly confidential\""))
	w.SkipBelow(t, tfversion.Version1_14_0, "an action")
	log := filepath.Join(t.TempDir(), "trace.log")
	w.Setenv("TF_LOG_PROVIDER", "TRACE")
	w.Setenv("TF_LOG_PATH", log)
	output := w.MustRun(t, "apply", "-auto-approve", "-no-color", "-invoke=action.mesibo_send_message.test")
	for _, line := range []string{
		`Sending a message of 21 characters from alice to bob...`,
		`Sent a message of 21 characters from alice to bob, as message 1387628.`,
	} {
		if !strings.Contains(output, line) {
			t.Errorf("%q is missing in:\n%s", line, output)
		}
	}
	logged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(logged), "op=message") {
		t.Error("the log contains nothing of the client")
	}
	if strings.Contains(string(logged), "confidential") {
		t.Error("the log contains the text")
	}
}

// A message without a reply may have been sent, so it is not sent again.
func TestAccSendMessage_failures(t *testing.T) {
	t.Parallel()

	const config = "from = \"alice\"\nto = [\"bob\"]\nmessage = \"Hi\""
	for name, tt := range map[string]struct {
		config, message string
		fault           []emulator.Fault
		sent            int
	}{
		"lost after it was sent":  {config, `(?s)Message may have been sent.*did\s+not\s+try\s+again`, []emulator.Fault{emulator.DropAfterCommit()}, 1},
		"lost before it was sent": {config, `(?s)Message may have been sent.*did\s+not\s+try\s+again`, []emulator.Fault{emulator.DropBefore()}, 0},
		"bad gateway":             {config, `Message may have been sent`, []emulator.Fault{emulator.BadGatewayAfterCommit()}, 1},
		"refused":                 {config, `(?s)Message not sent.*QUOTA`, []emulator.Fault{emulator.Refuse("QUOTA", 403, "over quota")}, 0},
		"unknown sender":          {strings.Replace(config, "alice", "nobody", 1), `(?s)Message not sent.*must\s+exist`, nil, 0},
		"unknown group":           {"from = \"alice\"\ngid = \"1\"\nmessage = \"Hi\"", `(?s)Message not sent.*No such group.*does\s+not\s+exist\s+in\s+this\s+app.\s+Check\s+from\s+and\s+gid\.`, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBackend(t)
			for _, fault := range tt.fault {
				b.Fail("message", 1, fault)
			}
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{
				Config: b.Config(send(tt.config)), ExpectError: regexp.MustCompile(tt.message),
			}}})
			if n := len(b.Messages(acctest.AppToken)); n != tt.sent || b.Count("message") != 1 {
				t.Errorf("%d messages were sent, by %d requests", n, b.Count("message"))
			}
		})
	}
}

// A request that was rate-limited was not carried out, so it is sent again.
func TestAccSendMessage_rateLimited(t *testing.T) {
	t.Parallel()

	b := newBackend(t)
	b.Fail("message", 1, emulator.TooManyRequests("0"))
	b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{
		Config: b.Config(send("from = \"alice\"\nto = [\"bob\"]\nmessage = \"Hi\"")),
	}}})
	if n := len(b.Messages(acctest.AppToken)); n != 1 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestAccSendMessage_invalid(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	for name, tt := range map[string]struct{ config, message string }{
		"no sender":         {"to = [\"bob\"]\nmessage = \"Hi\"", `"from" is required`},
		"no receiver":       {"from = \"alice\"\nmessage = \"Hi\"", `(?s)No attribute specified when one.*\[to,gid\]|Missing Attribute Configuration|Exactly one of`},
		"users and a group": {"from = \"alice\"\nto = [\"bob\"]\ngid = \"1\"\nmessage = \"Hi\"", `(?s)Invalid Attribute Combination.*Exactly one`},
		"nothing to send":   {"from = \"alice\"\nto = [\"bob\"]", `(?s)At least one of these attributes must be configured`},
		"empty message":     {"from = \"alice\"\nto = [\"bob\"]\nmessage = \"\"", `string length must be at least 1`},
		"null in a list":    {"from = \"alice\"\nto = [\"bob\", null]\nmessage = \"Hi\"", `(?s)Null List Value`},
		"empty list":        {"from = \"alice\"\nto = []\nmessage = \"Hi\"", `(?s)list must contain at least 1`},
		"duplicate":         {"from = \"alice\"\nto = [\"bob\", \"bob\"]\nmessage = \"Hi\"", `(?s)duplicate`},
		"comma":             {"from = \"alice\"\nto = [\"a,b\"]\nmessage = \"Hi\"", `must not contain "," or "\*"`},
		"not a gid":         {"from = \"alice\"\ngid = \"x\"\nmessage = \"Hi\"", `must be the id of a group`},
		"title alone":       {"from = \"alice\"\nto = [\"bob\"]\nmessage = \"Hi\"\ntitle = \"T\"", `"url" must be specified`},
		"expiry of zero":    {"from = \"alice\"\nto = [\"bob\"]\nmessage = \"Hi\"\nexpiry_seconds = 0", `must be at least 1`},
		"negative delay":    {"from = \"alice\"\nto = [\"bob\"]\nmessage = \"Hi\"\ndelay_seconds = -1", `must be at least 0`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBackend(t)
			b.Run(t, resource.TestCase{TerraformVersionChecks: needsActions, Steps: []resource.TestStep{{
				Config: b.Config(send(tt.config)), PlanOnly: true, ExpectError: regexp.MustCompile(tt.message),
			}}})
			if n := b.Count(""); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

const duplicate = "Duplicate token resource"

// Two blocks for the token of one App ID are a warning in the plan, and an error at the second mint of a run.
func TestDuplicateToken(t *testing.T) {
	t.Parallel()

	user, bobs := managed("mesibo_user", "alice", alice, webApp), managed("mesibo_user", "bob", bob, webApp)
	token := func(name, appID string) protocoltest.Resource {
		token := managed("mesibo_user_token", name, "", appID)
		token.Attributes["address"] = protocoltest.Ref("mesibo_user.alice", "address")

		return token
	}
	for name, tt := range map[string]struct {
		config protocoltest.Config
		warns  bool
		minted int
	}{
		"two tokens":              {protocoltest.Config{user, token("one", androidApp), token("two", androidApp)}, true, 2},
		"a user and a token":      {protocoltest.Config{user, token("web", webApp)}, true, 1},
		"two App IDs":             {protocoltest.Config{user, token("android", androidApp)}, false, 2},
		"one App ID of two users": {protocoltest.Config{user, bobs}, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			w := newWorkspace(b)
			if _, err := w.Pending(t.Context(), tt.config); err != nil {
				t.Fatalf("the plan fails: %v", err)
			}
			if warned := warns(w, duplicate); warned != tt.warns {
				t.Errorf("the plan warns: %t, want %t", warned, tt.warns)
			}
			err := w.Apply(t.Context(), tt.config)
			if failed := err != nil && strings.Contains(err.Error(), duplicate); failed != tt.warns {
				t.Errorf("the apply fails: %v", err)
			}
			if minted := len(b.MintedTokens()); minted != tt.minted {
				t.Errorf("%d tokens were minted, want %d", minted, tt.minted)
			}
		})
	}
}

func TestAccUserToken_duplicate(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, providerRequirement+userConfig(web)+tokenConfig(web))
	if output := w.MustRun(t, "plan", "-no-color"); !strings.Contains(output, "Warning: "+duplicate) {
		t.Errorf("the plan does not warn:\n%s", output)
	}
	output, err := w.Run(t, "apply", "-auto-approve", "-no-color")
	if err == nil || !strings.Contains(output, "Error: "+duplicate) || b.Minted(alice) != 1 {
		t.Errorf("the apply fails: %v, and minted %d tokens:\n%s", err, b.Minted(alice), output)
	}
}

// providerRequirement begins the configuration of a workspace.
const providerRequirement = "terraform {\n  required_providers {\n    mesibo = { source = \"mesibo-community/mesibo\" }\n  }\n}\n"

// App IDs that are known only during apply are compared then.
func TestAccUserToken_duplicateUnknownDuringPlan(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t)
	run(t, b, fails(later(webApp)+userConfig(web)+tokenConfig("appid = terraform_data.later.output"), duplicate))
	if minted := len(b.MintedTokens()); minted != 1 {
		t.Errorf("%d tokens were minted, want 1", minted)
	}
}

// A CLI may validate a block more than once in one process of the provider. That is no error.
func TestAccUserToken_validatedTwice(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	b := acctest.NewBackend(t)
	twice := func() (tfprotov6.ProviderServer, error) { return validatesTwice{b.NewProvider()}, nil }
	b.Run(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"mesibo": twice},
		Steps:                    []step{apply(b.Config(userConfig(android)+tokenConfig(web)), anyPlan, b.ExpectMinted(alice, 2))},
	})
}

type validatesTwice struct{ tfprotov6.ProviderServer }

func (s validatesTwice) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if resp, err := s.ProviderServer.ValidateResourceConfig(ctx, req); err != nil || len(resp.Diagnostics) > 0 {
		return resp, err
	}

	return s.ProviderServer.ValidateResourceConfig(ctx, req)
}

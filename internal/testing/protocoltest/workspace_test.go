// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

func newWorkspace(b *acctest.Backend, wrap func(tfprotov6.ProviderServer) tfprotov6.ProviderServer) *protocoltest.Workspace {
	return protocoltest.New(func() tfprotov6.ProviderServer { return wrap(b.NewProvider()) }, map[string]any{
		"app_token": acctest.AppToken, "endpoint": b.Endpoint(), "max_retries": 0,
	})
}

// config returns a configuration of users, such as "a=alice" or, with a name, "a=alice+Alice". The block b is a token of
// the user in the block a. A user with the name First is created before the one that it replaces is destroyed.
func config(blocks ...string) (config protocoltest.Config) {
	for _, text := range blocks {
		block, address, _ := strings.Cut(text, "=")
		address, name, _ := strings.Cut(address, "+")
		resource := protocoltest.Resource{
			Type: "mesibo_user", Name: block, Attributes: map[string]any{"address": address, "name": name}, CreateBeforeDestroy: name == "First",
		}
		if block == "b" {
			address = protocoltest.Ref("mesibo_user.a", "address")
			resource = protocoltest.Resource{Type: "mesibo_user_token", Name: block, Attributes: map[string]any{"address": address, "appid": "com.example.app"}}
		}
		config = append(config, resource)
	}

	return config
}

func TestWorkspace(t *testing.T) {
	t.Parallel()

	type step struct {
		config protocoltest.Config
		fails  string // the op whose first call fails
		want   string // the calls that change something
	}
	for name, steps := range map[string][]step{
		"create, nothing, update, destroy": {
			{config("a=alice+A", "b"), "", "useradd alice, useradd alice"},
			{config("a=alice+A", "b"), "", ""},
			{config("a=alice+Alice", "b"), "", "userset alice"},
			{nil, "", "userset alice, userdel alice"},
		},
		"a replacement replaces what depends on it": {
			{config("a=alice+A", "b"), "", "useradd alice, useradd alice"},
			{config("a=bob+A", "b"), "", "userset alice, userdel alice, useradd bob, useradd bob"},
		},
		"a replacement is created first": {
			{config("a=alice+A"), "", "useradd alice"},
			{config("a=bob+First"), "", "useradd bob, userdel alice"},
		},
		"a deposed object is deleted by a later run": {
			{config("a=alice+A"), "", "useradd alice"},
			{config("a=bob+First"), "userdel", "useradd bob, userdel alice"},
			{config("a=bob+First"), "", "userdel alice"},
			{nil, "", "userdel bob"},
		},
		"a failed create stops what depends on it": {
			{config("a=alice+A", "b", "c=carol+C"), "useradd", "useradd alice, useradd carol"},
			{config("a=alice+A", "b", "c=carol+C"), "", "useradd alice, useradd alice"},
		},
		"a failed delete stops what it depends on": {
			{config("a=alice+A", "b"), "", "useradd alice, useradd alice"},
			{nil, "userset", "userset alice"},
			{nil, "", "userset alice, userdel alice"},
		},
		"a create whose answer is lost is tainted": {
			{config("a=alice+A"), "useradd", "useradd alice"},
			{config("a=alice+A"), "", "userdel alice, useradd alice"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			fault := emulator.Refuse("QUOTA", 403, "over quota")
			if strings.Contains(name, "lost") {
				fault = emulator.DropAfterCommit()
			}
			b := acctest.NewBackend(t)
			w := newWorkspace(b, func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer { return server })
			for i, step := range steps {
				pending, err := w.Pending(t.Context(), step.config)
				if err != nil || (len(pending) > 0) != (step.want != "") {
					t.Errorf("step %d: %v is pending: %v", i, pending, err)
				}
				b.ResetRequests()
				if step.fails != "" {
					b.Fail(step.fails, 1, fault)
				}
				if err := w.Apply(t.Context(), step.config); (err != nil) != (step.fails != "") {
					t.Errorf("step %d: %v", i, err)
				}
				var calls []string
				for _, request := range b.Requests() {
					if !strings.Contains(request.Op, "get") {
						calls = append(calls, request.Op+" "+request.Address)
					}
				}
				if got := strings.Join(calls, ", "); got != step.want {
					t.Errorf("step %d: the calls were %q, want %q", i, got, step.want)
				}
			}
		})
	}
}

// broken is a provider whose plans and results are changed.
type broken struct {
	tfprotov6.ProviderServer

	plan  func(*tfprotov6.PlanResourceChangeResponse)
	apply func(*tfprotov6.ApplyResourceChangeRequest, *tfprotov6.ApplyResourceChangeResponse)
}

func (b broken) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := b.ProviderServer.PlanResourceChange(ctx, req)
	if b.plan != nil {
		b.plan(resp)
	}

	return resp, err
}

func (b broken) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := b.ProviderServer.ApplyResourceChange(ctx, req)
	b.apply(req, resp)

	return resp, err
}

func TestWorkspaceFindsABrokenProvider(t *testing.T) {
	t.Parallel()

	other := &tfprotov6.DynamicValue{JSON: []byte(`{"address": "alice", "name": "Another"}`)}
	for want, b := range map[string]broken{
		"is configured as": {plan: func(resp *tfprotov6.PlanResourceChangeResponse) { resp.PlannedState = other }},
		"is not as planned": {apply: func(_ *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
			resp.NewState = other
		}},
		"unknown values are left": {apply: func(req *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
			resp.NewState = req.PlannedState
		}},
		"no new state": {apply: func(_ *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
			resp.NewState = &tfprotov6.DynamicValue{JSON: []byte("null")}
		}},
	} {
		w := newWorkspace(acctest.NewBackend(t), func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
			b.ProviderServer = server

			return b
		})
		if err := w.Apply(t.Context(), config("a=alice+Alice")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}

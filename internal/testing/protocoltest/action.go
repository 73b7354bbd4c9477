// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package protocoltest

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Invoke validates, plans and invokes an action, the latter in a process of its own, as a CLI does.
func (w *Workspace) Invoke(ctx context.Context, action string, attributes map[string]any) error {
	p, server, err := w.startForActions(ctx)
	if err != nil {
		return err
	}
	config, err := encode(p.actions[action].Schema.ValueType(), attributes)
	if err != nil {
		return err
	}
	validated, err := server.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: action, Config: dynamic(config)})
	if err != nil {
		return err
	}
	if err = p.failed("validating "+action, validated.Diagnostics); err != nil {
		return err
	}
	planned, err := server.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: action, Config: dynamic(config)})
	if err != nil {
		return err
	}
	if err = p.failed("planning "+action, planned.Diagnostics); err != nil {
		return err
	}

	p, server, err = w.startForActions(ctx)
	if err != nil {
		return err
	}
	stream, err := server.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: action, Config: dynamic(config)})
	if err != nil {
		return err
	}
	err = errors.New("the action did not say that it is done")
	for event := range stream.Events {
		if completed, done := event.Type.(tfprotov6.CompletedInvokeActionEventType); done {
			err = p.failed("invoking "+action, completed.Diagnostics)
		}
	}

	return err
}

func (w *Workspace) startForActions(ctx context.Context) (*process, tfprotov6.ActionServer, error) {
	p, err := w.start(ctx)
	if err != nil {
		return nil, nil, err
	}
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		return nil, nil, errors.New("the provider has no actions")
	}

	return p, server, nil
}

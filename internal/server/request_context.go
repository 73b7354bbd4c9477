// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// protocolServer has all methods of the protocol that the framework's server has.
type protocolServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// requestServer hands on each request with a context that does not refer to the caller's. The framework keeps the context of
// every request until it is stopped, and with the caller's its loggers and its gRPC stream: 14 KB a request. The loggers
// are lost, so it is for servers that log nothing. Requests that come once a run pass by it.
type requestServer struct{ protocolServer }

// detach returns a context that is cancelled with the caller's, and has none of its values.
func detach(caller context.Context) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(caller, cancel)

	return ctx, func() {
		stop()
		cancel()
	}
}

// answer answers a request.
func answer[Request, Response any](
	caller context.Context, request *Request, method func(context.Context, *Request) (*Response, error),
) (*Response, error) {
	ctx, end := detach(caller)
	defer end()

	return method(ctx, request)
}

// endAfter returns a stream that ends its request when it was read.
func endAfter[Event any](stream iter.Seq[Event], end func()) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		defer end()
		stream(yield)
	}
}

// ListResource returns a stream, which needs the context until it was read. A stream that nobody reads ends with the
// caller's context.
func (s requestServer) ListResource(
	caller context.Context, request *tfprotov6.ListResourceRequest,
) (*tfprotov6.ListResourceServerStream, error) {
	ctx, end := detach(caller)
	stream, err := s.protocolServer.ListResource(ctx, request)
	if err != nil {
		end()

		return nil, err
	}

	return &tfprotov6.ListResourceServerStream{Results: endAfter(stream.Results, end)}, nil
}

// InvokeAction returns a stream, as ListResource does.
func (s requestServer) InvokeAction(
	caller context.Context, request *tfprotov6.InvokeActionRequest,
) (*tfprotov6.InvokeActionServerStream, error) {
	ctx, end := detach(caller)
	stream, err := s.protocolServer.InvokeAction(ctx, request)
	if err != nil {
		end()

		return nil, err
	}

	return &tfprotov6.InvokeActionServerStream{Events: endAfter(stream.Events, end)}, nil
}

func (s requestServer) ValidateResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return answer(ctx, request, s.protocolServer.ValidateResourceConfig)
}

func (s requestServer) UpgradeResourceState(
	ctx context.Context, request *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return answer(ctx, request, s.protocolServer.UpgradeResourceState)
}

func (s requestServer) UpgradeResourceIdentity(
	ctx context.Context, request *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return answer(ctx, request, s.protocolServer.UpgradeResourceIdentity)
}

func (s requestServer) ReadResource(
	ctx context.Context, request *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	return answer(ctx, request, s.protocolServer.ReadResource)
}

func (s requestServer) PlanResourceChange(
	ctx context.Context, request *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return answer(ctx, request, s.protocolServer.PlanResourceChange)
}

func (s requestServer) ApplyResourceChange(
	ctx context.Context, request *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return answer(ctx, request, s.protocolServer.ApplyResourceChange)
}

func (s requestServer) ImportResourceState(
	ctx context.Context, request *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	return answer(ctx, request, s.protocolServer.ImportResourceState)
}

func (s requestServer) MoveResourceState(
	ctx context.Context, request *tfprotov6.MoveResourceStateRequest,
) (*tfprotov6.MoveResourceStateResponse, error) {
	return answer(ctx, request, s.protocolServer.MoveResourceState)
}

func (s requestServer) GenerateResourceConfig(
	ctx context.Context, request *tfprotov6.GenerateResourceConfigRequest,
) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return answer(ctx, request, s.protocolServer.GenerateResourceConfig)
}

func (s requestServer) ValidateDataResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return answer(ctx, request, s.protocolServer.ValidateDataResourceConfig)
}

func (s requestServer) ReadDataSource(
	ctx context.Context, request *tfprotov6.ReadDataSourceRequest,
) (*tfprotov6.ReadDataSourceResponse, error) {
	return answer(ctx, request, s.protocolServer.ReadDataSource)
}

func (s requestServer) ValidateEphemeralResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return answer(ctx, request, s.protocolServer.ValidateEphemeralResourceConfig)
}

func (s requestServer) OpenEphemeralResource(
	ctx context.Context, request *tfprotov6.OpenEphemeralResourceRequest,
) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return answer(ctx, request, s.protocolServer.OpenEphemeralResource)
}

func (s requestServer) RenewEphemeralResource(
	ctx context.Context, request *tfprotov6.RenewEphemeralResourceRequest,
) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return answer(ctx, request, s.protocolServer.RenewEphemeralResource)
}

func (s requestServer) CloseEphemeralResource(
	ctx context.Context, request *tfprotov6.CloseEphemeralResourceRequest,
) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return answer(ctx, request, s.protocolServer.CloseEphemeralResource)
}

func (s requestServer) ValidateListResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateListResourceConfigRequest,
) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return answer(ctx, request, s.protocolServer.ValidateListResourceConfig)
}

func (s requestServer) ValidateActionConfig(
	ctx context.Context, request *tfprotov6.ValidateActionConfigRequest,
) (*tfprotov6.ValidateActionConfigResponse, error) {
	return answer(ctx, request, s.protocolServer.ValidateActionConfig)
}

func (s requestServer) PlanAction(
	ctx context.Context, request *tfprotov6.PlanActionRequest,
) (*tfprotov6.PlanActionResponse, error) {
	return answer(ctx, request, s.protocolServer.PlanAction)
}

func (s requestServer) CallFunction(
	ctx context.Context, request *tfprotov6.CallFunctionRequest,
) (*tfprotov6.CallFunctionResponse, error) {
	return answer(ctx, request, s.protocolServer.CallFunction)
}

// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tfsdklog"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/server"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// withLoggers returns the context of a request as terraform-plugin-go makes it: with three loggers, all off here.
func withLoggers(ctx context.Context) context.Context {
	ctx = tfsdklog.NewRootSDKLogger(ctx, tfsdklog.WithLevel(hclog.Off))
	ctx = tfsdklog.NewSubsystem(ctx, "proto")
	ctx = tfsdklog.NewRootProviderLogger(ctx, tfsdklog.WithLevel(hclog.Off))
	for _, field := range []string{"tf_req_id", "tf_provider_addr", "tf_proto_version", "tf_rpc", "tf_data_source_type"} {
		ctx = tfsdklog.SetField(ctx, field, "")
		ctx = tfsdklog.SubsystemSetField(ctx, "proto", field, "")
		ctx = tflog.SetField(ctx, field, "")
	}

	return ctx
}

// The framework alone has to be over the bound, else the test could not fail. No other test may take memory at the same time,
// so this one is not parallel.
func TestMemoryPerRequest(t *testing.T) {
	const requests, bound = 10_000, 1500

	perRequest := func(s tfprotov6.ProviderServer) int64 {
		request := &tfprotov6.ValidateDataResourceConfigRequest{
			TypeName: "mesibo_groups", Config: &tfprotov6.DynamicValue{JSON: []byte(`{}`)},
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range requests {
			ctx, cancel := context.WithCancel(t.Context())
			response, err := s.ValidateDataResourceConfig(withLoggers(ctx), request)
			if err != nil || len(response.Diagnostics) > 0 {
				t.Fatal(err, response)
			}
			cancel()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(s)

		return (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / requests
	}
	alone, served := perRequest(providerserver.NewProtocol6(newProvider())()), perRequest(server.New(newProvider(), false))
	if t.Logf("%d bytes a request, %d with the framework alone", served, alone); served >= bound || alone < bound {
		t.Errorf("want less than %d, and more with the framework alone", bound)
	}
}

// onceARun are the requests that come at most once in a run. All others have to let go of their context.
var onceARun = []string{
	"GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "GetFunctions", "ValidateProviderConfig",
	"ConfigureProvider", "StopProvider",
	"ValidateStateStoreConfig", "ConfigureStateStore", "ReadStateBytes", "WriteStateBytes", "GetStates", "DeleteState",
	"LockState", "UnlockState",
}

// Every method of the framework's server is there, and after a request nothing refers to its context.
func TestRequestsLetGo(t *testing.T) {
	t.Parallel()

	alone, served := reflect.ValueOf(providerserver.NewProtocol6(newProvider())()), reflect.ValueOf(server.New(newProvider(), false))
	for i := range alone.NumMethod() {
		name := alone.Type().Method(i).Name
		method := served.MethodByName(name)
		switch {
		case !method.IsValid():
			t.Errorf("the method %s is missing", name)
		case slices.Contains(onceARun, name):
		case holdsContext(method):
			t.Errorf("%s keeps the context of a request that it has answered", name)
		case !holdsContext(alone.Method(i)):
			t.Errorf("%s of the framework lets go by itself, so that ours is needless, or the test finds nothing", name)
		}
	}
	runtime.KeepAlive(alone)
	runtime.KeepAlive(served)
}

// holdsContext makes an empty request, and reports whether its context is in memory when it was answered.
func holdsContext(method reflect.Value) bool {
	type key struct{}
	value := new([1 << 10]byte)
	held := weak.Make(value)

	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, value))
	request := reflect.New(method.Type().In(1).Elem())
	response := method.Call([]reflect.Value{reflect.ValueOf(ctx), request})[0].Interface()
	switch response := response.(type) {
	case *tfprotov6.ListResourceServerStream:
		for range response.Results {
		}
	case *tfprotov6.InvokeActionServerStream:
		for range response.Events {
		}
	}
	cancel()
	runtime.GC()

	return held.Value() != nil
}

// A request that waits for the server ends when the caller cancels it, and when the provider is stopped.
func TestRequestsAreCancelled(t *testing.T) {
	t.Parallel()

	for name, cancelled := range map[string]func(s tfprotov6.ProviderServer, cancel func()) error{
		"by the caller": func(_ tfprotov6.ProviderServer, cancel func()) error {
			cancel()

			return nil
		},
		"by StopProvider": func(s tfprotov6.ProviderServer, _ func()) error {
			_, err := s.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{})

			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			s := configured(t, b)
			release := make(chan struct{})
			defer close(release)
			b.FailAlways("usersget", emulator.Hold(release))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			answered := make(chan error)
			go func() {
				response, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
					TypeName: "mesibo_user", Config: &tfprotov6.DynamicValue{JSON: []byte(`{"address": "alice@example.com"}`)},
				})
				if err == nil && len(response.Diagnostics) == 0 {
					err = errors.New("the request was answered")
				}
				answered <- err
			}()
			for b.Count("usersget") == 0 {
				runtime.Gosched()
			}
			if err := cancelled(s, cancel); err != nil {
				t.Fatal(err)
			}
			if err := <-answered; err != nil {
				t.Error(err)
			}
		})
	}
}

// A list and an action go on when their request has returned a stream, and an action sends its requests only then.
func TestStreamsAreNotCancelled(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t)
	b.PutUser(acctest.AppToken, emulator.User{Address: "alice@example.com"})
	b.MintToken(acctest.AppToken, "alice@example.com", "com.example.app")
	s, ok := configured(t, b).(interface {
		tfprotov6.ListResourceServer
		tfprotov6.ActionServer
	})
	if !ok {
		t.Fatal("the server has no lists or no actions")
	}

	list, err := s.ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: "mesibo_user", Config: &tfprotov6.DynamicValue{JSON: []byte(`{}`)}, Limit: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	results := slices.Collect(list.Results)
	if len(results) != 1 || results[0].DisplayName != "alice@example.com" || len(results[0].Diagnostics) > 0 {
		t.Errorf("the list is %+v", results)
	}

	action, err := s.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: "mesibo_revoke_token", Config: &tfprotov6.DynamicValue{JSON: []byte(`{"address": "alice@example.com"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	events := slices.Collect(action.Events)
	user, _ := b.User(acctest.AppToken, "alice@example.com")
	if len(user.Tokens) > 0 {
		t.Errorf("the action has not revoked the token: %+v", events)
	}
}

// configured returns the server of a configured provider.
func configured(t *testing.T, b *acctest.Backend) tfprotov6.ProviderServer {
	t.Helper()

	s := server.New(newProvider(), false)
	response, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: &tfprotov6.DynamicValue{JSON: []byte(`{"app_token": "` + acctest.AppToken + `", "endpoint": "` + b.Endpoint() + `"}`)},
	})
	if err != nil || len(response.Diagnostics) > 0 {
		t.Fatal(err, response)
	}

	return s
}
